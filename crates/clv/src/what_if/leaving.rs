//! Models of purchases in which leaving can be made likelier or less likely.

use crate::bg_nbd::BgNbd;
use crate::cell::Cell;
use crate::choice::PurchaseModel;
use crate::horizon::Ahead;
use crate::mbg_nbd::MbgNbd;
use crate::pareto_nbd::ParetoNbd;
use crate::purchases::Purchases;
use crate::special::{gauss, ln_gamma};

/// Steps of the rule over the chance to leave, in its logit.
const STEPS: i32 = 96;
/// Of this width: both ends are beyond what any double holds.
const STEP: f64 = 0.4;
/// Panels of the rule over time.
const PANELS: u32 = 4;

/// What would be if everybody's chance to leave, or rate of leaving, were multiplied by `leave` (1: as it is, 0: nobody leaves).
/// A chance that would pass one is one.
pub trait Leaving: Purchases {
    /// The probability that an active customer is active still after `length`.
    fn stays(&self, cell: &Cell, length: f64, leave: f64) -> f64;

    /// Discounted purchases expected of an active customer; with `leave` 1 what [`Purchases`] says.
    fn discounted_while_alive_if(&self, cell: &Cell, ahead: Ahead, leave: f64) -> f64;
}

/// The integral of e^(-force t) (1 + pace t)^(-power) over the time ahead.
fn purchases_ahead(ahead: Ahead, pace: f64, power: f64) -> f64 {
    // Steps that grow with time, as the integrand falls fast at first.
    let end = (pace * ahead.length()).ln_1p();
    let whole = |u: f64| if end > 0.0 { u.exp_m1() / pace } else { u };
    let to = if end > 0.0 { end } else { ahead.length() };
    let panel = to / f64::from(PANELS);
    (0..PANELS)
        .flat_map(|at| gauss::nodes(panel * f64::from(at), panel * f64::from(at + 1)))
        .map(|(u, weight)| {
            let (t, stretch) = if end > 0.0 { (whole(u), u.exp() / pace) } else { (u, 1.0) };
            weight * stretch * (-ahead.force() * t - power * (pace * t).ln_1p()).exp()
        })
        .sum()
}

impl Leaving for ParetoNbd {
    /// The rate of leaving of an active customer is Gamma(s, beta + T).
    fn stays(&self, cell: &Cell, length: f64, leave: f64) -> f64 {
        (-self.s() * (leave * length / (self.beta() + cell.age())).ln_1p()).exp()
    }

    fn discounted_while_alive_if(&self, cell: &Cell, ahead: Ahead, leave: f64) -> f64 {
        self.rate_while_alive(cell) * purchases_ahead(ahead, leave / (self.beta() + cell.age()), self.s())
    }
}

/// The mean over a chance that is Beta(a, b) of a function of it.
fn over_chance(a: f64, b: f64, of: impl Fn(f64) -> f64) -> f64 {
    let ln_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    // In the logit z the density p^a (1-p)^b / B(a, b) falls exponentially to both sides of its mode, where equal steps are as good as
    // it gets. They are laid around the mode and cover the slower side.
    let (mode, reach) = ((a / b).ln(), 1.0f64.max(1.0 / a.min(b)));
    let step = STEP * reach.min(8.0);
    let (mut sum, mut weights) = (0.0, 0.0);
    for at in -STEPS..=STEPS {
        let z = mode + step * f64::from(at);
        let (ln_p, ln_q) = (-(-z).exp().ln_1p(), -z.exp().ln_1p());
        let weight = (a * ln_p + b * ln_q - ln_beta).exp() * step;
        if weight > 0.0 {
            sum += weight * of(ln_p.exp());
            weights += weight;
        }
    }
    sum / weights
}

impl Leaving for BgNbd {
    /// Purchases at rate Gamma(r + x, alpha + T), each of which is the last with a chance of Beta(a, b + x).
    fn stays(&self, cell: &Cell, length: f64, leave: f64) -> f64 {
        let x = f64::from(cell.frequency());
        let (shape, scale) = (self.r() + x, self.alpha() + cell.age());
        over_chance(self.a(), self.b() + x, |p| (-shape * ((leave * p).min(1.0) * length / scale).ln_1p()).exp())
    }

    fn discounted_while_alive_if(&self, cell: &Cell, ahead: Ahead, leave: f64) -> f64 {
        let x = f64::from(cell.frequency());
        let (shape, scale) = (self.r() + x, self.alpha() + cell.age());
        let purchases = |p: f64| purchases_ahead(ahead, (leave * p).min(1.0) / scale, shape + 1.0);
        shape / scale * over_chance(self.a(), self.b() + x, purchases)
    }
}

impl Leaving for MbgNbd {
    fn stays(&self, cell: &Cell, length: f64, leave: f64) -> f64 {
        self.active().stays(cell, length, leave)
    }

    fn discounted_while_alive_if(&self, cell: &Cell, ahead: Ahead, leave: f64) -> f64 {
        self.active().discounted_while_alive_if(cell, ahead, leave)
    }
}

impl Leaving for PurchaseModel {
    fn stays(&self, cell: &Cell, length: f64, leave: f64) -> f64 {
        match self {
            Self::BgNbd(model) => model.stays(cell, length, leave),
            Self::MbgNbd(model) => model.stays(cell, length, leave),
            Self::ParetoNbd(model) => model.stays(cell, length, leave),
        }
    }

    fn discounted_while_alive_if(&self, cell: &Cell, ahead: Ahead, leave: f64) -> f64 {
        match self {
            Self::BgNbd(model) => model.discounted_while_alive_if(cell, ahead, leave),
            Self::MbgNbd(model) => model.discounted_while_alive_if(cell, ahead, leave),
            Self::ParetoNbd(model) => model.discounted_while_alive_if(cell, ahead, leave),
        }
    }
}
