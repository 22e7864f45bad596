//! What if fewer customers left, or they brought or cost more or less.

use std::collections::BTreeMap;

use tenure_clv::{
    Ahead, Cell, DiscountRate, FitError, Purchases as _, RetentionModel, Sbg,
    horizon::WEEKS_PER_YEAR,
    what_if::{self, Aged, Likes, WhatIfError},
};

use super::{book::Book, contract::Renewals, ledger::Ledger, model::Model, worth::Scorers};
use tenure_clv::gamma_gamma::SpendError;

const MONTHS_A_YEAR: f64 = 12.0;

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    /// Of the part that stays, added: 0.05 is five points.
    pub(crate) points: f64,
    /// Margins are multiplied by one and this.
    pub(crate) margin: f64,
    /// Costs too.
    pub(crate) cost: f64,
}

/// A base as it is, or as it would be, for ever and discounted. Money in minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Side {
    /// The part that stays for a period.
    pub(crate) retention: f64,
    pub(crate) margin: f64,
    pub(crate) cost: f64,
    /// The margin by the textbook's formula.
    pub(crate) textbook: f64,
}

/// One kind of customers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// `None`: customers without a contract, whose period is a year; else contracts of a term of so many months.
    pub(crate) term_months: Option<i32>,
    /// Customers that are expected to be active, or contracts that run.
    pub(crate) customers: f64,
    /// As it is and as it would be, or what is lacking, in words.
    pub(crate) sides: Result<[Side; 2], String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Impossible {
    pub(crate) term_months: Option<i32>,
    pub(crate) error: WhatIfError,
}

/// A base that is looked through.
#[derive(Debug)]
pub(crate) struct Base {
    book: Book,
    likes: BTreeMap<(u32, u32), [f64; 3]>,
    terms: BTreeMap<i32, Term>,
}

/// Contracts of one term.
#[derive(Debug, Default)]
struct Term {
    renewals: Renewals,
    /// Those that run, by renewals: how many, and the margin of a term of theirs.
    running: BTreeMap<u32, (f64, f64)>,
}

impl Base {
    pub(crate) fn new(book: Book) -> Self {
        Self { book, likes: BTreeMap::new(), terms: BTreeMap::new() }
    }

    /// Takes a person in.
    pub(crate) fn take(&mut self, scorers: &Scorers, ledger: &Ledger) -> Result<(), SpendError> {
        if let Some(((model, pricing), person)) = scorers.purchases.as_ref().zip(ledger.summary.as_ref()) {
            let (cell, purchases) = (Cell::from(&person.history), &model.learned.purchases.model);
            let (p_alive, weeks_between) = (purchases.p_alive(&cell), 1.0 / purchases.rate_while_alive(&cell));
            let own = person.history.mean_minor_per_repeat_day();
            let brings = model.learned.spend.model.expected_value(person.history.frequency(), own)?;
            let sums = self.likes.entry((person.history.frequency(), person.history.age_days())).or_default();
            sums[0] += p_alive;
            sums[1] += p_alive * brings * pricing.margin_of(person);
            sums[2] += p_alive * weeks_between * pricing.weekly(person);
        }
        let earned_part = scorers.pricing().map_or(1.0, |pricing| pricing.rates().earned_part);
        for life in ledger.lives(self.book) {
            let term = self.terms.entry(life.term_months).or_default();
            term.renewals.take(&life);
            if !life.ended {
                let (contracts, margin) = term.running.entry(life.renewals).or_default();
                *contracts += 1.0;
                *margin += life.price.map_or(0, |(_, minor)| minor) as f64 * earned_part;
            }
        }
        Ok(())
    }

    /// The answer, each kind of customers by itself. Takes a while: not for a thread that serves.
    pub(crate) fn answer(
        self,
        scorers: &Scorers,
        change: Change,
        discount: DiscountRate,
    ) -> Result<Vec<Part>, Impossible> {
        let mut parts = Vec::new();
        if let Some((model, _)) = &scorers.purchases {
            parts.extend(purchases(&self.likes, model, change, discount)?);
        }
        for (months, term) in &self.terms {
            // That which is promoted, or what their own renewals say.
            let promoted = scorers.contracts.as_ref().map(|(model, _)| model.learned.fits.of_term(*months).0.model);
            let model = promoted.map_or_else(|| fitted(&term.renewals).map(RetentionModel::Sbg), Ok);
            parts.extend(contracts(*months, term, model, change, discount)?);
        }
        Ok(parts)
    }
}

