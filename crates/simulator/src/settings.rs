//! What to simulate.

use thiserror::Error;

use crate::{identifiers::MAX_CUSTOMERS, purchases::PurchaseModel};

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;
/// Seconds in a week.
pub(crate) const WEEK: i64 = 7 * DAY;
/// The shortest time worth simulating, in days.
const SHORTEST: i32 = 28;
/// The last day that fits the contract, 2199-12-31.
const LAST_DAY: i32 = 84_005;

/// What to simulate. The same settings give the same bytes, on every machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How many people, 1 to 10 million.
    pub customers: u32,
    /// Where the randomness starts.
    pub seed: u64,
    /// The first day, in days since 1970-01-01 UTC; 0 or more.
    pub start_day: i32,
    /// The day after the last, at least 28 after the first, before the year 2200. Nothing happens at or after its midnight.
    pub end_day: i32,
    /// How they buy.
    pub model: PurchaseModel,
    /// Whether what is about an order names its product line, one of [`LINES`](crate::LINES).
    pub lines: bool,
}

impl Default for Settings {
    /// A thousand customers in the years 2023 and 2024.
    fn default() -> Self {
        Self {
            customers: 1_000,
            seed: 1,
            start_day: 19_358,
            end_day: 20_089,
            model: PurchaseModel::default(),
            lines: false,
        }
    }
}

/// Why settings can't be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// No customers, or too many.
    #[error("customers must be 1 to {MAX_CUSTOMERS}")]
    Customers,
    /// The days are too few, or lie before 1970 or after 2199.
    #[error("start_day must be 0 or more, end_day at least {SHORTEST} days later and at most {LAST_DAY}")]
    Days,
    /// A parameter of the purchase model is not a number above 0.
    #[error("every parameter of the purchase model must be a number above 0")]
    Model,
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        if !(1..=MAX_CUSTOMERS).contains(&self.customers) {
            return Err(SettingsError::Customers);
        }
        if self.start_day < 0 || self.end_day > LAST_DAY || self.end_day - self.start_day < SHORTEST {
            return Err(SettingsError::Days);
        }
        if self.model.is_valid() { Ok(()) } else { Err(SettingsError::Model) }
    }

    /// The first second.
    pub(crate) fn start(&self) -> i64 {
        i64::from(self.start_day) * DAY
    }

    /// The second after the last.
    pub(crate) fn end(&self) -> i64 {
        i64::from(self.end_day) * DAY
    }

    /// The calendar year of the first day.
    pub(crate) fn start_year(&self) -> i64 {
        1970 + i64::from(self.start_day) * 10_000 / 3_652_425
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, SettingsError};
    use crate::PurchaseModel;

    #[test]
    fn defaults_are_valid_and_start_in_2023() {
        assert_eq!(Settings::default().check(), Ok(()));
        assert_eq!(Settings::default().start_year(), 2023);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let of = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check()
        };
        assert_eq!(of(|s| s.customers = 0), Err(SettingsError::Customers));
        assert_eq!(of(|s| s.customers = 10_000_001), Err(SettingsError::Customers));
        assert_eq!(of(|s| s.end_day = s.start_day + 27), Err(SettingsError::Days));
        assert_eq!(of(|s| s.start_day = -1), Err(SettingsError::Days));
        assert_eq!(of(|s| s.start_day = i32::MIN), Err(SettingsError::Days));
        assert_eq!(of(|s| s.end_day = i32::MAX), Err(SettingsError::Days));
        assert_eq!(of(|s| s.model.a = 0.0), Err(SettingsError::Model));
        assert_eq!(of(|s| s.model = PurchaseModel { r: f64::NAN, ..s.model }), Err(SettingsError::Model));
    }
}
