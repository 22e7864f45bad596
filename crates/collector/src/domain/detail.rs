//! The detail of a touchpoint: what belongs to its type.

use tenure_kernel::{Reason, Timestamp, money};

use super::{
    catalogue::Group,
    findings::Findings,
    form,
    schema::{Named, Schemas},
};

/// The largest amount, in minor units.
pub const MOST_MINOR_UNITS: i64 = 1_000_000_000_000_000;
/// Lines of an order at most.
pub const MOST_LINES: usize = 200;

/// A moment as it came: seconds since 1970 and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub i64, pub i32);

impl Moment {
    /// The moment, if it is one from 1900 through 2199.
    #[must_use]
    pub fn at(self) -> Option<Timestamp> {
        Timestamp::from_parts(self.0, self.1)
    }
}

/// Money as it came.
#[derive(Debug, Clone, Copy)]
pub struct Money<'a> {
    /// The currency's code.
    pub currency: &'a str,
    /// Minor units.
    pub minor_units: i64,
}

/// A detail as it came.
#[derive(Debug, Clone)]
pub struct Detail<'a> {
    /// Which one it is.
    pub group: Group,
    /// Its fields; those that can't be wrong may be left out.
    pub fields: Vec<Field<'a>>,
    /// The document of a custom touchpoint.
    pub custom: Option<Custom<'a>>,
    /// What a promise is about, if it is one.
    pub promised: Option<Promised<'a>>,
}

/// What a promise says of when and how much.
#[derive(Debug, Clone, Copy)]
pub struct Promised<'a> {
    /// By when.
    pub due: Option<Moment>,
    /// Who led the customer to expect it, by its number on the wire.
    pub origin: i32,
    /// How much.
    pub quantity: Option<f64>,
    /// What that and the range count.
    pub unit: &'a str,
    /// The range that was agreed.
    pub range: (Option<f64>, Option<f64>),
}

/// A field of a detail.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'static str,
    /// The order line that it is in.
    pub line: Option<usize>,
    /// What it holds.
    pub value: Value<'a>,
}

