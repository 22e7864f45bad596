//! Looking at everybody of a base by all models of a book.

use tenure_clv::{BaseValues, Cell, CustomerValue, PurchaseModel, Purchases as _, gamma_gamma::SpendError};

use super::{contract_value::ContractsValue, cost::Net, ledger::Ledger, score::Question, worth::Scorers};

/// Where a base is looked at from: what its customers share is worked out once.
pub(crate) struct Lookout {
    scorers: Scorers,
    question: Question,
    /// The last day that counts.
    through: i32,
    values: Option<BaseValues<PurchaseModel>>,
}

/// What is expected of a customer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sight {
    /// `None`: nothing was bought, or there is no model of purchases.
    pub(crate) bought: Option<(CustomerValue, Net)>,
    /// `None`: there is no model of contracts.
    pub(crate) contracts: Option<ContractsValue>,
}

impl Sight {
    /// What is left in all, in minor units.
    pub(crate) fn net(&self) -> f64 {
        let bought = self.bought.as_ref().map_or(0.0, |(_, net)| net.value());
        bought + self.contracts.as_ref().map_or(0.0, ContractsValue::value)
    }
}

impl Lookout {
    pub(crate) fn new(scorers: Scorers, question: Question, through: i32) -> Self {
        let values = scorers.purchases.as_ref().map(|(model, _)| question.values(model));
        Self { scorers, question, through, values }
    }

    pub(crate) fn scorers(&self) -> &Scorers {
        &self.scorers
    }

    pub(crate) fn into_scorers(self) -> Scorers {
        self.scorers
    }

    /// What is expected of somebody; `None`: they neither bought anything nor had a contract, as far as there are models of that.
    pub(crate) fn see(&mut self, ledger: &Ledger) -> Result<Option<Sight>, SpendError> {
        let (mut bought, mut active_weeks) = (None, 0.0);
        let by = self.scorers.purchases.as_ref().zip(self.values.as_mut()).zip(ledger.summary.as_ref());
        if let Some((((model, pricing), values), person)) = by {
            let value = values.value(&person.history)?;
            let cell = Cell::from(&person.history);
            active_weeks = model.learned.purchases.model.time_active(&cell, value.discounted_purchases);
            bought = Some((value, pricing.net(model, person, &value)));
        }
        let contracts = self
            .scorers
            .contracts
            .as_ref()
            .map(|(model, pricing)| model.value(&self.question, pricing, ledger, (self.through, active_weeks)));
        let known = bought.is_some() || contracts.as_ref().is_some_and(|contracts| contracts.has_any);
        Ok(known.then_some(Sight { bought, contracts }))
    }
}
