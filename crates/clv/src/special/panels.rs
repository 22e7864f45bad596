//! Quadrature of what falls like powers of time: twelve points a panel in y = ln(shift + u), which is where powers
//! of (scale + u) with scales from the shift on are smooth in a strip of width pi around the real line.

use crate::special::gauss;

/// Twelve points integrate an exponential over this many e-folds to the last digits.
const FOLDS_OF_A_PANEL: f64 = 8.0;
const LONGEST_PANEL: f64 = 1.6;
/// By how much the last panel may be longer than others.
const STRETCH: f64 = 1.25;
/// A rest below this part of the whole is left out.
const NEGLIGIBLE_FOLDS: f64 = 42.0;

/// How an integrand changes around a time, in e-folds a unit of y; neither is ever less further on.
pub(crate) struct Slope {
    /// By how much at most, up or down: what the width of a panel depends on.
    pub(crate) most: f64,
    /// By how much it falls for sure: when the rest does not matter.
    pub(crate) fall: f64,
}

/// Where to evaluate an integrand: times u with the weight of each.
pub(crate) struct Panels<S> {
    shift: f64,
    next: f64,
    last: f64,
    negligible: f64,
    slope: S,
}

impl<S: Fn(f64) -> Slope> Panels<S> {
    /// For the time from `from` to `to`; `slope` takes shift + u.
    pub(crate) fn new(shift: f64, from: f64, to: f64, slope: S) -> Self {
        Self { shift, next: (shift + from).ln(), last: (shift + to).ln(), negligible: NEGLIGIBLE_FOLDS, slope }
    }

    /// The same for what may rise by so many e-folds at most before it falls.
    pub(crate) fn with_rise(mut self, folds: f64) -> Self {
        self.negligible += folds;
        self
    }

    /// Calls with each time, its weight and y, which is ln(shift + u), up to where the rest does not matter.
    pub(crate) fn each(mut self, mut at: impl FnMut(f64, f64, f64)) {
        let mut fallen = 0.0;
        while self.next < self.last && fallen < self.negligible {
            let here = (self.slope)(self.next.exp());
            let left = self.last - self.next;
            let width = |steepness: f64| {
                let usual = (FOLDS_OF_A_PANEL / steepness).min(LONGEST_PANEL);
                // Rather a little more in the last panel than a tiny one after it.
                if left <= STRETCH * usual { left } else { usual }
            };
            let width = width((self.slope)((self.next + width(here.most)).exp()).most);
            for (y, weight) in gauss::nodes(self.next, self.next + width) {
                let time = y.exp();
                at(time - self.shift, weight * time, y);
            }
            // The integrand has one e^y more than what falls.
            fallen += (here.fall - 1.0) * width;
            // A panel that is too short to move on is the last.
            if self.next + width <= self.next {
                break;
            }
            self.next += width;
        }
    }
}
