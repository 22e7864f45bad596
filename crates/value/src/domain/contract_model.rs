//! Models of contracts: how likely the next renewal is, by length of term.

use std::collections::BTreeMap;

use tenure_clv::{Fit, RetentionKind, RetentionModel};
use tenure_kernel::{ModelId, Timestamp};

use super::{
    book::Book,
    contract::Renewals,
    contract_rounds::RenewalBacktest,
    model::{LookedBack, fitted},
    needs::Needs,
};

/// Renewals that came due, by length of term in months.
pub(crate) type ByTerm = BTreeMap<i32, Renewals>;

/// Terms that came due less often have no model of their own.
const LEAST_DUE: u64 = 100;

/// A fitted model of contracts. A tenant's are numbered by book; the one that is promoted scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ContractModel {
    pub(crate) id: ModelId,
    /// From 1, within tenant and book; models of purchases have numbers of their own.
    pub(crate) version: i32,
    pub(crate) book: Book,
    /// The last day that was used, days since 1970-01-01.
    pub(crate) period_end: i32,
    pub(crate) fitted_at: Timestamp,
    pub(crate) learned: ContractsLearned,
    pub(crate) looked_back: LookedBack<RetentionKind, RenewalBacktest>,
}

/// What contracts taught.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ContractsLearned {
    pub(crate) fits: Fits,
    pub(crate) contracts: i64,
    /// How often one of them came to a renewal.
    pub(crate) due: i64,
    /// How often the customers who have them needed service.
    pub(crate) needs: Needs,
    /// What to mind, in words.
    pub(crate) warnings: Vec<String>,
}

/// One kind of model for each length of term that came due often enough, and one of all contracts together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fits {
    pub(crate) kind: RetentionKind,
    pub(crate) terms: BTreeMap<i32, Fit<RetentionModel>>,
    /// For all others, which is labelled.
    pub(crate) pooled: Fit<RetentionModel>,
}

impl Fits {
    /// Fits a kind. Takes a while: not for a thread that serves.
    ///
    /// # Errors
    /// What is lacking, where all contracts together do not identify it.
    pub(crate) fn of(kind: RetentionKind, by_term: &ByTerm) -> Result<Self, &'static str> {
        let mut all = Renewals::default();
        by_term.values().for_each(|renewals| all.add(renewals));
        let pooled = one(kind, &all)?;
        let often = by_term.iter().filter(|(_, renewals)| renewals.due() >= LEAST_DUE);
        let terms = often.filter_map(|(term, renewals)| Some((*term, one(kind, renewals).ok()?))).collect();
        Ok(Self { kind, terms, pooled })
    }

    /// The fit of a length of term, and whether it is that of all together.
    pub(crate) fn of_term(&self, term_months: i32) -> (&Fit<RetentionModel>, bool) {
        self.terms.get(&term_months).map_or((&self.pooled, true), |fit| (fit, false))
    }

    /// What to mind of each fit, in words.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let of_terms = self.terms.iter().map(|(term, fit)| (format!("{} of {term} months", self.kind.name()), fit));
        let all = of_terms.chain([(format!("{} of all terms", self.kind.name()), &self.pooled)]);
        all.flat_map(|(of, fit)| fit.warnings.iter().map(move |one| format!("{of}: {one}"))).collect()
    }

    /// Of all terms together, natural logarithm.
    pub(crate) fn log_likelihood(&self) -> f64 {
        self.pooled.log_likelihood
    }
}

fn one(kind: RetentionKind, renewals: &Renewals) -> Result<Fit<RetentionModel>, &'static str> {
    let cohorts = renewals.survivors().map_err(|_| "contracts whose renewals can be counted")?;
    if cohorts.is_empty() {
        return Err("a contract that came to a renewal");
    }
    fitted(kind.fit(&cohorts), "a contract that was renewed")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::{book::Line, contract::Life};

    /// Contracts of a term of which so many run or ended after so many renewals.
    pub(crate) fn renewals(of: &[(u32, bool, u32)]) -> Renewals {
        let mut renewals = Renewals::default();
        for (count, ended, number) in of {
            let life = Life { renewals: *count, ended: *ended, ..Life::begun(0, "c", Line::ALL, 12) };
            (0..*number).for_each(|_| renewals.take(&life));
        }
        renewals
    }

    #[test]
    fn a_term_that_came_due_often_has_a_model_of_its_own() {
        let yearly = renewals(&[(0, true, 300), (1, true, 60), (2, true, 30), (3, false, 250)]);
        let monthly = renewals(&[(0, true, 5), (1, true, 5), (4, false, 9)]);
        for kind in RetentionKind::ALL {
            let fits = Fits::of(kind, &ByTerm::from([(12, yearly.clone()), (1, monthly.clone())])).unwrap();
            assert_eq!((fits.of_term(12).1, fits.of_term(1).1, fits.of_term(36).1), (false, true, true));
            assert_ne!(fits.of_term(12).0.model, fits.pooled.model);
        }
    }

    #[test]
    fn where_nobody_left_nothing_is_learned() {
        let loyal = ByTerm::from([(12, renewals(&[(3, false, 500)]))]);
        assert_eq!(Fits::of(RetentionKind::Sbg, &loyal), Err("a customer who left"));
        assert_eq!(Fits::of(RetentionKind::Bdw, &ByTerm::new()), Err("a contract that came to a renewal"));
    }
}
