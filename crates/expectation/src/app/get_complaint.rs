//! Gets a complaint with its steps and clocks, as of now.

use tenure_kernel::{Purpose, Refusal};
use tenure_proto::expectation::v1::GetComplaintResponse;
use tenure_server::Call;

use super::{
    App,
    complaints::records_of,
    person::{self, Who},
    service_targets::timetable,
};
use crate::{
    api::convert::complaint::{standing::message, step},
    domain::complaint::ComplaintId,
    store::complaint_step,
};

impl App {
    /// The complaint of an id, and what was done with it. What was written is for those who handle it.
    pub(crate) async fn get_complaint(
        &self,
        call: &Call,
        id: ComplaintId,
        read_after: &str,
    ) -> Result<GetComplaintResponse, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(read_after, call.deadline()).await?;
        let record = Self::record_of(&self.store, tenant, id).await?;
        let (person_id, records) = person::find(&self.store, tenant, Who::Record(record)).await?;
        let person = person::load(&self.store, tenant, records).await?;
        let timetable = timetable(&self.store, tenant).await?;
        let (rules, now) = (&self.refolder.rules, self.refolder.now());
        let complaints = rules.complaints(&person, now);
        let complaint =
            complaints.iter().find(|complaint| complaint.names.contains(&id)).ok_or_else(Refusal::not_found)?;
        let records = records_of(complaint);
        let shown = call.purpose()? == Purpose::Complaint;
        let (opened, entries) = match shown {
            true => (records.clone(), complaint_step::of_records(&self.store, tenant, &records).await?),
            false => Default::default(),
        };
        let keys = self.keyring.data_keys(tenant, opened.iter().map(|record| record.0), false).await?;
        Ok(GetComplaintResponse {
            complaint: Some(message(person_id, complaint, &rules.clocks(complaint, &timetable, now), now)),
            steps: step::messages(complaint, &entries, &keys),
        })
    }
}
