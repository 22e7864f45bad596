//! How many of a cohort are left after each renewal.

/// Customers of a cohort at the start and after each of their renewals so far; parts of a customer are fine, as a table of
/// per cents has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Survivors {
    left: Vec<f64>,
}

/// Why numbers are no table of survivors.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SurvivorsError {
    /// A number is negative, infinite or not a number.
    #[error("survivors of period {period} must be a number that is not negative")]
    NotANumber {
        /// Where, from 0.
        period: usize,
    },
    /// Nobody comes back to a contract that ended.
    #[error("survivors of period {period} must not be more than in the period before")]
    Rises {
        /// Where, from 0.
        period: usize,
    },
    /// A table needs a start and a renewal.
    #[error("a table of survivors needs a start with customers and one renewal at least")]
    TooShort,
}

impl Survivors {
    /// Checks and takes a cohort: at the start, after the first renewal, and so on. Two numbers at least, the first
    /// positive, none above the one before.
    pub fn new(left: Vec<f64>) -> Result<Self, SurvivorsError> {
        if let Some(period) = left.iter().position(|number| !(number.is_finite() && *number >= 0.0)) {
            return Err(SurvivorsError::NotANumber { period });
        }
        if left.len() < 2 || left[0] <= 0.0 {
            return Err(SurvivorsError::TooShort);
        }
        match left.windows(2).position(|pair| pair[1] > pair[0]) {
            Some(before) => Err(SurvivorsError::Rises { period: before + 1 }),
            None => Ok(Self { left }),
        }
    }

    /// Customers at the start and after each renewal.
    pub fn left(&self) -> &[f64] {
        &self.left
    }

    /// Customers at the start.
    pub fn cohort(&self) -> f64 {
        self.left[0]
    }

    /// Renewals seen.
    pub fn renewals(&self) -> u32 {
        (self.left.len() - 1) as u32
    }

    /// (renewal from 1, customers who left at it).
    pub(super) fn lost(&self) -> impl Iterator<Item = (u32, f64)> {
        (1u32..).zip(self.left.windows(2).map(|pair| pair[0] - pair[1])).filter(|(_, lost)| *lost > 0.0)
    }

    /// Customers left at the end.
    pub(super) fn last(&self) -> f64 {
        self.left[self.left.len() - 1]
    }
}

/// The longest table, everybody at the start, and whether anybody left.
pub(super) fn totals(cohorts: &[Survivors]) -> (f64, bool) {
    let customers = cohorts.iter().map(Survivors::cohort).sum();
    (customers, cohorts.iter().any(|cohort| cohort.last() < cohort.cohort()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_tables_are_refused() {
        let refused = |left: &[f64]| Survivors::new(left.to_vec()).unwrap_err();
        assert_eq!(refused(&[100.0, f64::NAN]), SurvivorsError::NotANumber { period: 1 });
        assert_eq!(refused(&[100.0, 50.0, -1.0]), SurvivorsError::NotANumber { period: 2 });
        assert_eq!(refused(&[100.0, 50.0, 51.0]), SurvivorsError::Rises { period: 2 });
        assert_eq!(refused(&[100.0]), SurvivorsError::TooShort);
        assert_eq!(refused(&[0.0, 0.0]), SurvivorsError::TooShort);
    }
}
