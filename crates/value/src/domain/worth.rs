//! What a person is worth by all models of a book: the parts, and their sum.

use tenure_clv::{Cell, Purchases as _, gamma_gamma::SpendError};
use tenure_kernel::PersonId;

use super::{
    book::Line,
    contract_model::ContractModel,
    contract_value::ContractsValue,
    cost::{CostRates, Pricing},
    group::{GroupBy, Grouping, Groups},
    interval::Ends,
    ledger::Ledger,
    lookout::{Lookout, Sight},
    model::Model,
    needs::Needs,
    reason,
    score::{Basis, Question, Score},
    summary::PersonSummary,
};

/// The models that score a book, each with what serving costs by the base that it was learned from.
#[derive(Debug, Clone)]
pub(crate) struct Scorers {
    pub(crate) purchases: Option<(Model, Pricing)>,
    pub(crate) contracts: Option<(ContractModel, Pricing)>,
}

/// A person's worth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Worth {
    pub(crate) person: PersonId,
    /// `None` without a model of purchases.
    pub(crate) purchases: Option<Score>,
    /// `None` without a model of contracts.
    pub(crate) contracts: Option<ContractsValue>,
    /// Why the contracts are worth what they are, in sentences without personal data.
    pub(crate) reasons: Vec<String>,
    /// How far the net value may be off, if that was asked for.
    pub(crate) off: Option<Off>,
}

/// How far a net value may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Off {
    /// With which probability it holds.
    pub(crate) level: f64,
    /// `None` where a model does not tell.
    pub(crate) net: Option<Ends>,
}

impl Worth {
    /// What is left in all, in minor units.
    pub(crate) fn net(&self) -> f64 {
        let contracts = self.contracts.as_ref().map_or(0.0, ContractsValue::value);
        self.counted().map_or(0.0, |score| score.net.value()) + contracts
    }

    /// What counts of purchases. Who bought nothing and has contracts is no customer of whom a first purchase is due: the prior of purchases
    /// does not count.
    fn counted(&self) -> Option<&Score> {
        let with_contracts = self.contracts.as_ref().is_some_and(|contracts| contracts.has_any);
        self.purchases.as_ref().filter(|score| score.basis != Basis::Prior || !with_contracts)
    }
}

impl Scorers {
    /// Each priced by rates.
    pub(crate) fn new(purchases: Option<Model>, contracts: Option<ContractModel>, rates: CostRates) -> Self {
        let priced = |needs: &Needs| Pricing::new(rates.clone(), needs);
        Self {
            purchases: purchases.map(|model| (priced(&model.learned.needs), model)).map(|(by, model)| (model, by)),
            contracts: contracts.map(|model| (priced(&model.learned.needs), model)).map(|(by, model)| (model, by)),
        }
    }

    /// How what is past is priced, by the same rates whatever the model.
    pub(crate) fn pricing(&self) -> Option<&Pricing> {
        let purchases = self.purchases.as_ref().map(|(_, pricing)| pricing);
        purchases.or(self.contracts.as_ref().map(|(_, pricing)| pricing))
    }

    /// The version of the rates; 0: none.
    pub(crate) fn rates_version(&self) -> i32 {
        self.pricing().map_or(0, |pricing| pricing.rates().version)
    }

    /// The last day that any of them learned from.
    pub(crate) fn period_end(&self) -> i32 {
        let purchases = self.purchases.as_ref().map(|(model, _)| model.period_end);
        let contracts = self.contracts.as_ref().map(|(model, _)| model.period_end);
        purchases.into_iter().chain(contracts).max().unwrap_or(i32::MIN)
    }

    /// What was seen of somebody, without reasons.
    pub(crate) fn seen(&self, ledger: Ledger, sight: Sight) -> Worth {
        let Sight { bought, contracts } = sight;
        let known = self.purchases.as_ref().zip(ledger.summary).zip(bought);
        let purchases = known.map(|(((model, _), person), (value, net))| Score::of(model, person, value, net));
        Worth { person: ledger.person, purchases, contracts, reasons: Vec::new(), off: None }
    }

    /// All that can be said of persons, as of a day. Who bought nothing is unknown to purchases.
    ///
    /// # Errors
    /// As for the value of purchases.
    pub(crate) fn of_ledgers(
        &self,
        question: &Question,
        ledgers: impl Iterator<Item = Ledger>,
        through: i32,
    ) -> Result<Vec<Worth>, SpendError> {
        let worth =
            |ledger: Ledger| Some(self.worth(question, (ledger.bought(through)?, Some(&ledger)), through, None));
        ledgers.filter_map(worth).collect()
    }

    /// All that can be said of a person, as of a day.
    ///
    /// # Errors
    /// As for the value of purchases.
    pub(crate) fn worth(
        &self,
        question: &Question,
        (summary, ledger): (PersonSummary, Option<&Ledger>),
        through: i32,
        level: Option<f64>,
    ) -> Result<Worth, SpendError> {
        let person = summary.person;
        let by = self.purchases.as_ref();
        let purchases = by.map(|(model, pricing)| question.whole((model, pricing), summary, level)).transpose()?;
        let active = |(model, _): &(Model, Pricing)| {
            let score = purchases.as_ref().filter(|score| score.basis != Basis::Prior)?;
            let cell = Cell::from(&score.summary.history);
            Some(model.learned.purchases.model.time_active(&cell, score.value.discounted_purchases))
        };
        let active_weeks = by.and_then(active).unwrap_or(0.0);
        let contracts = self.contracts.as_ref().zip(ledger);
        let contracts =
            contracts.map(|((model, pricing), ledger)| model.value(question, pricing, ledger, (through, active_weeks)));
        let known = self.contracts.as_ref().zip(contracts.as_ref());
        let reasons = known.map(|((model, _), value)| reason::of_contracts(question, model, value));
        let worth = Worth { person, purchases, contracts, reasons: reasons.unwrap_or_default(), off: None };
        let off = level.map(|level| self.off(question, &worth, ledger, through, level)).transpose()?;
        Ok(Worth { off, ..worth })
    }

    /// How far what is left of a person in all may be off: as that of a group of one.
    fn off(
        &self,
        question: &Question,
        worth: &Worth,
        ledger: Option<&Ledger>,
        through: i32,
        level: f64,
    ) -> Result<Off, SpendError> {
        let none = Ledger {
            person: worth.person,
            hidden: false,
            summary: None,
            days: Vec::new(),
            services: Vec::new(),
            told: Vec::new(),
        };
        let summary = worth.counted().map(|score| score.summary.clone());
        let ledger = Ledger { summary, ..ledger.cloned().unwrap_or(none) };
        let lookout = Lookout::new(self.clone(), *question, through);
        let mut alone =
            Groups::new(Grouping::Own(GroupBy::CohortYear), self.line(), question, lookout).with_level(level);
        alone.take(&ledger, Vec::new())?;
        Ok(Off { level, net: alone.found().0.base.interval })
    }

    /// The line that they score.
    fn line(&self) -> Line {
        let purchases = self.purchases.as_ref().map(|(model, _)| model.book.line);
        purchases.or(self.contracts.as_ref().map(|(model, _)| model.book.line)).unwrap_or(Line::ALL)
    }
}
