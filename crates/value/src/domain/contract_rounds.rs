//! How well models of contracts foretell: what they would have said at days in the past of the renewals that came after.

use std::{cmp::Ordering, collections::BTreeMap};

use tenure_clv::{Forecast, Retention as _, RetentionKind};

use super::{
    backtest::Holdout,
    book::Book,
    contest::Plan,
    contract::{Chances, Renewals},
    contract_model::{ByTerm, ContractModel, ContractsLearned, Fits},
    ledger::Ledger,
    model::{Candidate, LookedBack, NotIdentified, Part},
    needs,
    promotion::{Compared, Comparison},
};

/// How likely the number of renewals is to lie in its interval.
const LEVEL: f64 = 0.95;
/// Renewals from which on they are one group.
const LAST_GROUP: u32 = 7;

/// What came of a holdout: by length of term and number of the renewal, from 1.
type Outcomes = BTreeMap<(i32, u32), Chances>;

/// What was known before a holdout, and what came in it.
#[derive(Debug, Default)]
struct Round {
    before: ByTerm,
    outcomes: Outcomes,
}

/// A base of contracts that is looked through, as of the end of a period and of days before it, the latest first. What it keeps does
/// not grow with the base.
#[derive(Debug)]
pub(crate) struct Tallies {
    book: Book,
    days: Vec<i32>,
    now: ByTerm,
    rounds: Vec<Round>,
    contracts: i64,
    needs: needs::Tally,
}

impl Tallies {
    pub(crate) fn new(book: Book, days: Vec<i32>) -> Self {
        let rounds = days.iter().skip(1).map(|_| Round::default()).collect();
        Self { book, days, now: ByTerm::new(), rounds, contracts: 0, needs: needs::Tally::default() }
    }

    /// Takes a person in.
    pub(crate) fn take(&mut self, ledger: &Ledger) {
        let lives: Vec<_> = self.days.iter().map(|day| ledger.lives_as_of(self.book, *day)).collect();
        let (Some(now), Some(through)) = (lives.first().filter(|now| !now.is_empty()), self.days.first()) else {
            return;
        };
        for life in now {
            self.contracts += 1;
            self.now.entry(life.term_months).or_default().take(life);
        }
        for (round, pair) in self.rounds.iter_mut().zip(lives.windows(2)) {
            let [after, before] = pair else { continue };
            for life in before {
                round.before.entry(life.term_months).or_default().take(life);
                let same = |later: &&_| life.is(later);
                let Some(later) = after.iter().find(same).filter(|_| !life.ended) else { continue };
                for number in life.renewals + 1..=later.renewals + u32::from(later.ended) {
                    let chances = round.outcomes.entry((life.term_months, number)).or_default();
                    chances.due += 1;
                    chances.lost += u64::from(number > later.renewals);
                }
            }
        }
        if let Some(since) = ledger.since(&self.book.line) {
            let days = u32::try_from(through - since).unwrap_or(0);
            self.needs.take_services(&ledger.served(since, *through), days);
        }
    }
}

/// How well a model foretold the renewals of a holdout.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RenewalBacktest {
    pub(crate) holdout: Holdout,
    /// How often a contract came to a renewal.
    pub(crate) due: i64,
    pub(crate) renewed: i64,
    pub(crate) predicted: f64,
    /// The root mean squared error of the probability to renew; `None` if none came due.
    pub(crate) error: Option<f64>,
    /// That of taking the rate of all renewals before for each.
    pub(crate) base_error: Option<f64>,
    /// Of the number renewed, by chance and by the parameters' uncertainty, if that is known.
    pub(crate) interval: Option<(f64, f64)>,
    /// By number of the renewal, from 1; the last group has all later ones.
    pub(crate) by_renewal: Vec<(u32, RenewalGroup)>,
}

/// Renewals of one number: how many were due, and what part was predicted to be renewed, and was.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct RenewalGroup {
    pub(crate) due: i64,
    pub(crate) predicted: f64,
    pub(crate) actual: f64,
}