fn purchases(
    likes: &BTreeMap<(u32, u32), [f64; 3]>,
    model: &Model,
    change: Change,
    discount: DiscountRate,
) -> Result<Option<Part>, Impossible> {
    let base: Vec<Likes> = likes
        .iter()
        .filter_map(|((frequency, days), [active, spend, cost])| {
            let age = f64::from(*days) / 7.0;
            // Of those who are active the last purchase says no more.
            let cell = Cell::new(*frequency, if *frequency == 0 { 0.0 } else { age }, age).ok()?;
            Some(Likes { cell, active: *active, spend: *spend, cost: *cost })
        })
        .collect();
    let customers = base.iter().fold(0.0, |sum, one| sum + one.active);
    if customers <= 0.0 {
        return Ok(None);
    }
    let impossible = |error| Impossible { term_months: None, error };
    let ahead = Ahead::forever(discount.weekly_force()).map_err(|_| impossible(WhatIfError::Endless))?;
    let purchases = &model.learned.purchases.model;
    let sides = what_if::of_purchases(purchases, &base, WEEKS_PER_YEAR, change.points, ahead).map_err(impossible)?;
    // What the active ones bring in a year as they are.
    let yearly =
        base.iter().fold(0.0, |sum, one| sum + one.spend * purchases.rate_while_alive(&one.cell) * WEEKS_PER_YEAR);
    let side = |kept: what_if::Kept, margin: f64, cost: f64| Side {
        retention: kept.retention,
        margin: kept.spend * margin,
        cost: kept.cost * cost,
        textbook: yearly * margin * what_if::textbook(kept.retention, discount.annual()),
    };
    let [now, then] = sides;
    let sides = [side(now, 1.0, 1.0), side(then, 1.0 + change.margin, 1.0 + change.cost)];
    Ok(Some(Part { term_months: None, customers, sides: Ok(sides) }))
}

fn contracts(
    months: i32,
    term: &Term,
    model: Result<RetentionModel, String>,
    change: Change,
    discount: DiscountRate,
) -> Result<Option<Part>, Impossible> {
    let base: Vec<Aged> = term
        .running
        .iter()
        .map(|(renewals, (customers, paid))| Aged { renewals: *renewals, customers: *customers, paid: *paid })
        .collect();
    let customers = base.iter().fold(0.0, |sum, one| sum + one.customers);
    let part = |sides| Some(Part { term_months: Some(months), customers, sides });
    if base.is_empty() {
        return Ok(None);
    }
    let model = match model {
        Ok(model) => model,
        Err(lacking) => return Ok(part(Err(lacking))),
    };
    // Of a term that is not told a year is taken.
    let years = if months > 0 { f64::from(months) / MONTHS_A_YEAR } else { 1.0 };
    let rate = (years * discount.annual().ln_1p()).exp_m1();
    let sides = what_if::of_contracts(&model, &base, change.points, rate)
        .map_err(|error| Impossible { term_months: Some(months), error })?;
    let side = |of: what_if::Side, margin: f64| Side {
        retention: of.retention,
        margin: of.payments * margin,
        cost: 0.0,
        textbook: of.textbook * margin,
    };
    let [now, then] = sides;
    Ok(part(Ok([side(now, 1.0), side(then, 1.0 + change.margin)])))
}

/// A model of contracts, or what is lacking.
fn fitted(renewals: &Renewals) -> Result<Sbg, String> {
    let cohorts = renewals.survivors().map_err(|error| error.to_string())?;
    match Sbg::fit(&cohorts) {
        Ok(fit) if fit.converged => Ok(fit.model),
        Ok(_) => Err("the renewals do not identify a model (the search did not converge)".to_owned()),
        Err(FitError::NobodyLeft) => Err("no contract has ended yet".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
