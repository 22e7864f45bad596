//! All at once more than chance would bring.

use super::{
    discovery,
    tail::{Forecast, float},
};

/// What an event may happen to, before and now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    /// How many there were before.
    pub(crate) base_count: u64,
    /// Among how much before.
    pub(crate) base_exposure: f64,
    /// How many there are now.
    pub(crate) count: u64,
    /// Among how much now.
    pub(crate) exposure: f64,
}

/// When more is an alert, under a version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    pub(crate) version: &'static str,
    /// The share of alerts that may be chance.
    pub(crate) level: f64,
    /// The fewest that are worth an alert.
    pub(crate) least_count: u64,
    /// How many times as many as expected.
    pub(crate) least_ratio: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { version: "v1", level: 0.05, least_count: 5, least_ratio: 1.5 }
    }
}

/// How surprising a cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Surprise {
    /// How many were expected.
    pub(crate) expected: f64,
    /// How many times as many came.
    pub(crate) ratio: f64,
    /// The chance of so many or more.
    pub(crate) chance: f64,
    /// Whether it is an alert.
    pub(crate) alert: bool,
}

impl Cell {
    /// What the past leads to expect: with half an event more than there was, so that none so far does not mean never. None without
    /// a past.
    fn forecast(&self) -> Option<Forecast> {
        let forecast =
            Forecast { shape: float(self.base_count) + 0.5, seen: self.base_exposure, exposure: self.exposure };
        (self.base_exposure > 0.0).then_some(forecast)
    }

    /// How many are expected now; none without a past.
    pub(crate) fn expected(&self) -> Option<f64> {
        self.forecast().map(|forecast| forecast.mean())
    }
}

/// Looks at all cells of one moment together, since among many some are surprising by chance. Of a cell without a past nothing
/// can be said.
pub(crate) fn surprises(cells: &[Cell], limits: &Limits) -> Vec<Option<Surprise>> {
    let chance = |cell: &Cell| cell.forecast().map(|forecast| forecast.tail(cell.count));
    let chances: Vec<Option<f64>> = cells.iter().map(chance).collect();
    let told: Vec<f64> = chances.iter().flatten().copied().collect();
    let mut found = discovery::found(&told, limits.level).into_iter();
    let judged = cells.iter().zip(chances).map(|(cell, chance)| {
        let (chance, expected) = (chance?, cell.expected()?);
        let found = found.next().unwrap_or_default();
        let ratio = if expected > 0.0 { float(cell.count) / expected } else { 0.0 };
        let alert = found && cell.count >= limits.least_count && ratio >= limits.least_ratio;
        Some(Surprise { expected, ratio, chance, alert })
    });
    judged.collect()
}
