//! Lists the segments of a base.

use tenure_clv::BaseValues;
use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged};
use crate::{
    domain::{
        book::Book,
        model::Model,
        score::Question,
        segments::{Segments, Tally},
        summary::PersonSummary,
    },
    store::{pages::Buyers, person::Purchases},
};

/// Of which base.
#[derive(Debug, Clone)]
pub(crate) struct ListRfmSegments {
    pub(crate) book: Book,
    /// The last day of purchases that count; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

const LIST: &str = "tenure.value.v1.ValueService/ListRfmSegments";

impl ListRfmSegments {
    fn filter(&self) -> Vec<u8> {
        self.question.filter(self.book, self.as_of)
    }
}

impl App {
    /// Puts every person of a base into its segment by the promoted model of the book, in one pass.
    pub(crate) async fn list_rfm_segments(
        &self,
        call: &Call,
        ask: ListRfmSegments,
    ) -> Result<(Paged<Tally>, Model), Refusal> {
        let tenant = call.tenant()?;
        let from = match ask.page_token.as_str() {
            "" => 0,
            token => {
                self.tokens.decode(tenant, LIST, &ask.filter(), token)?.first().map_or(0, |from| usize::from(*from))
            }
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let model = self.promoted_model(&self.store, tenant, ask.book).await?;
        let through = self.day_of_scores(ask.as_of, &model);
        let values = ask.question.values(&model);
        let buyers = Buyers(Purchases { tenant, book: ask.book, through, audience: self.sums(call) });
        let take = |(segments, values, model): &mut (Segments, BaseValues<_>, Model), person: PersonSummary| {
            segments.take(model, &person, &values.value(&person.history)?);
            Ok(())
        };
        let (segments, _, model) = self.look_through(buyers, (Segments::new(), values, model), take).await?;
        let mut items: Vec<Tally> = segments.into_best_first().into_iter().skip(from).collect();
        let more = items.len() > ask.page_size;
        items.truncate(ask.page_size);
        let next = u8::try_from(from + items.len()).ok().filter(|_| more);
        let next_page_token =
            next.map(|next| self.tokens.encode(tenant, LIST, &ask.filter(), &[next])).unwrap_or_default();
        Ok((Paged { items, next_page_token }, model))
    }
}
