//! Values of traits, and their kinds.

use tenure_kernel::Timestamp;

/// Of what kind a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    /// In one currency.
    Money(String),
    Duration,
    Time,
    Text,
    Truth,
}

impl Kind {
    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Number => "a number".to_owned(),
            Self::Money(currency) => format!("money in {currency}"),
            Self::Duration => "a duration".to_owned(),
            Self::Time => "a time".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Truth => "a truth".to_owned(),
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    /// Finite.
    Number(f64),
    /// Minor units, and their currency.
    Money(i64, String),
    /// Microseconds.
    Duration(i64),
    Time(Timestamp),
    Text(String),
    Truth(bool),
}

impl Datum {
    /// A whole number; exact up to 2^53.
    pub(crate) fn count(number: i64) -> Self {
        Self::Number(number as f64)
    }

    /// A number, if it is one: what is divided by zero is none.
    pub(crate) fn number(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Number(number))
    }
}
