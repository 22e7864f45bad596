//! Lists what waits for somebody.

use tenure_kernel::{PersonId, Refusal, Timestamp};
use tenure_proto::expectation::v1::{WorkItem, WorkKind};
use tenure_server::Call;

use super::{App, list_promises::Paged};
use crate::store::work_item::{self, Place};

const LIST: &str = "tenure.expectation.v1.ExpectationService/ListWorkItems";

/// Which queue.
#[derive(Debug, Clone)]
pub(crate) struct ListWorkItems {
    pub(crate) kind: WorkKind,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

impl App {
    /// A page of a queue. What comes to stand ahead of the page's place is met when the list is begun anew.
    pub(crate) async fn list_work_items(&self, call: &Call, ask: ListWorkItems) -> Result<Paged<WorkItem>, Refusal> {
        let tenant = call.tenant()?;
        let bound = ask.kind.as_str_name().as_bytes();
        let after = match ask.page_token.as_str() {
            "" => None,
            token => read_place(&self.tokens.decode(tenant, LIST, bound, token)?),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let from = after.unwrap_or((Timestamp::MIN, PersonId([0; 16]), [0; 16]));
        let most = i64::try_from(ask.page_size).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = work_item::after(&self.store, tenant, ask.kind.into(), (from, most)).await?;
        let more = found.len() > ask.page_size;
        found.truncate(ask.page_size);
        let last = found.last().filter(|_| more);
        let next = last.map(|(place, _)| self.tokens.encode(tenant, LIST, bound, &write_place(place)));
        let items = found.into_iter().map(|(_, item)| item).collect();
        Ok(Paged { items, next_page_token: next.unwrap_or_default() })
    }
}

fn write_place((due, person, id): &Place) -> Vec<u8> {
    [due.0.to_be_bytes().as_slice(), &person.0, id].concat()
}

/// A place of ours; its tag was checked.
fn read_place(bytes: &[u8]) -> Option<Place> {
    let (due, rest) = bytes.split_first_chunk::<8>()?;
    let (person, id) = rest.split_first_chunk::<16>()?;
    Some((Timestamp(i64::from_be_bytes(*due)), PersonId(*person), id.try_into().ok()?))
}
