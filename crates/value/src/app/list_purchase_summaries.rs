//! Lists every person's purchases.

use tenure_kernel::{PersonId, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged};
use crate::{
    domain::{book::Book, summary::PersonSummary},
    store::person::Purchases,
};

const LIST: &str = "tenure.value.v1.ValueService/ListPurchaseSummaries";

/// Which summaries.
#[derive(Debug, Clone)]
pub(crate) struct ListPurchaseSummaries {
    pub(crate) book: Book,
    /// The last day of purchases that count; `None`: today.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

/// Where a page begins. All pages of a list count through the same day, also when midnight passes.
struct Cursor {
    through: i32,
    after: Option<PersonId>,
}

impl App {
    /// Lists the persons with a purchase, by person id.
    pub(crate) async fn list_purchase_summaries(
        &self,
        call: &Call,
        ask: ListPurchaseSummaries,
    ) -> Result<Paged<PersonSummary>, Refusal> {
        let tenant = call.tenant()?;
        let cursor = match ask.page_token.as_str() {
            "" => Cursor { through: ask.as_of.unwrap_or_else(|| self.clock.now()).day(), after: None },
            token => Cursor::read(&self.tokens.decode(tenant, LIST, &ask.filter(), token)?),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let purchases = Purchases { tenant, book: ask.book, through: cursor.through, audience: self.persons(call) };
        let mut items = purchases.page(&self.store, cursor.after, ask.page_size + 1).await?;
        let more = items.len() > ask.page_size;
        items.truncate(ask.page_size);
        let last = items.last().filter(|_| more).map(|last| Cursor { after: Some(last.person), ..cursor });
        let next_page_token = last.map(|last| self.tokens.encode(tenant, LIST, &ask.filter(), &last.write()));
        Ok(Paged { items, next_page_token: next_page_token.unwrap_or_default() })
    }
}

impl ListPurchaseSummaries {
    fn filter(&self) -> Vec<u8> {
        format!("{:?} {:?}", self.book, self.as_of.map(|at| at.0)).into_bytes()
    }
}

impl Cursor {
    fn write(&self) -> Vec<u8> {
        let after = self.after.map(|person| person.0).unwrap_or_default();
        [self.through.to_be_bytes().as_slice(), &after].concat()
    }

    /// A cursor of ours; its tag was checked.
    fn read(bytes: &[u8]) -> Self {
        let (day, person) = bytes.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        Self { through: i32::from_be_bytes(*day), after: PersonId::from_slice(person).ok() }
    }
}
