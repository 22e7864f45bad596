//! What is known from a provider, once it is believed.

use tenure_kernel::Timestamp;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text of up to 256 characters.
    Text,
    /// A code.
    Code,
    /// A whole number.
    Integer,
    /// A finite number.
    Decimal,
    /// True or false.
    Truth,
    /// A day.
    Date,
}

/// A value as a provider says it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text or a code.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Decimal(f64),
    /// True or false.
    Truth(bool),
    /// A day, "YYYY-MM-DD".
    Date(String),
}

/// How a provider came to a value, the least convincing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A model thinks so.
    Model,
    /// It is true of the area or group.
    AreaStatistic,
    /// It follows from the inputs.
    Derived,
    /// It stands so in a register.
    Exact,
    /// Whom it concerns declared it.
    Declared,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Model, Self::AreaStatistic, Self::Derived, Self::Exact, Self::Declared];

    /// Its number in the contract.
    #[must_use]
    pub fn number(self) -> i32 {
        match self {
            Self::Declared => 1,
            Self::Exact => 2,
            Self::Derived => 3,
            Self::AreaStatistic => 4,
            Self::Model => 5,
        }
    }

    /// The one of a number in the contract.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.number() == number)
    }
}

/// How likely a value is right, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confidence(u32);

impl Confidence {
    /// Certainty.
    pub const CERTAIN: Self = Self(1_000_000);

    /// Of a number from 0 to 1; `None` of any other, such as one that is not a number.
    #[must_use]
    pub fn of(number: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to a million")]
        (0.0..=1.0).contains(&number).then(|| Self((number * 1e6).round() as u32))
    }

    /// Of millionths; more than a million are certainty.
    #[must_use]
    pub fn from_millionths(millionths: u32) -> Self {
        Self(millionths.min(1_000_000))
    }

    /// In millionths.
    #[must_use]
    pub fn millionths(self) -> u32 {
        self.0
    }
}

/// What a provider says of a path, not checked yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The path.
    pub path: String,
    /// The value, if it is one at all.
    pub value: Option<Value>,
    /// When it was so observed.
    pub observed_at: Option<Timestamp>,
    /// Since when it holds.
    pub valid_from: Option<Timestamp>,
    /// When it ceases to hold.
    pub valid_to: Option<Timestamp>,
    /// When to ask anew.
    pub expires_at: Option<Timestamp>,
    /// Whether one of the times is none.
    pub bad_time: bool,
    /// Who says so; empty: the provider.
    pub provider: String,
    /// Its version; empty: the descriptor's.
    pub provider_version: String,
    /// The version of the data behind it.
    pub dataset_version: String,
    /// How likely it is right.
    pub confidence: f64,
    /// How it came about, if it is said.
    pub method: Option<Method>,
    /// Under which licence the data may be used.
    pub licence: String,
    /// Where it can be looked up.
    pub evidence_ref: String,
}

impl Said {
    /// That something is certain, and follows from the inputs.
    #[must_use]
    pub fn derived(path: &str, value: Value) -> Self {
        Self {
            path: path.to_owned(),
            value: Some(value),
            observed_at: None,
            valid_from: None,
            valid_to: None,
            expires_at: None,
            bad_time: false,
            provider: String::new(),
            provider_version: String::new(),
            dataset_version: String::new(),
            confidence: 1.0,
            method: Some(Method::Derived),
            licence: String::new(),
            evidence_ref: String::new(),
        }
    }

    /// A code.
    #[must_use]
    pub fn code(path: &str, code: &str) -> Self {
        Self::derived(path, Value::Text(code.to_owned()))
    }

    /// The same from a data set.
    #[must_use]
    pub fn from_data(self, method: Method, (dataset, licence): (&str, &str), evidence: &str) -> Self {
        Self {
            method: Some(method),
            dataset_version: dataset.to_owned(),
            licence: licence.to_owned(),
            evidence_ref: evidence.to_owned(),
            ..self
        }
    }
}

/// What a provider says of a path, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The path, one of the declared outputs.
    pub path: String,
    /// The value, as text.
    pub value: String,
    /// When it was so observed.
    pub observed_at: Timestamp,
    /// Since when it holds, if it is said.
    pub valid_from: Option<Timestamp>,
    /// When it ceases to hold, if it is said.
    pub valid_to: Option<Timestamp>,
    /// When to ask anew; never after it ceases to hold.
    pub expires_at: Timestamp,
    /// The version of the data behind it.
    pub dataset_version: String,
    /// How likely it is right.
    pub confidence: Confidence,
    /// How it came about.
    pub method: Method,
    /// Under which licence the data may be used.
    pub licence: String,
    /// Where it can be looked up.
    pub evidence_ref: String,
}
