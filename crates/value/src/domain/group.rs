//! Groups of customers: what each is worth, how far that may be off, and how unevenly it is spread.

use std::collections::BTreeMap;

use tenure_clv::{
    Ahead, Concentration, Forecast, PurchaseModel, RetentionModel,
    gamma_gamma::SpendError,
    group::{Group, Neighbours, Valued, Valuer},
};

use super::{
    attribute::Attribute,
    book::Line,
    cohort,
    contract_value::Outlook,
    deal::{Acquired, Step, Told},
    ledger::Ledger,
    lookout::{Lookout, Sight},
    model::Learned,
    score::Question,
    worth::Scorers,
};

/// Groups at most; customers of others count together.
pub(crate) const MOST_GROUPS: usize = 500;
/// How likely the net value is to lie in its interval, where nothing else is asked for.
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

/// What customers are grouped by, and who knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// This service.
    Own(GroupBy),
    /// The profile. A customer of several values is in several groups.
    Profile(Attribute),
}

impl Grouping {
    /// Whether what was told of a customer is needed.
    pub(crate) fn needs_deals(&self) -> bool {
        matches!(self, Self::Own(by) if by.needs_deals())
    }

    /// What the profile is asked for.
    pub(crate) fn attribute(&self) -> Option<&Attribute> {
        match self {
            Self::Own(_) => None,
            Self::Profile(attribute) => Some(attribute),
        }
    }

    /// The groups of a customer since a day, of a line; `said` by the profile.
    fn keys(&self, ledger: &Ledger, since: i32, line: &Line, said: Vec<String>) -> Vec<String> {
        match self {
            Self::Own(by) => by.keys(ledger, since, line),
            Self::Profile(_) => or_nothing(said),
        }
    }
}

fn or_nothing(keys: Vec<String>) -> Vec<String> {
    if keys.is_empty() { vec![String::new()] } else { keys }
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

    /// The groups of a customer since a day, of a line.
    fn keys(self, ledger: &Ledger, since: i32, line: &Line) -> Vec<String> {
        let came = if self.needs_deals() { ledger.acquired(line) } else { Acquired::default() };
        self.key(since, &came).map_or_else(|| products(&ledger.told, line), |key| vec![key])
    }
}

