//! What a fit needs of customers: not themselves, but how many did what.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use anyhow::{Context as _, bail};
use tenure_clv::{GammaGamma, Opportunities, RepeatSpend, WeightedOpportunities, cell::CellCounter};

use super::{
    args::Unit,
    customers::Customer,
    fit_file::{FitFile, Fitting},
    model::{Fitted, ModelName},
};

/// The most spends that a weighted file may stand for.
const MOST_SPENDS: usize = 100_000_000;

/// What is learned from, counted as it comes.
#[derive(Debug)]
pub(crate) struct Learning {
    model: ModelName,
    unit: Unit,
    cells: CellCounter,
    opportunities: BTreeMap<Opportunities, u64>,
    spends: Vec<RepeatSpend>,
    customers: u64,
    /// Customers with repeats that cost nothing.
    free: u64,
    amounts: bool,
    failed: Option<anyhow::Error>,
}

impl Learning {
    pub(crate) fn new(model: ModelName, unit: Unit) -> Self {
        Self {
            model,
            unit,
            cells: CellCounter::default(),
            opportunities: BTreeMap::new(),
            spends: Vec::new(),
            customers: 0,
            free: 0,
            amounts: false,
            failed: None,
        }
    }

    /// The same of customers that are there already.
    pub(crate) fn of(customers: &[Customer], model: ModelName, unit: Unit) -> Self {
        let mut learning = Self::new(model, unit);
        customers.iter().for_each(|one| learning.take(one));
        learning
    }

    /// Counts a customer in.
    pub(crate) fn take(&mut self, customer: &Customer) {
        self.customers += customer.weight;
        if let Err(error) = self.count(customer) {
            self.failed.get_or_insert(error);
        }
        let Some(money) = customer.money else { return };
        self.amounts = true;
        match RepeatSpend::new(customer.frequency, money) {
            Some(spend) if customer.weight as usize <= MOST_SPENDS.saturating_sub(self.spends.len()) => {
                self.spends.extend(std::iter::repeat_n(spend, customer.weight as usize));
            }
            Some(_) => {
                self.failed.get_or_insert(anyhow::anyhow!("more than {MOST_SPENDS} customers with amounts"));
            }
            None if customer.frequency > 0 => self.free += customer.weight,
            None => {}
        }
    }

    fn count(&mut self, customer: &Customer) -> anyhow::Result<()> {
        if self.model == ModelName::BgBb {
            *self.opportunities.entry(customer.opportunities()?).or_default() += customer.weight;
        } else if self.model.is_of_purchases() {
            self.cells.add(customer.cell()?, customer.weight);
        }
        Ok(())
    }

    /// Fits the model, and with a model of purchases one of how much they spend, if that is known.
    pub(crate) fn fit(mut self) -> anyhow::Result<FitFile> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.model == ModelName::GammaGamma {
            return self.spend();
        }
        let started = Instant::now();
        let (fit, cells) = if self.model == ModelName::BgBb {
            let weighted = |(history, weight): (&Opportunities, &u64)| WeightedOpportunities {
                history: *history,
                weight: *weight,
            };
            let cells: Vec<WeightedOpportunities> = self.opportunities.iter().map(weighted).collect();
            (Fitted::to_opportunities(&cells), cells.len())
        } else {
            let cells = std::mem::take(&mut self.cells).into_cells();
            (Fitted::to_cells(self.model, &cells), cells.len())
        };
        let fit = fit.with_context(|| format!("{} cannot be fitted", self.model))?;
        let fitting = Fitting {
            model: self.model,
            unit: self.unit,
            customers: self.customers as f64,
            cells,
            seconds: started.elapsed().as_secs_f64(),
            notes: Vec::new(),
        };
        let mut file = FitFile::of(&fit, fitting);
        if self.model.is_of_purchases() && self.amounts {
            match self.spend() {
                Ok(margin) => file.margin = Some(Box::new(margin)),
                Err(error) => file.diagnostics.warnings.push(format!("no value: {error:#}")),
            }
        }
        Ok(file)
    }

    /// Gamma-Gamma.
    fn spend(&self) -> anyhow::Result<FitFile> {
        if self.spends.is_empty() {
            bail!("gamma-gamma cannot be fitted: it learns from repeats with an amount above 0, and there are none");
        }
        let started = Instant::now();
        let fit = GammaGamma::fit(&self.spends).map(|fit| fit.map(Fitted::GammaGamma));
        let seconds = started.elapsed().as_secs_f64();
        let fit = fit.context("gamma-gamma cannot be fitted")?;
        let free = self.free;
        let notes = (free > 0).then(|| format!("{free} customers whose repeats cost nothing are left out"));
        let different: BTreeSet<_> =
            self.spends.iter().map(|spend| (spend.frequency(), spend.mean().to_bits())).collect();
        let fitting = Fitting {
            model: ModelName::GammaGamma,
            unit: self.unit,
            customers: self.spends.len() as f64,
            cells: different.len(),
            seconds,
            notes: notes.into_iter().collect(),
        };
        Ok(FitFile::of(&fit, fitting))
    }
}
