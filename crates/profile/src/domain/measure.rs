//! Measures: what of a touchpoint traits may be about, besides its type and time.

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount {
    /// ISO 4217.
    pub(crate) currency: String,
    pub(crate) minor_units: i64,
}

/// What a touchpoint says that can be counted, summed or told apart. Nothing of it is personal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Measures {
    /// The channel's number.
    pub(crate) channel: i32,
    /// Ascending, each once.
    pub(crate) products: Vec<String>,
    /// Empty: none.
    pub(crate) line: String,
    pub(crate) amount: Option<Amount>,
    /// How long it was handled, in seconds; not zero.
    pub(crate) handled: Option<i64>,
    /// How long the customer waited, in seconds; not zero.
    pub(crate) waited: Option<i64>,
}
