//! What a contract that runs will still pay.

use super::Retention;
use crate::horizon::{Ahead, HorizonError};

/// A contract that runs. Times in the unit of what is looked ahead in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Running {
    /// Renewals so far.
    pub renewals: u32,
    /// Until the next renewal is due, zero or more.
    pub due_in: f64,
    /// From one renewal to the next, above zero.
    pub term: f64,
}

/// What is expected of it until a horizon. Payments are those of its renewals; what was paid for the term that runs is not ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lasting {
    /// The probability that it is renewed the next time.
    pub retention: f64,
    /// Payments expected.
    pub payments: f64,
    /// The same, each discounted.
    pub discounted: f64,
    /// The variance of the discounted payments: by chance, the model taken for certain.
    pub chance: f64,
    /// How long it is expected to run within the horizon, later time discounted.
    pub time: f64,
}

impl Running {
    /// What a model expects of it.
    pub fn lasting(&self, model: &dyn Retention, ahead: Ahead) -> Lasting {
        let worth = |at: f64| (-ahead.force() * at).exp();
        let retention = model.retention(self.renewals + 1);
        let mut found = Lasting {
            retention,
            payments: 0.0,
            discounted: 0.0,
            chance: 0.0,
            time: discounted_time(0.0, self.due_in.min(ahead.length()), ahead.force()),
        };
        let (mut squared, mut paid) = (0.0, 0.0_f64);
        for number in 1.. {
            let at = self.due_in + f64::from(number - 1) * self.term;
            if at > ahead.length() {
                break;
            }
            let there = model.survival_given(self.renewals, number);
            found.payments += there;
            found.discounted += there * worth(at);
            // E[W^2] over the number of renewals, by the differences of the squares of what was paid by then.
            let before = paid;
            paid += worth(at);
            squared += there * (paid * paid - before * before);
            found.time += there * discounted_time(at, (at + self.term).min(ahead.length()), ahead.force());
        }
        found.chance = (squared - found.discounted * found.discounted).max(0.0);
        found
    }

    /// The discounted expected residual lifetime, in payments, for ever: that of the next renewal counts by how far off it is.
    ///
    /// # Errors
    /// When the force of discount is not above zero.
    pub fn residual_lifetime(&self, model: &dyn Retention, force: f64) -> Result<f64, HorizonError> {
        let rate = (force * self.term).exp_m1();
        let from_the_next = model.discounted_payments(self.renewals, self.renewals + 1, rate)?;
        Ok(from_the_next * (-force * self.due_in).exp())
    }
}

/// The time from one moment to another, each moment discounted to now.
fn discounted_time(from: f64, to: f64, force: f64) -> f64 {
    let length = to - from;
    let part = if force > 0.0 { -(-force * length).exp_m1() / force } else { length };
    part * (-force * from).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::{Bdw, Sbg};
    use proptest::prelude::*;

    #[test]
    fn a_contract_that_always_renews_pays_each_time() {
        struct Always;
        impl Retention for Always {
            fn survival(&self, _: u32) -> f64 {
                1.0
            }
        }
        let contract = Running { renewals: 3, due_in: 10.0, term: 52.0 };
        let found = contract.lasting(&Always, Ahead::new(120.0, 0.0).unwrap());
        assert_eq!((found.retention, found.payments, found.discounted, found.chance), (1.0, 3.0, 3.0, 0.0));
        assert_eq!(found.time, 120.0);
        let soon = contract.lasting(&Always, Ahead::new(9.0, 0.0).unwrap());
        assert_eq!((soon.payments, soon.time), (0.0, 9.0));
        assert_eq!(contract.residual_lifetime(&Always, 0.0), Err(HorizonError::Endless));
    }

    proptest! {
        #[test]
        fn far_ahead_it_is_the_published_residual_lifetime(
            logs in [-1.0f64..1.0, -1.0f64..2.0], c in 0.6f64..1.6, renewals in 0u32..6, rate in 0.05f64..0.4,
            due_in in 0.0f64..1.0,
        ) {
            let [alpha, beta] = logs.map(f64::exp);
            let (sbg, bdw) = (Sbg::new(alpha, beta).unwrap(), Bdw::new(alpha, beta, c).unwrap());
            let force = rate.ln_1p();
            for model in [&sbg as &dyn Retention, &bdw] {
                let contract = Running { renewals, due_in, term: 1.0 };
                let far = contract.lasting(model, Ahead::new(2_000.0, force).unwrap());
                // DERL counts the next payment in full, and is of who is about to renew.
                let derl = model.discounted_residual_lifetime(renewals + 1, rate).unwrap();
                let left = contract.residual_lifetime(model, force).unwrap();
                prop_assert!((left / (derl * (-force * due_in).exp()) - 1.0).abs() < 1e-9);
                prop_assert!((far.discounted / left - 1.0).abs() < 1e-6, "{} {}", far.discounted, left);
            }
        }

        #[test]
        fn chance_is_the_variance_over_all_lives(
            logs in [-1.0f64..1.0, -1.0f64..2.0], renewals in 0u32..4, due_in in 0.0f64..20.0, force in 0.0f64..0.02,
        ) {
            let [alpha, beta] = logs.map(f64::exp);
            let model = Sbg::new(alpha, beta).unwrap();
            let ahead = Ahead::new(100.0, force).unwrap();
            let found = Running { renewals, due_in, term: 13.0 }.lasting(&model, ahead);
            let times: Vec<f64> = (0..8).map(|k| due_in + 13.0 * f64::from(k)).filter(|at| *at <= 100.0).collect();
            let (mut mean, mut squared, mut length) = (0.0, 0.0, 0.0);
            for lived in 0..=times.len() {
                let now = model.survival_given(renewals, lived as u32);
                let chance = if lived == times.len() { now } else { now - model.survival_given(renewals, lived as u32 + 1) };
                let paid: f64 = times[..lived].iter().map(|at| (-force * at).exp()).sum();
                mean += chance * paid;
                squared += chance * paid * paid;
                let runs = times.get(lived).copied().unwrap_or(100.0);
                length += chance * discounted_time(0.0, runs, force);
            }
            prop_assert!((mean - found.discounted).abs() < 1e-9);
            prop_assert!((squared - mean * mean - found.chance).abs() < 1e-9);
            prop_assert!((length - found.time).abs() < 1e-9, "{length} {}", found.time);
        }
    }
}
