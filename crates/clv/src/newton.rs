//! Maximises a log-likelihood over logarithms of positive parameters: Newton steps with the analytic
//! Hessian, damped where it is not negative definite, held inside a box.

pub(crate) mod dense;
mod evaluation;
pub(crate) mod linear;

use std::cmp::Ordering;

pub(crate) use evaluation::{Evaluation, LnSum};

use crate::newton::linear::{cholesky, inverse, norm_1, solve};

/// Largest change of a log-parameter in one step: a factor of about twenty.
const LONGEST_STEP: f64 = 3.0;
const MOST_ITERATIONS: u32 = 200;
const MOST_HALVINGS: u32 = 40;
/// Gradient per observation at which the search stops.
const TIGHT: f64 = 1e-10;
/// Gradient per observation that still counts as converged when rounding stops the search.
const LOOSE: f64 = 1e-7;

pub(crate) type Vector<const N: usize> = [f64; N];
pub(crate) type Matrix<const N: usize> = [[f64; N]; N];

/// What to maximise, apart from the function: where to start, in natural parameters, within which
/// bounds, and how many observations the likelihood adds up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search<const N: usize> {
    pub(crate) lower: Vector<N>,
    pub(crate) upper: Vector<N>,
    pub(crate) observations: f64,
}

/// Where a search ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Optimum<const N: usize> {
    /// In natural parameters.
    pub(crate) parameters: Vector<N>,
    pub(crate) value: f64,
    /// Largest derivative by a log-parameter that is not held by a bound, per observation.
    pub(crate) gradient_norm: f64,
    pub(crate) iterations: u32,
    pub(crate) converged: bool,
    pub(crate) at_bound: [bool; N],
    /// Of the log-parameters; `None` at a bound or where the Hessian is not negative definite.
    pub(crate) covariance: Option<Matrix<N>>,
    /// Of the negative Hessian by log-parameters, in the 1-norm; `None` like `covariance`.
    pub(crate) condition_number: Option<f64>,
}

struct State<const N: usize> {
    logs: Vector<N>,
    here: Evaluation<N>,
    free: [bool; N],
}

impl<const N: usize> Search<N> {
    /// Searches from each start until one converges; else the best end, marked as not converged. `None`
    /// if the function is finite at no start.
    pub(crate) fn maximize(
        &self,
        starts: &[Vector<N>],
        evaluate: impl Fn(&Vector<N>) -> Evaluation<N>,
    ) -> Option<Optimum<N>> {
        let mut best: Option<Optimum<N>> = None;
        for start in starts {
            let Some(end) = self.climb(start, &evaluate) else { continue };
            if end.converged {
                return Some(end);
            }
            if best.is_none_or(|best| end.value > best.value) {
                best = Some(end);
            }
        }
        best
    }

    fn climb(&self, start: &Vector<N>, evaluate: &impl Fn(&Vector<N>) -> Evaluation<N>) -> Option<Optimum<N>> {
        let at = |logs: Vector<N>| {
            let parameters = logs.map(f64::exp);
            let here = evaluate(&parameters).by_logs(&parameters);
            here.is_finite().then(|| State { logs, free: self.free(&logs, &here.gradient), here })
        };
        let mut state = at(self.clamp(start.map(f64::ln)))?;
        for iteration in 0..MOST_ITERATIONS {
            let norm = self.gradient_norm(&state);
            if norm <= TIGHT {
                return Some(self.optimum(&state, iteration, true));
            }
            match self.line_search(&state, &self.step(&state), &at) {
                Some(next) => state = next,
                None => return Some(self.optimum(&state, iteration, norm <= LOOSE)),
            }
        }
        Some(self.optimum(&state, MOST_ITERATIONS, false))
    }

    /// The Newton step, with what it would push out of the box held, up to the first bound it meets.
    fn step(&self, state: &State<N>) -> Vector<N> {
        let mut free = state.free;
        loop {
            let step = ascent(&state.here, &free);
            let room: Vector<N> = std::array::from_fn(|i| self.room(i, state.logs[i], step[i]));
            match (0..N).find(|i| step[*i] != 0.0 && room[*i] <= 0.0) {
                Some(blocked) => free[blocked] = false,
                None => return step.map(|part| part * room.into_iter().fold(1.0, f64::min)),
            }
        }
    }

    /// How many such steps of one log-parameter lead to its bound.
    fn room(&self, i: usize, log: f64, step: f64) -> f64 {
        match step.total_cmp(&0.0) {
            Ordering::Less => (self.lower[i].ln() - log) / step,
            Ordering::Equal => f64::INFINITY,
            Ordering::Greater => (self.upper[i].ln() - log) / step,
        }
    }

