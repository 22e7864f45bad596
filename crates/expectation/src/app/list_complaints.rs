//! Lists complaints by what is due first.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, Refusal};
use tenure_proto::expectation::v1::Complaint;
use tenure_server::Call;

use super::{App, Paged};
use crate::{
    domain::complaint::ComplaintId,
    store::{
        MEMBERSHIPS,
        complaint_state::{self, Filter, Place, place},
    },
};

const LIST: &str = "tenure.expectation.v1.ExpectationService/ListComplaints";

/// Which complaints.
#[derive(Debug, Clone)]
pub(crate) struct ListComplaints {
    pub(crate) person: Option<PersonId>,
    pub(crate) include_ended: bool,
    pub(crate) states: BTreeSet<i32>,
    pub(crate) breached_only: bool,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

impl App {
    /// A page of the queue. One that moves ahead of the place of the page is met when the list is begun anew.
    pub(crate) async fn list_complaints(&self, call: &Call, ask: ListComplaints) -> Result<Paged<Complaint>, Refusal> {
        let tenant = call.tenant()?;
        let mut filter = Filter {
            person: ask.person,
            include_ended: ask.include_ended,
            states: ask.states,
            breached_only: ask.breached_only,
        };
        let bound = format!("{filter:?}").into_bytes();
        let after = match ask.page_token.as_str() {
            "" => None,
            token => read_place(&self.tokens.decode(tenant, LIST, &bound, token)?),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        if let Some(person) = filter.person {
            filter.person = Some(MEMBERSHIPS.resolve(&self.store, tenant, person).await?);
        }
        let most = i64::try_from(ask.page_size).unwrap_or(i64::MAX);
        let from = after.unwrap_or((i64::MIN, ComplaintId::default()));
        let found = complaint_state::after(&self.store, tenant, &filter, (from, most.saturating_add(1))).await?;
        let token = |(id, one): &(ComplaintId, Complaint)| {
            self.tokens.encode(tenant, LIST, &bound, &write_place(place(*id, one)))
        };
        Ok(Paged::of(found, ask.page_size, token).map(|(_, complaint)| complaint))
    }
}

fn write_place((target, id): Place) -> Vec<u8> {
    [target.to_be_bytes().as_slice(), &id.0].concat()
}

/// A place of ours; its tag was checked.
fn read_place(bytes: &[u8]) -> Option<Place> {
    let (target, id) = bytes.split_first_chunk::<8>()?;
    Some((i64::from_be_bytes(*target), ComplaintId(id.try_into().ok()?)))
}
