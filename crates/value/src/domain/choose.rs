//! Learning a model from a base: the kind that was asked for, or the best of all.

use std::cmp::Ordering;

use tenure_clv::{Fit, PurchaseKind, PurchaseModel, Summary, cell};

use super::{
    backtest::Backtest,
    contest::{Contestant, Histories, Plan, Rounds},
    model::{Candidate, Learned, LookedBack, NotIdentified, Part, fitted, lacks},
    promotion::Compared,
};

/// A kind that is tried, and its fit to the whole period.
struct Tried {
    candidate: Candidate,
    fit: Result<Fit<PurchaseModel>, &'static str>,
}

/// Fits each kind, looks back how well each would have foretold, and keeps the best: the one with the least error over all holdouts, or
/// without holdouts the likeliest, for all have as many parameters. Takes a while: not for a thread that serves.
///
/// # Errors
/// When the base identifies none of the kinds, or not the spend.
pub(crate) fn choose(
    base: &[Histories],
    rounds: &mut Option<Rounds<'_>>,
    kinds: &[PurchaseKind],
) -> Result<(Learned, LookedBack), NotIdentified> {
    let now: Vec<Summary> = base.iter().filter_map(|one| one[0]).collect();
    let mut tried = try_all(&now, rounds, kinds);
    tried.sort_by(better);
    let mut tried = tried.into_iter();
    let nobody = || lacks(&now, Part::Purchases(PurchaseKind::BgNbd), Learned::WITHOUT_CUSTOMERS);
    let best = tried.next().ok_or_else(nobody)?;
    let kind = best.candidate.kind;
    let without = if now.is_empty() { |_| Learned::WITHOUT_CUSTOMERS } else { |lacking| lacking };
    let fit = best.fit.map_err(|lacking| lacks(&now, Part::Purchases(kind), without(lacking)))?;
    let mut learned = Learned::of(&now, fit)?;
    let candidates = std::iter::once(best.candidate).chain(tried.map(|one| one.candidate)).collect();
    let mut looked_back = LookedBack { candidates, backtests: Vec::new(), lacking: None, compared: Compared::First };
    match rounds.as_mut().map(|rounds| rounds.backtests(kind)) {
        Some(Ok(backtests)) => looked_back.backtests = backtests,
        Some(Err(lacks)) => looked_back.lacking = Some(format!("{} before the holdouts", lacks.lacking)),
        None => looked_back.lacking = Some(Plan::lacking()),
    }
    learned.warnings.extend(looked_back.backtests.iter().filter_map(alarm));
    Ok((learned, looked_back))
}

fn try_all(now: &[Summary], rounds: &mut Option<Rounds<'_>>, kinds: &[PurchaseKind]) -> Vec<Tried> {
    let contestants: Vec<Contestant> = kinds.iter().copied().map(Contestant::from).collect();
    let errors = match rounds {
        Some(rounds) => rounds.errors(&contestants),
        None => vec![None; kinds.len()],
    };
    let cells = cell::compress(now.iter().copied());
    let tried = |(kind, error): (&PurchaseKind, Option<f64>)| {
        let fit = fitted(kind.fit(&cells), Learned::WITHOUT_REPEATERS);
        let candidate = Candidate {
            kind: *kind,
            error,
            log_likelihood: fit.as_ref().ok().map(|fit| fit.log_likelihood),
            lacking: fit.as_ref().err().map(|lacking| (*lacking).to_owned()),
        };
        Tried { candidate, fit }
    };
    kinds.iter().zip(errors).map(tried).collect()
}

/// What can be used first, of that what can be judged, then the least error and the greatest likelihood. Of equals the earlier stays.
fn better(left: &Tried, right: &Tried) -> Ordering {
    let unusable = |one: &Tried| one.fit.is_err();
    let error = |one: &Tried| one.candidate.error.unwrap_or(f64::INFINITY);
    let unlikely = |one: &Tried| -one.candidate.log_likelihood.unwrap_or(f64::NEG_INFINITY);
    (unusable(left).cmp(&unusable(right)))
        .then_with(|| error(left).total_cmp(&error(right)))
        .then_with(|| unlikely(left).total_cmp(&unlikely(right)))
}

/// The warning of a backtest whose bias is beyond chance.
fn alarm(backtest: &Backtest) -> Option<String> {
    let (low, high) = backtest.interval.filter(|_| backtest.is_biased())?;
    Some(format!(
        "the backtest of {} weeks is biased: {} purchase days came, and {low:.0} to {high:.0} were held for 95 % likely",
        backtest.holdout.weeks, backtest.actual
    ))
}

#[cfg(test)]
pub(crate) mod tests;
