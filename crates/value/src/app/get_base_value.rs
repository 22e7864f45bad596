//! Says what a base is worth.

use tenure_clv::{BaseValues, PurchaseModel, gamma_gamma::SpendError};
use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::App;
use crate::{
    domain::{
        book::Book,
        cost::{Net, Pricing},
        model::Model,
        ranking::Ranking,
        score::{Question, Score},
        summary::PersonSummary,
    },
    store::{pages::Buyers, person::Purchases},
};

/// Which base.
#[derive(Debug, Clone)]
pub(crate) struct GetBaseValue {
    pub(crate) book: Book,
    /// The last day of purchases that count; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    /// How many of the most valuable persons to show.
    pub(crate) top_size: usize,
    pub(crate) read_after: String,
}

/// What a base is worth.
#[derive(Debug)]
pub(crate) struct BaseValue {
    pub(crate) sums: Sums,
    /// Best first.
    pub(crate) top: Vec<Score>,
    pub(crate) model: Model,
}

/// Of all customers.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) customers: i64,
    pub(crate) repeaters: i64,
    /// In minor units; held at the ends of 64 bits.
    pub(crate) total_minor: i64,
    /// In minor units.
    pub(crate) expected_minor: f64,
    pub(crate) net: BaseNet,
}

/// What is kept of a base that is looked through.
struct Seen {
    values: BaseValues<PurchaseModel>,
    model: Model,
    pricing: Pricing,
    ranking: Ranking,
    sums: Sums,
}

impl Seen {
    fn take(&mut self, person: PersonSummary) -> Result<(), SpendError> {
        let value = self.values.value(&person.history)?;
        let sums = &mut self.sums;
        sums.customers += 1;
        sums.repeaters += i64::from(person.history.frequency() > 0);
        sums.total_minor = sums.total_minor.saturating_add(person.history.total_minor());
        sums.expected_minor += value.expected_minor;
        sums.net.take(&self.pricing.net(&self.model, &person, &value));
        self.ranking.take(person, value);
        Ok(())
    }
}

/// What is left of it once its customers are served. In minor units.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct BaseNet {
    pub(crate) margin: f64,
    pub(crate) cost: f64,
    /// Who costs more than they bring.
    pub(crate) negative: i64,
}

impl BaseNet {
    fn take(&mut self, net: &Net) {
        self.margin += net.margin;
        self.cost += net.cost;
        self.negative += i64::from(net.value() < 0.0);
    }
}

impl App {
    /// Values every person of a base by the promoted model of the book, in one pass.
    pub(crate) async fn get_base_value(&self, call: &Call, ask: GetBaseValue) -> Result<BaseValue, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let model = self.promoted_model(&self.store, tenant, ask.book).await?;
        let pricing = self.pricing(tenant, &model).await?;
        let through = self.day_of_scores(ask.as_of, &model);
        let values = ask.question.values(&model);
        let seen = Seen { values, model, pricing, ranking: Ranking::new(ask.top_size), sums: Sums::default() };
        let buyers = Buyers(Purchases { tenant, book: ask.book, through });
        let Seen { model, pricing, ranking, sums, .. } = self.look_through(buyers, seen, Seen::take).await?;
        let top =
            ranking.into_best_first().map(|(person, value)| ask.question.explain(&model, &pricing, person, value));
        Ok(BaseValue { sums, top: top.collect(), model })
    }
}
