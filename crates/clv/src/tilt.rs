//! What the models of purchases leave out: who spends more at a time comes more often, too.
//!
//! They take spend and frequency for independent. Where that is not so, expected purchases are multiplied by a power of the
//! mean spend of a purchase day, the first one included, and scaled so that they add up to what they did. The power is
//! learned from forecasts that were made earlier within the period of calibration, each round at its own level, so that
//! a season says nothing of it: the likeliest if outcomes are Poisson.

/// The mean spend counts from this part of the usual one to this multiple, so that a free sample or one large order tells no more.
const WITHIN: [f64; 2] = [0.1, 10.0];
const MOST_STEPS: usize = 60;
const LONGEST_STEP: f64 = 0.5;
/// A step after which the power is known.
const TINY: f64 = 1e-12;

/// An earlier forecast of a customer, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Earlier {
    /// Purchases that were expected.
    pub expected: f64,
    /// Those that came.
    pub came: f64,
    /// Mean spend of a purchase day before the forecast, the first one included.
    pub spend: f64,
}

/// How much more often those come who spend more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendTilt {
    power: f64,
    usual: f64,
}

impl SpendTilt {
    /// Learns from rounds of earlier forecasts, each of which has a level of its own.
    ///
    /// `None` if nothing came, or all spend alike.
    pub fn learn(rounds: &[Vec<Earlier>]) -> Option<Self> {
        let all = || rounds.iter().flatten();
        let customers = all().count();
        let mut tilt = Self { power: 0.0, usual: all().map(|one| one.spend).sum::<f64>() / customers as f64 };
        if customers == 0 || tilt.usual.is_nan() || tilt.usual <= 0.0 {
            return None;
        }
        for _ in 0..MOST_STEPS {
            let (slope, bend) = rounds
                .iter()
                .map(|round| tilt.derivatives(round))
                .fold((0.0, 0.0), |sum, round| (sum.0 + round.0, sum.1 + round.1));
            let step = slope / bend;
            // Neither if nobody came nor if nobody differs.
            if !step.is_finite() {
                return None;
            }
            tilt.power += step.clamp(-LONGEST_STEP, LONGEST_STEP);
            if step.abs() <= TINY {
                return Some(tilt);
            }
        }
        None
    }

    /// By which power of the mean spend purchases go.
    pub fn power(&self) -> f64 {
        self.power
    }

    /// Expected purchases of a base, tilted, from (expected, mean spend); their sum stays what it was.
    pub fn of_base(&self, base: &[(f64, f64)]) -> Vec<f64> {
        let tilted: Vec<f64> = base.iter().map(|(expected, spend)| expected * self.weight(*spend)).collect();
        let (before, after) = (base.iter().map(|one| one.0).sum::<f64>(), tilted.iter().sum::<f64>());
        let level = if after > 0.0 { before / after } else { 1.0 };
        tilted.into_iter().map(|one| one * level).collect()
    }

    fn weight(&self, spend: f64) -> f64 {
        (self.power * self.ln_over_usual(spend)).exp()
    }

    fn ln_over_usual(&self, spend: f64) -> f64 {
        (spend / self.usual).clamp(WITHIN[0], WITHIN[1]).ln()
    }

    /// Of the log-likelihood by the power, and minus the second one; the level of the round is at its best.
    fn derivatives(&self, round: &[Earlier]) -> (f64, f64) {
        let came: f64 = round.iter().map(|one| one.came).sum();
        let (mut total, mut first, mut second, mut seen) = (0.0, 0.0, 0.0, 0.0);
        for one in round {
            let (ln, weight) = (self.ln_over_usual(one.spend), one.expected * self.weight(one.spend));
            total += weight;
            first += weight * ln;
            second += weight * ln * ln;
            seen += one.came * ln;
        }
        if total <= 0.0 {
            return (0.0, 0.0);
        }
        let mean = first / total;
        (seen - came * mean, came * (second / total - mean * mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(power: f64, level: f64) -> Vec<Earlier> {
        (1..200)
            .map(|number| {
                let spend = 20.0 + f64::from(number);
                let expected = 0.1 + f64::from(number % 7);
                Earlier { expected, came: level * expected * (spend / 100.0).powf(power), spend }
            })
            .collect()
    }

    #[test]
    fn finds_the_power_whatever_the_level() {
        let tilt = SpendTilt::learn(&[round(0.25, 1.0), round(0.25, 3.0)]).unwrap();
        assert!((tilt.power() - 0.25).abs() < 1e-9, "{tilt:?}");
        let none = SpendTilt::learn(&[round(0.0, 0.5)]).unwrap();
        assert!(none.power().abs() < 1e-9, "{none:?}");
    }

    #[test]
    fn the_sum_stays_and_extremes_count_no_more() {
        let tilt = SpendTilt::learn(&[round(0.25, 1.0)]).unwrap();
        let base = [(1.0, 0.0), (1.0, 1e-9), (2.0, 100.0), (1.0, 1e4), (1.0, 1e9)];
        let tilted = tilt.of_base(&base);
        assert!((tilted.iter().sum::<f64>() - 6.0).abs() < 1e-12);
        assert!(tilted[0] == tilted[1] && tilted[3] == tilted[4] && tilted[0] < tilted[3], "{tilted:?}");
        assert_eq!(tilt.of_base(&[(0.0, 5.0)]), [0.0]);
    }

    #[test]
    fn what_teaches_nothing_gives_none() {
        assert_eq!(SpendTilt::learn(&[]), None);
        assert_eq!(SpendTilt::learn(&[round(0.2, 0.0)]), None);
        let same: Vec<Earlier> = round(0.2, 1.0).into_iter().map(|one| Earlier { spend: 7.0, ..one }).collect();
        assert_eq!(SpendTilt::learn(&[same]), None);
        let free: Vec<Earlier> = round(0.2, 1.0).into_iter().map(|one| Earlier { spend: 0.0, ..one }).collect();
        assert_eq!(SpendTilt::learn(&[free]), None);
    }
}
