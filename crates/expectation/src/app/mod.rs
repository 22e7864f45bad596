//! Use cases, one a file.

mod audit_surveys;
mod calendars;
mod causes;
mod check_survey;
mod complaints;
mod evaluate_recovery;
mod export_records;
mod fit_weights;
mod get_complaint;
mod get_customer_story;
mod get_dissonance;
mod get_loyalty_drivers;
mod get_overview;
mod incidents;
pub(crate) mod judge;
mod list_affected_customers;
mod list_complaints;
mod list_group_loyalty_drivers;
mod list_promises;
mod list_systemic_causes;
mod list_work_items;
mod loyalty;
pub(crate) mod person;
mod record_complaint_step;
mod recoveries;
mod redeem_survey_permit;
pub(crate) mod refold;
mod refolded;
mod refolded_complaints;
mod refolded_holds;
mod refolded_work;
mod register_complaint;
mod reserve_survey;
mod service_targets;
pub(crate) mod tally;
mod watch_complaints;
mod watch_work_items;
mod weights;

use std::sync::Arc;

use tenure_journal::{Journal, ReadAfter};
use tenure_kernel::{IdSource, Refusal, Tenant};
use tenure_keyring::Keyring;
use tenure_server::{Call, PageTokens};
use tenure_store::{Query, Store, StoreError};

use crate::{domain::standing::Feeds, metrics::Metrics, store::source_progress};
use person::{Person, Who};
use refold::Refolder;

pub(crate) use audit_surveys::AuditSurveys;
pub(crate) use check_survey::CheckSurvey;
pub(crate) use evaluate_recovery::Fared;
pub(crate) use export_records::RecordExport;
pub(crate) use get_customer_story::GetCustomerStory;
pub(crate) use get_dissonance::Dissected;
pub(crate) use list_affected_customers::ListAffectedCustomers;
pub(crate) use list_complaints::ListComplaints;
pub(crate) use list_group_loyalty_drivers::ListGroupLoyaltyDrivers;
pub(crate) use list_promises::{ListPromises, Paged};
pub(crate) use list_systemic_causes::{Examined, ListSystemicCauses};
pub(crate) use list_work_items::ListWorkItems;
pub(crate) use record_complaint_step::RecordComplaintStep;
pub(crate) use recoveries::{DecideRecovery, Recovering};
pub(crate) use redeem_survey_permit::RedeemSurveyPermit;
pub(crate) use register_complaint::RegisterComplaint;
pub(crate) use reserve_survey::ReserveSurvey;
pub(crate) use watch_complaints::WatchComplaints;
pub(crate) use watch_work_items::WatchWorkItems;

/// What the use cases work with.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) read_after: ReadAfter,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) tokens: PageTokens,
    pub(crate) refolder: Arc<Refolder>,
    pub(crate) metrics: Metrics,
    pub(crate) keyring: Keyring,
}

impl App {
    /// The person of a name, once the read has seen what it must have seen.
    async fn person(&self, call: &Call, who: Who, read_after: &str) -> Result<(String, Person), Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(read_after, call.deadline()).await?;
        let (id, records) = person::find(&self.store, tenant, who).await?;
        Ok((id.to_string(), person::load(&self.store, tenant, records).await?))
    }
}

/// How far each source has come.
async fn feeds(query: &impl Query, tenant: &Tenant) -> Result<Feeds, StoreError> {
    source_progress::of(query, tenant).await.map(Feeds)
}
