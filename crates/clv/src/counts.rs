//! How many purchases there will be: a distribution, not only its mean.

/// Purchases beyond which a distribution is cut; five thousand a year for ten years stay below.
const MOST_COUNTS: usize = 200_000;
/// The mass that may be left out at the far end.
const NEGLIGIBLE: f64 = 1e-11;

/// The probabilities of 0, 1, 2, ... purchases, up to where nothing that matters is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    probabilities: Vec<f64>,
}

impl Counts {
    /// Takes the probabilities of 0, 1, 2, ... until they add up to one.
    pub(crate) fn gather(probabilities: impl Iterator<Item = f64>) -> Self {
        let (mut kept, mut total) = (Vec::new(), 0.0);
        for probability in probabilities.take(MOST_COUNTS) {
            kept.push(probability);
            total += probability;
            if 1.0 - total <= NEGLIGIBLE || (total > 0.5 && probability < NEGLIGIBLE * NEGLIGIBLE) {
                break;
            }
        }
        Self { probabilities: kept }
    }

    /// The same for somebody who is there with this probability only, and else buys nothing.
    pub(crate) fn if_alive(mut self, p_alive: f64) -> Self {
        self.probabilities.iter_mut().for_each(|probability| *probability *= p_alive);
        if let Some(none) = self.probabilities.first_mut() {
            *none += 1.0 - p_alive;
        }
        self
    }

    /// The probability of exactly so many purchases.
    pub fn probability(&self, purchases: u32) -> f64 {
        self.probabilities.get(purchases as usize).copied().unwrap_or(0.0)
    }

    /// The numbers of purchases that are at least so likely, with how likely each is, fewest first.
    pub fn likely(&self, least: f64) -> impl Iterator<Item = (u32, f64)> {
        let numbered = self.probabilities.iter().enumerate().filter(move |(_, probability)| **probability >= least);
        numbered.map(|(purchases, probability)| (purchases as u32, *probability))
    }

    /// Expected purchases.
    pub fn mean(&self) -> f64 {
        self.moment(|n| n)
    }

    /// The square of the standard deviation of purchases.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.moment(|n| (n - mean).powi(2))
    }

    fn moment(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.probabilities.iter().enumerate().map(|(n, probability)| probability * of(n as f64)).sum()
    }

    /// The fewest purchases that are not exceeded with at least this probability, which is from 0 to 1.
    pub fn quantile(&self, probability: f64) -> u32 {
        let mut total = 0.0;
        let reached = self.probabilities.iter().position(|one| {
            total += one;
            total >= probability
        });
        reached.unwrap_or(self.probabilities.len().saturating_sub(1)) as u32
    }

    /// The fewest and the most purchases between which the number lies with at least this probability
    /// (0.9 is ninety per cent), as much left out on either side at most.
    pub fn interval(&self, level: f64) -> (u32, u32) {
        let outside = 0.5 * (1.0 - level);
        (self.quantile(outside), self.quantile(1.0 - outside))
    }
}

/// Customers who stay active for this time, and ln of which share of all they are.
pub(crate) struct Share {
    pub(crate) time: f64,
    pub(crate) ln: f64,
}

/// How many purchases there will be at a rate from Gamma(r, alpha): the mixture of negative binomials over how long
/// customers stay.
pub(crate) fn mixed(r: f64, alpha: f64, shares: impl Iterator<Item = Share>) -> Counts {
    /// ln of the weight times the probability of the number in turn.
    struct Term {
        z: f64,
        ln: f64,
    }
    let term =
        |share: Share| Term { z: share.time / (alpha + share.time), ln: share.ln - r * (share.time / alpha).ln_1p() };
    let mut terms: Vec<Term> = shares.filter(|share| share.time > 0.0).map(term).collect();
    if terms.is_empty() {
        return Counts::gather([1.0].into_iter());
    }
    Counts::gather((0u32..).map(move |index| {
        let j = f64::from(index);
        let probability = terms.iter().map(|term| term.ln.exp()).sum();
        let growth = ((r + j) / (j + 1.0)).ln();
        terms.iter_mut().for_each(|term| term.ln += term.z.ln() + growth);
        probability
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_die_has_its_mean_variance_and_quantiles() {
        let die = Counts::gather([0.0, 0.25, 0.25, 0.25, 0.25].into_iter());
        assert_eq!((die.mean(), die.variance()), (2.5, 1.25));
        assert_eq!((die.quantile(0.25), die.quantile(0.26), die.quantile(1.0)), (1, 2, 4));
        assert_eq!(die.interval(0.5), (1, 3));
        assert_eq!((die.probability(2), die.probability(9)), (0.25, 0.0));
        let perhaps = die.if_alive(0.5);
        assert_eq!((perhaps.probability(0), perhaps.mean()), (0.5, 1.25));
    }
}
