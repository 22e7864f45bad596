//! When customers buy and what they spend: BG/NBD (Fader, Hardie and Lee 2005) and Gamma-Gamma (Fader and Hardie 2013).

use crate::rng::Rng;

/// The base's purchase behaviour. Every parameter is above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseModel {
    /// Shape of the gamma distribution of purchase rates.
    pub r: f64,
    /// Its rate, in weeks: the mean customer buys `r / alpha_weeks` times a week while alive.
    pub alpha_weeks: f64,
    /// First parameter of the beta distribution of the chance to leave after a repeat purchase.
    pub a: f64,
    /// Second parameter of it.
    pub b: f64,
    /// Shape of the gamma distribution of one customer's purchases.
    pub spend_p: f64,
    /// Shape of the gamma distribution of their rates among customers.
    pub spend_q: f64,
    /// Its rate, in minor units. The mean purchase is `spend_p * spend_gamma / (spend_q - 1)`.
    pub spend_gamma: f64,
}

impl Default for PurchaseModel {
    /// A shop whose mean customer buys about seven times a year, for about 35 EUR.
    fn default() -> Self {
        Self { r: 0.55, alpha_weeks: 4.0, a: 0.8, b: 2.5, spend_p: 6.25, spend_q: 3.74, spend_gamma: 1544.0 }
    }
}

impl PurchaseModel {
    /// Whether every parameter is a number above 0.
    pub(crate) fn is_valid(&self) -> bool {
        [self.r, self.alpha_weeks, self.a, self.b, self.spend_p, self.spend_q, self.spend_gamma]
            .iter()
            .all(|x| x.is_finite() && *x > 0.0)
    }
}

/// A purchase.
pub(crate) struct Purchase {
    /// Weeks after the first one.
    pub(crate) weeks: f64,
    /// What was spent, 1 or more.
    pub(crate) minor_units: i64,
}

/// How one customer buys.
pub(crate) struct Buyer {
    /// Purchases a week while alive.
    pub(crate) lambda: f64,
    /// The chance to leave after each repeat purchase.
    pub(crate) dropout: f64,
    /// Whether they had not left when the time was over.
    pub(crate) alive: bool,
    /// What they bought: the first purchase, at 0 weeks, and the repeats.
    pub(crate) purchases: Vec<Purchase>,
}

/// Draws a customer, watched for some weeks from the first purchase on.
pub(crate) fn draw(model: &PurchaseModel, weeks: f64, rng: &mut Rng) -> Buyer {
    let lambda = rng.gamma(model.r, model.alpha_weeks);
    let dropout = rng.beta(model.a, model.b);
    let spend_rate = rng.gamma(model.spend_q, model.spend_gamma);
    let buy = |weeks, rng: &mut Rng| {
        let minor_units = (rng.gamma(model.spend_p, spend_rate).round() as i64).max(1);
        Purchase { weeks, minor_units }
    };
    let mut purchases = vec![buy(0.0, rng)];
    let mut now = 0.0;
    let mut alive = true;
    while alive {
        now += rng.exponential(lambda);
        if now >= weeks {
            break;
        }
        purchases.push(buy(now, rng));
        alive = !rng.chance(dropout);
    }
    Buyer { lambda, dropout, alive, purchases }
}

#[cfg(test)]
mod tests {
    use super::{Buyer, PurchaseModel, draw};
    use crate::rng::{Rng, Stream};

    /// The CDNOW sample's parameters, whose expectations are published.
    const CDNOW: PurchaseModel = PurchaseModel {
        r: 0.243,
        alpha_weeks: 4.414,
        a: 0.793,
        b: 2.426,
        spend_p: 6.25,
        spend_q: 3.74,
        spend_gamma: 1544.0,
    };
    const BASE: u64 = 200_000;

    fn base(weeks: f64) -> Vec<Buyer> {
        (0..BASE).map(|i| draw(&CDNOW, weeks, &mut Rng::new(3, Stream::Journey, i, 0))).collect()
    }

    fn repeats(buyer: &Buyer) -> f64 {
        buyer.purchases.len() as f64 - 1.0
    }

    #[test]
    fn repeat_purchases_have_the_published_expectation() {
        for (weeks, expected) in [(1.0, 0.053_268), (39.0, 1.196_723), (78.0, 1.860_519)] {
            let base = base(weeks);
            let mean = base.iter().map(repeats).sum::<f64>() / BASE as f64;
            let square = base.iter().map(|b| repeats(b) * repeats(b)).sum::<f64>() / BASE as f64;
            let error = ((square - mean * mean) / BASE as f64).sqrt();
            assert!((mean - expected).abs() < 4.0 * error, "{mean} for {expected} at {weeks}");
        }
    }

    #[test]
    fn the_share_without_repeats_is_the_published_one() {
        let none = base(39.0).iter().filter(|b| b.purchases.len() == 1).count() as f64 / BASE as f64;
        assert!((none - 0.573_786).abs() < 0.005, "{none}");
    }

    #[test]
    fn spend_has_the_mean_of_gamma_gamma() {
        let first: Vec<i64> = base(1.0).iter().map(|b| b.purchases[0].minor_units).collect();
        let mean = first.iter().sum::<i64>() as f64 / BASE as f64;
        assert!((mean - 3521.9).abs() < 40.0, "{mean}");
        assert!(first.iter().all(|x| *x > 0));
    }

    #[test]
    fn who_never_repeats_is_alive() {
        assert!(base(39.0).iter().all(|b| b.purchases.len() > 1 || b.alive));
    }
}
