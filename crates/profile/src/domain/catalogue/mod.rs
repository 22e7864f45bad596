//! The traits of a tenant: what each is, and in what order they are worked out.

mod kept;

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::Timestamp;

use super::{
    bucket::{Buckets, HOUR, hour_of},
    datum::{Datum, Kind},
    expression::{Expression, Problem, Scope},
    segment::Segment,
    windowed::{Names, Windowed},
};

/// How a trait's value is found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    Windowed(Windowed),
    /// With its text.
    Expression(String, Expression),
}

/// What a trait is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) version: i32,
    pub(crate) defined_at: Timestamp,
    pub(crate) source: Source,
    /// Whether persons can be listed by it.
    pub(crate) indexed: bool,
}

/// How many traits a tenant may have.
pub(crate) const MOST_TRAITS: usize = 200;

/// How many of them may be indexed.
pub(crate) const MOST_INDEXED: usize = 20;

/// Why a trait or a segment can't be defined so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    Full,
    TooManyIndexed,
    Expression(Problem),
    /// It would be worked out from itself, by way of these.
    Cycle(Vec<String>),
    /// A segment's condition is of another kind than a truth.
    NoTruth(Kind),
    /// The expression of this one would no longer fit.
    Breaks(String),
    /// The condition of this segment would no longer fit.
    BreaksSegment(String),
}

/// The traits.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Catalogue {
    definitions: BTreeMap<String, Definition>,
    /// Names, each behind those that it is worked out from.
    order: Vec<String>,
    kinds: BTreeMap<String, Kind>,
    segments: BTreeMap<String, Segment>,
    /// The number of the last change.
    pub(crate) change: i64,
}

/// A trait of a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Valued {
    pub(crate) name: String,
    pub(crate) version: i32,
    pub(crate) value: Option<Datum>,
    /// Where its window begins.
    pub(crate) start: Option<Timestamp>,
    pub(crate) as_of: Timestamp,
}

impl Catalogue {
    /// Of some definitions. One that does not fit, which `define` would have refused, has no value.
    pub(crate) fn of(definitions: impl IntoIterator<Item = Definition>, change: i64) -> Self {
        let definitions = definitions.into_iter().map(|one| (one.name.clone(), one)).collect();
        let mut catalogue = Self { definitions, change, ..Self::default() };
        let mut rest: BTreeSet<&String> = catalogue.definitions.keys().collect();
        loop {
            let resolved: Vec<(&String, Kind)> =
                rest.iter().filter_map(|name| Some((*name, catalogue.resolved(name)?))).collect();
            if resolved.is_empty() {
                break;
            }
            for (name, kind) in resolved {
                rest.remove(name);
                catalogue.order.push(name.clone());
                catalogue.kinds.insert(name.clone(), kind);
            }
        }
        catalogue
    }

    /// With segments. One that does not fit has nobody in it.
    pub(crate) fn with_segments(mut self, segments: impl IntoIterator<Item = Segment>) -> Self {
        self.segments = segments.into_iter().map(|one| (one.name.clone(), one)).collect();
        self
    }

