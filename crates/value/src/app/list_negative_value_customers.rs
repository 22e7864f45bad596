//! Lists the customers who cost more than they bring.

use tenure_clv::gamma_gamma::SpendError;
use tenure_kernel::{PersonId, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged, aside::unvalued, fixed::Fixed};
use crate::{
    domain::{
        book::Book,
        ledger::Ledger,
        lookout::Lookout,
        score::Question,
        worst::{Place, Worst},
        worth::{Scorers, Worth},
    },
    store::{
        pages::{Base, Depth},
        person::Purchases,
    },
};

const LIST: &str = "tenure.value.v1.ValueService/ListNegativeValueCustomers";

/// Of which base.
#[derive(Debug, Clone)]
pub(crate) struct ListNegativeValueCustomers {
    pub(crate) book: Book,
    /// The last day that counts; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

/// Where a page begins. All pages of a list have the same day, models and rates.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cursor {
    fixed: Fixed,
    after: Option<Place>,
}

/// What is kept of a base that is looked through.
struct Seen {
    lookout: Lookout,
    worst: Worst<Ledger>,
}

impl Seen {
    fn take(&mut self, ledger: Ledger) -> Result<(), SpendError> {
        if let Some(sight) = self.lookout.see(&ledger)? {
            self.worst.take(Place { net: sight.net(), person: ledger.person }, || ledger);
        }
        Ok(())
    }
}

impl App {
    /// The persons of negative net value, the worst first. A page is a pass over the base that keeps no more than the page.
    pub(crate) async fn list_negative_value_customers(
        &self,
        call: &Call,
        ask: ListNegativeValueCustomers,
    ) -> Result<(Paged<Worth>, Scorers), Refusal> {
        let tenant = call.tenant()?;
        let begun = match ask.page_token.as_str() {
            "" => None,
            token => Some(Cursor::read(&self.tokens.decode(tenant, LIST, &ask.filter(), token)?)),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let asked = (ask.book, ask.as_of);
        let (scorers, fixed) = self.fixed(tenant, begun.map(|cursor| cursor.fixed), asked).await?;
        let depth = Depth::of(&scorers);
        // One more than the page, to know whether there is another.
        let worst = Worst::new(begun.and_then(|cursor| cursor.after), ask.page_size + 1);
        let seen = Seen { lookout: Lookout::new(scorers, ask.question, fixed.through), worst };
        let purchases = Purchases { tenant, book: ask.book, through: fixed.through, audience: self.persons(call) };
        let base = Base(purchases, depth);
        let Seen { lookout, worst } = self.look_through(base, seen, Seen::take).await?;
        let scorers = lookout.into_scorers();
        let mut found = worst.into_worst_first();
        let more = found.len() > ask.page_size;
        found.truncate(ask.page_size);
        let last = found.last().filter(|_| more).map(|(place, _)| Cursor { after: Some(*place), fixed });
        let next_page_token = last.map(|last| self.tokens.encode(tenant, LIST, &ask.filter(), &last.write()));
        let ledgers = found.into_iter().map(|(_, ledger)| ledger);
        let items = scorers.of_ledgers(&ask.question, ledgers, fixed.through).map_err(unvalued)?;
        Ok((Paged { items, next_page_token: next_page_token.unwrap_or_default() }, scorers))
    }
}

impl ListNegativeValueCustomers {
    fn filter(&self) -> Vec<u8> {
        self.question.filter(self.book, self.as_of)
    }
}

impl Cursor {
    fn write(&self) -> Vec<u8> {
        let after = self.after.map(|place| [place.net.to_be_bytes().as_slice(), &place.person.0].concat());
        [self.fixed.write(), after.unwrap_or_default()].concat()
    }

    /// A cursor of ours; its tag was checked.
    fn read(bytes: &[u8]) -> Self {
        let (fixed, rest) = Fixed::read(bytes);
        let after = rest.split_first_chunk::<8>().and_then(|(net, person)| {
            Some(Place { net: f64::from_be_bytes(*net), person: PersonId::from_slice(person).ok()? })
        });
        Self { fixed, after }
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::ModelId;

    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_written() {
        let after = Place { net: -12.5, person: PersonId([9; 16]) };
        let cursor = Cursor {
            fixed: Fixed { purchases: Some(ModelId([3; 16])), contracts: None, through: -5, rates: 4 },
            after: Some(after),
        };
        assert_eq!(Cursor::read(&cursor.write()), cursor);
    }
}
