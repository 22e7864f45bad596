//! How good probabilities were, once it is known what happened.

/// What was said and what happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The probability, from 0 to 1.
    pub said: f64,
    /// Whether it happened.
    pub happened: bool,
}

/// The probability that whoever left had a higher score than whoever stayed, ties counting half (the area under the ROC
/// curve). `None` unless somebody left and somebody stayed.
pub fn auc(judged: &[Judged]) -> Option<f64> {
    let sorted = sorted(judged);
    let (mut below, mut pairs, mut left) = (0.0, 0.0, 0.0);
    for equal in sorted.chunk_by(|one, other| one.said.total_cmp(&other.said).is_eq()) {
        let happened = equal.iter().filter(|one| one.happened).count() as f64;
        let stayed = equal.len() as f64 - happened;
        pairs += happened * (below + 0.5 * stayed);
        below += stayed;
        left += happened;
    }
    (below > 0.0 && left > 0.0).then(|| pairs / below / left)
}

/// The mean of the squared distance between the probability and what happened (Brier's score); 0 for none.
pub fn brier(judged: &[Judged]) -> f64 {
    mean(judged, |one| (f64::from(u8::from(one.happened)) - one.said).powi(2))
}

/// The mean of minus ln of the probability of what happened, in nats; 0 for none.
pub fn log_loss(judged: &[Judged]) -> f64 {
    mean(judged, |one| -(if one.happened { one.said } else { 1.0 - one.said }).max(f64::MIN_POSITIVE).ln())
}

/// The expected calibration error: how far the mean probability lies from how often it happened, in `bins` groups of equal
/// size by probability, on average over all.
pub fn calibration_error(judged: &[Judged], bins: usize) -> f64 {
    let sorted = sorted(judged);
    let bound = |number: usize| sorted.len() * number / bins.max(1);
    let off = (0..bins).map(|number| {
        let bin = &sorted[bound(number)..bound(number + 1)];
        bin.iter().map(|one| one.said - f64::from(u8::from(one.happened))).sum::<f64>().abs()
    });
    off.sum::<f64>() / sorted.len().max(1) as f64
}

/// How many times more often it happened among the `part` (from 0 to 1) with the highest probabilities than among all.
/// `None` if it never happened or the part is empty.
pub fn lift(judged: &[Judged], part: f64) -> Option<f64> {
    let sorted = sorted(judged);
    let top = &sorted[sorted.len() - ((part * sorted.len() as f64).round() as usize).min(sorted.len())..];
    let rate = |of: &[Judged]| of.iter().filter(|one| one.happened).count() as f64 / of.len() as f64;
    let lift = rate(top) / rate(&sorted);
    lift.is_finite().then_some(lift)
}

fn mean(judged: &[Judged], of: impl Fn(&Judged) -> f64) -> f64 {
    judged.iter().map(of).sum::<f64>() / judged.len().max(1) as f64
}

fn sorted(judged: &[Judged]) -> Vec<Judged> {
    let mut sorted = judged.to_vec();
    sorted.sort_unstable_by(|left, right| left.said.total_cmp(&right.said).then(left.happened.cmp(&right.happened)));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judged(pairs: &[(f64, bool)]) -> Vec<Judged> {
        pairs.iter().map(|(said, happened)| Judged { said: *said, happened: *happened }).collect()
    }

    #[test]
    fn known_cases() {
        let mixed = judged(&[(0.1, false), (0.4, false), (0.35, true), (0.8, true)]);
        assert_eq!(auc(&mixed), Some(0.75));
        assert_eq!(auc(&judged(&[(0.5, true), (0.5, false)])), Some(0.5));
        assert_eq!(auc(&judged(&[(0.5, true)])), None);
        assert!((brier(&mixed) - (0.01 + 0.16 + 0.4225 + 0.04) / 4.0).abs() < 1e-15);
        assert!(
            (log_loss(&judged(&[(0.25, true), (0.25, false)])) - (4f64.ln() + (4.0 / 3.0f64).ln()) / 2.0).abs() < 1e-15
        );
        assert!((calibration_error(&mixed, 2) - (0.55 + 0.2) / 4.0).abs() < 1e-12);
        assert_eq!(lift(&mixed, 0.25), Some(2.0));
        assert_eq!(lift(&mixed, 0.0), None);
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs(pairs in prop::collection::vec((0u8..9, any::<bool>()), 2..40)) {
            let judged: Vec<Judged> =
                pairs.iter().map(|(said, happened)| Judged { said: f64::from(*said) / 9.0, happened: *happened }).collect();
            let (mut right, mut all) = (0.0, 0.0);
            for left in judged.iter().filter(|one| one.happened) {
                for stayed in judged.iter().filter(|one| !one.happened) {
                    all += 1.0;
                    right += if left.said > stayed.said { 1.0 } else if left.said == stayed.said { 0.5 } else { 0.0 };
                }
            }
            match auc(&judged) {
                Some(auc) => prop_assert!((auc - right / all).abs() < 1e-12),
                None => prop_assert_eq!(all, 0.0),
            }
        }
    }
}
