//! How good a forecast was, once the time it spoke of has passed.

/// What was said of a customer, and what they did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Purchases (or money) that were expected.
    pub predicted: f64,
    /// Those that there were.
    pub actual: f64,
    /// Repeats before the forecast.
    pub frequency: u32,
}

/// How far a forecast was off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Mean of the errors without their sign, for each customer.
    pub mae: f64,
    /// Root of the mean of the squared errors.
    pub rmse: f64,
    /// What was predicted too much of all that happened: -0.1 is ten per cent too little. `None` if nothing happened.
    pub bias: Option<f64>,
    /// Pearson's correlation between prediction and outcome; `None` if one of them does not vary.
    pub correlation: Option<f64>,
}

/// Customers that are alike in something, and what they did on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// How many.
    pub customers: usize,
    /// Expected by customer.
    pub predicted: f64,
    /// There was by customer.
    pub actual: f64,
}

impl Errors {
    /// Of some outcomes, one at least.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mean = |of: &dyn Fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / outcomes.len() as f64;
        let (predicted, actual) = (mean(&|one| one.predicted), mean(&|one| one.actual));
        let covariance = mean(&|one| (one.predicted - predicted) * (one.actual - actual));
        let spread =
            (mean(&|one| (one.predicted - predicted).powi(2)) * mean(&|one| (one.actual - actual).powi(2))).sqrt();
        Self {
            mae: mean(&|one| (one.predicted - one.actual).abs()),
            rmse: mean(&|one| (one.predicted - one.actual).powi(2)).sqrt(),
            bias: (actual > 0.0).then(|| predicted / actual - 1.0),
            correlation: (spread > 0.0).then(|| covariance / spread),
        }
    }
}

/// Forecasts that need no model, of the customers of some outcomes: everybody goes on at their own rate of repeats, or all at the
/// mean one. `ages` are their times from the first purchase to the forecast, in the unit of `length`; whose age is 0 has no
/// rate of their own, and goes on at the mean.
pub fn naive(outcomes: &[Outcome], ages: &[f64], length: f64) -> [Vec<Outcome>; 2] {
    let repeats: f64 = outcomes.iter().map(|one| f64::from(one.frequency)).sum();
    let time: f64 = ages.iter().sum();
    let mean = if time > 0.0 { repeats / time } else { 0.0 };
    let own = |one: &Outcome, age: f64| if age > 0.0 { f64::from(one.frequency) / age } else { mean };
    let by = |rate: &dyn Fn(&Outcome, f64) -> f64| {
        let aged = outcomes.iter().zip(ages);
        aged.map(|(one, age)| Outcome { predicted: rate(one, *age) * length, ..*one }).collect()
    };
    [by(&own), by(&|_, _| mean)]
}

/// The part of everything that happened which the customers with the highest scores stand for; `part` of all customers,
/// from 0 to 1. `None` if nothing happened. Customers with one score share what there is between them, so
/// that their order does not matter. With the outcome itself as the score this is what an oracle captures.
pub fn capture(outcomes: &[Outcome], part: f64, score: impl Fn(&Outcome) -> f64) -> Option<f64> {
    let total: f64 = outcomes.iter().map(|one| one.actual).sum();
    let mut scored: Vec<(f64, f64)> = outcomes.iter().map(|one| (score(one), one.actual)).collect();
    scored.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
    let mut wanted = part * outcomes.len() as f64;
    let mut captured = 0.0;
    for equal in scored.chunk_by(|left, right| left.0.total_cmp(&right.0).is_eq()) {
        let taken = wanted.min(equal.len() as f64);
        captured += equal.iter().map(|(_, actual)| actual).sum::<f64>() * taken / equal.len() as f64;
        wanted -= taken;
    }
    (total > 0.0).then(|| captured / total)
}

/// Groups of as equal a size as can be by what was predicted, the lowest first: where a forecast can be relied on.
pub fn by_prediction(outcomes: &[Outcome], groups: usize) -> Vec<Group> {
    let mut sorted = outcomes.to_vec();
    sorted.sort_unstable_by(|left, right| {
        left.predicted.total_cmp(&right.predicted).then(left.actual.total_cmp(&right.actual))
    });
    let bound = |number: usize| sorted.len() * number / groups.max(1);
    (0..groups)
        .map(|number| &sorted[bound(number)..bound(number + 1)])
        .filter(|group| !group.is_empty())
        .map(group)
        .collect()
}