fn products(told: &[Told], line: &Line) -> Vec<String> {
    let begins = |(_, deal): &&Told| matches!(deal.step, Step::Bought | Step::Started) && deal.concerns(line);
    let bought = told.iter().filter(begins);
    let mut products: Vec<String> = bought.flat_map(|(_, deal)| deal.products.iter().cloned()).collect();
    products.sort_unstable();
    products.dedup();
    or_nothing(products)
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
    /// Of the margin, that of contracts.
    pub(crate) contract_margin: f64,
    /// Who have a contract that runs.
    pub(crate) contract_customers: i64,
    pub(crate) negative: i64,
    /// The variance of the cost by chance.
    cost_chance: f64,
    contracts: ContractSums,
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

/// What is uncertain of the contracts of a group. Money in minor units.
#[derive(Debug, Default)]
struct ContractSums {
    chance: f64,
    /// The margin by the models beside the fitted ones, by fit.
    beside: BTreeMap<Option<i32>, Vec<f64>>,
}

/// The fits of a model of contracts with those beside them, by length of term.
type Beside = BTreeMap<Option<i32>, Neighbours<RetentionModel>>;

impl ContractSums {
    fn take(&mut self, outlooks: &[Outlook], beside: &Beside, ahead: Ahead) {
        for one in outlooks {
            self.chance += one.margin_each * one.margin_each * one.lasting.chance;
            let of = Some(one.term_months).filter(|_| !one.is_pooled);
            let Some(beside) = beside.get(&of) else { continue };
            let margins =
                beside.all().skip(1).map(|model| one.margin_each * one.running.lasting(model, ahead).discounted);
            let sums = self.beside.entry(of).or_default();
            for (place, margin) in margins.enumerate() {
                match sums.get_mut(place) {
                    Some(sum) => *sum += margin,
                    None => sums.push(margin),
                }
            }
        }
    }

    /// Because parameters are estimated. Fits are of different contracts, and err apart.
    fn parameters(&self, beside: &Beside) -> f64 {
        self.beside.iter().filter_map(|(of, sums)| Some(beside.get(of)?.variance(sums))).sum()
    }
}

/// The groups of a base that is looked through.
pub(crate) struct Groups {
    by: Grouping,
    line: Line,
    ahead: Ahead,
    /// How likely the intervals are to hold.
    level: f64,
    lookout: Lookout,
    /// `None` where a model has no covariance, or there is none of purchases.
    valuer: Option<Valuer<PurchaseModel>>,
    /// The same of contracts.
    beside: Option<Beside>,
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
    pub(crate) fn new(by: Grouping, line: Line, question: &Question, lookout: Lookout) -> Self {
        let ahead = Ahead::from((question.horizon, question.discount));
        let scorers = lookout.scorers();
        let valuer = scorers.purchases.as_ref().and_then(|(model, _)| valuer(&model.learned, ahead));
        let beside = scorers.contracts.as_ref().and_then(|(model, _)| model.neighbours());
        let (groups, rest, base) = (BTreeMap::new(), Tally::default(), Tally::default());
        Self { by, line, ahead, level: LEVEL, lookout, valuer, beside, groups, rest, base }
    }

    /// With intervals that are so likely to hold.
    pub(crate) fn with_level(self, level: f64) -> Self {
        Self { level, ..self }
    }

    /// Takes somebody in, with what the profile said.
    pub(crate) fn take(&mut self, ledger: &Ledger, said: Vec<String>) -> Result<(), SpendError> {
        let Some(sight) = self.lookout.see(ledger)? else { return Ok(()) };
        let scorers = self.lookout.scorers();
        let bought = ledger.summary.as_ref();
        // Without a model of contracts, customers are those who bought something, since they first did.
        let first_day = bought.map(|person| person.first_day);
        let since = if scorers.contracts.is_some() { ledger.since(&self.line) } else { first_day };
        let Some(since) = since else { return Ok(()) };
        let valued = match (self.valuer.as_mut(), bought) {
            (Some(valuer), Some(person)) => Some(valuer.value(&person.history)?),
            _ => None,
        };
        let pricing = self.lookout.scorers().purchases.as_ref().map(|(_, pricing)| pricing);
        let part = pricing.zip(bought).map_or(0.0, |(pricing, person)| pricing.margin_of(person));
        let keys = self.by.keys(ledger, since, &self.line, said);
        let own = Own { sight: &sight, total_minor: bought.map_or(0, |one| one.history.total_minor()), valued, part };
        let (beside, ahead) = (self.beside.as_ref(), self.ahead);
        self.base.take(&own, beside, ahead);
        for key in keys {
            let full = self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key);
            let tally = if full { &mut self.rest } else { self.groups.entry(key).or_default() };
            tally.take(&own, beside, ahead);
        }
        Ok(())
    }

    /// All that was taken in, and by what.
    pub(crate) fn found(self) -> (Found, Scorers) {
        let Self { level, lookout, valuer, beside, groups, mut rest, mut base, .. } = self;
        let scorers = lookout.into_scorers();
        let told = |tally: &Tally| {
            let nothing = Forecast { mean: 0.0, chance: 0.0, parameters: 0.0 };
            let bought = match (&scorers.purchases, &valuer) {
                (Some(_), valuer) => valuer.as_ref()?.forecast(&tally.value),
                (None, _) => nothing,
            };
            let (chance, parameters) = match (&scorers.contracts, &beside) {
                (Some(_), beside) => (tally.contracts.chance, tally.contracts.parameters(beside.as_ref()?)),
                (None, _) => (0.0, 0.0),
            };
            let chance = bought.chance + chance + tally.cost_chance;
            let net = Forecast { mean: tally.net(), chance, parameters: bought.parameters + parameters };
            let off = net.half_width(level);
            off.is_finite().then_some((net.mean - off, net.mean + off))
        };
        let mut groups: Vec<(String, Tally)> = groups.into_iter().collect();
        for tally in groups.iter_mut().map(|(_, tally)| tally).chain([&mut rest, &mut base]) {
            tally.interval = told(tally);
        }
        // Stable: of equal values the keys stay in order.
        groups.sort_by(|left, right| right.1.net().total_cmp(&left.1.net()));
        (Found { groups, rest, base }, scorers)
    }
}

/// What is taken in of somebody.
struct Own<'a> {
    sight: &'a Sight,
    total_minor: i64,
    valued: Option<Valued>,
    /// What of their purchases is margin.
    part: f64,
}

impl Tally {
    fn take(&mut self, own: &Own<'_>, beside: Option<&Beside>, ahead: Ahead) {
        self.customers += 1;
        self.total_minor = self.total_minor.saturating_add(own.total_minor);
        self.negative += i64::from(own.sight.net() < 0.0);
        let (mut brings, mut spread) = (0.0, 0.0);
        if let Some((value, net)) = &own.sight.bought {
            (brings, spread) = (value.expected_minor, net.cost_chance.sqrt());
            self.margin += net.margin;
            self.cost += net.cost;
        }
        if let Some(contracts) = &own.sight.contracts {
            brings += contracts.brings;
            // Of one person's rate: what it is off by does not cancel.
            spread += contracts.cost_chance.sqrt();
            self.margin += contracts.margin;
            self.contract_margin += contracts.margin;
            self.contract_customers += i64::from(!contracts.outlooks.is_empty());
            self.cost += contracts.cost;
            if let Some(beside) = beside {
                self.contracts.take(&contracts.outlooks, beside, ahead);
            }
        }
        self.cost_chance += spread * spread;
        self.expected += brings;
        self.spread.take(brings);
        if let Some(valued) = &own.valued {
            self.value.take(valued, own.part);
        }
    }
}

/// Of a model with its covariances.
fn valuer(learned: &Learned, ahead: Ahead) -> Option<Valuer<PurchaseModel>> {
    let (purchases, spend) = learned.neighbours()?;
    Some(Valuer::new(purchases, spend, ahead))
}
