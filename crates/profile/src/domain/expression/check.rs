//! Whether the kinds of an expression's parts fit.

use super::{Expression, Node, Operator, Part, Problem};
use crate::domain::{condition, datum::Kind, path};

impl Expression {
    /// Of what kind its values are, by the kinds of the traits that it names.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub(crate) fn kind(&self, traits: &dyn Fn(&str) -> Option<Kind>) -> Result<Kind, Vec<Problem>> {
        let mut check = Check { traits, problems: Vec::new() };
        let kind = check.kind(&self.root);
        match (kind, check.problems) {
            (Some(kind), problems) if problems.is_empty() => Ok(kind),
            (_, problems) => Err(problems),
        }
    }
}

struct Check<'a> {
    traits: &'a dyn Fn(&str) -> Option<Kind>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, at: usize, what: impl Into<String>) -> Option<Kind> {
        self.problems.push(Problem::new(at, what));
        None
    }

    /// `None`: what is wrong was said.
    fn kind(&mut self, node: &Node) -> Option<Kind> {
        match &node.part {
            Part::Literal(datum) => Some(condition::kind(datum)),
            Part::Now => Some(Kind::Time),
            Part::Trait(name) => match (self.traits)(name) {
                Some(kind) => Some(kind),
                None => self.wrong(node.at, "there is no trait of this name"),
            },
            Part::Field(path) => self.path(node.at, path).map(|()| Kind::Text),
            Part::CountFields(pattern, _) => self.path(node.at, pattern).map(|()| Kind::Number),
            Part::Not(inner) => self.need(inner, &Kind::Truth),
            Part::Negate(inner) => self.negated(inner),
            Part::Binary(operator, one, other) => self.binary(node.at, *operator, one, other),
            Part::If(condition, one, other) => {
                let condition = self.need(condition, &Kind::Truth);
                self.alike(node.at, one, other).filter(|_| condition.is_some())
            }
            Part::Otherwise(one, other) => self.alike(node.at, one, other),
            Part::Exists(inner) => self.kind(inner).map(|_| Kind::Truth),
            Part::Since(inner) => self.need(inner, &Kind::Time).map(|_| Kind::Duration),
            Part::ToNumber(inner) => self.need(inner, &Kind::Text).map(|_| Kind::Number),
            Part::ToTime(inner) => self.need(inner, &Kind::Text).map(|_| Kind::Time),
        }
    }

    fn path(&mut self, at: usize, pattern: &str) -> Option<()> {
        let wrong = if !path::is_known(pattern) {
            "there are no fields of this name"
        } else if path::is_private(pattern) {
            "the field is personal: no trait may be worked out from it"
        } else if path::is_special(pattern) {
            "the field is of a special kind: no trait may be worked out from it"
        } else {
            return Some(());
        };
        self.wrong(at, wrong);
        None
    }

    fn need(&mut self, node: &Node, wanted: &Kind) -> Option<Kind> {
        let kind = self.kind(node)?;
        if kind == *wanted {
            return Some(kind);
        }
        self.wrong(node.at, format!("is {}; {} is needed", kind.name(), wanted.name()))
    }

    fn negated(&mut self, inner: &Node) -> Option<Kind> {
        match self.kind(inner)? {
            kind @ (Kind::Number | Kind::Money(_) | Kind::Duration) => Some(kind),
            kind => self.wrong(inner.at, format!("is {}, which has no negative", kind.name())),
        }
    }

    fn alike(&mut self, at: usize, one: &Node, other: &Node) -> Option<Kind> {
        let (one, other) = (self.kind(one), self.kind(other));
        let (one, other) = (one?, other?);
        if one == other {
            return Some(one);
        }
        self.wrong(at, format!("is {} or {}, which must be the same", one.name(), other.name()))
    }

    fn binary(&mut self, at: usize, operator: Operator, one: &Node, other: &Node) -> Option<Kind> {
        if matches!(operator, Operator::And | Operator::Or) {
            let (one, other) = (self.need(one, &Kind::Truth), self.need(other, &Kind::Truth));
            return one.and(other);
        }
        let (one, other) = (self.kind(one), self.kind(other));
        let (one, other) = (one?, other?);
        match result(operator, &one, &other) {
            Some(kind) => Some(kind),
            None => self.wrong(at, format!("{} and {} do not go together so", one.name(), other.name())),
        }
    }
}

/// What an operator makes of two kinds; `None`: nothing.
fn result(operator: Operator, one: &Kind, other: &Kind) -> Option<Kind> {
    use Kind::{Duration, Money, Number, Time, Truth};
    match (operator, one, other) {
        (Operator::Equal | Operator::Unequal, one, other) if one == other => Some(Truth),
        (
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
            Number | Money(_) | Duration | Time,
            other,
        ) if one == other => Some(Truth),
        (Operator::Add | Operator::Subtract, Number | Money(_) | Duration, other) if one == other => Some(one.clone()),
        (Operator::Add | Operator::Subtract, Time, Duration) | (Operator::Add, Duration, Time) => Some(Time),
        (Operator::Subtract, Time, Time) => Some(Duration),
        (Operator::Multiply, Number, Number | Money(_) | Duration) => Some(other.clone()),
        (Operator::Multiply | Operator::Divide, Number | Money(_) | Duration, Number) => Some(one.clone()),
        (Operator::Divide, Money(_) | Duration, other) if one == other => Some(Number),
        _ => None,
    }
}
