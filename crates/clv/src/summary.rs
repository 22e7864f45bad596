//! One customer's purchases by day, folded into what the models need.

/// Days in a week: the models count time in weeks at day resolution.
pub const DAYS_PER_WEEK: f64 = 7.0;

/// What a customer did from the first purchase to the end of a period.
///
/// Several purchases on one day count once, with their amounts added. The first day starts the clock
/// and is no repeat: it counts neither in the frequency nor in the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    frequency: u32,
    recency_days: u32,
    age_days: u32,
    mean_minor_per_repeat_day: f64,
    total_minor: i64,
}

impl Summary {
    /// Folds purchases, in any order, up to and including the day `period_end`.
    ///
    /// Each item is a day (days since 1970-01-01) and an amount in minor units of one currency; later
    /// days are left out. `None` if no purchase remains.
    pub fn from_purchases(purchases: impl IntoIterator<Item = (i32, i64)>, period_end: i32) -> Option<Self> {
        let mut kept: Vec<(i32, i64)> = purchases.into_iter().filter(|(day, _)| *day <= period_end).collect();
        kept.sort_unstable_by_key(|(day, _)| *day);
        let (first, last) = (kept.first()?.0, kept.last()?.0);
        let distinct_days = kept.chunk_by(|left, right| left.0 == right.0).count();
        // Distinct i32 days are at most 2^32, so one less always fits.
        let frequency = u32::try_from(distinct_days - 1).unwrap_or(u32::MAX);
        let total = minor_sum(&kept, |_| true);
        let repeat = minor_sum(&kept, |day| day > first);
        Some(Self {
            frequency,
            recency_days: last.abs_diff(first),
            age_days: period_end.abs_diff(first),
            mean_minor_per_repeat_day: mean(repeat, frequency),
            total_minor: i64::try_from(total).unwrap_or(if total < 0 { i64::MIN } else { i64::MAX }),
        })
    }

    /// Repeat days: distinct purchase days without the first (x).
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// Days from the first to the last purchase day; 0 without repeats.
    pub fn recency_days(&self) -> u32 {
        self.recency_days
    }

    /// Days from the first purchase day to the end of the period.
    pub fn age_days(&self) -> u32 {
        self.age_days
    }

    /// Weeks from the first to the last purchase day (t_x).
    pub fn recency_weeks(&self) -> f64 {
        f64::from(self.recency_days) / DAYS_PER_WEEK
    }

    /// Weeks from the first purchase day to the end of the period (T).
    pub fn age_weeks(&self) -> f64 {
        f64::from(self.age_days) / DAYS_PER_WEEK
    }

    /// Days without a purchase up to the end of the period.
    pub fn days_since_last(&self) -> u32 {
        self.age_days - self.recency_days
    }

    /// Mean of the daily sums over the repeat days, in minor units; 0 without repeats.
    pub fn mean_minor_per_repeat_day(&self) -> f64 {
        self.mean_minor_per_repeat_day
    }

    /// Sum of all purchases including the first day, in minor units; held at the ends of `i64`.
    pub fn total_minor(&self) -> i64 {
        self.total_minor
    }
}

fn minor_sum(purchases: &[(i32, i64)], counts: impl Fn(i32) -> bool) -> i128 {
    purchases.iter().filter(|(day, _)| counts(*day)).map(|(_, minor)| i128::from(*minor)).sum()
}

fn mean(sum: i128, count: u32) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_purchases_on_one_day_count_once() {
        let summary = Summary::from_purchases([(17, 30), (10, 500), (17, 70), (31, 200), (40, 1)], 38).unwrap();
        assert_eq!((summary.frequency(), summary.recency_days(), summary.age_days()), (2, 21, 28));
        assert_eq!(summary.mean_minor_per_repeat_day(), 150.0);
        assert_eq!((summary.total_minor(), summary.days_since_last()), (800, 7));
        assert_eq!((summary.recency_weeks(), summary.age_weeks()), (3.0, 4.0));
    }

    #[test]
    fn the_period_end_is_inclusive() {
        assert_eq!(Summary::from_purchases([(39, 1)], 38), None);
        assert_eq!(Summary::from_purchases([(38, 1)], 38).unwrap().age_days(), 0);
        assert_eq!(Summary::from_purchases([], 38), None);
    }

    #[test]
    fn the_ends_of_the_number_ranges_do_not_overflow() {
        let summary = Summary::from_purchases([(i32::MIN, i64::MAX), (i32::MAX, i64::MAX)], i32::MAX).unwrap();
        assert_eq!((summary.age_days(), summary.total_minor()), (u32::MAX, i64::MAX));
        assert_eq!(summary.mean_minor_per_repeat_day(), i64::MAX as f64);
    }
}
