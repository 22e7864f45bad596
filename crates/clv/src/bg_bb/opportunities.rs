//! What a customer did with their opportunities.

/// At how many of how many opportunities a customer bought, and at which one last.
///
/// Holds `frequency <= recency <= periods`, and `recency > 0` exactly when `frequency > 0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opportunities {
    frequency: u32,
    recency: u32,
    periods: u32,
}

/// The most periods that a history may have.
const MOST_PERIODS: u32 = 10_000;

/// Why three numbers are no history of opportunities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpportunitiesError {
    /// The last purchase lies after the last opportunity.
    #[error("recency must not exceed the number of periods")]
    RecencyBeyondPeriods,
    /// There is one purchase at most for each opportunity up to the last purchase.
    #[error("frequency must not exceed recency")]
    FrequencyBeyondRecency,
    /// No purchase leaves recency 0.
    #[error("recency must be positive exactly when the frequency is")]
    RecencyWithoutPurchase,
    /// The likelihood adds up over periods, so there is a limit.
    #[error("at most {MOST_PERIODS} periods")]
    TooManyPeriods,
}

impl Opportunities {
    /// Checks and takes purchases, the number of the opportunity of the last one (from 1; 0 without any), and
    /// opportunities.
    pub fn new(frequency: u32, recency: u32, periods: u32) -> Result<Self, OpportunitiesError> {
        if periods > MOST_PERIODS {
            return Err(OpportunitiesError::TooManyPeriods);
        }
        if recency > periods {
            return Err(OpportunitiesError::RecencyBeyondPeriods);
        }
        if (frequency > 0) != (recency > 0) {
            return Err(OpportunitiesError::RecencyWithoutPurchase);
        }
        if frequency > recency {
            return Err(OpportunitiesError::FrequencyBeyondRecency);
        }
        Ok(Self { frequency, recency, periods })
    }

    /// Opportunities at which the customer bought (x).
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// The opportunity of the last purchase (t_x).
    pub fn recency(&self) -> u32 {
        self.recency
    }

    /// Opportunities so far (n).
    pub fn periods(&self) -> u32 {
        self.periods
    }
}

/// A history and how many customers share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightedOpportunities {
    /// The shared history.
    pub history: Opportunities,
    /// Customers with it; 0 has no effect.
    pub weight: u64,
}

/// A fixed order, equal histories together, so that sums depend neither on the given order nor on the grouping.
pub(super) fn sorted(cells: &[WeightedOpportunities]) -> Vec<WeightedOpportunities> {
    let mut sorted: Vec<WeightedOpportunities> = cells.iter().copied().filter(|cell| cell.weight > 0).collect();
    sorted.sort_unstable_by_key(|cell| cell.history);
    sorted
        .chunk_by(|left, right| left.history == right.history)
        .map(|equal| WeightedOpportunities { weight: equal.iter().map(|cell| cell.weight).sum(), ..equal[0] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_histories_are_refused() {
        assert_eq!(Opportunities::new(1, 7, 6), Err(OpportunitiesError::RecencyBeyondPeriods));
        assert_eq!(Opportunities::new(0, 1, 6), Err(OpportunitiesError::RecencyWithoutPurchase));
        assert_eq!(Opportunities::new(1, 0, 6), Err(OpportunitiesError::RecencyWithoutPurchase));
        assert_eq!(Opportunities::new(3, 2, 6), Err(OpportunitiesError::FrequencyBeyondRecency));
        assert_eq!(Opportunities::new(0, 0, MOST_PERIODS + 1), Err(OpportunitiesError::TooManyPeriods));
    }
}
