//! The weights that a tenant's scores are made with: the built-in ones, or what it defined last.

use tenure_journal::{Draft, Route, Timer};
use tenure_kernel::{EntryId, PersonId, Refusal, Tenant};
use tenure_proto::expectation::v1::{WeightsDefined, WeightsDefinition};
use tenure_server::Call;
use tenure_store::{Query, StoreError, Tx};

use super::{
    App,
    judge::Rules,
    redeem_survey_permit::reused,
    refold::{AT_ONCE, timer},
};
use crate::{
    api::convert::weights as convert,
    domain::{
        promise::hashed,
        weights::{BUILT_IN, Weights},
    },
    store::{person_state, weights as kept},
};

/// The kind of the timer that has everybody looked at again.
pub(super) const EVERYBODY: &str = "everybody";

/// Persons that each time of it has looked at again.
const PAGE: i64 = 1_000;

/// Versions that are told of at most.
const MOST_VERSIONS: i64 = 100;

/// The weights that a tenant uses.
pub(super) async fn of(query: &impl Query, tenant: &Tenant) -> Result<Weights, StoreError> {
    Ok(kept::current(query, tenant).await?.as_ref().map(convert::weights).unwrap_or_default())
}

/// Goes on having everybody of a tenant looked at again, after a person.
fn everybody(tenant: &Tenant, after: PersonId) -> Timer {
    let id = hashed(EVERYBODY, &[]);
    let partition = id[0];
    Timer {
        tenant: tenant.clone(),
        id,
        kind: EVERYBODY.to_owned(),
        partition,
        due_at: AT_ONCE,
        payload: after.0.to_vec(),
    }
}

/// Has a page of persons looked at again, and goes on if there may be more.
pub(super) async fn look_again(tx: &Tx, due: &Timer) -> Result<(), StoreError> {
    let after = PersonId::from_slice(&due.payload).map_err(|_| StoreError::Row("timer.payload".to_owned()))?;
    let page = person_state::after(tx, &due.tenant, after, PAGE).await?;
    let next = page.last().map(|last| everybody(&due.tenant, *last));
    let timers = page.into_iter().map(|person| timer(&due.tenant, person, AT_ONCE)).chain(next);
    Timer::set(tx, timers.collect()).await
}

impl Rules {
    /// The same, with other weights.
    pub(super) fn with(&self, weights: Weights) -> Self {
        Self { weights, ..self.clone() }
    }
}

impl App {
    /// The rules that a tenant's persons are judged by.
    pub(super) async fn rules(&self, query: &impl Query, tenant: &Tenant) -> Result<Rules, StoreError> {
        Ok(self.refolder.rules.with(of(query, tenant).await?))
    }

    /// The rules with the weights of a version; of none, with those that are used.
    pub(super) async fn rules_of(&self, tenant: &Tenant, version: &str) -> Result<Rules, Refusal> {
        if version.is_empty() {
            return Ok(self.rules(&self.store, tenant).await?);
        }
        let weights = self.version(tenant, version).await?.as_ref().map(convert::weights).unwrap_or_default();
        Ok(self.refolder.rules.with(weights))
    }

    /// A version that a tenant defined; none: the built-in one.
    async fn version(&self, tenant: &Tenant, version: &str) -> Result<Option<WeightsDefinition>, Refusal> {
        if version == BUILT_IN {
            return Ok(None);
        }
        let number = convert::number(version).ok_or_else(Refusal::not_found)?;
        let found = kept::of_number(&self.store, tenant, number).await?;
        found.map(Some).ok_or_else(Refusal::not_found)
    }

    /// Defines weights as a new version, and has everybody looked at again.
    pub(crate) async fn define_weights(
        &self,
        call: &Call,
        (request_id, asked): (String, WeightsDefinition),
    ) -> Result<WeightsDefinition, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-weights-{tenant}")).await?;
        if let Some(before) = kept::of_request(&tx, tenant, &request_id).await? {
            tx.rollback().await?;
            return if convert::asked(&before) == asked {
                Ok(convert::described(Some(&before)))
            } else {
                Err(reused())
            };
        }
        let now = self.refolder.now();
        let number = kept::numbers(&tx, tenant, 1).await?.first().copied().unwrap_or_default() + 1;
        let definition = convert::numbered(asked, number, now);
        kept::insert(&tx, tenant, (number, &request_id), &definition).await?;
        Timer::set(&tx, vec![everybody(tenant, PersonId::default())]).await?;
        let described = convert::described(Some(&definition));
        let defined = WeightsDefined { definition: Some(definition) };
        let draft = Draft::new(EntryId(self.ids.next()), tenant.clone(), Route::All, &defined, now);
        self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        Ok(described)
    }

    /// The weights of a version, or those that are used, and the numbers of the tenant's own.
    pub(crate) async fn describe_weights(
        &self,
        call: &Call,
        version: &str,
    ) -> Result<(Option<WeightsDefinition>, Vec<i64>), Refusal> {
        let tenant = call.tenant()?;
        let definition = match version {
            "" => kept::current(&self.store, tenant).await?,
            version => self.version(tenant, version).await?,
        };
        Ok((definition, kept::numbers(&self.store, tenant, MOST_VERSIONS).await?))
    }
}
