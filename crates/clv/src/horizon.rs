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

/// How far ahead to look and how fast later purchases lose worth, both in the unit of time of the model's
/// cells, be it weeks or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    length: f64,
    force: f64,
}

/// After so many mean lifetimes of money nothing counts any more.
const FOREVER: f64 = 45.0;

/// A number outside its range.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum HorizonError {
    /// The horizon is not from 0 to [`LONGEST_HORIZON_WEEKS`].
    #[error("a horizon must be from 0 to {LONGEST_HORIZON_WEEKS} weeks")]
    Horizon,
    /// The rate is not from 0 to 1 a year.
    #[error("a yearly discount rate must be from 0 to 1")]
    DiscountRate,
    /// A length or a force of discount is negative, infinite or not a number.
    #[error("a time ahead and a force of discount must be finite and not negative")]
    Ahead,
    /// What never loses worth adds up to no finite sum.
    #[error("without a discount there is no end to look ahead to")]
    Endless,
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

impl Ahead {
    /// So many units of time, worth `e^(-force t)` after `t` of them.
    pub fn new(length: f64, force: f64) -> Result<Self, HorizonError> {
        let fine = |number: f64| number.is_finite() && number >= 0.0;
        if fine(length) && fine(force) { Ok(Self { length, force }) } else { Err(HorizonError::Ahead) }
    }

    /// So many units of time in which nothing loses worth, the number being known to be one.
    pub(crate) fn plain(length: f64) -> Self {
        Self { length, force: 0.0 }
    }

    /// As far as it matters at this force of discount, which must be positive.
    pub fn forever(force: f64) -> Result<Self, HorizonError> {
        if force > 0.0 { Self::new(FOREVER / force, force) } else { Err(HorizonError::Endless) }
    }

    /// Units of time ahead.
    pub fn length(self) -> f64 {
        self.length
    }

    /// The continuous force of discount for a unit of time.
    pub fn force(self) -> f64 {
        self.force
    }
}

/// In weeks.
impl From<(Horizon, DiscountRate)> for Ahead {
    fn from((horizon, discount): (Horizon, DiscountRate)) -> Self {
        Self { length: horizon.weeks(), force: discount.weekly_force() }
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
    fn no_way_to_look_is_left_to_chance() {
        for (length, force) in [(-1.0, 0.0), (f64::INFINITY, 0.1), (1.0, f64::NAN), (1.0, -0.1)] {
            assert_eq!(Ahead::new(length, force), Err(HorizonError::Ahead));
        }
        assert_eq!(Ahead::forever(0.0), Err(HorizonError::Endless));
        assert_eq!(Ahead::forever(0.5).unwrap().length(), 90.0);
    }

    #[test]
    fn a_year_of_the_weekly_force_is_the_annual_rate() {
        let rate = DiscountRate::from_annual(0.15).unwrap();
        assert!(((rate.weekly_force() * WEEKS_PER_YEAR).exp() - 1.15).abs() < 1e-14);
    }
}
