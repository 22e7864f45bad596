//! Expected purchases under BG/NBD, in forms that neither overflow nor have a pole.
//!
//! The published conditional expectation divides by (a - 1) and contains
//! 2F1(r+x, b+x; a+b+x-1; z), z = t / (alpha+T+t), which overflows for a few hundred purchases. Euler's
//! transform (Abramowitz & Stegun 15.3.3) takes the power (1-z)^(r+x) out of it. With c = a+b+x-1 and
//! k = a+b-1-r, splitting off the first term of the transformed series then cancels (a - 1) as well:
//!
//! E = P(alive) * { c * [1 - (1-z)^(a-1)] / (a-1) - (1-z)^(a-1) * k * z * 3F2(k+1, a, 1; a+b+x, 2; z) }
//!
//! Where customers buy alike but leave at different times (r > a+b), this series alternates and loses its
//! digits. There the expectation is counted, in positive terms only.

use crate::bg_nbd::BgNbd;
use crate::cell::Cell;
use crate::horizon::{Ahead, DiscountRate, Horizon};
use crate::special::{MOST_TERMS, hypergeometric_3f2};

/// Gauss-Legendre, six points on -1..1: (node, weight) of the positive half.
const GAUSS: [(f64, f64); 3] = [
    (0.238_619_186_083_196_9, 0.467_913_934_572_691),
    (0.661_209_386_466_264_5, 0.360_761_573_048_138_6),
    (0.932_469_514_203_152, 0.171_324_492_379_170_4),
];

/// How much of the logarithm of time the six points cover at most: beyond, where a horizon is many times the pace, there are more.
const PANEL: f64 = 3.0;

impl BgNbd {
    /// Expected repeat purchases of a customer about whom nothing is known but the first purchase, from
    /// then until the horizon.
    pub fn expected_purchases(&self, horizon: Horizon) -> f64 {
        self.while_active(&Cell::NEW, horizon.weeks())
    }

    /// Expected purchases of this customer from the end of the period until the horizon.
    pub fn expected_purchases_given(&self, cell: &Cell, horizon: Horizon) -> f64 {
        self.p_alive(cell) * self.while_active(cell, horizon.weeks())
    }

    /// Like [`Self::expected_purchases_given`], each purchase discounted to the end of the period.
    ///
    /// The integral of e^(-d t) dE(t) is, by parts, e^(-d H) E(H) + d * integral of e^(-d t) E(t) dt,
    /// the latter by six Gauss-Legendre points in ln(1 + t / pace), in which E is nearly straight.
    pub fn discounted_purchases_given(&self, cell: &Cell, horizon: Horizon, discount: DiscountRate) -> f64 {
        self.p_alive(cell) * self.discounted_while_active(cell, Ahead::from((horizon, discount)))
    }

    /// The same for a customer who is active at the end of the period.
    pub(crate) fn discounted_while_active(&self, cell: &Cell, ahead: Ahead) -> f64 {
        let (end, force) = (ahead.length(), ahead.force());
        let undiscounted = self.while_active(cell, end);
        if force == 0.0 {
            return undiscounted;
        }
        let pace = self.pace(cell);
        let length = (end / pace).ln_1p();
        let panels = (length / PANEL).ceil().max(1.0);
        let half = 0.5 * length / panels;
        let integrand = |u: f64| {
            let t = pace * u.exp_m1();
            (-force * t).exp() * self.while_active(cell, t) * (pace + t)
        };
        let panel = |number: usize| {
            let middle = half * (2 * number + 1) as f64;
            let at_nodes = |(node, weight): &(f64, f64)| {
                weight * (integrand(middle - half * node) + integrand(middle + half * node))
            };
            half * GAUSS.iter().map(at_nodes).sum::<f64>()
        };
        let integral: f64 = (0..panels as usize).map(panel).sum();
        // Nothing is discounted by more than the horizon's factor, nor by less than nothing.
        let least = (-force * end).exp() * undiscounted;
        (least + force * integral).min(undiscounted)
    }

    /// Weeks in which the expectation bends: until the first dropout to be expected, or as long as the
    /// customer has been seen if that is shorter.
    fn pace(&self, cell: &Cell) -> f64 {
        let x = f64::from(cell.frequency());
        let dropouts = (self.r + x) * self.a / (self.a + self.b + x);
        (self.alpha + cell.age()) / dropouts.max(1.0)
    }

    /// Expected purchases in the next `t` weeks of a customer who is active at the end of the period.
    pub(crate) fn while_active(&self, cell: &Cell, t: f64) -> f64 {
        let x = f64::from(cell.frequency());
        let time = self.alpha + cell.age();
        let z = t / (time + t);
        let ln_rest = -(t / time).ln_1p(); // ln(1 - z)
        if self.r > self.a + self.b { self.counted(x, z, ln_rest) } else { self.transformed(x, z, ln_rest) }
    }

    /// The formula at the top of this file.
    fn transformed(&self, x: f64, z: f64, ln_rest: f64) -> f64 {
        let power = self.a - 1.0;
        let all = self.a + self.b + x;
        let k = self.a + self.b - 1.0 - self.r;
        let split = if power == 0.0 { -ln_rest } else { -(power * ln_rest).exp_m1() / power };
        let series = hypergeometric_3f2([k + 1.0, self.a, 1.0], [all, 2.0], z);
        let expected = (all - 1.0) * split - k * z * series.times_exp(power * ln_rest);
        expected.max(0.0)
    }

    /// The purchase after j more happens if the customer stays j times, with probability
    /// (b+x)_j / (a+b+x)_j, and if one who never leaves would buy more than j times; that number is
    /// negative binomial with shape r+x and success probability 1-z.
    fn counted(&self, x: f64, z: f64, ln_rest: f64) -> f64 {
        let shape = self.r + x;
        let mut more = -(shape * ln_rest).exp_m1(); // of more than j purchases
        let mut ln_exactly = shape * ln_rest; // of exactly j purchases
        let (mut stays, mut expected) = (1.0, 0.0);
        for index in 0..MOST_TERMS {
            let j = f64::from(index);
            expected += stays * more;
            stays *= (self.b + x + j) / (self.a + self.b + x + j);
            let ratio = z * (shape + j) / (j + 1.0);
            ln_exactly += ratio.ln();
            let exactly = ln_exactly.exp();
            more = (more - exactly).max(0.0);
            // Past the mode the rest is below a geometric series of geometric series.
            let bound = ratio.max(z);
            if bound < 1.0 && stays * exactly <= f64::EPSILON * expected * (1.0 - bound).powi(2) {
                break;
            }
        }
        expected
    }
}