impl RenewalBacktest {
    /// Whether the number renewed is where chance does not explain it.
    pub(crate) fn is_biased(&self) -> bool {
        let renewed = self.renewed as f64;
        self.interval.is_some_and(|(low, high)| renewed < low || renewed > high)
    }

    fn of(fits: &Fits, round: &Round, holdout: Holdout) -> Self {
        let chance = |(term, number): &(i32, u32)| fits.of_term(*term).0.model.retention(*number);
        let (due, lost) = round.outcomes.values().fold((0, 0), |(due, lost), one| (due + one.due, lost + one.lost));
        let (known, left) =
            round.before.values().map(Renewals::cliff).fold((0, 0), |(due, lost), (first, later)| {
                (due + first.due + later.due, lost + first.lost + later.lost)
            });
        let base = (known > 0).then(|| 1.0 - left as f64 / known as f64);
        let mut groups: BTreeMap<u32, RenewalGroup> = BTreeMap::new();
        for ((term, number), chances) in &round.outcomes {
            let group = groups.entry((*number).min(LAST_GROUP)).or_default();
            group.due += count(chances.due);
            group.predicted += chances.due as f64 * chance(&(*term, *number));
            group.actual += (chances.due - chances.lost) as f64;
        }
        for group in groups.values_mut() {
            let due = group.due.max(1) as f64;
            (group.predicted, group.actual) = (group.predicted / due, group.actual / due);
        }
        let predicted = round.outcomes.iter().map(|(of, chances)| chances.due as f64 * chance(of)).sum();
        Self {
            holdout,
            due: count(due),
            renewed: count(due - lost),
            predicted,
            error: root(squared_errors(&round.outcomes, chance), due),
            base_error: base.and_then(|base| root(squared_errors(&round.outcomes, |_| base), due)),
            interval: uncertainty(fits, &round.outcomes)
                .map(|(chance, parameters)| Forecast { mean: predicted, chance, parameters }.interval(LEVEL)),
            by_renewal: groups.into_iter().collect(),
        }
    }
}

fn root(squared: f64, due: u64) -> Option<f64> {
    (due > 0).then(|| (squared / due as f64).sqrt())
}

fn squared_errors(outcomes: &Outcomes, chance: impl Fn(&(i32, u32)) -> f64) -> f64 {
    let squared = |(of, chances): (&(i32, u32), &Chances)| {
        let (renews, lost) = (chance(of), chances.lost as f64);
        (chances.due as f64 - lost) * (1.0 - renews).powi(2) + lost * renews.powi(2)
    };
    outcomes.iter().map(squared).sum()
}

/// Variances of the number renewed: by chance, and because parameters are estimated; `None` where a fit does not tell.
fn uncertainty(fits: &Fits, outcomes: &Outcomes) -> Option<(f64, f64)> {
    let mut by_fit: BTreeMap<Option<i32>, Vec<(u32, f64)>> = BTreeMap::new();
    for ((term, number), chances) in outcomes {
        let own = Some(*term).filter(|term| fits.terms.contains_key(term));
        by_fit.entry(own).or_default().push((*number, chances.due as f64));
    }
    let (mut chance, mut parameters) = (0.0, 0.0);
    for (own, due) in by_fit {
        let fit = own.and_then(|term| fits.terms.get(&term)).unwrap_or(&fits.pooled);
        let beside = fit.model.neighbours(fit.covariance.as_deref()?);
        let renewed: Vec<f64> =
            beside.all().map(|model| due.iter().map(|(number, due)| due * model.retention(*number)).sum()).collect();
        parameters += beside.variance(&renewed[1..]);
        let spread = |(number, due): &(u32, f64)| {
            let renews = fit.model.retention(*number);
            due * renews * (1.0 - renews)
        };
        chance += due.iter().map(spread).sum::<f64>();
    }
    Some((chance, parameters))
}

/// A kind, fitted anew as of each origin; or fits that were learned until a day, for holdouts behind it.
struct Contestant<'a> {
    kind: RetentionKind,
    kept: Option<(&'a Fits, i32)>,
}

/// The holdouts of a base of contracts. Takes a while: not for a thread that serves.
pub(crate) struct ContractRounds {
    plan: Option<Plan>,
    rounds: Vec<Round>,
    fits: BTreeMap<(usize, RetentionKind), Result<Fits, &'static str>>,
}

