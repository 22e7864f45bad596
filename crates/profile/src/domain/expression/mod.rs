//! Expressions: how a trait is worked out from other traits and from fields. A small language with kinds, no loops and no
//! names of its own: what an expression costs is bounded by its length. The README has the language.

mod check;
mod outlook;
mod parse;
mod token;
mod value;

use std::{collections::BTreeSet, fmt};

use super::datum::Datum;

pub(crate) use outlook::Trend;
pub(crate) use value::Scope;

/// How many bytes an expression may have.
pub(crate) const MOST_BYTES: usize = 2_000;
/// How many parts.
const MOST_NODES: usize = 200;
/// How deep they may be nested.
const MOST_DEPTH: usize = 24;

/// What is wrong with an expression. Nothing of its text is told: a place is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The character, from 1.
    pub(crate) at: usize,
    pub(crate) what: String,
}

impl Problem {
    fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.at, self.what)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// A part of an expression, and the character that it begins with.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    at: usize,
    part: Part,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(Datum),
    Now,
    /// Another trait, by its name.
    Trait(String),
    /// The value of a field.
    Field(String),
    /// How many fields there are of a pattern, and with a value.
    CountFields(String, Option<String>),
    Not(Box<Node>),
    Negate(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Exists(Box<Node>),
    Otherwise(Box<Node>, Box<Node>),
    Since(Box<Node>),
    ToNumber(Box<Node>),
    ToTime(Box<Node>),
}

impl Part {
    fn children(&self) -> Vec<&Node> {
        match self {
            Self::Literal(_) | Self::Now | Self::Trait(_) | Self::Field(_) | Self::CountFields(..) => Vec::new(),
            Self::Not(one)
            | Self::Negate(one)
            | Self::Exists(one)
            | Self::Since(one)
            | Self::ToNumber(one)
            | Self::ToTime(one) => vec![one],
            Self::Binary(_, one, other) | Self::Otherwise(one, other) => vec![one, other],
            Self::If(condition, one, other) => vec![condition, one, other],
        }
    }
}

/// An expression that could be read. Whether its kinds fit depends on the traits that it names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    root: Node,
}

/// Words that an expression has a meaning for: no trait can have them as its name.
pub(crate) const WORDS: [&str; 16] = [
    "and",
    "or",
    "not",
    "if",
    "true",
    "false",
    "now",
    "field",
    "count",
    "money",
    "exists",
    "otherwise",
    "since",
    "number",
    "time",
    "trait",
];

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Where it can't be read, or that it is too large.
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        parse::expression(text).map(|root| Self { root })
    }

    /// The traits that it names.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let (mut names, mut rest) = (BTreeSet::new(), vec![&self.root]);
        while let Some(node) = rest.pop() {
            if let Part::Trait(name) = &node.part {
                names.insert(name.as_str());
            }
            rest.extend(node.part.children());
        }
        names
    }
}

#[cfg(test)]
mod tests;
