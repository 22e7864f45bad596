//! What a person's contracts will still bring.

use std::collections::BTreeMap;

use tenure_clv::{
    Ahead, Fit, Retention as _, RetentionModel,
    group::Neighbours,
    retention::{Lasting, Running},
};
use tenure_kernel::ModelId;

use super::{contract::Life, contract_model::ContractModel, cost::Pricing, ledger::Ledger, score::Question};

/// Mean days of a month.
const DAYS_A_MONTH: f64 = 365.25 / 12.0;
const DAYS_A_WEEK: f64 = 7.0;
/// The term of a contract that does not say it, in months.
const USUAL_TERM: i32 = 12;

/// A contract that runs. Money in minor units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outlook {
    /// The source's reference.
    pub(crate) contract: String,
    pub(crate) term_months: i32,
    /// In weeks; due at once also where it was due already.
    pub(crate) running: Running,
    pub(crate) lasting: Lasting,
    /// In discounted payments, for ever; `None` without a discount.
    pub(crate) residual: Option<f64>,
    /// Of a term of it.
    pub(crate) margin_each: f64,
    /// Of its renewals within the horizon, discounted.
    pub(crate) margin: f64,
    /// Whether its length of term has no model of its own.
    pub(crate) is_pooled: bool,
}

/// A person's contracts. Money in minor units, discounted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ContractsValue {
    /// Those that run, by reference.
    pub(crate) outlooks: Vec<Outlook>,
    /// Whether there are any, or ever were.
    pub(crate) has_any: bool,
    pub(crate) margin: f64,
    /// What is paid for the renewals, of which the margin is a part.
    pub(crate) brings: f64,
    /// Beyond what their purchases bear.
    pub(crate) cost: f64,
    /// Its variance by chance.
    pub(crate) cost_chance: f64,
    pub(crate) past_margin: f64,
    /// The model, and its version.
    pub(crate) model: (ModelId, i32),
}

impl ContractsValue {
    /// Negative if serving takes more than they bring.
    pub(crate) fn value(&self) -> f64 {
        self.margin - self.cost
    }
}

impl ContractModel {
    /// What the contracts of a person bring, as of a day. They bear the cost of serving for as long as the longest of them is expected to
    /// outlast the person's purchases, which bear it for `active_weeks`: service is of the person, and counts once.
    pub(crate) fn value(
        &self,
        question: &Question,
        pricing: &Pricing,
        ledger: &Ledger,
        (through, active_weeks): (i32, f64),
    ) -> ContractsValue {
        let lives = ledger.lives_as_of(self.book, through);
        let part = pricing.rates().earned_part;
        let mut outlooks: Vec<Outlook> =
            lives.iter().filter(|life| !life.ended).map(|life| self.outlook(question, part, life, through)).collect();
        outlooks.sort_by(|left, right| left.contract.cmp(&right.contract));
        let weeks = outlooks.iter().fold(0.0, |most: f64, one| most.max(one.lasting.time));
        let (cost, cost_chance) = ledger.since(&self.book.line).map_or((0.0, 0.0), |since| {
            let days = u32::try_from(through - since).unwrap_or(0);
            pricing.ahead(&ledger.served(since, through), days, (weeks - active_weeks).max(0.0) * DAYS_A_WEEK)
        });
        let brings = |one: &Outlook| if part > 0.0 { one.margin / part } else { 0.0 };
        let paid = lives.iter().flat_map(|life| &life.payments).filter(|(_, of, _)| *of == self.book.currency);
        ContractsValue {
            has_any: !lives.is_empty(),
            margin: outlooks.iter().fold(0.0, |sum, one| sum + one.margin),
            brings: outlooks.iter().map(brings).sum(),
            cost,
            cost_chance,
            past_margin: part * paid.fold(0.0, |sum, (_, _, minor)| sum + *minor as f64),
            outlooks,
            model: (self.id, self.version),
        }
    }

    fn outlook(&self, question: &Question, earned_part: f64, life: &Life, through: i32) -> Outlook {
        let (fit, is_pooled) = self.learned.fits.of_term(life.term_months);
        let months = if life.term_months > 0 { life.term_months } else { USUAL_TERM };
        let term = f64::from(months) * DAYS_A_MONTH;
        let due_weeks = ((f64::from(life.renewed - through) + term) / DAYS_A_WEEK).max(0.0);
        let running = Running { renewals: life.renewals, due_in: due_weeks, term: term / DAYS_A_WEEK };
        let lasting = running.lasting(&fit.model, Ahead::from((question.horizon, question.discount)));
        let price = life.price.map_or(0, |(_, minor)| minor) as f64;
        Outlook {
            contract: life.contract.clone(),
            term_months: life.term_months,
            running,
            lasting,
            residual: running.residual_lifetime(&fit.model, question.discount.weekly_force()).ok(),
            margin_each: earned_part * price,
            margin: earned_part * price * lasting.discounted,
            is_pooled,
        }
    }

    /// The fits and those beside them, to see how far a value may be off: by length of term, `None` for all others; `None` where a fit does not
    /// tell.
    pub(crate) fn neighbours(&self) -> Option<BTreeMap<Option<i32>, Neighbours<RetentionModel>>> {
        let fits = &self.learned.fits;
        let of = |fit: &Fit<RetentionModel>| Some(fit.model.neighbours(fit.covariance.as_deref()?));
        let terms = fits.terms.iter().map(|(term, fit)| Some((Some(*term), of(fit)?)));
        terms.chain([of(&fits.pooled).map(|all| (None, all))]).collect()
    }

    /// The part of contracts of a term that renew the first time.
    pub(crate) fn first_retention(&self, term_months: i32) -> f64 {
        self.learned.fits.of_term(term_months).0.model.retention(1)
    }
}
