//! What a person is worth by a model, and why.

use tenure_clv::{
    BaseValues, CustomerValue, DiscountRate, Horizon, PurchaseModel, ValueModel,
    gamma_gamma::SpendError,
    rfm::{Activity, Scores, Segment},
};

use tenure_kernel::Timestamp;

use super::{
    book::Book,
    cost::{Net, Pricing},
    interval::Intervals,
    model::Model,
    reason,
    summary::PersonSummary,
};

/// How far ahead when nobody says: a year, in weeks.
pub(crate) const DEFAULT_HORIZON_WEEKS: i32 = 52;
/// What later money loses a year when nobody says.
pub(crate) const DEFAULT_DISCOUNT_RATE: f64 = 0.10;

/// A model and the question put to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) horizon: Horizon,
    pub(crate) discount: DiscountRate,
}

/// What a score rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The person's own repeat purchases.
    Repeats,
    /// One purchase day; how much is the base's mean.
    FirstPurchase,
    /// Nothing of the person's own: what the base's customers bring after their first purchase.
    Prior,
}

impl Basis {
    fn of(person: &PersonSummary) -> Self {
        match (person.purchases, person.history.frequency()) {
            (0, _) => Self::Prior,
            (_, 0) => Self::FirstPurchase,
            _ => Self::Repeats,
        }
    }
}

/// A person's score.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Score {
    pub(crate) summary: PersonSummary,
    pub(crate) value: CustomerValue,
    /// What it rests on.
    pub(crate) basis: Basis,
    /// `None` without a purchase.
    pub(crate) rfm: Option<Scores>,
    /// How far it may be off, if that was asked for.
    pub(crate) intervals: Option<Intervals>,
    pub(crate) net: Net,
    /// Why, in sentences without personal data.
    pub(crate) reasons: Vec<String>,
}

impl Question {
    /// What a token of a list or stream is bound to, so that it goes on with the question that it was given for.
    pub(crate) fn filter(&self, book: Book, as_of: Option<Timestamp>) -> Vec<u8> {
        let asked = (book, as_of.map(|at| at.0), self.horizon.weeks(), self.discount.annual());
        format!("{asked:?}").into_bytes()
    }

    /// What each person of a base is expected to bring.
    pub(crate) fn values(&self, model: &Model) -> BaseValues<PurchaseModel> {
        let Self { horizon, discount } = *self;
        let (purchases, spend) = (model.learned.purchases.model, model.learned.spend.model);
        ValueModel { purchases, spend, horizon, discount }.of_base()
    }

    /// What a person is expected to bring.
    ///
    /// # Errors
    /// When the amounts are negative or the model's mean is infinite; neither is ever stored.
    pub(crate) fn value(&self, model: &Model, person: &PersonSummary) -> Result<CustomerValue, SpendError> {
        self.values(model).value(&person.history)
    }

    /// The value, with what is left of it, its quintiles and reasons.
    pub(crate) fn explain(
        &self,
        model: &Model,
        pricing: &Pricing,
        summary: PersonSummary,
        value: CustomerValue,
    ) -> Score {
        let mut score = self.score(model, pricing, summary, value);
        score.reasons = reason::reasons(self, model, &score);
        score
    }

    /// All that can be said of a person.
    ///
    /// # Errors
    /// As for the value.
    pub(crate) fn whole(
        &self,
        (model, pricing): (&Model, &Pricing),
        summary: PersonSummary,
        level: Option<f64>,
    ) -> Result<Score, SpendError> {
        let value = self.value(model, &summary)?;
        let intervals = level.map(|level| self.intervals(model, &summary.history, &value, level)).transpose()?;
        Ok(Score { intervals, ..self.explain(model, pricing, summary, value) })
    }

    /// The same without reasons.
    pub(crate) fn score(
        &self,
        model: &Model,
        pricing: &Pricing,
        summary: PersonSummary,
        value: CustomerValue,
    ) -> Score {
        let net = pricing.net(model, &summary, &value);
        Score::of(model, summary, value, net)
    }
}

impl Score {
    /// Without intervals and reasons.
    pub(crate) fn of(model: &Model, summary: PersonSummary, value: CustomerValue, net: Net) -> Self {
        let basis = Basis::of(&summary);
        let rfm = (basis != Basis::Prior).then(|| model.learned.boundaries.score(&Activity::from(&summary.history)));
        Self { summary, value, basis, rfm, intervals: None, net, reasons: Vec::new() }
    }
}

/// A segment's name.
pub(crate) fn segment_name(segment: Segment) -> &'static str {
    match segment {
        Segment::Champions => "champions",
        Segment::Loyal => "loyal",
        Segment::PotentialLoyalists => "potential loyalists",
        Segment::New => "new",
        Segment::Promising => "promising",
        Segment::NeedAttention => "need attention",
        Segment::AboutToSleep => "about to sleep",
        Segment::AtRisk => "at risk",
        Segment::CannotLose => "cannot lose",
        Segment::Hibernating => "hibernating",
    }
}
