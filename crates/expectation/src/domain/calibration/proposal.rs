//! What survey answers say of how much more a loss weighs than a gain.

use tenure_kernel::Timestamp;

use super::{
    bootstrap::interval,
    fit::{Fit, Point, Sums},
};
use crate::domain::{attribute::Terms, disconfirmation::Gap, quantity::Unit, weights::Weights};

/// The fewest late ones that a proposal rests on.
pub const LEAST_LATE: usize = 100;

/// What was promised, what came, and what was answered after that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Answer {
    pub(crate) promised_by: Timestamp,
    pub(crate) experienced_at: Timestamp,
    pub(crate) score: f64,
}

/// Why nothing is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Fewer than [`LEAST_LATE`] came late.
    FewLate,
    /// Nothing came early or late, or being early adds nothing to the score.
    NoGain,
    /// Losses may well weigh as much as gains, or less.
    MayBeOne,
}

/// What survey answers say of one attribute. Nothing is changed by it.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// How many answers there are.
    pub answers: usize,
    /// How many of them are about what came late, by more than nobody minds.
    pub late: usize,
    /// How many are about what came early.
    pub early: usize,
    /// The line through the answers; none where none is determined.
    pub fit: Option<Fit>,
    /// The 95 % interval of how many times more a loss weighs. The upper end may be infinite.
    pub interval: Option<(f64, f64)>,
    /// What is used now.
    pub current: f64,
    /// Why nothing is proposed; empty: the ratio of the fit is.
    pub doubts: Vec<Doubt>,
}

/// Fits the answers about one attribute; the seed is that of the interval.
pub(crate) fn propose(attribute: &str, answers: &[Answer], weights: &Weights, seed: u64) -> Proposal {
    let points: Vec<Point> = answers.iter().map(|answer| point(attribute, answer, weights)).collect();
    let mut sums = Sums::default();
    points.iter().for_each(|point| sums.add(point));
    let fit = sums.fit();
    let late = points.iter().filter(|point| point.loss > 0.0).count();
    let interval = fit.is_some().then(|| interval(&points, seed));
    let early = points.iter().filter(|point| point.gain > 0.0).count();
    Proposal::of((points.len(), late, early), (fit, interval), weights.loss_aversion_of(attribute))
}

impl Proposal {
    /// What counts of answers and the line through them come to.
    pub(super) fn of(
        (answers, late, early): (usize, usize, usize),
        (fit, interval): (Option<Fit>, Option<(f64, f64)>),
        current: f64,
    ) -> Self {
        let outside = interval.is_some_and(|(low, high)| low > 1.0 || high < 1.0);
        let doubts = [
            (late < LEAST_LATE, Doubt::FewLate),
            (fit.and_then(|fit| fit.ratio()).is_none(), Doubt::NoGain),
            (!outside, Doubt::MayBeOne),
        ];
        let doubts = doubts.into_iter().filter_map(|(holds, doubt)| holds.then_some(doubt)).collect();
        Self { answers, late, early, fit, interval, current, doubts }
    }
}

/// The gap of an answer as it is felt, but for how much more losses weigh.
#[expect(clippy::cast_precision_loss, reason = "seconds of a few centuries are far below 2^53")]
fn point(attribute: &str, answer: &Answer, weights: &Weights) -> Point {
    let terms = Terms::of_time(attribute);
    let seconds = terms.unit.and_then(Unit::seconds).unwrap_or(1.0);
    // To the second: what came on the promised day, before it ended, is neither early nor late.
    let late = (answer.experienced_at.0.saturating_sub(answer.promised_by.0) / 1_000_000) as f64 / seconds;
    let scale = terms.scale.of(0.0);
    let gap = Gap { expected: 0.0, got: late, direction: terms.direction, tolerance: terms.tolerance, scale };
    let steps = gap.steps(weights);
    let felt = steps.abs().powf(weights.curvature);
    let (gain, loss) = if steps > 0.0 { (felt, 0.0) } else { (0.0, felt) };
    Point { score: answer.score, gain, loss }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    /// Answers of customers to whom a loss weighs so many times more than a gain, with noise that cancels out.
    fn answers(count: i64, ratio: f64) -> Vec<Answer> {
        let weights = Weights::default();
        let one = |number: i64| {
            let promised_by = Timestamp(100 * DAY);
            let experienced_at = Timestamp(promised_by.0 + (number % 9 - 4) * DAY);
            let gap = point("delivery", &Answer { promised_by, experienced_at, score: 0.0 }, &weights);
            let noise = [0.3, -0.1, 0.2, -0.4][usize::try_from(number / 9 % 4).expect("few")];
            Answer { promised_by, experienced_at, score: 7.0 + gap.gain - ratio * gap.loss + noise }
        };
        (0..count).map(one).collect()
    }

    fn proposed(count: i64, ratio: f64) -> Proposal {
        propose("delivery", &answers(count, ratio), &Weights::default(), 1)
    }

    #[test]
    fn a_ratio_is_proposed_with_its_interval() {
        let found = proposed(360, 3.0);
        let ratio = found.fit.and_then(|fit| fit.ratio()).expect("a ratio");
        let (low, high) = found.interval.expect("an interval");
        assert!((ratio - 3.0).abs() < 0.05 && low < ratio && ratio < high && high - low < 0.5, "{found:?}");
        assert_eq!((found.answers, found.late, found.early, found.current), (360, 160, 160, 2.25));
        assert_eq!(found.doubts, []);
        let less = proposed(360, 0.5);
        assert!(less.doubts.is_empty() && less.interval.is_some_and(|(_, high)| high < 1.0), "{less:?}");
    }

    #[test]
    fn nothing_is_proposed_of_few_or_of_what_may_be_one() {
        assert_eq!(proposed(216, 3.0).doubts, [Doubt::FewLate], "96 were late");
        assert_eq!(proposed(360, 1.0).doubts, [Doubt::MayBeOne]);
        let none = propose("delivery", &[], &Weights::default(), 1);
        assert_eq!((none.fit, none.interval), (None, None));
        assert_eq!(none.doubts, [Doubt::FewLate, Doubt::NoGain, Doubt::MayBeOne]);
        let worse: Vec<Answer> = answers(360, 3.0)
            .into_iter()
            .map(|one| Answer { score: if one.experienced_at < one.promised_by { 5.0 } else { one.score }, ..one })
            .collect();
        let worse = propose("delivery", &worse, &Weights::default(), 1);
        assert!(worse.doubts.contains(&Doubt::NoGain), "being early is no gain: {worse:?}");
    }

    #[test]
    fn the_same_answers_give_the_same_interval_and_the_seed_hardly_matters() {
        let of =
            |seed| propose("delivery", &answers(360, 3.0), &Weights::default(), seed).interval.expect("an interval");
        assert_eq!(of(1), of(1));
        let ((low, high), (other_low, other_high)) = (of(1), of(2));
        assert!((low - other_low).abs() < 0.1 && (high - other_high).abs() < 0.1);
        assert_ne!(of(1), of(2));
    }
}
