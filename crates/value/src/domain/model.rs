//! Models: what is learned from a base.

use tenure_clv::{
    BgNbd, Fit, FitError, GammaGamma, RepeatSpend, Summary, cell,
    rfm::{Activity, Boundaries},
};
use tenure_kernel::{ModelId, Timestamp};

use super::{currency::Currency, needs::Needs};

/// A fitted model. A tenant's models of a currency are numbered; the newest one scores.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model {
    pub(crate) id: ModelId,
    /// From 1, within tenant and currency.
    pub(crate) version: i32,
    pub(crate) currency: Currency,
    /// The last day of purchases used, days since 1970-01-01.
    pub(crate) period_end: i32,
    pub(crate) fitted_at: Timestamp,
    pub(crate) learned: Learned,
}

/// What a base taught.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Learned {
    /// How often, and for how long. In weeks.
    pub(crate) purchases: BgNbd,
    /// How much. In minor units.
    pub(crate) spend: GammaGamma,
    /// Of the purchases.
    pub(crate) log_likelihood: f64,
    pub(crate) customers: i64,
    pub(crate) repeaters: i64,
    /// Their version is the model's.
    pub(crate) boundaries: Boundaries,
    /// How often its customers needed service.
    pub(crate) needs: Needs,
    /// What to mind, in words.
    pub(crate) warnings: Vec<String>,
}

impl Learned {
    /// What purchases lack where nobody came back.
    pub(crate) const WITHOUT_REPEATERS: &str = "a customer with a repeat purchase";
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

/// One of the two models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// BG/NBD.
    Purchases,
    /// Gamma-Gamma.
    Spend,
}

impl Part {
    /// Its usual name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Purchases => "BG/NBD",
            Self::Spend => "Gamma-Gamma",
        }
    }
}

/// Learns from the persons of a base, whatever their order. Takes a while: not for a thread that serves.
///
/// # Errors
/// When the base does not identify one of the models. What it needed is not among its summaries, and added by the caller. A repeat mean of zero is left out of the spend.
pub(crate) fn learn(base: &[Summary]) -> Result<Learned, NotIdentified> {
    let customers = count(base.len());
    let repeaters = count(base.iter().filter(|summary| summary.frequency() > 0).count());
    let lacks = |part, lacking| NotIdentified { part, lacking, customers, repeaters };
    let activities: Vec<Activity> = base.iter().map(Activity::from).collect();
    let boundaries = Boundaries::from_activities(0, &activities);
    let boundaries = boundaries.ok_or_else(|| lacks(Part::Purchases, "a customer with a purchase in the period"))?;

    let purchases = fitted(BgNbd::fit(&cell::compress(base.iter().copied())), Learned::WITHOUT_REPEATERS)
        .map_err(|lacking| lacks(Part::Purchases, lacking))?;
    let spends: Vec<RepeatSpend> = base.iter().filter_map(RepeatSpend::of).collect();
    let spend = fitted(GammaGamma::fit(&spends), "a repeat purchase with an amount above zero")
        .map_err(|lacking| lacks(Part::Spend, lacking))?;
    // Without it nobody without a repeat purchase has a value.
    spend.model.population_mean().ok_or_else(|| lacks(Part::Spend, "a finite mean over the base (q is at most 1)"))?;

    let warnings = [(Part::Purchases, &purchases.warnings), (Part::Spend, &spend.warnings)];
    let warnings = warnings.into_iter().flat_map(|(part, warnings)| warnings.iter().map(move |one| (part, one)));
    Ok(Learned {
        purchases: purchases.model,
        spend: spend.model,
        log_likelihood: purchases.log_likelihood,
        customers,
        repeaters,
        boundaries,
        needs: Needs::default(),
        warnings: warnings.map(|(part, warning)| format!("{}: {warning}", part.name())).collect(),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn base(histories: &[&[(i32, i64)]]) -> Vec<Summary> {
        histories.iter().filter_map(|days| Summary::from_purchases(days.iter().copied(), 100)).collect()
    }

    #[test]
    fn says_what_is_lacking() {
        let lacking = |base: &[Summary]| learn(base).map(|_| ()).map_err(|error| (error.part, error.lacking));
        assert_eq!(lacking(&[]), Err((Part::Purchases, "a customer with a purchase in the period")));
        let once = base(&[&[(0, 500)], &[(3, 500)]]);
        assert_eq!(lacking(&once), Err((Part::Purchases, "a customer with a repeat purchase")));
        let free: Vec<Summary> = (0..40).flat_map(|day| base(&[&[(day, 500), (day + 20, 0)], &[(day, 0)]])).collect();
        assert_eq!(lacking(&free), Err((Part::Spend, "a repeat purchase with an amount above zero")));
        let error = learn(&free).expect_err("free");
        assert_eq!((error.customers, error.repeaters), (80, 40));
    }
}
