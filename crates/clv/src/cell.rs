//! Unique weighted cells: equal customers are one row with a weight, so a fit costs what the variety of
//! the base costs and not its size.

mod counter;

use crate::summary::Summary;
pub use counter::CellCounter;

/// The purchase history the BG/NBD model sees: (x, t_x, T), times in weeks.
///
/// Holds `0 <= recency <= age`, both finite, and `recency > 0` exactly when `frequency > 0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    frequency: u32,
    recency: f64,
    age: f64,
}

/// Why three numbers are no purchase history.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CellError {
    /// A time is negative, infinite or not a number.
    #[error("recency and age must be finite and not negative")]
    BadTime,
    /// The last purchase lies after the end of the period.
    #[error("recency must not exceed age")]
    RecencyBeyondAge,
    /// Repeats need time to happen in, and none leaves recency 0.
    #[error("recency must be positive exactly when the frequency is")]
    RecencyWithoutRepeat,
}

impl Cell {
    /// A customer at the first purchase: nothing has been seen yet.
    pub const NEW: Self = Self { frequency: 0, recency: 0.0, age: 0.0 };

    /// Checks and takes repeat days, weeks from first to last purchase and weeks observed.
    pub fn new(frequency: u32, recency: f64, age: f64) -> Result<Self, CellError> {
        if !(recency.is_finite() && age.is_finite() && recency >= 0.0 && age >= 0.0) {
            return Err(CellError::BadTime);
        }
        if recency > age {
            return Err(CellError::RecencyBeyondAge);
        }
        if (frequency > 0) != (recency > 0.0) {
            return Err(CellError::RecencyWithoutRepeat);
        }
        Ok(Self { frequency, recency, age })
    }

    /// Repeat days (x).
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// Weeks from the first to the last purchase (t_x).
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// Weeks from the first purchase to the end of the period (T).
    pub fn age(&self) -> f64 {
        self.age
    }
}

impl From<&Summary> for Cell {
    fn from(summary: &Summary) -> Self {
        Self { frequency: summary.frequency(), recency: summary.recency_weeks(), age: summary.age_weeks() }
    }
}

/// A history and how many customers share it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedCell {
    /// The shared history.
    pub cell: Cell,
    /// Customers with it; 0 has no effect.
    pub weight: u64,
}

/// Counts equal histories. The result is sorted, so it depends on the customers and not on their order.
pub fn compress(summaries: impl IntoIterator<Item = Summary>) -> Vec<WeightedCell> {
    let mut all: Vec<Summary> = summaries.into_iter().collect();
    all.sort_unstable_by_key(history_in_days);
    all.chunk_by(|left, right| history_in_days(left) == history_in_days(right))
        .map(|equal| WeightedCell { cell: Cell::from(&equal[0]), weight: equal.len() as u64 })
        .collect()
}

fn history_in_days(summary: &Summary) -> (u32, u32, u32) {
    (summary.frequency(), summary.recency_days(), summary.age_days())
}

/// Adds up the weights of equal histories, times compared to the last bit. The result is sorted, so it depends on
/// the customers and not on their order.
pub fn unique(cells: &[WeightedCell]) -> Vec<WeightedCell> {
    let mut counter = CellCounter::default();
    cells.iter().for_each(|one| counter.add(one.cell, one.weight));
    counter.into_cells()
}

/// By frequency first, as running sums over it need, then fully, so that sums do not depend on the given
/// order. Cells without customers are left out.
pub(crate) fn sorted(cells: &[WeightedCell]) -> Vec<WeightedCell> {
    let mut sorted: Vec<WeightedCell> = cells.iter().copied().filter(|cell| cell.weight > 0).collect();
    sorted.sort_unstable_by(|left, right| {
        let (l, r) = (&left.cell, &right.cell);
        (l.frequency().cmp(&r.frequency()))
            .then(l.recency().total_cmp(&r.recency()))
            .then(l.age().total_cmp(&r.age()))
            .then(left.weight.cmp(&right.weight))
    });
    sorted
}

/// Customers with at least one repeat.
pub(crate) fn repeaters(cells: &[WeightedCell]) -> u64 {
    cells.iter().filter(|cell| cell.cell.frequency() > 0).map(|cell| cell.weight).sum()
}

/// Weeks (or whatever unit) that a customer of the base takes for a repeat, on average.
pub(crate) fn pace(cells: &[WeightedCell]) -> f64 {
    let (repeats, time) = cells.iter().fold((0.0, 0.0), |(repeats, time), cell| {
        let weight = cell.weight as f64;
        (repeats + weight * f64::from(cell.cell.frequency()), time + weight * cell.cell.age())
    });
    time / repeats
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(days: &[i32]) -> Summary {
        Summary::from_purchases(days.iter().map(|day| (*day, 1)), 70).unwrap()
    }

    #[test]
    fn equal_histories_become_one_weighted_cell() {
        let cells = compress([summary(&[0, 7]), summary(&[0]), summary(&[0, 7])]);
        let expected = [
            WeightedCell { cell: Cell::new(0, 0.0, 10.0).unwrap(), weight: 1 },
            WeightedCell { cell: Cell::new(1, 1.0, 10.0).unwrap(), weight: 2 },
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn weights_of_equal_cells_add_up() {
        let cell = |x, recency, weight| WeightedCell { cell: Cell::new(x, recency, 9.0).unwrap(), weight };
        let all = [cell(1, 2.5, 3), cell(0, 0.0, 1), cell(1, 2.5, 4), cell(0, 0.0, 0)];
        assert_eq!(unique(&all), [cell(0, 0.0, 1), cell(1, 2.5, 7)]);
    }

    #[test]
    fn impossible_histories_are_refused() {
        assert_eq!(Cell::new(1, f64::NAN, 1.0), Err(CellError::BadTime));
        assert_eq!(Cell::new(0, 0.0, -1.0), Err(CellError::BadTime));
        assert_eq!(Cell::new(1, 2.0, 1.0), Err(CellError::RecencyBeyondAge));
        assert_eq!(Cell::new(1, 0.0, 1.0), Err(CellError::RecencyWithoutRepeat));
        assert_eq!(Cell::new(0, 1.0, 1.0), Err(CellError::RecencyWithoutRepeat));
    }
}
