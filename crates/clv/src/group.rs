//! What groups of customers are worth, and how far that may be off, in one pass over the customers.
//!
//! Two kinds of error: customers do as they like, which mostly cancels in a group, and parameters are estimated, which moves all
//! customers in the same direction and does not. For the second a group keeps its value under the models next to the
//! fitted ones, so that the delta method needs the customers once only.

use std::collections::HashMap;

use crate::cell::Cell;
use crate::gamma_gamma::{GammaGamma, SpendError};
use crate::horizon::Ahead;
use crate::outlook::REMEMBERED;
use crate::parametric::Parametric;
use crate::purchases::Purchases;
use crate::summary::Summary;
use crate::uncertainty::Forecast;

/// A parameter is moved by this part of itself to see what a value does.
const NUDGE: f64 = 1e-4;

/// A fitted model and its neighbours: each parameter a little higher, and a little lower.
#[derive(Debug, Clone)]
pub struct Neighbours<M> {
    centre: M,
    sides: Vec<[M; 2]>,
    widths: Vec<f64>,
    covariance: Vec<Vec<f64>>,
}

impl<M: Copy> Neighbours<M> {
    /// Of a model with these parameters, its covariance as [`Fit`](crate::Fit) has it, and a way to make it from parameters. At
    /// the end of its range a parameter moves to one side only.
    pub fn new<const N: usize>(
        centre: M,
        parameters: [f64; N],
        covariance: &[Vec<f64>],
        make: impl Fn([f64; N]) -> Option<M>,
    ) -> Self {
        let side = |at: usize, factor: f64| {
            let mut moved = parameters;
            moved[at] *= factor;
            make(moved).map_or((centre, parameters[at]), |model| (model, moved[at]))
        };
        let pairs = (0..N).map(|at| (side(at, 1.0 + NUDGE), side(at, 1.0 - NUDGE)));
        let (sides, widths) = pairs.map(|((up, above), (down, below))| ([up, down], above - below)).unzip();
        Self { centre, sides, widths, covariance: covariance.to_vec() }
    }

    /// Of a model that is its parameters.
    pub fn of<const N: usize>(centre: M, covariance: &[Vec<f64>]) -> Self
    where
        M: Parametric<N>,
    {
        Self::new(centre, centre.vector(), covariance, |moved| M::from_vector(moved).ok())
    }

    /// The models: the fitted one, then two for each parameter.
    pub fn all(&self) -> impl Iterator<Item = &M> {
        std::iter::once(&self.centre).chain(self.sides.iter().flatten())
    }

    /// The variance, because the parameters are estimated, of what has these values under the models beside the fitted one.
    pub fn variance(&self, beside: &[f64]) -> f64 {
        let slopes: Vec<f64> =
            beside.chunks_exact(2).zip(&self.widths).map(|(pair, width)| (pair[0] - pair[1]) / width).collect();
        let seen = |row: &Vec<f64>| row.iter().zip(&slopes).map(|(covariance, slope)| covariance * slope).sum::<f64>();
        self.covariance.iter().zip(&slopes).map(|(row, slope)| slope * seen(row)).sum()
    }
}

/// Values customers by a model of purchases and one of spend, each with its neighbours.
#[derive(Debug)]
pub struct Valuer<M> {
    purchases: Neighbours<M>,
    spend: Neighbours<GammaGamma>,
    ahead: Ahead,
    known: HashMap<(u32, u64), Active>,
}

/// What is expected of an active customer of some frequency and age.
#[derive(Debug, Clone, PartialEq)]
struct Active {
    expected: f64,
    squared: f64,
    /// By the fitted model and those beside it.
    discounted: Vec<f64>,
}

/// A customer's value.
#[derive(Debug, Clone, PartialEq)]
pub struct Valued {
    /// Discounted purchases times the spend of each.
    pub mean: f64,
    /// Its variance by chance; infinite where the spend's is.
    pub chance: f64,
    /// Its value under the models of purchases beside the fitted one, and of spend.
    beside: [Vec<f64>; 2],
}

impl<M: Purchases + Copy> Valuer<M> {
    /// Of models until a horizon.
    pub fn new(purchases: Neighbours<M>, spend: Neighbours<GammaGamma>, ahead: Ahead) -> Self {
        Self { purchases, spend, ahead, known: HashMap::new() }
    }

    /// What a customer is worth; the mean is what [`ValueModel`](crate::ValueModel) says.
    ///
    /// # Errors
    /// Where the spend model has no finite answer or the spend is negative.
    pub fn value(&mut self, summary: &Summary) -> Result<Valued, SpendError> {
        let cell = Cell::from(summary);
        let (frequency, own) = (summary.frequency(), summary.mean_minor_per_repeat_day());
        let active = self.active(&cell).clone();
        let alive: Vec<f64> = self.purchases.all().map(|model| model.p_alive(&cell)).collect();
        let discounted: Vec<f64> =
            alive.iter().zip(&active.discounted).map(|(alive, while_alive)| alive * while_alive).collect();
        let spends: Result<Vec<f64>, SpendError> =
            self.spend.all().map(|model| model.expected_value(frequency, own)).collect();
        let spends = spends?;
        let beside_purchases = discounted[1..].iter().map(|discounted| discounted * spends[0]).collect();
        let beside_spend = spends[1..].iter().map(|spend| discounted[0] * spend).collect();
        let mean = discounted[0] * spends[0];
        let expected = alive[0] * active.expected;
        // Of the sum of X purchases of mean M, each of variance M^2 / p: E[S^2] = E[M^2] (E[X^2] + E[X] / p).
        let squared_spend = self.spend.centre.squared_mean(frequency, own);
        let squared = squared_spend * (alive[0] * active.squared + expected / self.spend.centre.p());
        let plain = (squared - (expected * spends[0]).powi(2)).max(0.0);
        // Each purchase is discounted by about as much as all of them.
        let chance = if expected > 0.0 { plain * (discounted[0] / expected).powi(2) } else { 0.0 };
        Ok(Valued { mean, chance, beside: [beside_purchases, beside_spend] })
    }

    fn active(&mut self, cell: &Cell) -> &Active {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let (purchases, ahead) = (&self.purchases, self.ahead);
        self.known.entry((cell.frequency(), cell.age().to_bits())).or_insert_with(|| Active {
            expected: purchases.centre.expected_while_alive(cell, ahead.length()),
            squared: purchases.centre.squared_while_alive(cell, ahead.length()),
            discounted: purchases.all().map(|model| model.discounted_while_alive(cell, ahead)).collect(),
        })
    }

    /// What a group is worth together.
    pub fn forecast(&self, group: &Group) -> Forecast {
        let parameters = self.purchases.variance(&group.beside[0]) + self.spend.variance(&group.beside[1]);
        Forecast { mean: group.mean, chance: group.chance, parameters }
    }
}

/// Customers whose values are added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    mean: f64,
    chance: f64,
    beside: [Vec<f64>; 2],
}

impl Group {
    /// Takes a customer in, of whose value this part counts (1: all of it; a part of it is margin).
    pub fn take(&mut self, valued: &Valued, part: f64) {
        self.mean += part * valued.mean;
        self.chance += part * part * valued.chance;
        for (sums, values) in self.beside.iter_mut().zip(&valued.beside) {
            sums.resize(values.len(), 0.0);
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += part * value);
        }
    }
}

#[cfg(test)]
mod tests;
