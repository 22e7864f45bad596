//! Windowed traits: aggregates of a person's touchpoints in a window that slides with the clock.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::Timestamp;

use super::{
    bucket::{Bucket, Buckets, Extent, HOUR, Series, hour_of},
    datum::{Datum, Kind},
};

/// What is made of the touchpoints in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Count,
    Sum,
    Minimum,
    Maximum,
    Last,
    DistinctCount,
    MostFrequent,
}

/// A measure that has a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Size {
    /// In one currency.
    Amount(String),
    Handling,
    Waiting,
}

/// What is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Type,
    Channel,
    Product,
    Line,
}

/// What of a touchpoint a trait is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Measure {
    /// The touchpoint itself.
    None,
    Size(Size),
    Time,
    Code(Code),
}

/// Which touchpoints count. An empty list is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) kinds: BTreeSet<i32>,
    pub(crate) channels: BTreeSet<i32>,
    pub(crate) products: BTreeSet<String>,
    pub(crate) lines: BTreeSet<String>,
}

fn allows<T: Ord>(allowed: &BTreeSet<T>, value: &T) -> bool {
    allowed.is_empty() || allowed.contains(value)
}

impl Filter {
    fn takes(&self, series: &Series) -> bool {
        allows(&self.kinds, &series.kind)
            && allows(&self.channels, &series.channel)
            && (self.products.is_empty() || series.products.iter().any(|product| self.products.contains(product)))
            && allows(&self.lines, &series.line)
    }
}

/// What numbers of the catalogue are called.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    pub(crate) kind: fn(i32) -> String,
    pub(crate) channel: fn(i32) -> String,
}

/// A trait of this kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Windowed {
    pub(crate) aggregate: Aggregate,
    pub(crate) measure: Measure,
    pub(crate) filter: Filter,
    /// In hours; 0: all time.
    pub(crate) hours: i64,
}

/// The longest window: five years, one of them a leap year or two.
pub(crate) const MOST_HOURS: i64 = 1_827 * 24;

impl Windowed {
    /// Whether the aggregate can be of the measure.
    pub(crate) fn fits(&self) -> bool {
        match (self.aggregate, &self.measure) {
            (Aggregate::Count, measure) => *measure == Measure::None,
            (Aggregate::Sum, measure) => matches!(measure, Measure::Size(_)),
            (Aggregate::Minimum | Aggregate::Maximum, measure) => matches!(measure, Measure::Size(_) | Measure::Time),
            (Aggregate::Last, measure) => *measure != Measure::None,
            (Aggregate::DistinctCount | Aggregate::MostFrequent, measure) => matches!(measure, Measure::Code(_)),
        }
    }

    /// Of what kind its values are.
    pub(crate) fn kind(&self) -> Kind {
        match (self.aggregate, &self.measure) {
            (Aggregate::Count | Aggregate::DistinctCount, _) | (_, Measure::None) => Kind::Number,
            (_, Measure::Size(Size::Amount(currency))) => Kind::Money(currency.clone()),
            (_, Measure::Size(_)) => Kind::Duration,
            (_, Measure::Time) => Kind::Time,
            (_, Measure::Code(_)) => Kind::Text,
        }
    }

    /// The first hour of the window; `None`: it has no beginning.
    pub(crate) fn first_hour(&self, now: Timestamp) -> Option<i64> {
        (self.hours > 0).then(|| hour_of(now) - self.hours)
    }

    /// When the window begins.
    pub(crate) fn start(&self, now: Timestamp) -> Option<Timestamp> {
        self.first_hour(now).map(|hour| Timestamp(hour * HOUR))
    }

    /// When a touchpoint of a person next leaves the window, or enters it because its hour comes.
    pub(crate) fn next_change(&self, buckets: &Buckets, now: Timestamp) -> Option<Timestamp> {
        let (first, hour) = (self.first_hour(now), hour_of(now));
        let series = buckets.0.iter().filter(|(series, _)| self.filter.takes(series));
        let changes = series.flat_map(|(_, all)| {
            let leaves = first.and_then(|first| all.range(first..).next()).map(|(in_hour, _)| in_hour + self.hours + 1);
            let enters = all.range(hour + 1..).next().map(|(in_hour, _)| *in_hour);
            leaves.into_iter().chain(enters)
        });
        changes.min().map(|hour| Timestamp(hour * HOUR))
    }

