//! How much a customer's own history weighs beside that of the base, for what happens to customers at rates of their own:
//! calls, complaints, returns.
//!
//! Events of a customer come at a constant rate, and rates differ between customers. Of the best linear estimate of a rate
//! the weight of the own history is T / (T + K) after T days, K being the mean of the rates over their variance
//! (H. Bühlmann, E. Straub, Glaubwürdigkeit für Schadensätze, 1970). Where rates are Gamma distributed it is the exact
//! posterior mean. What an event costs does not enter, so that the same K holds whatever it is priced at.

/// The least and the most days after which both weigh the same: a week and a hundred years.
const HALF_DAYS: (f64, f64) = (7.0, 36_525.0);

/// What the customers of a base had happen to them, added up. Sums of integers: the order of customers changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exposures {
    events: u128,
    days: u128,
    events_squared: u128,
    events_by_days: u128,
    days_squared: u128,
}

impl Exposures {
    /// Takes a customer in: so many events in so many days.
    pub fn take(&mut self, events: u32, days: u32) {
        let (events, days) = (u128::from(events), u128::from(days));
        self.events += events;
        self.days += days;
        self.events_squared += events * events;
        self.events_by_days += events * days;
        self.days_squared += days * days;
    }

    /// Customers' days, added up.
    pub fn days(&self) -> u128 {
        self.days
    }

    /// K, in days: after so many a customer's own history weighs as much as the base's; from 7 to 36,525. `None` without
    /// events or days. Where counts vary no more than chance makes them, rates are alike, and it is at its most.
    pub fn half_days(&self) -> Option<f64> {
        if self.events == 0 || self.days_squared == 0 {
            return None;
        }
        let [events, days, by_days] = [self.events as f64, self.days as f64, self.events_by_days as f64];
        let (events_squared, days_squared) = (self.events_squared as f64, self.days_squared as f64);
        let rate = events / days;
        // Of the squares of (events - rate days), chance explains rate days.
        let beyond = events_squared - 2.0 * rate * by_days + rate * rate * days_squared - events;
        let variance = beyond / days_squared;
        Some(if variance > 0.0 { (rate / variance).clamp(HALF_DAYS.0, HALF_DAYS.1) } else { HALF_DAYS.1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_base_without_events_says_nothing() {
        let mut none = Exposures::default();
        assert_eq!(none.half_days(), None);
        none.take(0, 300);
        assert_eq!(none.half_days(), None);
        none.take(3, 0);
        assert!(none.half_days().is_some());
        let mut today = Exposures::default();
        today.take(3, 0);
        assert_eq!(today.half_days(), None);
    }

    #[test]
    fn customers_who_are_alike_are_judged_by_the_base() {
        let mut alike = Exposures::default();
        (0..50).for_each(|_| alike.take(4, 400));
        assert_eq!(alike.half_days(), Some(36_525.0));
        let mut unlike = Exposures::default();
        (0..50).for_each(|n| unlike.take(if n % 10 == 0 { 40 } else { 0 }, 400));
        // Mean 4 a customer, variance 144 of which 4 by chance: K = 400 * 4 / 140.
        assert!((unlike.half_days().unwrap() - 400.0 * 4.0 / 140.0).abs() < 1e-9);
    }

    /// Events of a Poisson process by counting unit exponentials (SplitMix64).
    fn dice(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    #[test]
    fn gamma_rates_give_their_scale_back() {
        // Exponential rates (shape 1) of mean 1/200 a day: the scale, and so K, is 200 days.
        for seed in 0..5 {
            let (mut draw, mut base) = (dice(seed), Exposures::default());
            for customer in 0..20_000u32 {
                let days = 50 + customer % 700;
                let mean = -(1.0 - draw()).ln() / 200.0 * f64::from(days);
                let (mut passed, mut events) = (-(1.0 - draw()).ln(), 0);
                while passed < mean {
                    events += 1;
                    passed -= (1.0 - draw()).ln();
                }
                base.take(events, days);
            }
            let half = base.half_days().unwrap();
            assert!((half / 200.0 - 1.0).abs() < 0.08, "{seed}: {half}");
        }
    }

    proptest! {
        #[test]
        fn order_changes_nothing(base in prop::collection::vec((0u32..50, 0u32..4_000), 1..60)) {
            let sum = |order: &mut dyn Iterator<Item = &(u32, u32)>| {
                let mut sum = Exposures::default();
                order.for_each(|(events, days)| sum.take(*events, *days));
                sum
            };
            let (there, back) = (sum(&mut base.iter()), sum(&mut base.iter().rev()));
            prop_assert_eq!(there, back);
            if let Some(half) = there.half_days() {
                prop_assert!((7.0..=36_525.0).contains(&half));
            }
        }
    }
}
