//! What an expression comes to.

use std::{cmp::Ordering, collections::BTreeMap};

use tenure_kernel::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Expression, Node, Operator, Part};
use crate::domain::datum::Datum;

/// What an expression is worked out from.
pub(crate) struct Scope<'a> {
    pub(crate) now: Timestamp,
    /// The traits that have a value.
    pub(crate) traits: &'a BTreeMap<&'a str, Datum>,
    /// Fields that are not personal, by path.
    pub(crate) fields: &'a BTreeMap<&'a str, &'a str>,
}

impl Expression {
    /// The value; `None` where something that it needs has none.
    pub(crate) fn value(&self, scope: &Scope<'_>) -> Option<Datum> {
        scope.value(&self.root)
    }
}

impl Scope<'_> {
    pub(super) fn value(&self, node: &Node) -> Option<Datum> {
        match &node.part {
            Part::Literal(datum) => Some(datum.clone()),
            Part::Now => Some(Datum::Time(self.now)),
            Part::Trait(name) => self.traits.get(name.as_str()).cloned(),
            Part::Field(path) => self.fields.get(path.as_str()).map(|value| Datum::Text((*value).to_owned())),
            Part::CountFields(pattern, value) => Some(self.count(pattern, value.as_deref())),
            Part::Not(inner) => self.truth(inner).map(|truth| Datum::Truth(!truth)),
            Part::Negate(inner) => negated(self.value(inner)?),
            Part::Binary(Operator::And, one, other) => self.either(false, one, other),
            Part::Binary(Operator::Or, one, other) => self.either(true, one, other),
            Part::Binary(operator, one, other) => binary(*operator, &self.value(one)?, &self.value(other)?),
            Part::If(condition, one, other) => {
                let chosen = if self.truth(condition)? { one } else { other };
                self.value(chosen)
            }
            Part::Otherwise(one, other) => self.value(one).or_else(|| self.value(other)),
            Part::Exists(inner) => Some(Datum::Truth(self.value(inner).is_some())),
            Part::Since(inner) => match self.value(inner)? {
                // What has not happened yet is no time ago.
                Datum::Time(at) => Some(Datum::Duration(self.now.0.saturating_sub(at.0).max(0))),
                _ => None,
            },
            Part::ToNumber(inner) => self.text(inner)?.parse().ok().and_then(Datum::number),
            Part::ToTime(inner) => time(&self.text(inner)?),
        }
    }

    fn truth(&self, node: &Node) -> Option<bool> {
        match self.value(node)? {
            Datum::Truth(truth) => Some(truth),
            _ => None,
        }
    }

    fn text(&self, node: &Node) -> Option<String> {
        match self.value(node)? {
            Datum::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Decided by a side that is so, whatever the other one is; else both must be known.
    fn either(&self, decides: bool, one: &Node, other: &Node) -> Option<Datum> {
        match (self.truth(one), self.truth(other)) {
            (Some(truth), _) | (_, Some(truth)) if truth == decides => Some(Datum::Truth(decides)),
            (Some(_), Some(_)) => Some(Datum::Truth(!decides)),
            _ => None,
        }
    }

    fn count(&self, pattern: &str, wanted: Option<&str>) -> Datum {
        let root = pattern.split(['.', '*']).next().unwrap_or_default();
        let from = self.fields.range(root..).take_while(|(path, _)| path.starts_with(root));
        let found = from.filter(|(path, value)| fits(path, pattern) && wanted.is_none_or(|wanted| **value == wanted));
        Datum::count(i64::try_from(found.count()).unwrap_or(i64::MAX))
    }
}

/// Whether a path is of a pattern, in which a "*" between points stands for any one part.
fn fits(path: &str, pattern: &str) -> bool {
    let (mut parts, mut wanted) = (path.split('.'), pattern.split('.'));
    loop {
        match (parts.next(), wanted.next()) {
            (None, None) => return true,
            (Some(part), Some(wanted)) if wanted == "*" || wanted == part => {}
            _ => return false,
        }
    }
}

/// A moment from its RFC 3339 text.
fn time(text: &str) -> Option<Datum> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos();
    moment(i64::try_from(at.div_euclid(1_000)).ok())
}