    /// The kind of a trait, if it fits and all that it names is resolved.
    fn resolved(&self, name: &str) -> Option<Kind> {
        match &self.definitions.get(name)?.source {
            Source::Windowed(windowed) => Some(windowed.kind()),
            Source::Expression(_, expression) => expression.kind(&|name| self.kinds.get(name).cloned()).ok(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.definitions.get(name)
    }

    /// By name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Definition> {
        self.definitions.values()
    }

    pub(crate) fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name)
    }

    /// Whether a trait can be defined so, beside the others.
    ///
    /// # Errors
    /// Everything that is in the way.
    pub(crate) fn check(&self, name: &str, source: &Source, indexed: bool) -> Result<(), Vec<Wrong>> {
        let mut wrong = Vec::new();
        if self.definitions.len() >= MOST_TRAITS && !self.definitions.contains_key(name) {
            wrong.push(Wrong::Full);
        }
        if indexed && self.definitions.values().filter(|one| one.indexed && one.name != name).count() >= MOST_INDEXED {
            wrong.push(Wrong::TooManyIndexed);
        }
        if let Source::Expression(_, expression) = source {
            if let Err(problems) = expression.kind(&|name| self.kinds.get(name).cloned()) {
                wrong.extend(problems.into_iter().map(Wrong::Expression));
            }
            wrong.extend(self.cycle(name, expression).map(Wrong::Cycle));
        }
        if wrong.is_empty() {
            let (name_of, source) = (name.to_owned(), source.clone());
            let definition = Definition { name: name_of, version: 0, defined_at: Timestamp(0), source, indexed };
            let others = self.definitions.values().filter(|one| one.name != name).cloned();
            let after = Self::of(others.chain([definition]), 0);
            let broken = self.kinds.keys().filter(|one| !after.kinds.contains_key(*one));
            wrong.extend(broken.cloned().map(Wrong::Breaks));
            let broken = self.segments.values().filter(|one| after.check_segment(&one.name, &one.condition).is_err());
            wrong.extend(broken.map(|one| Wrong::BreaksSegment(one.name.clone())));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// The way by which a trait would come back to itself, if there is one.
    fn cycle(&self, name: &str, expression: &Expression) -> Option<Vec<String>> {
        let start = expression.names().into_iter().map(|next| vec![next.to_owned()]);
        let (mut ways, mut seen): (Vec<Vec<String>>, _) = (start.collect(), BTreeSet::new());
        while let Some(way) = ways.pop() {
            let last = way.last()?;
            if last == name {
                return Some(way);
            }
            if !seen.insert(last.clone()) {
                continue;
            }
            for next in self.named_by(last) {
                ways.push(way.iter().cloned().chain([next.to_owned()]).collect());
            }
        }
        None
    }

    /// The traits that one is worked out from.
    fn named_by(&self, name: &str) -> BTreeSet<&str> {
        match self.definitions.get(name).map(|definition| &definition.source) {
            Some(Source::Expression(_, expression)) => expression.names(),
            _ => BTreeSet::new(),
        }
    }

    /// The traits that are worked out from one.
    pub(crate) fn users(&self, name: &str) -> Vec<&str> {
        let names = self.definitions.keys().filter(|user| self.named_by(user).contains(name));
        names.map(String::as_str).collect()
    }

    fn windows(&self) -> impl Iterator<Item = &Windowed> {
        self.definitions.values().filter_map(|definition| match &definition.source {
            Source::Windowed(windowed) => Some(windowed),
            Source::Expression(..) => None,
        })
    }

    /// The first hour that any trait asks for; `None`: none asks for any.
    pub(crate) fn first_hour(&self, now: Timestamp) -> Option<i64> {
        self.windows().map(|windowed| windowed.first_hour(now).unwrap_or(i64::MIN)).min()
    }

    /// When a window moves on.
    pub(crate) fn until(&self, now: Timestamp) -> Option<Timestamp> {
        self.windows().next().map(|_| next_hour(now))
    }

    /// Every trait of a person, by name: from the buckets of its records, and its fields.
    pub(crate) fn values(
        &self,
        buckets: &Buckets,
        fields: &BTreeMap<&str, &str>,
        now: Timestamp,
        names: Names,
    ) -> Vec<Valued> {
        let mut traits: BTreeMap<&str, Datum> = BTreeMap::new();
        for definition in self.order.iter().filter_map(|name| self.definitions.get(name)) {
            let value = match &definition.source {
                Source::Windowed(windowed) => windowed.value(buckets, now, names),
                Source::Expression(_, expression) => expression.value(&Scope { now, traits: &traits, fields }),
            };
            traits.extend(value.map(|value| (definition.name.as_str(), value)));
        }
        let valued = |definition: &Definition| Valued {
            name: definition.name.clone(),
            version: definition.version,
            value: traits.get(definition.name.as_str()).cloned(),
            start: match &definition.source {
                Source::Windowed(windowed) => windowed.start(now),
                Source::Expression(..) => None,
            },
            as_of: now,
        };
        self.definitions.values().map(valued).collect()
    }
}

fn next_hour(now: Timestamp) -> Timestamp {
    Timestamp((hour_of(now) + 1) * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        bucket::HOUR,
        fact::Happened,
        measure::Measures,
        windowed::{Aggregate, Filter, Measure},
    };

    const NAMES: Names = Names { kind: |_| String::new(), channel: |_| String::new() };

    fn count(hours: i64) -> Source {
        let (aggregate, filter) = (Aggregate::Count, Filter::default());
        Source::Windowed(Windowed { aggregate, measure: Measure::None, filter, hours })
    }

    fn from(text: &str) -> Source {
        Source::Expression(text.to_owned(), Expression::read(text).unwrap())
    }

    fn catalogue(sources: impl IntoIterator<Item = (String, Source)>) -> Catalogue {
        let definition =
            |(name, source)| Definition { name, version: 1, defined_at: Timestamp(0), source, indexed: false };
        Catalogue::of(sources.into_iter().map(definition), 7)
    }

    #[test]
    fn traits_are_worked_out_behind_what_they_need_whatever_they_are_called() {
        let sources = [("a", from("b + 1")), ("b", from("z * 2")), ("y", from("a + b")), ("z", count(2))];
        let catalogue = catalogue(sources.map(|(name, source)| (name.to_owned(), source)));
        let mut buckets = Buckets::default();
        for hours in [0, 1, 9] {
            let at = Timestamp(100 * HOUR - hours * HOUR);
            buckets.add(&Happened { kind: 1, at, measures: Some(Measures::default()), aml: false });
        }
        let valued = catalogue.values(&buckets, &BTreeMap::new(), Timestamp(100 * HOUR + 5), NAMES);
        let told: Vec<_> = valued.iter().map(|one| (one.name.as_str(), one.value.clone(), one.start)).collect();
        let number = |number| Some(Datum::Number(number));
        let start = Some(Timestamp(98 * HOUR));
        let expected =
            [("a", number(5.0), None), ("b", number(4.0), None), ("y", number(9.0), None), ("z", number(2.0), start)];
        assert_eq!(told, expected);
        assert_eq!((catalogue.first_hour(Timestamp(100 * HOUR)), catalogue.change), (Some(98), 7));
        assert_eq!(catalogue.until(Timestamp(100 * HOUR)), Some(Timestamp(101 * HOUR)));
        assert_eq!(catalogue.users("b"), ["a", "y"]);
        assert_eq!(
            catalogue.check("z", &from("y"), false),
            Err(vec![Wrong::Cycle(vec!["y".into(), "b".into(), "z".into()])])
        );
        assert_eq!(catalogue.check("z", &count(0), false), Ok(()));
    }

    #[test]
    fn there_are_not_too_many() {
        let full = catalogue((0..MOST_TRAITS).map(|number| (format!("t{number}"), count(0))));
        assert_eq!(full.check("t0", &count(5), false), Ok(()), "one that is there may change");
        assert_eq!(full.check("more", &count(5), false), Err(vec![Wrong::Full]));
    }
}
