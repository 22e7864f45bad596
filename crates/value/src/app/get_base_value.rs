//! Says what a base is worth.

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, score_customer::unvalued};
use crate::{
    domain::{
        book::Book,
        cost::Net,
        model::Model,
        ranking::Ranking,
        score::{Question, Score},
    },
    store::person::Purchases,
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
    pub(crate) customers: i64,
    pub(crate) repeaters: i64,
    /// In minor units; held at the ends of 64 bits.
    pub(crate) total_minor: i64,
    /// In minor units.
    pub(crate) expected_minor: f64,
    pub(crate) net: BaseNet,
    /// Best first.
    pub(crate) top: Vec<Score>,
    pub(crate) model: Model,
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
        let (mut customers, mut repeaters, mut total_minor, mut expected_minor) = (0, 0, 0_i64, 0.0);
        let mut left = BaseNet::default();
        let mut ranking = Ranking::new(ask.top_size);
        let mut values = ask.question.values(&model);
        self.scan(Purchases { tenant, book: ask.book, through }, |person| {
            let value = values.value(&person.history).map_err(unvalued)?;
            customers += 1;
            repeaters += i64::from(person.history.frequency() > 0);
            total_minor = total_minor.saturating_add(person.history.total_minor());
            expected_minor += value.expected_minor;
            left.take(&pricing.net(&model, &person, &value));
            ranking.take(person, value);
            Ok(())
        })
        .await?;
        let top =
            ranking.into_best_first().map(|(person, value)| ask.question.explain(&model, &pricing, person, value));
        Ok(BaseValue { customers, repeaters, total_minor, expected_minor, net: left, top: top.collect(), model })
    }
}