/// What a field of a detail holds.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A code of the source.
    Code(&'a str),
    /// A reference of the source.
    Reference(&'a str),
    /// A language.
    Language(&'a str),
    /// A country.
    Country(&'a str),
    /// A moment.
    Time(Option<Moment>),
    /// Money that is a magnitude.
    Price(Option<Money<'a>>),
    /// Money that may be negative.
    Margin(Option<Money<'a>>),
    /// A number, zero or more.
    Count(i64),
    /// A number, one or more.
    Quantity(i64),
    /// A severity, 1 to 5; 0: unknown.
    Severity(i32),
    /// A sentiment, -100 to 100.
    Sentiment(Option<i32>),
    /// Lines of an order: how many.
    Lines(usize),
}

/// The document of a custom touchpoint.
#[derive(Debug, Clone, Copy)]
pub struct Custom<'a> {
    /// The schema's name.
    pub schema: &'a str,
    /// The schema's revision; 0: the newest.
    pub revision: i32,
    /// The document.
    pub json: &'a str,
}

/// Checks the fields of a detail.
pub(crate) fn check(detail: &Detail<'_>, schemas: &Schemas, found: &mut Findings) {
    let group = detail.group.field();
    for field in &detail.fields {
        match field.line {
            None => check_value(format_args!("{group}.{}", field.name), &field.value, found),
            Some(line) => check_value(format_args!("{group}.lines[{line}].{}", field.name), &field.value, found),
        }
    }
    if let Some(custom) = &detail.custom {
        check_custom(custom, schemas, found);
    }
    if let Some(promised) = &detail.promised {
        check_promised(promised, found);
    }
}

/// The last origin of a promise that is known.
const LAST_ORIGIN: i32 = 8;

fn check_promised(promised: &Promised<'_>, found: &mut Findings) {
    let numbers = [("quantity", promised.quantity), ("range_from", promised.range.0), ("range_to", promised.range.1)];
    for (name, number) in numbers.into_iter().filter_map(|(name, number)| Some((name, number?))) {
        if !(number.is_finite() && number >= 0.0) {
            found.add(format_args!("promise.{name}"), Reason::FieldOutOfRange, "must be finite, and 0 or more");
        }
    }
    let counted = numbers.iter().any(|(_, number)| number.is_some());
    match promised.unit {
        "" if counted => found.add(format_args!("promise.unit_code"), Reason::FieldRequired, "required"),
        "" | "second" | "minute" | "hour" | "day" | "count" => {}
        unit if money::is_currency(unit) => {}
        _ => found.add(
            format_args!("promise.unit_code"),
            Reason::FieldMalformed,
            "not second, minute, hour, day, count or an ISO 4217 code",
        ),
    }
    match promised.range {
        (Some(_), None) => found.add(format_args!("promise.range_to"), Reason::FieldRequired, "required"),
        (None, Some(_)) => found.add(format_args!("promise.range_from"), Reason::FieldRequired, "required"),
        (Some(from), Some(to)) if to < from => {
            found.add(format_args!("promise.range_to"), Reason::FieldOutOfRange, "below range_from");
        }
        _ => {}
    }
    if promised.quantity.is_some() && promised.due.is_some() {
        found.add(format_args!("promise.quantity"), Reason::FieldNotAllowed, "a promise is about when or how much");
    }
    if !(0..=LAST_ORIGIN).contains(&promised.origin) {
        found.add(format_args!("promise.origin"), Reason::FieldOutOfRange, "not a known origin");
    }
}

fn check_value(path: std::fmt::Arguments<'_>, value: &Value<'_>, found: &mut Findings) {
    match *value {
        Value::Code(text) => check_code(path, text, found),
        Value::Reference(text) => {
            found.reference(path, text);
        }
        Value::Language(text) if !text.is_empty() && !form::is_language(text) => {
            found.add(path, Reason::FieldMalformed, "not a BCP 47 tag");
        }
        Value::Country(text) if !text.is_empty() && !form::is_country(text) => {
            found.add(path, Reason::FieldMalformed, "not an ISO 3166-1 alpha-2 code");
        }
        Value::Time(Some(moment)) if moment.at().is_none() => {
            found.add(path, Reason::TimeInvalid, "not a time from 1900 through 2199");
        }
        Value::Price(Some(money)) => check_price(path, &money, found),
        Value::Margin(Some(money)) => check_money(path, &money, found),
        Value::Count(number) if number < 0 => found.add(path, Reason::FieldOutOfRange, "must be 0 or more"),
        Value::Quantity(number) if number < 1 => found.add(path, Reason::FieldOutOfRange, "must be 1 or more"),
        Value::Severity(number) if !(0..=5).contains(&number) => {
            found.add(path, Reason::FieldOutOfRange, "must be 0 to 5");
        }
        Value::Sentiment(Some(number)) if !(-100..=100).contains(&number) => {
            found.add(path, Reason::FieldOutOfRange, "must be -100 to 100");
        }
        Value::Lines(count) => found.too_many(path, count, MOST_LINES),
        _ => {}
    }
}

/// Checks a code of the source.
pub(crate) fn check_code(path: std::fmt::Arguments<'_>, text: &str, found: &mut Findings) {
    if !found.too_long(path, text, 64) && !form::is_code(text) {
        found.add(path, Reason::FieldMalformed, "takes letters, digits, '.', '-', '_', ':' and '/'");
    } else {
        found.impersonal(path, text);
    }
}

/// Checks money that is a magnitude.
pub(crate) fn check_price(path: std::fmt::Arguments<'_>, money: &Money<'_>, found: &mut Findings) {
    check_money(path, money, found);
    if money.minor_units < 0 {
        found.add(
            format_args!("{path}.minor_units"),
            Reason::AmountNegative,
            "must be 0 or more; the type says the direction",
        );
    }
}

fn check_money(path: std::fmt::Arguments<'_>, money: &Money<'_>, found: &mut Findings) {
    if !money::is_currency(money.currency) {
        found.add(format_args!("{path}.currency_code"), Reason::CurrencyInvalid, "not an ISO 4217 code");
    }
    if money.minor_units.unsigned_abs() > MOST_MINOR_UNITS.unsigned_abs() {
        found.add(format_args!("{path}.minor_units"), Reason::FieldOutOfRange, "at most 10^15 are allowed");
    }
}

fn check_custom(custom: &Custom<'_>, schemas: &Schemas, found: &mut Findings) {
    let too_long = found.too_long(format_args!("custom.json"), custom.json, 16 * 1024);
    match schemas.find(custom.schema, custom.revision) {
        Named::Unknown => {
            found.add(format_args!("custom.schema_name"), Reason::SchemaUnknown, "no such schema is registered");
        }
        Named::Unusable => {
            found.add(
                format_args!("custom.schema_name"),
                Reason::SchemaInvalid,
                "the registered schema can't be used; register it anew",
            );
        }
        Named::Ready(_) if too_long => {}
        Named::Ready(schema) => {
            for description in schema.broken_by(custom.json) {
                found.add(format_args!("custom.json"), Reason::SchemaViolated, description);
            }
        }
    }
}
