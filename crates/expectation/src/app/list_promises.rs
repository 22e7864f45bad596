//! Lists a person's promises.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::{App, feeds, person::Who};
use crate::domain::{
    promise::{Expected, PromiseId},
    standing::Standing,
};

const LIST: &str = "tenure.expectation.v1.ExpectationService/ListPromises";

/// Which promises.
#[derive(Debug, Clone)]
pub(crate) struct ListPromises {
    pub(crate) who: Who,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

/// A page of a list.
pub(crate) struct Paged<T> {
    pub(crate) items: Vec<T>,
    /// Empty on the last page.
    pub(crate) next_page_token: String,
}

impl<T> Paged<T> {
    /// A page of so many of the items, of which one more was looked for; with the token of the last one's place if there is more.
    pub(super) fn of(mut items: Vec<T>, page_size: usize, token: impl FnOnce(&T) -> String) -> Self {
        let more = items.len() > page_size;
        items.truncate(page_size);
        let next_page_token = items.last().filter(|_| more).map(token).unwrap_or_default();
        Self { items, next_page_token }
    }

    pub(super) fn map<U>(self, shown: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(shown).collect(), next_page_token: self.next_page_token }
    }
}

/// Where a promise stands in the list.
type Place = (PromiseId, i64);

impl App {
    /// Lists the promises to a person, by promise and due time.
    pub(crate) async fn list_promises(&self, call: &Call, ask: ListPromises) -> Result<Paged<Standing>, Refusal> {
        let tenant = call.tenant()?;
        let filter = format!("{:?}", ask.who).into_bytes();
        let after = match ask.page_token.as_str() {
            "" => None,
            token => read_place(&self.tokens.decode(tenant, LIST, &filter, token)?),
        };
        let (_, person) = self.person(call, ask.who, &ask.read_after).await?;
        let feeds = feeds(&self.store, tenant).await?;
        let judged = self.refolder.rules.judge(&person, &feeds, self.refolder.now());
        let mut items = judged.standings;
        items.sort_by_key(place);
        items.retain(|standing| after.is_none_or(|after| place(standing) > after));
        let token = |last: &Standing| self.tokens.encode(tenant, LIST, &filter, &write_place(place(last)));
        Ok(Paged::of(items, ask.page_size, token))
    }
}

fn place(standing: &Standing) -> Place {
    let due = match standing.promise.expected {
        Expected::By(due) => due.0,
        Expected::Level(_) => i64::MIN,
    };
    (standing.promise.id, due)
}

fn write_place((id, due): Place) -> Vec<u8> {
    [id.0.as_slice(), &due.to_be_bytes()].concat()
}

/// A place of ours; its tag was checked.
fn read_place(bytes: &[u8]) -> Option<Place> {
    let (id, due) = bytes.split_first_chunk::<16>()?;
    Some((PromiseId(*id), i64::from_be_bytes(due.try_into().ok()?)))
}
