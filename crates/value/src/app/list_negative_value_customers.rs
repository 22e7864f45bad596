//! Lists the customers who cost more than they bring.

use tenure_kernel::{ModelId, PersonId, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged, score_customer::unvalued};
use crate::{
    domain::{
        book::Book,
        model::Model,
        score::{Question, Score},
        worst::{Place, Worst},
    },
    store::person::Purchases,
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

/// Where a page begins. All pages of a list have the same day, model and rates.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cursor {
    model: ModelId,
    through: i32,
    rates: i32,
    after: Option<Place>,
}

impl App {
    /// The persons of negative net value, the worst first. A page is a pass over the base that keeps no more than the page.
    pub(crate) async fn list_negative_value_customers(
        &self,
        call: &Call,
        ask: ListNegativeValueCustomers,
    ) -> Result<(Paged<Score>, Model), Refusal> {
        let tenant = call.tenant()?;
        let begun = match ask.page_token.as_str() {
            "" => None,
            token => Some(Cursor::read(&self.tokens.decode(tenant, LIST, &ask.filter(), token)?)),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let (model, pricing) = match begun {
            Some(cursor) => {
                let model = self.model(tenant, cursor.model).await?;
                let pricing = self.pricing_of(tenant, &model, cursor.rates).await?;
                (model, pricing)
            }
            None => {
                let model = self.promoted_model(&self.store, tenant, ask.book).await?;
                let pricing = self.pricing(tenant, &model).await?;
                (model, pricing)
            }
        };
        let cursor = begun.unwrap_or_else(|| Cursor {
            model: model.id,
            through: self.day_of_scores(ask.as_of, &model),
            rates: pricing.rates().version,
            after: None,
        });
        // One more than the page, to know whether there is another.
        let mut worst = Worst::new(cursor.after, ask.page_size + 1);
        let mut values = ask.question.values(&model);
        self.scan(Purchases { tenant, book: ask.book, through: cursor.through }, |person| {
            let value = values.value(&person.history).map_err(unvalued)?;
            let net = pricing.net(&model, &person, &value).value();
            worst.take(Place { net, person: person.person }, || (person, value));
            Ok(())
        })
        .await?;
        let mut found = worst.into_worst_first();
        let more = found.len() > ask.page_size;
        found.truncate(ask.page_size);
        let last = found.last().filter(|_| more).map(|(place, _)| Cursor { after: Some(*place), ..cursor });
        let next_page_token = last.map(|last| self.tokens.encode(tenant, LIST, &ask.filter(), &last.write()));
        let scores =
            found.into_iter().map(|(_, (person, value))| ask.question.explain(&model, &pricing, person, value));
        Ok((Paged { items: scores.collect(), next_page_token: next_page_token.unwrap_or_default() }, model))
    }
}

impl ListNegativeValueCustomers {
    fn filter(&self) -> Vec<u8> {
        self.question.filter(self.book, self.as_of)
    }
}

impl Cursor {
    fn write(&self) -> Vec<u8> {
        let begin = [self.model.0.as_slice(), &self.through.to_be_bytes(), &self.rates.to_be_bytes()].concat();
        let after = self.after.map(|place| [place.net.to_be_bytes().as_slice(), &place.person.0].concat());
        [begin, after.unwrap_or_default()].concat()
    }

    /// A cursor of ours; its tag was checked.
    fn read(bytes: &[u8]) -> Self {
        let (model, rest) = bytes.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let (day, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let (rates, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let after = rest.split_first_chunk::<8>().and_then(|(net, person)| {
            Some(Place { net: f64::from_be_bytes(*net), person: PersonId::from_slice(person).ok()? })
        });
        Self { model: ModelId(*model), through: i32::from_be_bytes(*day), rates: i32::from_be_bytes(*rates), after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_written() {
        let after = Place { net: -12.5, person: PersonId([9; 16]) };
        let cursor = Cursor { model: ModelId([3; 16]), through: -5, rates: 4, after: Some(after) };
        assert_eq!(Cursor::read(&cursor.write()), cursor);
    }
}
