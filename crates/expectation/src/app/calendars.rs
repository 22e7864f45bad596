//! The working days that clocks count by: the built-in ones, and what a tenant defined of them.

use tenure_journal::{Draft, Route, Timer};
use tenure_kernel::{EntryId, Refusal, Tenant};
use tenure_proto::expectation::v1::{CalendarDefined, CalendarDefinition};
use tenure_server::Call;
use tenure_store::{Query, StoreError};

use super::{
    App,
    refold::{AT_ONCE, timer},
};
use crate::{
    api::convert::calendar,
    domain::calendar::working::Calendars,
    store::{calendar as kept, complaint_state},
};

/// The calendars of a tenant.
pub(super) async fn of(query: &impl Query, tenant: &Tenant) -> Result<Calendars, StoreError> {
    kept::of(query, tenant).await.map(|definitions| calendar::calendars(&definitions))
}

impl App {
    /// Defines working days, and has the clocks of all open complaints worked out anew.
    pub(crate) async fn define_calendar(
        &self,
        call: &Call,
        definition: CalendarDefinition,
    ) -> Result<CalendarDefinition, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-calendars-{tenant}")).await?;
        let described = calendar::described(&definition);
        let there = kept::of(&tx, tenant).await?.into_iter().find(|one| one.calendar_code == definition.calendar_code);
        if there.is_some_and(|there| there == definition) {
            tx.rollback().await?;
            return Ok(described);
        }
        kept::save(&tx, tenant, &definition).await?;
        let waiting = complaint_state::open_persons(&tx, tenant).await?;
        Timer::set(&tx, waiting.into_iter().map(|person| timer(tenant, person, AT_ONCE)).collect()).await?;
        let defined = CalendarDefined { definition: Some(definition) };
        let id = EntryId(self.ids.next());
        let draft = Draft::new(id, tenant.clone(), Route::All, &defined, self.refolder.now());
        self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        Ok(described)
    }

    /// What a tenant defined.
    pub(crate) async fn calendar_definitions(&self, call: &Call) -> Result<Vec<CalendarDefinition>, Refusal> {
        Ok(kept::of(&self.store, call.tenant()?).await?)
    }
}