/// Groups by past repeats 0, 1, ... to `most`, those with more among the last; (repeats, group).
pub fn by_frequency(outcomes: &[Outcome], most: u32) -> Vec<(u32, Group)> {
    let with = |x: u32| outcomes.iter().filter(|one| one.frequency.min(most) == x).copied().collect::<Vec<_>>();
    (0..=most)
        .map(|x| (x, with(x)))
        .filter(|(_, found)| !found.is_empty())
        .map(|(x, found)| (x, group(&found)))
        .collect()
}

fn group(outcomes: &[Outcome]) -> Group {
    let mean = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / outcomes.len() as f64;
    Group { customers: outcomes.len(), predicted: mean(|one| one.predicted), actual: mean(|one| one.actual) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome(predicted: f64, actual: f64, frequency: u32) -> Outcome {
        Outcome { predicted, actual, frequency }
    }

    #[test]
    fn errors_are_what_they_are_called() {
        let errors = Errors::of(&[outcome(1.0, 2.0, 0), outcome(3.0, 0.0, 1), outcome(2.0, 2.0, 1)]);
        assert!((errors.mae - 4.0 / 3.0).abs() < 1e-15 && (errors.rmse - (10.0 / 3.0f64).sqrt()).abs() < 1e-15);
        assert!((errors.bias.unwrap() - 0.5).abs() < 1e-15 && errors.correlation.unwrap() < 0.0);
        let nothing = Errors::of(&[outcome(1.0, 0.0, 0), outcome(1.0, 0.0, 0)]);
        assert_eq!((nothing.bias, nothing.correlation), (None, None));
    }

    #[test]
    fn without_a_model_rates_go_on() {
        let outcomes = [outcome(9.0, 2.0, 4), outcome(9.0, 0.0, 1), outcome(9.0, 1.0, 0)];
        let [own, mean] = naive(&outcomes, &[8.0, 2.0, 0.0], 10.0);
        assert_eq!(own.iter().map(|one| one.predicted).collect::<Vec<_>>(), [5.0, 5.0, 5.0]);
        assert_eq!(mean.iter().map(|one| one.predicted).collect::<Vec<_>>(), [5.0, 5.0, 5.0]);
        let [own, _] = naive(&outcomes[..2], &[2.0, 8.0], 4.0);
        assert_eq!(own.iter().map(|one| (one.predicted, one.actual)).collect::<Vec<_>>(), [(8.0, 2.0), (0.5, 0.0)]);
        assert_eq!(naive(&outcomes[2..], &[0.0], 4.0)[0][0].predicted, 0.0);
    }

    #[test]
    fn groups_have_the_means_of_their_customers() {
        let outcomes = [outcome(1.0, 2.0, 0), outcome(3.0, 0.0, 7), outcome(2.0, 2.0, 9), outcome(5.0, 5.0, 1)];
        let halves = by_prediction(&outcomes, 2);
        assert_eq!(halves[0], Group { customers: 2, predicted: 1.5, actual: 2.0 });
        let frequencies = by_frequency(&outcomes, 7);
        assert_eq!(
            frequencies.iter().map(|(x, group)| (*x, group.customers)).collect::<Vec<_>>(),
            [(0, 1), (1, 1), (7, 2)]
        );
    }

    #[test]
    fn ties_share_what_they_capture() {
        let outcomes: Vec<Outcome> = (0..10).map(|n| outcome(1.0, f64::from(n), 0)).collect();
        assert!((capture(&outcomes, 0.2, |one| one.predicted).unwrap() - 0.2).abs() < 1e-15);
        assert!((capture(&outcomes, 0.2, |one| one.actual).unwrap() - 17.0 / 45.0).abs() < 1e-15);
        assert_eq!(capture(&[outcome(1.0, 0.0, 0)], 0.2, |one| one.predicted), None);
    }

    proptest! {
        #[test]
        fn nobody_captures_more_than_the_oracle(
            pairs in prop::collection::vec((0.0f64..9.0, 0.0f64..9.0), 1..50), part in 0.0f64..=1.0,
        ) {
            let outcomes: Vec<Outcome> = pairs.iter().map(|(p, a)| outcome(*p, *a, 0)).collect();
            let (Some(model), Some(oracle)) =
                (capture(&outcomes, part, |one| one.predicted), capture(&outcomes, part, |one| one.actual))
            else {
                return Ok(());
            };
            prop_assert!(model <= oracle + 1e-12 && oracle <= 1.0 + 1e-12);
            let groups = by_prediction(&outcomes, 10);
            prop_assert_eq!(groups.iter().map(|group| group.customers).sum::<usize>(), outcomes.len());
        }
    }
}
