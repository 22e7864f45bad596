//! Recency, frequency and monetary scores from 1 (worst) to 5 (best), and named segments.

use crate::summary::Summary;

/// What RFM looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Days without a purchase up to the end of the period; fewer is better.
    pub days_since_last: u32,
    /// Distinct purchase days, the first included; more is better.
    pub purchase_days: u32,
    /// All purchases, in minor units; more is better.
    pub total_minor: i64,
}

impl From<&Summary> for Activity {
    fn from(summary: &Summary) -> Self {
        Self {
            days_since_last: summary.days_since_last(),
            purchase_days: summary.frequency().saturating_add(1),
            total_minor: summary.total_minor(),
        }
    }
}

/// Quintile boundaries of a base at one time, kept under a version so that scores stay explainable.
///
/// Each list holds the largest value of the first, second, third and fourth fifth, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundaries {
    /// Given by the caller; a new one for each computation.
    pub version: u64,
    /// Of days since the last purchase.
    pub recency: [u32; 4],
    /// Of purchase days.
    pub frequency: [u32; 4],
    /// Of total minor units.
    pub monetary: [i64; 4],
}

/// Three scores, each from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scores {
    /// 5 for the most recent fifth.
    pub recency: u8,
    /// 5 for the most frequent fifth.
    pub frequency: u8,
    /// 5 for the fifth that spent most.
    pub monetary: u8,
}

/// A name for a pair of recency and frequency scores, see [`Scores::segment`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// Bought just now and buy often.
    Champions,
    /// Buy often and bought not long ago.
    Loyal,
    /// Recent, and on the way to buying often.
    PotentialLoyalists,
    /// Bought just now, for the first time or seldom.
    New,
    /// Bought not long ago, for the first time or seldom.
    Promising,
    /// Middling in both.
    NeedAttention,
    /// Seldom bought, and not lately.
    AboutToSleep,
    /// Used to buy, and have not for long.
    AtRisk,
    /// Used to buy most often, and have not for long.
    CannotLose,
    /// Seldom bought, and long ago.
    Hibernating,
}

use Segment::{
    AboutToSleep, AtRisk, CannotLose, Champions, Hibernating, Loyal, NeedAttention, New, PotentialLoyalists, Promising,
};

impl Segment {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Champions,
        Loyal,
        PotentialLoyalists,
        New,
        Promising,
        NeedAttention,
        AboutToSleep,
        AtRisk,
        CannotLose,
        Hibernating,
    ];
}

/// Rows: recency 1 to 5. Columns: frequency 1 to 5.
const SEGMENTS: [[Segment; 5]; 5] = [
    [Hibernating, Hibernating, AtRisk, AtRisk, CannotLose],
    [Hibernating, Hibernating, AtRisk, AtRisk, CannotLose],
    [AboutToSleep, AboutToSleep, NeedAttention, Loyal, Loyal],
    [Promising, PotentialLoyalists, PotentialLoyalists, Loyal, Loyal],
    [New, PotentialLoyalists, PotentialLoyalists, Champions, Champions],
];

impl Boundaries {
    /// The quintiles (nearest rank) of a base, in whatever order; `None` for an empty one.
    pub fn from_activities(version: u64, base: &[Activity]) -> Option<Self> {
        Some(Self {
            version,
            recency: quintiles(base.iter().map(|activity| activity.days_since_last).collect())?,
            frequency: quintiles(base.iter().map(|activity| activity.purchase_days).collect())?,
            monetary: quintiles(base.iter().map(|activity| activity.total_minor).collect())?,
        })
    }

    /// Scores by value alone, so equal values get equal scores. With many ties a score may stay unused.
    pub fn score(&self, activity: &Activity) -> Scores {
        Scores {
            recency: 6 - fifth(&self.recency, activity.days_since_last),
            frequency: fifth(&self.frequency, activity.purchase_days),
            monetary: fifth(&self.monetary, activity.total_minor),
        }
    }
}

impl Scores {
    /// The segment, by recency (row) and frequency (column); the monetary score stays beside it.
    ///
    /// | | F 1 | F 2 | F 3 | F 4 | F 5 |
    /// |---|---|---|---|---|---|
    /// | R 1, 2 | hibernating | hibernating | at risk | at risk | cannot lose |
    /// | R 3 | about to sleep | about to sleep | need attention | loyal | loyal |
    /// | R 4 | promising | potential loyalists | potential loyalists | loyal | loyal |
    /// | R 5 | new | potential loyalists | potential loyalists | champions | champions |
    ///
    /// Scores outside 1 to 5 count as the nearest.
    pub fn segment(&self) -> Segment {
        let index = |score: u8| usize::from(score.clamp(1, 5) - 1);
        SEGMENTS[index(self.recency)][index(self.frequency)]
    }
}

/// The nearest-rank values at 20, 40, 60 and 80 per cent.
fn quintiles<V: Ord + Copy>(mut values: Vec<V>) -> Option<[V; 4]> {
    values.sort_unstable();
    let smallest = *values.first()?;
    let mut boundaries = [smallest; 4];
    for (boundary, fifths) in boundaries.iter_mut().zip(1..) {
        *boundary = values[(values.len() * fifths).div_ceil(5) - 1];
    }
    Some(boundaries)
}

/// Which fifth, 1 to 5: one more than the boundaries exceeded.
fn fifth<V: Ord + Copy>(boundaries: &[V; 4], value: V) -> u8 {
    (1..=4).zip(boundaries).filter(|(_, boundary)| value > **boundary).count() as u8 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activity(value: u32) -> Activity {
        Activity { days_since_last: value, purchase_days: value, total_minor: i64::from(value) }
    }

    #[test]
    fn ten_different_customers_make_five_pairs() {
        let base: Vec<Activity> = (1..=10).map(activity).collect();
        let boundaries = Boundaries::from_activities(1, &base).unwrap();
        assert_eq!(boundaries.frequency, [2, 4, 6, 8]);
        let scores: Vec<u8> = base.iter().map(|one| boundaries.score(one).frequency).collect();
        assert_eq!(scores, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        let recency: Vec<u8> = base.iter().map(|one| boundaries.score(one).recency).collect();
        assert_eq!(recency, [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
    }

    #[test]
    fn ties_share_a_score() {
        let base: Vec<Activity> = [1, 1, 1, 1, 1, 1, 2, 2, 3, 9].map(activity).to_vec();
        let boundaries = Boundaries::from_activities(1, &base).unwrap();
        let scores: Vec<u8> = base.iter().map(|one| boundaries.score(one).frequency).collect();
        assert_eq!(scores, [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
    }

    #[test]
    fn corners_have_the_expected_names() {
        let segment = |recency, frequency| Scores { recency, frequency, monetary: 3 }.segment();
        assert_eq!(segment(5, 5), Champions);
        assert_eq!(segment(5, 1), New);
        assert_eq!(segment(4, 4), Loyal);
        assert_eq!(segment(2, 3), AtRisk);
        assert_eq!(segment(1, 5), CannotLose);
        assert_eq!(segment(1, 1), Hibernating);
        assert_eq!(segment(0, 9), segment(1, 5));
    }

    #[test]
    fn an_empty_base_has_no_boundaries() {
        assert_eq!(Boundaries::from_activities(1, &[]), None);
    }
}