impl ContractRounds {
    fn holdout(&self, round: usize) -> Option<Holdout> {
        self.plan.map(|plan| plan.holdout(round))
    }

    fn fitted(&mut self, round: usize, kind: RetentionKind) -> &Result<Fits, &'static str> {
        let before = &self.rounds[round].before;
        self.fits.entry((round, kind)).or_insert_with(|| Fits::of(kind, before))
    }

    /// The root mean squared error of each over all renewals of all holdouts before which anybody could be fitted; `None` who could not
    /// before one of them, and where none came due.
    fn errors(&mut self, contestants: &[Contestant<'_>]) -> Vec<Option<f64>> {
        let mut sums: Vec<Option<(f64, u64)>> = vec![Some((0.0, 0)); contestants.len()];
        for round in 0..self.rounds.len() {
            let Some(holdout) = self.holdout(round) else { break };
            let due: u64 = self.rounds[round].outcomes.values().map(|chances| chances.due).sum();
            let errors: Vec<Option<f64>> = contestants.iter().map(|one| self.error(round, holdout, one)).collect();
            if errors.iter().all(Option::is_none) {
                continue;
            }
            for (sum, error) in sums.iter_mut().zip(errors) {
                *sum = sum.zip(error).map(|((sum, all), error)| (sum + error, all + due));
            }
        }
        sums.into_iter().map(|sum| sum.and_then(|(squared, due)| root(squared, due))).collect()
    }

    fn error(&mut self, round: usize, holdout: Holdout, one: &Contestant<'_>) -> Option<f64> {
        let kept = one.kept.filter(|(_, learned_until)| *learned_until <= holdout.calibration_end).map(|kept| kept.0);
        let fits = match kept {
            Some(fits) => fits.clone(),
            None => self.fitted(round, one.kind).clone().ok()?,
        };
        let chance = |(term, number): &(i32, u32)| fits.of_term(*term).0.model.retention(*number);
        Some(squared_errors(&self.rounds[round].outcomes, chance))
    }

    fn backtests(&mut self, kind: RetentionKind) -> Vec<RenewalBacktest> {
        let mut found = Vec::new();
        for round in 0..self.rounds.len() {
            let Some(holdout) = self.holdout(round) else { break };
            if let Ok(fits) = self.fitted(round, kind).clone() {
                found.push(RenewalBacktest::of(&fits, &self.rounds[round], holdout));
            }
        }
        found
    }

    /// Judges a model, as it is, and the promoted one on the same holdouts; `None` without a renewal that both can be judged on.
    pub(crate) fn compare(&mut self, model: &ContractModel, promoted: &ContractModel) -> Option<Comparison> {
        let kept = Some((&model.learned.fits, model.period_end));
        self.compare_with(&Contestant { kind: model.learned.fits.kind, kept }, promoted)
    }

    fn compare_with(&mut self, model: &Contestant<'_>, promoted: &ContractModel) -> Option<Comparison> {
        let (fits, kept) = (&promoted.learned.fits, model.kept);
        let promoted_one = Contestant { kind: fits.kind, kept: Some((fits, promoted.period_end)) };
        let errors = self.errors(&[Contestant { kind: model.kind, kept }, promoted_one]);
        let [Some(error), Some(promoted_error)] = errors[..] else { return None };
        Some(Comparison { promoted: (promoted.id, promoted.version), error, promoted_error })
    }
}

impl Tallies {
    /// The holdouts alone.
    pub(crate) fn into_rounds(self, plan: Option<Plan>) -> ContractRounds {
        ContractRounds { plan, rounds: self.rounds, fits: BTreeMap::new() }
    }

    /// Fits a kind to what was known before the one holdout of these days, and holds it against what came. Takes a while: not for a thread that
    /// serves.
    ///
    /// # Errors
    /// When the contracts known before did not identify it.
    pub(crate) fn backtest(self, kind: RetentionKind, holdout: Holdout) -> Result<RenewalBacktest, NotIdentified> {
        let contracts = self.contracts;
        let round = self.rounds.into_iter().next().unwrap_or_default();
        let due = count(round.before.values().map(Renewals::due).sum());
        let lacks =
            |lacking| NotIdentified { part: Part::Contracts(kind), lacking, customers: contracts, repeaters: due };
        let fits = Fits::of(kind, &round.before).map_err(lacks)?;
        Ok(RenewalBacktest::of(&fits, &round, holdout))
    }

