//! From tokens to parts.

use super::{
    MOST_DEPTH, MOST_NODES, Node, Operator, Part, Problem,
    token::{Token, tokens},
};
use crate::domain::datum::Datum;

/// How a list of operators binds: those of a later row bind more.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[
        ("=", Operator::Equal),
        ("!=", Operator::Unequal),
        ("<", Operator::Less),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        (">=", Operator::GreaterOrEqual),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
];
/// "not" binds less than comparisons, and more than "and".
const COMPARISONS: usize = 2;

struct Parser {
    tokens: Vec<(usize, Token)>,
    place: usize,
    nodes: usize,
    /// One behind the last character.
    end: usize,
}

/// An expression that is the whole text.
pub(super) fn expression(text: &str) -> Result<Node, Problem> {
    let mut parser = Parser { tokens: tokens(text)?, place: 0, nodes: 0, end: text.chars().count() + 1 };
    let root = parser.level(0, 0)?;
    match parser.tokens.get(parser.place) {
        None => Ok(root),
        Some((at, _)) => Err(Problem::new(*at, "the expression should end here")),
    }
}

impl Parser {
    fn at(&self) -> usize {
        self.tokens.get(self.place).map_or(self.end, |(at, _)| *at)
    }

    /// Takes a word or sign, if it is the next.
    fn take(&mut self, wanted: &str) -> bool {
        let is_it = match self.tokens.get(self.place) {
            Some((_, Token::Word(word))) => word == wanted,
            Some((_, Token::Sign(sign))) => *sign == wanted,
            _ => false,
        };
        self.place += usize::from(is_it);
        is_it
    }

    fn need(&mut self, wanted: &str) -> Result<(), Problem> {
        let at = self.at();
        if self.take(wanted) { Ok(()) } else { Err(Problem::new(at, format!("a \"{wanted}\" is missing"))) }
    }

    fn node(&mut self, at: usize, part: Part) -> Result<Node, Problem> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Problem::new(at, format!("more than {MOST_NODES} parts")));
        }
        Ok(Node { at, part })
    }

    fn boxed(&mut self, level: usize, depth: usize) -> Result<Box<Node>, Problem> {
        self.level(level, depth).map(Box::new)
    }

    /// What binds at least as much as a level.
    fn level(&mut self, level: usize, depth: usize) -> Result<Node, Problem> {
        let at = self.at();
        if depth > MOST_DEPTH {
            return Err(Problem::new(at, format!("nested more than {MOST_DEPTH} deep")));
        }
        let Some(operators) = LEVELS.get(level) else { return self.unary(depth) };
        if level == COMPARISONS && self.take("not") {
            let inner = self.boxed(level, depth + 1)?;
            return self.node(at, Part::Not(inner));
        }
        let mut left = self.level(level + 1, depth)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.take(sign)) {
            let right = self.boxed(level + 1, depth)?;
            left = self.node(at, Part::Binary(*operator, Box::new(left), right))?;
            if level == COMPARISONS {
                break;
            }
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<Node, Problem> {
        let at = self.at();
        if self.take("-") {
            let inner = self.boxed(LEVELS.len(), depth + 1)?;
            return self.node(at, Part::Negate(inner));
        }
        if self.take("(") {
            let inner = self.level(0, depth + 1)?;
            self.need(")")?;
            return Ok(inner);
        }
        let Some((_, token)) = self.tokens.get(self.place).cloned() else {
            return Err(Problem::new(at, "something is missing"));
        };
        self.place += 1;
        match token {
            Token::Literal(datum) => self.node(at, Part::Literal(datum)),
            Token::Word(word) if word == "now" => self.node(at, Part::Now),
            Token::Word(word) if self.take("(") => self.call(at, &word, depth + 1),
            Token::Word(word) if super::WORDS.contains(&word.as_str()) => {
                Err(Problem::new(at, "a word that means something else"))
            }
            Token::Word(word) => self.node(at, Part::Trait(word)),
            Token::Sign(_) => Err(Problem::new(at, "a value is missing")),
        }
    }

    /// A function with its arguments, from behind the bracket on.
    fn call(&mut self, at: usize, name: &str, depth: usize) -> Result<Node, Problem> {
        let part = match name {
            "field" => Part::Field(self.text()?),
            "count" => {
                let pattern = self.text()?;
                let value = if self.take(",") { Some(self.text()?) } else { None };
                Part::CountFields(pattern, value)
            }
            "money" => self.money()?,
            "exists" => Part::Exists(self.boxed(0, depth)?),
            "since" => Part::Since(self.boxed(0, depth)?),
            "number" => Part::ToNumber(self.boxed(0, depth)?),
            "time" => Part::ToTime(self.boxed(0, depth)?),
            "otherwise" => {
                let one = self.boxed(0, depth)?;
                self.need(",")?;
                Part::Otherwise(one, self.boxed(0, depth)?)
            }
            "if" => {
                let condition = self.boxed(0, depth)?;
                self.need(",")?;
                let one = self.boxed(0, depth)?;
                self.need(",")?;
                Part::If(condition, one, self.boxed(0, depth)?)
            }
            _ => return Err(Problem::new(at, "there is no such function")),
        };
        self.need(")")?;
        self.node(at, part)
    }

    fn literal(&mut self) -> (usize, Option<Datum>) {
        let at = self.at();
        let found = match self.tokens.get(self.place) {
            Some((_, Token::Literal(datum))) => Some(datum.clone()),
            _ => None,
        };
        self.place += usize::from(found.is_some());
        (at, found)
    }

    fn text(&mut self) -> Result<String, Problem> {
        match self.literal() {
            (_, Some(Datum::Text(text))) if !text.is_empty() => Ok(text),
            (at, _) => Err(Problem::new(at, "a text is missing, such as 'life.retired'")),
        }
    }

    /// An amount in minor units, and its currency.
    fn money(&mut self) -> Result<Part, Problem> {
        let minor = match self.literal() {
            (_, Some(Datum::Number(number))) if number.fract() == 0.0 && number <= MOST_WHOLE => number as i64,
            (at, _) => return Err(Problem::new(at, "a whole number of minor units is missing")),
        };
        self.need(",")?;
        let at = self.at();
        let currency = self.text()?;
        if !tenure_kernel::money::is_currency(&currency) {
            return Err(Problem::new(at, "not an ISO 4217 code, such as 'EUR'"));
        }
        Ok(Part::Literal(Datum::Money(minor, currency)))
    }
}

/// The largest whole number up to which a float has all of them.
const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;
