//! How far ahead to look, and what later money is worth today.

/// Mean weeks in a year of 365.25 days.
pub const WEEKS_PER_YEAR: f64 = 365.25 / 7.0;

/// The longest horizon in weeks: fifty years, further than any customer-base model means anything.
pub const LONGEST_HORIZON_WEEKS: f64 = 2_600.0;

/// Weeks ahead, from 0 to [`LONGEST_HORIZON_WEEKS`].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Horizon(f64);

/// A yearly discount rate, from 0 to 1 (0.1 is ten per cent), compounded continuously at the equivalent
/// weekly force.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct DiscountRate(f64);

/// A number outside its range.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum HorizonError {
    /// The horizon is not from 0 to [`LONGEST_HORIZON_WEEKS`].
    #[error("a horizon must be from 0 to {LONGEST_HORIZON_WEEKS} weeks")]
    Horizon,
    /// The rate is not from 0 to 1 a year.
    #[error("a yearly discount rate must be from 0 to 1")]
    DiscountRate,
}

impl Horizon {
    /// A horizon of so many weeks.
    pub fn from_weeks(weeks: f64) -> Result<Self, HorizonError> {
        if (0.0..=LONGEST_HORIZON_WEEKS).contains(&weeks) { Ok(Self(weeks)) } else { Err(HorizonError::Horizon) }
    }

    /// The horizon in weeks.
    pub fn weeks(self) -> f64 {
        self.0
    }
}

impl DiscountRate {
    /// No discount: later money counts in full.
    pub const ZERO: Self = Self(0.0);

    /// A rate a year.
    pub fn from_annual(rate: f64) -> Result<Self, HorizonError> {
        if (0.0..=1.0).contains(&rate) { Ok(Self(rate)) } else { Err(HorizonError::DiscountRate) }
    }

    /// The rate a year.
    pub fn annual(self) -> f64 {
        self.0
    }

    /// The continuous force a week: ln(1 + annual) / [`WEEKS_PER_YEAR`].
    pub fn weekly_force(self) -> f64 {
        self.0.ln_1p() / WEEKS_PER_YEAR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_refused() {
        for weeks in [-1.0, f64::NAN, f64::INFINITY, LONGEST_HORIZON_WEEKS + 1.0] {
            assert_eq!(Horizon::from_weeks(weeks), Err(HorizonError::Horizon));
        }
        for rate in [-0.1, f64::NAN, 1.5] {
            assert_eq!(DiscountRate::from_annual(rate), Err(HorizonError::DiscountRate));
        }
    }

    #[test]
    fn a_year_of_the_weekly_force_is_the_annual_rate() {
        let rate = DiscountRate::from_annual(0.15).unwrap();
        assert!(((rate.weekly_force() * WEEKS_PER_YEAR).exp() - 1.15).abs() < 1e-14);
    }
}
