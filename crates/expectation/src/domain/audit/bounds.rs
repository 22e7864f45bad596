//! How far a score can be trusted: by chance, and for what was never asked.

use super::scores::{Scale, Scores, count, ratio};

/// Standard errors on each side of a 95 % interval.
const Z95: f64 = 1.96;

/// A net promoter score, in points from -100 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nps {
    /// Promoters less detractors, in per cent of the answers.
    pub score: f64,
    /// Half the width of the 95 % interval: what chance alone may have moved it by.
    pub half_width: f64,
}

impl Nps {
    /// The score of answers from 0 to 10; none without answers: that is not zero.
    #[must_use]
    pub fn of(scores: &Scores) -> Option<Self> {
        let promoters = ratio(count(scores.promoters), scores.answered)?;
        let detractors = ratio(count(scores.detractors), scores.answered)?;
        #[expect(clippy::cast_precision_loss, reason = "answers are far fewer than 2^53")]
        Some(Self::of_shares(promoters, detractors, scores.answered as f64))
    }

    /// The score of shares among so many answers, or answers that say as much as so many.
    pub(super) fn of_shares(promoters: f64, detractors: f64, answers: f64) -> Self {
        let net = promoters - detractors;
        let error = ((promoters + detractors - net * net).max(0.0) / answers).sqrt();
        Self { score: 100.0 * net, half_width: 100.0 * Z95 * error }
    }
}

/// Between what a score would lie had everybody answered (Manski): were all who did not as unhappy, or as happy, as can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// All of the unknown answers at their worst.
    pub worst: f64,
    /// All of them at their best.
    pub best: f64,
}

impl Bounds {
    /// Those of the mean, with so many answers unknown; none if there are no answers of either sort.
    #[must_use]
    pub fn of_mean(known: &Scores, unknown: u64, scale: Scale) -> Option<Self> {
        let with = |score: i32| known.sum.saturating_add(count(unknown).saturating_mul(i64::from(score)));
        let whole = known.answered.saturating_add(unknown);
        Some(Self { worst: ratio(with(scale.lowest()), whole)?, best: ratio(with(scale.highest()), whole)? })
    }

    /// The same of a net promoter score.
    #[must_use]
    pub fn of_nps(known: &Scores, unknown: u64) -> Option<Self> {
        let net = count(known.promoters) - count(known.detractors);
        let whole = known.answered.saturating_add(unknown);
        let points = |net: i64| ratio(net, whole).map(|share| 100.0 * share);
        Some(Self { worst: points(net - count(unknown))?, best: points(net + count(unknown))? })
    }
}
