//! When what an expression comes to may change because time passes.

use std::collections::BTreeMap;

use tenure_kernel::Timestamp;

use super::{Expression, Node, Operator, Part, value::Scope};
use crate::domain::{bucket::HOUR, datum::Datum};

/// How a value moves by itself, until the moment that is told with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Trend {
    Still,
    /// By so much in a microsecond.
    Rate(f64),
    /// In a way that is not worked out.
    Somehow,
}

impl Trend {
    fn rate(rate: f64) -> Self {
        if rate == 0.0 { Self::Still } else { Self::Rate(rate) }
    }

    /// With what both come to; nothing: one of them moves somehow.
    fn rates(self, other: Self) -> Option<(f64, f64)> {
        Some((self.known()?, other.known()?))
    }

    fn known(self) -> Option<f64> {
        match self {
            Self::Still => Some(0.0),
            Self::Rate(rate) => Some(rate),
            Self::Somehow => None,
        }
    }
}

impl Expression {
    /// How the value moves, and when anything about it may change other than so: never later than it does. Traits move by their own trends.
    pub(crate) fn outlook(&self, scope: &Scope<'_>, trends: &BTreeMap<&str, Trend>) -> (Trend, Option<Timestamp>) {
        let mut outlook = Outlook { scope, trends, next: None };
        let trend = outlook.trend(&self.root);
        (trend, outlook.next)
    }
}

struct Outlook<'a> {
    scope: &'a Scope<'a>,
    trends: &'a BTreeMap<&'a str, Trend>,
    next: Option<Timestamp>,
}

impl Outlook<'_> {
    /// Something changes so many microseconds from now.
    fn note(&mut self, micros: f64) {
        // What is already so may be otherwise with the next microsecond.
        let micros = micros.ceil().max(1.0);
        if micros < 9e18 {
            let at = Timestamp(self.scope.now.0.saturating_add(micros as i64));
            self.next = Some(self.next.map_or(at, |there| there.min(at)));
        }
    }

    /// What can't be told is looked at again within the hour.
    fn note_hour(&mut self) {
        let hour = (self.scope.now.0.div_euclid(HOUR) + 1) * HOUR;
        self.note((hour - self.scope.now.0) as f64);
    }

    fn trend(&mut self, node: &Node) -> Trend {
        match &node.part {
            Part::Literal(_) | Part::Field(_) | Part::CountFields(..) => Trend::Still,
            Part::Now => Trend::Rate(1.0),
            Part::Trait(name) => self.trends.get(name.as_str()).copied().unwrap_or(Trend::Still),
            Part::Not(inner) | Part::ToNumber(inner) | Part::ToTime(inner) => self.still(inner),
            Part::Exists(inner) => self.still(inner),
            Part::Negate(inner) => match self.trend(inner) {
                Trend::Rate(rate) => Trend::Rate(-rate),
                other => other,
            },
            Part::Binary(operator, one, other) => self.binary(*operator, one, other),
            Part::If(condition, one, other) => {
                self.still(condition);
                match self.scope.value(condition) {
                    Some(Datum::Truth(true)) => self.trend(one),
                    Some(_) => self.trend(other),
                    None => Trend::Still,
                }
            }
            Part::Otherwise(one, other) => {
                let trend = self.trend(one);
                if self.scope.value(one).is_some() {
                    return trend;
                }
                if trend == Trend::Somehow {
                    self.note_hour();
                }
                self.trend(other)
            }
            Part::Since(inner) => self.since(inner),
        }
    }

    /// Of a part that only changes when something is noted.
    fn still(&mut self, node: &Node) -> Trend {
        if self.trend(node) == Trend::Somehow {
            self.note_hour();
        }
        Trend::Still
    }

    fn since(&mut self, inner: &Node) -> Trend {
        let trend = self.trend(inner);
        let Some(Datum::Time(at)) = self.scope.value(inner) else { return trend };
        let Some(rate) = trend.known() else { return Trend::Somehow };
        // How fast it gets longer, once what it is since has come.
        let (passed, growth) = (self.scope.now.0.saturating_sub(at.0) as f64, 1.0 - rate);
        if growth != 0.0 && -passed / growth >= 0.0 {
            self.note(-passed / growth);
        }
        if passed < 0.0 { Trend::Still } else { Trend::rate(growth) }
    }

    fn binary(&mut self, operator: Operator, one: &Node, other: &Node) -> Trend {
        use Operator::{Add, And, Divide, Multiply, Or, Subtract};
        match operator {
            And | Or => {
                self.still(one);
                self.still(other)
            }
            Add | Subtract => {
                let trends = self.trend(one).rates(self.trend(other));
                let sign = if operator == Add { 1.0 } else { -1.0 };
                trends.map_or(Trend::Somehow, |(one, other)| Trend::rate(one + sign * other))
            }
            Multiply | Divide => self.scaled(operator, one, other),
            _ => self.compared(one, other),
        }
    }

    fn scaled(&mut self, operator: Operator, one: &Node, other: &Node) -> Trend {
        let Some(rates) = self.trend(one).rates(self.trend(other)) else { return Trend::Somehow };
        let (Some(one), Some(other)) = (self.scope.value(one), self.scope.value(other)) else {
            return if rates == (0.0, 0.0) { Trend::Still } else { Trend::Somehow };
        };
        // Amounts are rounded to minor units: they jump.
        let rounded =
            matches!((&one, &other), (Datum::Money(..), Datum::Number(_)) | (Datum::Number(_), Datum::Money(..)));
        match (operator, rates) {
            (_, (0.0, 0.0)) => Trend::Still,
            _ if rounded => Trend::Somehow,
            (Operator::Multiply, (rate, 0.0)) => Trend::rate(rate * size(&other)),
            (Operator::Multiply, (0.0, rate)) => Trend::rate(rate * size(&one)),
            (_, (rate, 0.0)) if size(&other) != 0.0 => Trend::rate(rate / size(&other)),
            _ => Trend::Somehow,
        }
    }

    fn compared(&mut self, one: &Node, other: &Node) -> Trend {
        let Some((fast, slow)) = self.trend(one).rates(self.trend(other)) else {
            self.note_hour();
            return Trend::Still;
        };
        let rate = fast - slow;
        if let (Some(one), Some(other)) = (self.scope.value(one), self.scope.value(other))
            && rate != 0.0
        {
            let meet = -apart(&one, &other) / rate;
            if meet >= 0.0 {
                self.note(meet);
            }
        }
        Trend::Still
    }
}

fn size(datum: &Datum) -> f64 {
    match datum {
        Datum::Number(number) => *number,
        Datum::Money(size, _) | Datum::Duration(size) | Datum::Time(Timestamp(size)) => *size as f64,
        Datum::Text(_) | Datum::Truth(_) => 0.0,
    }
}

/// By how much one is more than another of its kind.
fn apart(one: &Datum, other: &Datum) -> f64 {
    match (one, other) {
        (Datum::Number(one), Datum::Number(other)) => one - other,
        (Datum::Money(one, _), Datum::Money(other, _))
        | (Datum::Duration(one), Datum::Duration(other))
        | (Datum::Time(Timestamp(one)), Datum::Time(Timestamp(other))) => one.saturating_sub(*other) as f64,
        _ => 0.0,
    }
}
