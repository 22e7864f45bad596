//! Models: what is learned from a base.

use tenure_clv::{
    Fit, FitError, GammaGamma, PurchaseKind, PurchaseModel, RepeatSpend, RetentionKind, Summary,
    group::Neighbours,
    rfm::{Activity, Boundaries},
};
use tenure_kernel::{ModelId, Timestamp};

use super::{backtest::Backtest, book::Book, needs::Needs, promotion::Compared};

/// A fitted model. A tenant's models of a book are numbered; the one that is promoted scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model {
    pub(crate) id: ModelId,
    /// From 1, within tenant and book.
    pub(crate) version: i32,
    pub(crate) book: Book,
    /// The last day of purchases used, days since 1970-01-01.
    pub(crate) period_end: i32,
    pub(crate) fitted_at: Timestamp,
    pub(crate) learned: Learned,
    pub(crate) looked_back: LookedBack,
}

/// What a base taught.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Learned {
    /// How often, and for how long. In weeks. Its warnings are among those below.
    pub(crate) purchases: Fit<PurchaseModel>,
    /// How much. In minor units. Its warnings are among those below.
    pub(crate) spend: Fit<GammaGamma>,
    pub(crate) customers: i64,
    pub(crate) repeaters: i64,
    /// Their version is the model's.
    pub(crate) boundaries: Boundaries,
    /// How often its customers needed service.
    pub(crate) needs: Needs,
    /// What to mind, in words.
    pub(crate) warnings: Vec<String>,
}

/// What the past says of a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LookedBack<K = PurchaseKind, B = Backtest> {
    /// The kinds that were tried, the chosen one first.
    pub(crate) candidates: Vec<Candidate<K>>,
    /// Of the chosen kind, the latest first.
    pub(crate) backtests: Vec<B>,
    /// What is lacking where there is none, in words.
    pub(crate) lacking: Option<String>,
    /// How it compares with the model that was promoted when it was fitted.
    pub(crate) compared: Compared,
}

/// A kind of model that was tried.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate<K = PurchaseKind> {
    pub(crate) kind: K,
    /// The root of its mean squared error over all holdouts; `None`: it was not identified before each of them.
    pub(crate) error: Option<f64>,
    /// Of the whole period, if it was fitted to it.
    pub(crate) log_likelihood: Option<f64>,
    /// What it lacks, in words.
    pub(crate) lacking: Option<String>,
}

/// Why a base does not identify a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotIdentified {
    pub(crate) part: Part,
    /// What is lacking, in words.
    pub(crate) lacking: &'static str,
    pub(crate) customers: i64,
    pub(crate) repeaters: i64,
}

/// A part of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// How often.
    Purchases(PurchaseKind),
    /// How much: Gamma-Gamma.
    Spend,
    /// How likely contracts are renewed.
    Contracts(RetentionKind),
}

impl Part {
    /// Its usual name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Purchases(kind) => kind.name(),
            Self::Spend => "Gamma-Gamma",
            Self::Contracts(kind) => kind.name(),
        }
    }
}

impl Learned {
    /// The models and those beside them, to see how far a value may be off; `None` where the fit does not tell.
    pub(crate) fn neighbours(&self) -> Option<(Neighbours<PurchaseModel>, Neighbours<GammaGamma>)> {
        let (purchases, spend) = (&self.purchases, &self.spend);
        let (model, known) = (purchases.model, purchases.covariance.as_deref()?);
        let make = |moved| model.kind().with(moved).ok();
        let beside_spend = Neighbours::of(spend.model, spend.covariance.as_deref()?);
        Some((Neighbours::new(model, model.parameters(), known, make), beside_spend))
    }

    /// What purchases lack where nobody came back.
    pub(crate) const WITHOUT_REPEATERS: &str = "a customer with a repeat purchase";

    /// Puts a fit of the persons of a base together with what else they teach, whatever their order. Takes a while: not for a thread
    /// that serves.
    ///
    /// # Errors
    /// When the base does not identify the spend. A repeat mean of zero is left out of it. What the base needed is not among its
    /// summaries, and added by the caller.
    pub(crate) fn of(base: &[Summary], mut purchases: Fit<PurchaseModel>) -> Result<Self, NotIdentified> {
        let kind = purchases.model.kind();
        let lacks = |part, lacking| lacks(base, part, lacking);
        let activities: Vec<Activity> = base.iter().map(Activity::from).collect();
        let boundaries = Boundaries::from_activities(0, &activities)
            .ok_or_else(|| lacks(Part::Purchases(kind), Self::WITHOUT_CUSTOMERS))?;
        let spends: Vec<RepeatSpend> = base.iter().filter_map(RepeatSpend::of).collect();
        let mut spend = fitted(GammaGamma::fit(&spends), "a repeat purchase with an amount above zero")
            .map_err(|lacking| lacks(Part::Spend, lacking))?;
        // Without it nobody without a repeat purchase has a value.
        spend
            .model
            .population_mean()
            .ok_or_else(|| lacks(Part::Spend, "a finite mean over the base (q is at most 1)"))?;
        let said = [
            (Part::Purchases(kind), std::mem::take(&mut purchases.warnings)),
            (Part::Spend, std::mem::take(&mut spend.warnings)),
        ];
        let warnings = said
            .into_iter()
            .flat_map(|(part, said)| said.into_iter().map(move |one| format!("{}: {one}", part.name())))
            .collect();
        let (customers, repeaters) = counts(base);
        let needs = Needs::default();
        Ok(Self { purchases, spend, customers, repeaters, boundaries, needs, warnings })
    }

    /// What an empty base lacks.
    pub(crate) const WITHOUT_CUSTOMERS: &str = "a customer with a purchase in the period";
}

/// What a base lacks to identify a part of a model.
pub(crate) fn lacks(base: &[Summary], part: Part, lacking: &'static str) -> NotIdentified {
    let (customers, repeaters) = counts(base);
    NotIdentified { part, lacking, customers, repeaters }
}

fn counts(base: &[Summary]) -> (i64, i64) {
    (count(base.len()), count(base.iter().filter(|summary| summary.frequency() > 0).count()))
}

/// A fit that may be used, or what is lacking.
pub(crate) fn fitted<M>(
    fit: Result<Fit<M>, FitError>,
    without_repeaters: &'static str,
) -> Result<Fit<M>, &'static str> {
    match fit {
        Ok(fit) if fit.converged => Ok(fit),
        Ok(_) => Err("a likelihood with a maximum (the search did not converge)"),
        Err(FitError::NoRepeaters) => Err(without_repeaters),
        Err(FitError::NobodyLeft) => Err("a customer who left"),
        Err(FitError::NotFinite) => Err("a finite likelihood"),
        Err(FitError::Parameter(_)) => Err("parameters within their range"),
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
