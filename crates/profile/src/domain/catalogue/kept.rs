//! The segments of a tenant, and what of its traits and segments a state is kept of.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::Timestamp;

use super::{Catalogue, Source, Valued, Wrong, next_hour};
use crate::domain::{
    bucket::Buckets,
    datum::{Datum, Kind},
    expression::{Expression, Scope, Trend},
    segment::{Belonging, MOST_SEGMENTS, Segment},
};

impl Catalogue {
    /// What a state is kept of: segments, indexed traits, and what they are worked out from.
    pub(crate) fn kept(&self) -> Self {
        let indexed = self.definitions.values().filter(|one| one.indexed).map(|one| one.name.as_str());
        let named = self.segments.values().flat_map(|segment| segment.condition.names());
        let (mut kept, mut rest) = (BTreeSet::new(), indexed.chain(named).collect::<Vec<_>>());
        while let Some(name) = rest.pop() {
            if kept.insert(name) {
                rest.extend(self.named_by(name));
            }
        }
        let definitions = kept.into_iter().filter_map(|name| self.definitions.get(name)).cloned();
        Self::of(definitions, self.change).with_segments(self.segments.values().cloned())
    }

    /// Whether there is neither a trait nor a segment.
    pub(crate) fn is_empty(&self) -> bool {
        self.definitions.is_empty() && self.segments.is_empty()
    }

    pub(crate) fn segment(&self, name: &str) -> Option<&Segment> {
        self.segments.get(name)
    }

    /// By name.
    pub(crate) fn all_segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.values()
    }

    /// Whether a segment can be defined so, beside the others.
    ///
    /// # Errors
    /// Everything that is in the way.
    pub(crate) fn check_segment(&self, name: &str, condition: &Expression) -> Result<(), Vec<Wrong>> {
        let mut wrong = Vec::new();
        if self.segments.len() >= MOST_SEGMENTS && !self.segments.contains_key(name) {
            wrong.push(Wrong::Full);
        }
        match condition.kind(&|name| self.kinds.get(name).cloned()) {
            Ok(Kind::Truth) => {}
            Ok(kind) => wrong.push(Wrong::NoTruth(kind)),
            Err(problems) => wrong.extend(problems.into_iter().map(Wrong::Expression)),
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// The segments whose condition is on a trait.
    pub(crate) fn segments_on(&self, name: &str) -> Vec<&str> {
        let on = self.segments.values().filter(|segment| segment.condition.names().contains(name));
        on.map(|segment| segment.name.as_str()).collect()
    }

    /// The segments that a person is in, by name: from its traits and its fields.
    pub(crate) fn belongings(
        &self,
        valued: &[Valued],
        fields: &BTreeMap<&str, &str>,
        now: Timestamp,
    ) -> Vec<Belonging> {
        if self.segments.is_empty() {
            return Vec::new();
        }
        let traits = by_name(valued);
        let scope = Scope { now, traits: &traits, fields };
        let is_in = |segment: &&Segment| segment.condition.value(&scope) == Some(Datum::Truth(true));
        let belonging = |one: &Segment| Belonging { segment: one.name.clone(), version: one.version, since: None };
        self.segments.values().filter(is_in).map(belonging).collect()
    }

    /// When a segment or an indexed trait of a person may change next because time passes: never later than it does, save that an indexed
    /// trait that moves by itself is looked at by the hour.
    pub(crate) fn next_change(
        &self,
        valued: &[Valued],
        buckets: &Buckets,
        fields: &BTreeMap<&str, &str>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let traits = by_name(valued);
        let scope = Scope { now, traits: &traits, fields };
        let mut next: Vec<Timestamp> = self.windows().filter_map(|one| one.next_change(buckets, now)).collect();
        let mut trends: BTreeMap<&str, Trend> = BTreeMap::new();
        for definition in self.order.iter().filter_map(|name| self.definitions.get(name)) {
            if let Source::Expression(_, expression) = &definition.source {
                let (trend, changes) = expression.outlook(&scope, &trends);
                trends.insert(&definition.name, trend);
                next.extend(changes);
                next.extend((definition.indexed && trend != Trend::Still).then(|| next_hour(now)));
            }
        }
        next.extend(self.segments.values().filter_map(|one| one.condition.outlook(&scope, &trends).1));
        next.into_iter().min()
    }
}

fn by_name(valued: &[Valued]) -> BTreeMap<&str, Datum> {
    valued.iter().filter_map(|one| Some((one.name.as_str(), one.value.clone()?))).collect()
}
