//! Buckets: what happened to a record, hour by hour, so that a trait is worked out without looking at facts. They are added to
//! in any order, and the buckets of several records are those of all their touchpoints.

use std::collections::BTreeMap;

use tenure_kernel::Timestamp;

use super::{
    fact::{Fact, Happened},
    measure::Measures,
};

/// Microseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// The hour that a moment is in, in hours since 1970 in UTC.
pub(crate) fn hour_of(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

/// What of some values is kept, enough to add more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) sum: i128,
    pub(crate) least: i64,
    pub(crate) most: i64,
    /// The last value and when it was; of several at once the greatest.
    pub(crate) last: (Timestamp, i64),
}

impl Extent {
    fn of(at: Timestamp, value: i64) -> Self {
        Self { sum: value.into(), least: value, most: value, last: (at, value) }
    }

    /// Of the values of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            least: self.least.min(other.least),
            most: self.most.max(other.most),
            last: self.last.max(other.last),
        }
    }
}

fn both(one: Option<Extent>, other: Option<Extent>) -> Option<Extent> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.plus(other)),
        (one, other) => one.or(other),
    }
}

/// Touchpoints that are alike, of one hour or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) count: i64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) amount: Option<Extent>,
    pub(crate) handled: Option<Extent>,
    pub(crate) waited: Option<Extent>,
}

impl Bucket {
    fn of(at: Timestamp, measures: &Measures) -> Self {
        let extent = |value: Option<i64>| value.map(|value| Extent::of(at, value));
        Self {
            count: 1,
            first: at,
            last: at,
            amount: extent(measures.amount.as_ref().map(|amount| amount.minor_units)),
            handled: extent(measures.handled),
            waited: extent(measures.waited),
        }
    }

    /// Of the touchpoints of both, which have none in common.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            amount: both(self.amount, other.amount),
            handled: both(self.handled, other.handled),
            waited: both(self.waited, other.waited),
        }
    }
}

/// In what touchpoints of one series are alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    /// The type's number.
    pub(crate) kind: i32,
    /// The channel's number.
    pub(crate) channel: i32,
    /// Ascending, each once.
    pub(crate) products: Vec<String>,
    /// Empty: none.
    pub(crate) line: String,
    /// Of their amounts; empty: they have none.
    pub(crate) currency: String,
}

impl Series {
    fn of(kind: i32, measures: &Measures) -> Self {
        Self {
            kind,
            channel: measures.channel,
            products: measures.products.clone(),
            line: measures.line.clone(),
            currency: measures.amount.as_ref().map(|amount| amount.currency.clone()).unwrap_or_default(),
        }
    }
}

/// Buckets by series and hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Buckets(pub(crate) BTreeMap<Series, BTreeMap<i64, Bucket>>);

impl Buckets {
    /// Of some facts, each the one that counts of its slot.
    pub(crate) fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut buckets = Self::default();
        facts.into_iter().filter_map(|fact| fact.happened.as_ref()).for_each(|one| buckets.add(one));
        buckets
    }

    pub(crate) fn add(&mut self, happened: &Happened) {
        if let Some(measures) = &happened.measures {
            let (series, bucket) = (Series::of(happened.kind, measures), Bucket::of(happened.at, measures));
            self.put(series, hour_of(happened.at), bucket);
        }
    }

    /// Adds a bucket that has no touchpoint in common with these.
    pub(crate) fn put(&mut self, series: Series, hour: i64, bucket: Bucket) {
        let hours = self.0.entry(series).or_default();
        hours.entry(hour).and_modify(|there| *there = there.plus(bucket)).or_insert(bucket);
    }

    /// Adds buckets that have no touchpoint in common with these.
    pub(crate) fn merge(&mut self, other: Self) {
        for (series, hours) in other.0 {
            hours.into_iter().for_each(|(hour, bucket)| self.put(series.clone(), hour, bucket));
        }
    }

    /// By chunks, in which they are stored.
    pub(crate) fn chunks(self) -> BTreeMap<i64, Self> {
        let mut chunks: BTreeMap<i64, Self> = BTreeMap::new();
        for (series, hours) in self.0 {
            for (hour, bucket) in hours {
                chunks.entry(chunk_of(hour)).or_default().put(series.clone(), hour, bucket);
            }
        }
        chunks
    }
}

/// The hours of a chunk, which are thirteen weeks: few enough that one is rewritten quickly for a customer to whom much happens,
/// and so many that one to whom little does has few chunks.
pub(crate) const CHUNK_HOURS: i64 = 13 * 7 * 24;

/// The chunk that an hour is in.
pub(crate) fn chunk_of(hour: i64) -> i64 {
    hour.div_euclid(CHUNK_HOURS)
}