    /// The value for a person, whose buckets are those of its records.
    pub(crate) fn value(&self, buckets: &Buckets, now: Timestamp, names: Names) -> Option<Datum> {
        let hours = self.first_hour(now).unwrap_or(i64::MIN)..=hour_of(now);
        let within = buckets.0.iter().filter(|(series, _)| self.filter.takes(series)).filter_map(|(series, all)| {
            let bucket = all.range(hours.clone()).map(|(_, bucket)| *bucket).reduce(Bucket::plus)?;
            Some((series, bucket))
        });
        let within: Vec<(&Series, Bucket)> = within.collect();
        match &self.measure {
            Measure::None => Some(Datum::count(within.iter().map(|(_, bucket)| bucket.count).sum())),
            Measure::Size(size) => self.sized(size, &within),
            Measure::Time => match self.aggregate {
                Aggregate::Minimum => within.iter().map(|(_, bucket)| bucket.first).min(),
                _ => within.iter().map(|(_, bucket)| bucket.last).max(),
            }
            .map(Datum::Time),
            Measure::Code(code) => self.coded(*code, &within, names),
        }
    }

    fn sized(&self, size: &Size, within: &[(&Series, Bucket)]) -> Option<Datum> {
        let extents = within.iter().filter_map(|(series, bucket)| match size {
            Size::Amount(currency) => bucket.amount.filter(|_| series.currency == *currency),
            Size::Handling => bucket.handled,
            Size::Waiting => bucket.waited,
        });
        let Some(extent) = extents.reduce(Extent::plus) else {
            return (self.aggregate == Aggregate::Sum).then(|| datum(size, 0));
        };
        let value = match self.aggregate {
            Aggregate::Sum => extent.sum,
            Aggregate::Minimum => extent.least.into(),
            Aggregate::Maximum => extent.most.into(),
            _ => extent.last.1.into(),
        };
        Some(datum(size, value))
    }

    fn coded(&self, code: Code, within: &[(&Series, Bucket)], names: Names) -> Option<Datum> {
        let mut counts: BTreeMap<String, Bucket> = BTreeMap::new();
        for (series, bucket) in within {
            for text in codes(code, series, names) {
                counts.entry(text).and_modify(|there| *there = there.plus(*bucket)).or_insert(*bucket);
            }
        }
        match self.aggregate {
            Aggregate::DistinctCount => Some(Datum::count(i64::try_from(counts.len()).unwrap_or(i64::MAX))),
            Aggregate::MostFrequent => {
                // The first of those with as many: a later one has to have more.
                let most =
                    counts.into_iter().reduce(|best, next| if next.1.count > best.1.count { next } else { best });
                most.map(|(text, _)| Datum::Text(text))
            }
            _ => {
                let last = counts.into_iter().max_by(|one, other| (one.1.last, &one.0).cmp(&(other.1.last, &other.0)));
                last.map(|(text, _)| Datum::Text(text))
            }
        }
    }
}

/// Seconds are spans of time; what is beyond what can be told is the nearest that can.
fn datum(size: &Size, value: i128) -> Datum {
    let near = |value: i128| i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
    match size {
        Size::Amount(currency) => Datum::Money(near(value), currency.clone()),
        Size::Handling | Size::Waiting => Datum::Duration(near(value.saturating_mul(1_000_000))),
    }
}

/// What is told apart of a series; nothing where it has none.
fn codes(code: Code, series: &Series, names: Names) -> Vec<String> {
    match code {
        Code::Type => vec![(names.kind)(series.kind)],
        Code::Channel if series.channel == 0 => Vec::new(),
        Code::Channel => vec![(names.channel)(series.channel)],
        Code::Product => series.products.clone(),
        Code::Line => Some(series.line.clone()).filter(|line| !line.is_empty()).into_iter().collect(),
    }
}
