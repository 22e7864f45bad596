//! What a person is worth by a model, and why.

use tenure_clv::{
    CustomerValue, DiscountRate, Horizon, ValueModel,
    gamma_gamma::SpendError,
    rfm::{Activity, Scores, Segment},
};

use tenure_kernel::Timestamp;

use super::{
    cost::{Net, Pricing},
    currency::Currency,
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

/// A person's score.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Score {
    pub(crate) summary: PersonSummary,
    pub(crate) value: CustomerValue,
    pub(crate) rfm: Scores,
    pub(crate) net: Net,
    /// Why, in sentences without personal data.
    pub(crate) reasons: Vec<String>,
}

impl Question {
    /// What a token of a list or stream is bound to, so that it goes on with the question that it was given for.
    pub(crate) fn filter(&self, currency: Currency, as_of: Option<Timestamp>) -> Vec<u8> {
        let asked = (currency.code(), as_of.map(|at| at.0), self.horizon.weeks(), self.discount.annual());
        format!("{asked:?}").into_bytes()
    }

    /// What a person is expected to bring.
    ///
    /// # Errors
    /// When the amounts are negative or the model's mean is infinite; neither is ever stored.
    pub(crate) fn value(&self, model: &Model, person: &PersonSummary) -> Result<CustomerValue, SpendError> {
        let Self { horizon, discount } = *self;
        let (purchases, spend) = (model.learned.purchases, model.learned.spend);
        ValueModel { purchases, spend, horizon, discount }.value(&person.history)
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

    /// The same without reasons.
    pub(crate) fn score(
        &self,
        model: &Model,
        pricing: &Pricing,
        summary: PersonSummary,
        value: CustomerValue,
    ) -> Score {
        let rfm = model.learned.boundaries.score(&Activity::from(&summary.history));
        let net = pricing.net(self, model, &summary, &value);
        Score { summary, value, rfm, net, reasons: Vec::new() }
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
