//! Defines how long what is known of persons is kept, and shows it.

use std::collections::BTreeMap;

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Reason, Refusal};
use tenure_proto::profile::v1 as pb;
use tenure_server::Call;

use super::rights::{Rights, traced};
use crate::{
    domain::{
        fact_period::FactPeriods,
        retention::{Kind, Policy},
    },
    retention_event,
    store::retention,
};

/// Which periods.
#[derive(Debug)]
pub(crate) struct DefineRetention {
    /// In days.
    pub(crate) periods: BTreeMap<Kind, i32>,
    pub(crate) facts: FactPeriods,
    /// The version that is changed; 0: there must be none; `None`: whichever there is.
    pub(crate) expected: Option<i32>,
}

impl Rights {
    /// Defines the periods as the next version; equal ones keep theirs.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub(crate) async fn define_retention(&self, call: &Call, ask: DefineRetention) -> Result<Policy, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        retention::lock(&tx, tenant).await?;
        let there = retention::policy(&tx, tenant, None).await?;
        if let Some(equal) = there.as_ref().filter(|there| (&there.periods, &there.facts) == (&ask.periods, &ask.facts))
        {
            tx.rollback().await?;
            return Ok(equal.clone());
        }
        let version = there.map_or(0, |there| there.version);
        if ask.expected.is_some_and(|expected| expected != version) {
            let other = Refusal::new(Reason::EtagMismatch, "the policy has another version than expected_version");
            return Err(other.with("version", version.to_string()));
        }
        let now = self.clock.now();
        let (version, DefineRetention { periods, facts, .. }) = (version.saturating_add(1), ask);
        let policy = Policy { version, periods, facts, defined_at: now };
        retention::add_policy(&tx, tenant, &policy).await?;
        let payload = pb::RetentionDefined { policy: Some(retention_event::policy(&policy)) };
        let draft = Draft::new(EntryId(self.ids.next()), tenant.clone(), Route::All, &payload, now);
        self.journal.commit(tx, vec![traced(draft, call)]).await?;
        Ok(policy)
    }

    /// A version of the policy; `None`: the newest.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn get_retention(&self, call: &Call, version: Option<i32>) -> Result<Policy, Refusal> {
        retention::policy(&self.store, call.tenant()?, version).await?.ok_or_else(Refusal::not_found)
    }
}
