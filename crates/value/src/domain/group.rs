//! Groups of customers: what each is worth, how far that may be off, and how unevenly it is spread.

use std::collections::BTreeMap;

use tenure_clv::{
    Ahead, BaseValues, Concentration, PurchaseModel,
    gamma_gamma::SpendError,
    group::{Group, Valuer},
};

use super::{
    cohort,
    cost::Pricing,
    deal::{Acquired, Step, Told, acquired},
    model::{Learned, Model},
    score::Question,
    summary::PersonSummary,
};

/// Groups at most; customers of others count together.
pub(crate) const MOST_GROUPS: usize = 500;
/// How likely the net value is to lie in its interval.
const LEVEL: f64 = 0.95;
/// The part of the customers whose share is told.
const TOP: f64 = 0.2;

/// What customers are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupBy {
    CohortMonth,
    CohortQuarter,
    CohortYear,
    Channel,
    Offer,
    FirstProduct,
    /// A customer of several is in several groups.
    Product,
}

impl GroupBy {
    /// Whether what was told of a customer is needed.
    pub(crate) fn needs_deals(self) -> bool {
        !matches!(self, Self::CohortMonth | Self::CohortQuarter | Self::CohortYear)
    }

    /// The group of a customer who came so, on a day; `None`: there may be several.
    pub(crate) fn key(self, since: i32, came: &Acquired) -> Option<String> {
        Some(match self {
            Self::CohortMonth => cohort::month(since),
            Self::CohortQuarter => cohort::quarter(since),
            Self::CohortYear => cohort::year(since),
            Self::Channel => came.channel.map_or("", |channel| channel.name()).to_owned(),
            Self::Offer => came.offer.clone(),
            Self::FirstProduct => came.products.first().cloned().unwrap_or_default(),
            Self::Product => return None,
        })
    }

    /// The groups of a customer, by facts in order.
    fn keys(self, person: &PersonSummary, told: &[Told]) -> Vec<String> {
        let came = if self.needs_deals() { acquired(told, Some(person.first_day)) } else { Acquired::default() };
        self.key(person.first_day, &came).map_or_else(|| products(told), |key| vec![key])
    }
}

fn products(told: &[Told]) -> Vec<String> {
    let bought = told.iter().filter(|(_, deal)| matches!(deal.step, Step::Bought | Step::Started));
    let mut products: Vec<String> = bought.flat_map(|(_, deal)| deal.products.iter().cloned()).collect();
    products.sort_unstable();
    products.dedup();
    if products.is_empty() { vec![String::new()] } else { products }
}

/// What the customers of a group have together. Money in minor units.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) customers: i64,
    /// Held at the ends of 64 bits.
    pub(crate) total_minor: i64,
    pub(crate) expected: f64,
    pub(crate) margin: f64,
    pub(crate) cost: f64,
    pub(crate) negative: i64,
    value: Group,
    spread: Concentration,
    /// Of the net value; `None` where the model does not tell.
    pub(crate) interval: Option<(f64, f64)>,
}

impl Tally {
    pub(crate) fn net(&self) -> f64 {
        self.margin - self.cost
    }

    /// How unevenly value is spread over them.
    pub(crate) fn gini(&self) -> Option<f64> {
        self.spread.gini()
    }

    /// What part of it the most valuable fifth has.
    pub(crate) fn top_fifth(&self) -> Option<f64> {
        self.spread.share_of_best(TOP)
    }
}

/// The groups of a base that is looked through.
pub(crate) struct Groups {
    by: GroupBy,
    values: BaseValues<PurchaseModel>,
    model: std::sync::Arc<Model>,
    pricing: Pricing,
    /// `None` where the model has no covariance.
    valuer: Option<Valuer<PurchaseModel>>,
    groups: BTreeMap<String, Tally>,
    rest: Tally,
    base: Tally,
}

/// What was found.
pub(crate) struct Found {
    /// Those of most net value first, then by key.
    pub(crate) groups: Vec<(String, Tally)>,
    /// Customers of groups beyond [`MOST_GROUPS`].
    pub(crate) rest: Tally,
    pub(crate) base: Tally,
}

impl Groups {
    pub(crate) fn new(by: GroupBy, question: Question, model: std::sync::Arc<Model>, pricing: Pricing) -> Self {
        let valuer = valuer(&model.learned, Ahead::from((question.horizon, question.discount)));
        let values = question.values(&model);
        let (groups, rest, base) = (BTreeMap::new(), Tally::default(), Tally::default());
        Self { by, values, model, pricing, valuer, groups, rest, base }
    }

    /// Takes a customer in.
    pub(crate) fn take(&mut self, person: &PersonSummary, told: &[Told]) -> Result<(), SpendError> {
        let value = self.values.value(&person.history)?;
        let net = self.pricing.net(&self.model, person, &value);
        let valued = self.valuer.as_mut().map(|valuer| valuer.value(&person.history)).transpose()?;
        let part = self.pricing.margin_of(person);
        let add = |tally: &mut Tally| {
            tally.customers += 1;
            tally.total_minor = tally.total_minor.saturating_add(person.history.total_minor());
            tally.expected += value.expected_minor;
            tally.margin += net.margin;
            tally.cost += net.cost;
            tally.negative += i64::from(net.value() < 0.0);
            tally.spread.take(value.expected_minor);
            if let Some(valued) = &valued {
                tally.value.take(valued, part);
            }
        };
        add(&mut self.base);
        for key in self.by.keys(person, told) {
            let full = self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key);
            add(if full { &mut self.rest } else { self.groups.entry(key).or_default() });
        }
        Ok(())
    }

    /// All that was taken in.
    pub(crate) fn found(self) -> Found {
        let Self { valuer, groups, mut rest, mut base, .. } = self;
        let told = |tally: &mut Tally| {
            let valuer = valuer.as_ref()?;
            let (low, high) = valuer.forecast(&tally.value).interval(LEVEL);
            tally.interval = high.is_finite().then_some((low - tally.cost, high - tally.cost));
            Some(())
        };
        let mut groups: Vec<(String, Tally)> = groups.into_iter().collect();
        for tally in groups.iter_mut().map(|(_, tally)| tally).chain([&mut rest, &mut base]) {
            told(tally);
        }
        // Stable: of equal values the keys stay in order.
        groups.sort_by(|left, right| right.1.net().total_cmp(&left.1.net()));
        Found { groups, rest, base }
    }
}

/// Of a model with its covariances.
fn valuer(learned: &Learned, ahead: Ahead) -> Option<Valuer<PurchaseModel>> {
    let (purchases, spend) = learned.neighbours()?;
    Some(Valuer::new(purchases, spend, ahead))
}
