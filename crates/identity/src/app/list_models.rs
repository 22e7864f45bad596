//! Lists models.

use tenure_kernel::{Refusal, Tenant, Timestamp};
use tenure_store::Query;

use super::Context;
use crate::{
    domain::model::Trained,
    store::{
        Place, generation,
        model::{self, DONE, Standing},
    },
};

const LIST: &str = "tenure.identity.v1.IdentityService/ListLinkageModels";

/// The model in use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InUse {
    /// `None`: the one that everybody starts with.
    pub(crate) model: Option<Trained>,
    /// Since when; `None` when none was ever promoted.
    pub(crate) since: Option<Timestamp>,
    /// The share of the records that were weighed by it, about.
    pub(crate) rescored: f64,
}

/// A page of models, newest first, and the token of the next one; empty on the last.
pub(crate) async fn list_models(
    context: &Context,
    tenant: &Tenant,
    size: usize,
    token: &str,
) -> Result<(Vec<Trained>, String), Refusal> {
    let before = match token {
        "" => i64::MAX,
        token => {
            let bytes = context.tokens.decode(tenant, LIST, &[], token)?;
            bytes.try_into().map_or(i64::MAX, i64::from_be_bytes)
        }
    };
    let mut models = model::list(&context.store, tenant, before, size + 1).await?;
    let more = models.len() > size;
    models.truncate(size);
    let last = models.last().filter(|_| more);
    let next =
        last.map_or_else(String::new, |last| context.tokens.encode(tenant, LIST, &[], &last.ordinal.to_be_bytes()));
    Ok((models, next))
}

/// The model in use.
pub(crate) async fn in_use(query: &impl Query, tenant: &Tenant) -> Result<InUse, Refusal> {
    let place = Place { tenant, generation: generation::active(query).await? };
    let promoted = model::promoted(query, tenant).await?;
    let id = promoted.and_then(|promotion| promotion.model);
    let model = match id {
        Some(id) => model::get(query, tenant, id).await?,
        None => None,
    };
    let rescored = model::standing(query, place).await?.map_or(1.0, share);
    Ok(InUse { model, since: promoted.map(|promotion| promotion.at), rescored })
}

/// Ids are keyed hashes: how far one is among all of them is how many come before it.
fn share(standing: Standing) -> f64 {
    if standing.rescored == DONE {
        return 1.0;
    }
    let [high, ..] = standing.rescored.as_chunks::<8>().0 else { return 0.0 };
    u64::from_be_bytes(*high) as f64 / 2.0_f64.powi(64)
}
