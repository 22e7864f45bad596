//! Lists what waits for somebody.

use tenure_kernel::{Refusal, Timestamp};
use tenure_proto::expectation::v1::{WorkItem, WorkKind};
use tenure_server::Call;

use super::{App, Paged};
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
        let from = after.unwrap_or((Timestamp::MIN, [0; 16]));
        let most = i64::try_from(ask.page_size).unwrap_or(i64::MAX).saturating_add(1);
        let found = work_item::after(&self.store, tenant, ask.kind, (from, most)).await?;
        let token = |(place, _): &(Place, WorkItem)| self.tokens.encode(tenant, LIST, bound, &write_place(place));
        Ok(Paged::of(found, ask.page_size, token).map(|(_, item)| item))
    }
}

fn write_place((due, id): &Place) -> Vec<u8> {
    [due.0.to_be_bytes().as_slice(), id].concat()
}

/// A place of ours; its tag was checked.
fn read_place(bytes: &[u8]) -> Option<Place> {
    let (due, id) = bytes.split_first_chunk::<8>()?;
    Some((Timestamp(i64::from_be_bytes(*due)), id.try_into().ok()?))
}
