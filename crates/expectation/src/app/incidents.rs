//! What the firm knows to have gone wrong for a while.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Reason, Refusal};
use tenure_proto::expectation::v1::{Incident, IncidentDefined};
use tenure_server::{Call, wire};

use super::App;
use crate::store::incident as kept;

/// How many incidents a tenant may have.
const MOST_INCIDENTS: usize = 1_000;

impl App {
    /// Defines an incident. An equal one keeps its time.
    pub(crate) async fn define_incident(&self, call: &Call, mut incident: Incident) -> Result<Incident, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-incidents-{tenant}")).await?;
        let there = kept::of(&tx, tenant).await?;
        match there.iter().find(|one| one.incident_code == incident.incident_code) {
            Some(known) if (Incident { define_time: None, ..known.clone() }) == incident => {
                tx.rollback().await?;
                return Ok(known.clone());
            }
            None if there.len() >= MOST_INCIDENTS => {
                let many = format!("there are {MOST_INCIDENTS}, and no more are allowed");
                return Err(Refusal::field("incident.incident_code", Reason::FieldNotAllowed, many));
            }
            _ => {}
        }
        incident.define_time = Some(wire::to_wire(self.refolder.now()));
        kept::save(&tx, tenant, &incident).await?;
        let defined = IncidentDefined { incident: Some(incident.clone()) };
        let id = EntryId(self.ids.next());
        let draft = Draft::new(id, tenant.clone(), Route::All, &defined, self.refolder.now());
        self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        Ok(incident)
    }

    /// All incidents.
    pub(crate) async fn incidents(&self, call: &Call) -> Result<Vec<Incident>, Refusal> {
        Ok(kept::of(&self.store, call.tenant()?).await?)
    }
}