fn moment(micros: Option<i64>) -> Option<Datum> {
    let at = Timestamp(micros?);
    (Timestamp::MIN <= at && at < Timestamp::MAX).then_some(Datum::Time(at))
}

fn negated(datum: Datum) -> Option<Datum> {
    match datum {
        Datum::Number(number) => Some(Datum::Number(-number)),
        Datum::Money(minor, currency) => Some(Datum::Money(minor.checked_neg()?, currency)),
        Datum::Duration(micros) => micros.checked_neg().map(Datum::Duration),
        _ => None,
    }
}

/// A whole number of a product or quotient, if it can be told.
fn whole(number: f64) -> Option<i64> {
    let number = number.round();
    (number.abs() < 9.2e18).then_some(number as i64)
}

fn binary(operator: Operator, one: &Datum, other: &Datum) -> Option<Datum> {
    match operator {
        Operator::Add => add(one, other),
        Operator::Subtract => subtract(one, other),
        Operator::Multiply => multiply(one, other),
        Operator::Divide => divide(one, other),
        Operator::Equal => Some(Datum::Truth(one == other)),
        Operator::Unequal => Some(Datum::Truth(one != other)),
        Operator::Less => compared(one, other, Ordering::is_lt),
        Operator::LessOrEqual => compared(one, other, Ordering::is_le),
        Operator::Greater => compared(one, other, Ordering::is_gt),
        Operator::GreaterOrEqual => compared(one, other, Ordering::is_ge),
        Operator::And | Operator::Or => None,
    }
}

fn compared(one: &Datum, other: &Datum, holds: fn(Ordering) -> bool) -> Option<Datum> {
    let order = match (one, other) {
        (Datum::Number(one), Datum::Number(other)) => one.partial_cmp(other)?,
        (Datum::Money(one, _), Datum::Money(other, _)) | (Datum::Duration(one), Datum::Duration(other)) => {
            one.cmp(other)
        }
        (Datum::Time(one), Datum::Time(other)) => one.cmp(other),
        _ => return None,
    };
    Some(Datum::Truth(holds(order)))
}

fn add(one: &Datum, other: &Datum) -> Option<Datum> {
    match (one, other) {
        (Datum::Number(one), Datum::Number(other)) => Datum::number(one + other),
        (Datum::Money(one, currency), Datum::Money(other, _)) => {
            Some(Datum::Money(one.checked_add(*other)?, currency.clone()))
        }
        (Datum::Duration(one), Datum::Duration(other)) => one.checked_add(*other).map(Datum::Duration),
        (Datum::Time(at), Datum::Duration(micros)) | (Datum::Duration(micros), Datum::Time(at)) => {
            moment(at.0.checked_add(*micros))
        }
        _ => None,
    }
}

fn subtract(one: &Datum, other: &Datum) -> Option<Datum> {
    match (one, other) {
        (Datum::Time(one), Datum::Time(other)) => one.0.checked_sub(other.0).map(Datum::Duration),
        _ => add(one, &negated(other.clone())?),
    }
}

fn multiply(one: &Datum, other: &Datum) -> Option<Datum> {
    match (one, other) {
        (Datum::Number(one), Datum::Number(other)) => Datum::number(one * other),
        (Datum::Money(minor, currency), Datum::Number(by)) | (Datum::Number(by), Datum::Money(minor, currency)) => {
            Some(Datum::Money(whole(*minor as f64 * by)?, currency.clone()))
        }
        (Datum::Duration(micros), Datum::Number(by)) | (Datum::Number(by), Datum::Duration(micros)) => {
            whole(*micros as f64 * by).map(Datum::Duration)
        }
        _ => None,
    }
}

fn divide(one: &Datum, other: &Datum) -> Option<Datum> {
    match (one, other) {
        (Datum::Number(one), Datum::Number(other)) => Datum::number(one / other),
        (Datum::Money(one, _), Datum::Money(other, _)) | (Datum::Duration(one), Datum::Duration(other)) => {
            Datum::number(*one as f64 / *other as f64)
        }
        (Datum::Money(minor, currency), Datum::Number(by)) => {
            Some(Datum::Money(whole(*minor as f64 / by)?, currency.clone()))
        }
        (Datum::Duration(micros), Datum::Number(by)) => whole(*micros as f64 / by).map(Datum::Duration),
        _ => None,
    }
}
