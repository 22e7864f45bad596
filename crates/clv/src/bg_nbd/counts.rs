//! The distribution of the number of purchases (Fader, Hardie and Lee 2005, equation 8), of somebody new or given
//! what somebody did.

use crate::bg_nbd::BgNbd;
use crate::cell::Cell;
use crate::counts::Counts;
use crate::horizon::Horizon;
use crate::special::regularized_beta;

impl BgNbd {
    /// The probability that somebody about whom nothing is known but the first purchase makes exactly so many
    /// repeat purchases from then until the horizon.
    pub fn probability_of(&self, purchases: u32, horizon: Horizon) -> f64 {
        let t = horizon.weeks();
        let z = t / (self.alpha + t);
        let (mut exactly, mut stays) = ((self.r * -(t / self.alpha).ln_1p()).exp(), 1.0);
        let mut leaves = 0.0;
        for index in 0..purchases {
            let j = f64::from(index);
            exactly *= z * (self.r + j) / (j + 1.0);
            leaves = stays * self.a / (self.a + self.b + j);
            stays *= (self.b + j) / (self.a + self.b + j);
        }
        let or_more = if purchases == 0 { 1.0 } else { regularized_beta(z, f64::from(purchases), self.r) };
        stays * exactly + leaves * or_more
    }

    /// The distribution of this customer's purchases from the end of the period until the horizon.
    pub fn counts_given(&self, cell: &Cell, horizon: Horizon) -> Counts {
        self.counts_while_active(cell, horizon.weeks()).if_alive(self.p_alive(cell))
    }

    /// The same for a customer who is active at the end of the period.
    pub(crate) fn counts_while_active(&self, cell: &Cell, t: f64) -> Counts {
        let x = f64::from(cell.frequency());
        let (shape, time) = (self.r + x, self.alpha + cell.age());
        let (leave, stay) = (self.a, self.b + x);
        let z = t / (time + t);
        let mut ln_exactly = shape * -(t / time).ln_1p();
        let (mut or_more, mut stays, mut leaves) = (1.0, 1.0, 0.0);
        Counts::gather((0u32..).map(move |index| {
            let j = f64::from(index);
            let exactly = ln_exactly.exp();
            let probability = stays * exactly + leaves * or_more;
            or_more = f64::max(or_more - exactly, 0.0);
            leaves = stays * leave / (leave + stay + j);
            stays *= (stay + j) / (leave + stay + j);
            ln_exactly += (z * (shape + j) / (j + 1.0)).ln();
            probability
        }))
    }
}
