//! What a firm sets itself for complaints, and what all clocks run by.

use tenure_journal::{Draft, Route, Timer};
use tenure_kernel::{EntryId, Reason, Refusal, Tenant};
use tenure_proto::expectation::v1::{ServiceTarget, ServiceTargetDefined};
use tenure_server::{Call, wire};
use tenure_store::{Query, StoreError};

use super::{
    App, calendars,
    refold::{AT_ONCE, timer},
};
use crate::{
    api::convert::service_target,
    domain::clock::Timetable,
    store::{complaint_state, service_target as kept},
};

/// How many targets a tenant may have.
const MOST_TARGETS: usize = 20;

/// What the clocks of a tenant run by.
pub(super) async fn timetable(query: &impl Query, tenant: &Tenant) -> Result<Timetable, StoreError> {
    let targets = kept::of(query, tenant).await?;
    let calendars = calendars::of(query, tenant).await?;
    Ok(Timetable { calendars, targets: service_target::targets(&targets) })
}

impl App {
    /// Defines a target, and has all open complaints held against it. An equal definition keeps its version.
    pub(crate) async fn define_service_target(
        &self,
        call: &Call,
        mut definition: ServiceTarget,
    ) -> Result<ServiceTarget, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-service-targets-{tenant}")).await?;
        let there = kept::of(&tx, tenant).await?;
        let newest = there.iter().find(|one| one.service_target_code == definition.service_target_code);
        if let Some(newest) = newest {
            let known = ServiceTarget { version: 0, define_time: None, ..newest.clone() };
            if known == definition {
                tx.rollback().await?;
                return Ok(newest.clone());
            }
        } else if there.chunk_by(|one, other| one.service_target_code == other.service_target_code).count()
            >= MOST_TARGETS
        {
            let many = format!("there are {MOST_TARGETS}, and no more are allowed");
            return Err(Refusal::field("definition.service_target_code", Reason::FieldNotAllowed, many));
        }
        definition.version = newest.map_or(0, |newest| newest.version) + 1;
        definition.define_time = Some(wire::to_wire(self.refolder.now()));
        kept::insert(&tx, tenant, &definition).await?;
        let waiting = complaint_state::open_persons(&tx, tenant).await?;
        Timer::set(&tx, waiting.into_iter().map(|person| timer(tenant, person, AT_ONCE)).collect()).await?;
        let defined = ServiceTargetDefined { definition: Some(definition.clone()) };
        let id = EntryId(self.ids.next());
        let draft = Draft::new(id, tenant.clone(), Route::All, &defined, self.refolder.now());
        self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        Ok(definition)
    }

    /// All targets in all their versions.
    pub(crate) async fn service_targets(&self, call: &Call) -> Result<Vec<ServiceTarget>, Refusal> {
        Ok(kept::of(&self.store, call.tenant()?).await?)
    }
}
