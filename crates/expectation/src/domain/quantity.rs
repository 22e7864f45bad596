//! Quantities with a unit: how long, how many, how much.

use tenure_kernel::money;

/// What a quantity counts. Units of time convert into each other, the others only into themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    /// Things, such as transfers.
    Count,
    /// Major units of the currency with this ISO 4217 code.
    Money([u8; 3]),
}

impl Unit {
    /// The unit of a code: a unit of time, "count", or a currency.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "second" => Self::Second,
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "count" => Self::Count,
            _ => Self::Money(code.as_bytes().try_into().ok().filter(|_| money::is_currency(code))?),
        })
    }

    /// How long one of it is, if it is a unit of time.
    pub(crate) fn seconds(self) -> Option<f64> {
        match self {
            Self::Second => Some(1.0),
            Self::Minute => Some(60.0),
            Self::Hour => Some(3_600.0),
            Self::Day => Some(86_400.0),
            Self::Count | Self::Money(_) => None,
        }
    }
}

/// A number that is no quantity: negative or not finite, or money in no known currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a finite quantity of zero or more")]
pub(crate) struct NotAQuantity;

/// A finite number of zero or more, and its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantity {
    value: f64,
    unit: Unit,
}

impl Quantity {
    pub(crate) fn new(value: f64, unit: Unit) -> Result<Self, NotAQuantity> {
        (value.is_finite() && value >= 0.0).then_some(Self { value, unit }).ok_or(NotAQuantity)
    }

    /// An amount in minor units, such as cents.
    pub(crate) fn money(minor: i64, currency: &str) -> Result<Self, NotAQuantity> {
        let decimals = money::decimals(currency).ok_or(NotAQuantity)?;
        let code = currency.as_bytes().try_into().map_err(|_| NotAQuantity)?;
        #[expect(clippy::cast_precision_loss, reason = "amounts past 2^53 minor units are felt all the same")]
        let value = minor as f64 / f64::from(10_u32.pow(decimals));
        Self::new(value, Unit::Money(code))
    }

    pub(crate) fn value(self) -> f64 {
        self.value
    }

    pub(crate) fn unit(self) -> Unit {
        self.unit
    }

    /// The number in another unit; none if the two have nothing in common.
    pub(crate) fn in_unit(self, unit: Unit) -> Option<f64> {
        if self.unit == unit {
            return Some(self.value);
        }
        Some(self.value * self.unit.seconds()? / unit.seconds()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_quantity() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1] {
            assert_eq!(Quantity::new(value, Unit::Hour), Err(NotAQuantity), "{value}");
        }
        assert_eq!(Quantity::money(-1, "EUR"), Err(NotAQuantity));
        assert_eq!(Quantity::money(1, "EURO"), Err(NotAQuantity));
        assert_eq!(Quantity::new(0.0, Unit::Count).map(Quantity::value), Ok(0.0));
    }

    #[test]
    fn converts_time_and_nothing_else() {
        let two_days = Quantity::new(48.0, Unit::Hour).unwrap();
        assert_eq!(two_days.in_unit(Unit::Day), Some(2.0));
        assert_eq!(two_days.in_unit(Unit::Count), None);
        let amount = Quantity::money(95_000, "EUR").unwrap();
        assert_eq!((amount.in_unit(Unit::Money(*b"EUR")), amount.in_unit(Unit::Money(*b"USD"))), (Some(950.0), None));
        assert_eq!(amount.in_unit(Unit::Minute), None);
        assert_eq!(Quantity::money(950, "JPY").map(Quantity::value), Ok(950.0));
    }
}
