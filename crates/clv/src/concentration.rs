//! How unevenly value is spread over customers, in memory that does not grow with them.
//!
//! Values are counted in bins that are two per cent wide, so that the Gini coefficient and the share of the best are off by less
//! than a hundredth whatever the values (the tests hold them against the exact ones).

use std::collections::BTreeMap;

/// The natural logarithm of a bin's width.
const WIDTH: f64 = 0.02;
/// The bin of what is worth nothing; all others are above.
const NOTHING: i32 = i32::MIN;

/// Values that were counted; each finite and not negative.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Concentration {
    bins: BTreeMap<i32, Bin>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Bin {
    customers: u64,
    sum: f64,
}

impl Concentration {
    /// Takes a customer's value in; one below zero counts as zero.
    pub fn take(&mut self, value: f64) {
        let value = value.max(0.0);
        let place = if value > 0.0 { (value.ln() / WIDTH).floor() as i32 } else { NOTHING };
        let bin = self.bins.entry(place).or_default();
        bin.customers += 1;
        bin.sum += value;
    }

    /// How many customers.
    pub fn customers(&self) -> u64 {
        self.bins.values().map(|bin| bin.customers).sum()
    }

    /// All their value.
    pub fn sum(&self) -> f64 {
        self.bins.values().fold(0.0, |sum, bin| sum + bin.sum)
    }

    /// 0 where all have the same, towards 1 where one has all; `None` where nobody has anything.
    pub fn gini(&self) -> Option<f64> {
        let (customers, sum) = (self.customers() as f64, self.sum());
        let mut below = 0.0;
        // Twice the area under the Lorenz curve.
        let area = self.bins.values().fold(0.0, |area, bin| {
            let from = below;
            below += bin.sum;
            area + bin.customers as f64 * (from + below)
        });
        (sum > 0.0).then(|| 1.0 - area / (customers * sum))
    }

    /// What part of all value that part of the customers has who have most (0.2 is a fifth); `None` where nobody has anything.
    pub fn share_of_best(&self, part: f64) -> Option<f64> {
        let sum = self.sum();
        let mut wanted = part.clamp(0.0, 1.0) * self.customers() as f64;
        let mut best = 0.0;
        for bin in self.bins.values().rev() {
            let of = (wanted / bin.customers as f64).min(1.0);
            best += of * bin.sum;
            wanted -= of * bin.customers as f64;
            if wanted <= 0.0 {
                break;
            }
        }
        (sum > 0.0).then(|| best / sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> Concentration {
        let mut found = Concentration::default();
        values.iter().for_each(|value| found.take(*value));
        found
    }

    #[test]
    fn known_spreads() {
        assert_eq!((of(&[]).gini(), of(&[0.0, 0.0]).gini(), of(&[0.0]).share_of_best(0.2)), (None, None, None));
        assert!(of(&[5.0; 40]).gini().unwrap().abs() < 1e-12);
        assert!((of(&[5.0; 40]).share_of_best(0.2).unwrap() - 0.2).abs() < 1e-12);
        // One of ten has all: (n - 1) / n.
        let one = of(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -3.0, 7.0]);
        assert!((one.gini().unwrap() - 0.9).abs() < 1e-12);
        assert_eq!(one.share_of_best(0.2), Some(1.0));
        assert_eq!((one.customers(), one.sum()), (10, 7.0));
    }

    proptest! {
        #[test]
        fn bins_are_near_the_exact_figures(logs in prop::collection::vec(-3.0f64..14.0, 1..400), zeros in 0usize..30) {
            let mut values: Vec<f64> = logs.iter().map(|log| log.exp()).chain(vec![0.0; zeros]).collect();
            let found = of(&values);
            values.sort_by(|left, right| right.total_cmp(left));
            let (count, sum) = (values.len() as f64, values.iter().sum::<f64>());
            let ranked: f64 = values.iter().enumerate().map(|(place, value)| (2.0 * place as f64 + 1.0) * value).sum();
            prop_assert!((found.gini().unwrap() - (1.0 - ranked / (count * sum))).abs() < 0.01);
            let (whole, rest) = ((0.2 * count).floor() as usize, (0.2 * count).fract());
            let best = values[..whole].iter().sum::<f64>() + rest * values.get(whole).unwrap_or(&0.0);
            prop_assert!((found.share_of_best(0.2).unwrap() - best / sum).abs() < 0.01);
            prop_assert_eq!(found.customers(), values.len() as u64);
        }
    }
}