    /// Fits each kind, looks back how well each would have foretold, keeps the best, and compares it with the promoted model. Takes a
    /// while: not for a thread that serves.
    ///
    /// # Errors
    /// When the contracts identify none of the kinds.
    pub(crate) fn choose(
        mut self,
        plan: Option<Plan>,
        kinds: &[RetentionKind],
        promoted: Option<&ContractModel>,
    ) -> Result<(ContractsLearned, LookedBack<RetentionKind, RenewalBacktest>), NotIdentified> {
        let (now, contracts) = (std::mem::take(&mut self.now), self.contracts);
        let needs = std::mem::take(&mut self.needs).needs();
        let mut rounds = self.into_rounds(plan);
        let anew: Vec<Contestant<'_>> = kinds.iter().map(|kind| Contestant { kind: *kind, kept: None }).collect();
        let errors = rounds.errors(&anew);
        let mut tried: Vec<_> = kinds.iter().zip(errors).map(|(kind, error)| try_one(*kind, error, &now)).collect();
        tried.sort_by(better);
        let due = now.values().map(Renewals::due).sum();
        let lacks = |kind, lacking| NotIdentified {
            part: Part::Contracts(kind),
            lacking,
            customers: contracts,
            repeaters: count(due),
        };
        let mut tried = tried.into_iter();
        let Some((best, fits)) = tried.next() else { return Err(lacks(RetentionKind::Sbg, "a kind of model")) };
        let fits = fits.map_err(|lacking| lacks(best.kind, lacking))?;
        let backtests = rounds.backtests(best.kind);
        let lacking = backtests.is_empty().then(|| match plan {
            None => Plan::lacking(),
            Some(_) => "contracts before the holdouts that identify the model".to_owned(),
        });
        let compared = match promoted {
            None => Compared::First,
            Some(promoted) => match rounds.compare_with(&Contestant { kind: best.kind, kept: None }, promoted) {
                Some(comparison) => Compared::With(comparison),
                None => Compared::Not("a renewal in a holdout before which both could be fitted".to_owned()),
            },
        };
        let warnings = fits.warnings().into_iter().chain(backtests.iter().filter_map(alarm)).collect();
        let candidates = std::iter::once(best).chain(tried.map(|(candidate, _)| candidate)).collect();
        let learned = ContractsLearned { fits, contracts, due: count(due), needs, warnings };
        Ok((learned, LookedBack { candidates, backtests, lacking, compared }))
    }
}

type Tried = (Candidate<RetentionKind>, Result<Fits, &'static str>);

fn try_one(kind: RetentionKind, error: Option<f64>, now: &ByTerm) -> Tried {
    let fits = Fits::of(kind, now);
    let candidate = Candidate {
        kind,
        error,
        log_likelihood: fits.as_ref().ok().map(Fits::log_likelihood),
        lacking: fits.as_ref().err().map(|lacking| (*lacking).to_owned()),
    };
    (candidate, fits)
}

/// What can be used first, of that what can be judged, then the least error; of equals the earlier, which has fewer parameters.
fn better(left: &Tried, right: &Tried) -> Ordering {
    let error = |one: &Tried| one.0.error.unwrap_or(f64::INFINITY);
    (left.1.is_err().cmp(&right.1.is_err())).then_with(|| error(left).total_cmp(&error(right)))
}

/// The warning of a backtest whose bias is beyond chance.
fn alarm(backtest: &RenewalBacktest) -> Option<String> {
    let (low, high) = backtest.interval.filter(|_| backtest.is_biased())?;
    Some(format!(
        "the backtest of {} weeks is biased: {} of {} contracts were renewed, and {low:.0} to {high:.0} were held for 95 % likely",
        backtest.holdout.weeks, backtest.renewed, backtest.due
    ))
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