    /// Halves the step until the value rises; where the rise drowns in rounding, next to the top or to a
    /// bound, until the gradient falls or the bound is met.
    fn line_search(
        &self,
        state: &State<N>,
        step: &Vector<N>,
        at: &impl Fn(Vector<N>) -> Option<State<N>>,
    ) -> Option<State<N>> {
        let rounding = 1e-13 * state.here.value.abs();
        let held = |state: &State<N>| state.free.iter().filter(|free| !**free).count();
        let promised: f64 = (0..N).map(|i| state.here.gradient[i] * step[i]).sum();
        // Where all that is promised drowns in rounding a shorter step brings nothing either.
        let at_the_top = promised <= rounding && self.gradient_norm(state) <= LOOSE;
        let halvings = if at_the_top { 2 } else { MOST_HALVINGS };
        let mut factor = 1.0;
        for _ in 0..halvings {
            let logs = self.clamp(std::array::from_fn(|i| state.logs[i] + factor * step[i]));
            if let Some(next) = at(logs) {
                let gain = next.here.value - state.here.value;
                let closer = self.gradient_norm(&next) < self.gradient_norm(state) || held(&next) > held(state);
                if gain > 1e-4 * factor * promised || (gain >= -rounding && closer) {
                    return Some(next);
                }
            }
            factor /= 2.0;
        }
        None
    }

    /// Into the box, and onto a bound from right beside it.
    fn clamp(&self, logs: Vector<N>) -> Vector<N> {
        std::array::from_fn(|i| {
            let (lower, upper) = (self.lower[i].ln(), self.upper[i].ln());
            let beside = 1e-12;
            match logs[i] {
                log if log <= lower + beside => lower,
                log if log >= upper - beside => upper,
                log => log,
            }
        })
    }

    /// A parameter on a bound that wants to go on outwards is held.
    fn free(&self, logs: &Vector<N>, gradient: &Vector<N>) -> [bool; N] {
        std::array::from_fn(|i| {
            let below = logs[i] <= self.lower[i].ln() && gradient[i] <= 0.0;
            let above = logs[i] >= self.upper[i].ln() && gradient[i] >= 0.0;
            !(below || above)
        })
    }

    fn gradient_norm(&self, state: &State<N>) -> f64 {
        let free = (0..N).filter(|i| state.free[*i]);
        free.map(|i| state.here.gradient[i].abs()).fold(0.0, f64::max) / self.observations
    }

    fn optimum(&self, state: &State<N>, iterations: u32, converged: bool) -> Optimum<N> {
        let curvature = information(&state.here, &state.free);
        let inside = state.free.iter().all(|free| *free);
        let covariance = if inside { cholesky(&curvature).map(|root| inverse(&root)) } else { None };
        Optimum {
            parameters: state.logs.map(f64::exp),
            value: state.here.value,
            gradient_norm: self.gradient_norm(state),
            iterations,
            converged,
            at_bound: state.free.map(|free| !free),
            covariance,
            condition_number: covariance.map(|inverse| norm_1(&curvature) * norm_1(&inverse)),
        }
    }
}

/// The negative Hessian of the free parameters; held ones get a row of the identity.
fn information<const N: usize>(here: &Evaluation<N>, free: &[bool; N]) -> Matrix<N> {
    let entry = |row: usize, column: usize| match (free[row] && free[column], row == column) {
        (true, _) => -here.hessian[row][column],
        (false, true) => 1.0,
        (false, false) => 0.0,
    };
    std::array::from_fn(|row| std::array::from_fn(|column| entry(row, column)))
}

/// The Newton direction, turned towards the gradient by as much damping as it takes to go uphill.
fn ascent<const N: usize>(here: &Evaluation<N>, free: &[bool; N]) -> Vector<N> {
    let gradient: Vector<N> = std::array::from_fn(|i| if free[i] { here.gradient[i] } else { 0.0 });
    let plain = information(here, free);
    let largest = (0..N).map(|i| plain[i][i].abs()).fold(f64::MIN_POSITIVE, f64::max);
    // Each parameter is damped on its own scale, or a flat one would hardly move beside a steep one.
    let scale: Vector<N> = std::array::from_fn(|i| plain[i][i].abs() + gradient[i].abs() + 1e-12 * largest);
    let mut damping = 0.0;
    let root = loop {
        let mut damped = plain;
        (0..N).for_each(|i| damped[i][i] += damping * scale[i]);
        // Enough damping lets the diagonal dominate, so this ends.
        if let Some(root) = cholesky(&damped) {
            break root;
        }
        damping = if damping == 0.0 { 1e-3 } else { 4.0 * damping };
    };
    let step = solve(&root, gradient);
    let longest = step.iter().map(|part| part.abs()).fold(0.0, f64::max);
    step.map(|part| part * (LONGEST_STEP / longest.max(LONGEST_STEP)))
}

#[cfg(test)]
pub(crate) mod tests;
