//! Registers a schema for custom touchpoints.

use tenure_kernel::{Refusal, Tenant};

use super::App;
use crate::{
    domain::schema::{Schema, same},
    store::schema::{self, Registered},
};

impl App {
    /// Registers a schema under a name; answers its revision. An equal one keeps the revision that it has.
    ///
    /// # Errors
    /// `SCHEMA_INVALID`; `UNAVAILABLE`.
    pub(crate) async fn register_schema(
        &self,
        tenant: &Tenant,
        name: String,
        json: String,
    ) -> Result<Registered, Refusal> {
        let text = json.clone();
        self.checks.run(move || Schema::compile(&text).map(|_| ())).await??;
        let tx = self.store.begin().await?;
        tx.lock(&format!("schema {tenant} {name}")).await?;
        let known = schema::of_name(&tx, tenant, &name).await?;
        if let Some(equal) = known.iter().find(|registered| same(&registered.json, &json)) {
            return Ok(equal.clone());
        }
        let newest = known.last().map_or(0, |registered| registered.revision);
        let registered = Registered { name, revision: newest + 1, json };
        schema::add(&tx, tenant, &registered, self.clock.now()).await?;
        tx.commit().await?;
        Ok(registered)
    }
}
