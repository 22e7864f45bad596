//! What stewards stated: that records are one person's, or two persons'.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use tenure_kernel::RecordId;

/// Where a statement puts a record. Records on different sides are kept apart; the pieces of a side are held together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The side.
    pub(crate) side: i64,
    /// The piece of it: what holds together without the statement.
    pub(crate) piece: i64,
}

/// A steward's statement. About a pair of records the newest counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Its own id.
    pub(crate) id: [u8; 16],
    /// Its place among the tenant's decisions, from 1.
    pub(crate) sequence: i64,
    /// The records that it speaks of.
    pub(crate) places: BTreeMap<RecordId, Place>,
}

impl Decision {
    /// That persons are one.
    pub(crate) fn merge<'a>(
        id: [u8; 16],
        sequence: i64,
        persons: impl IntoIterator<Item = &'a BTreeSet<RecordId>>,
    ) -> Self {
        let mut places = BTreeMap::new();
        for (piece, records) in (0..).zip(persons) {
            places.extend(records.iter().map(|record| (*record, Place { side: 0, piece })));
        }
        Self { id, sequence, places }
    }

    /// That some records of a person are another's. Either side is held together by the statement as far as nothing else
    /// does: the steward named one person and left one. `records` are all that the statement can reach, and `outcome` says
    /// who is who once it is made.
    pub(crate) fn split(
        id: [u8; 16],
        sequence: i64,
        sides: [&BTreeSet<RecordId>; 2],
        records: &BTreeSet<RecordId>,
        outcome: impl Fn(&Self) -> Vec<BTreeSet<RecordId>>,
    ) -> Self {
        let whole = Self::of_sides(id, sequence, sides, |_| 0);
        let pieces = outcome(&whole);
        let piece = |record: &RecordId| pieces.iter().position(|cluster| cluster.contains(record)).unwrap_or_default();
        let by_cluster = Self::of_sides(id, sequence, sides, |record| i64::try_from(piece(record)).unwrap_or_default());
        let holds = |decision: &Self| {
            let clusters = outcome(decision);
            sides.iter().all(|side| clusters.iter().any(|cluster| cluster.is_superset(side)))
        };
        if holds(&by_cluster) {
            return by_cluster;
        }
        // Someone whom only the other side kept out comes between two pieces: every record is held on its own.
        let places: BTreeMap<RecordId, i64> = records.iter().copied().zip(0..).collect();
        Self::of_sides(id, sequence, sides, |record| places.get(record).copied().unwrap_or_default())
    }

    fn of_sides(
        id: [u8; 16],
        sequence: i64,
        sides: [&BTreeSet<RecordId>; 2],
        piece: impl Fn(&RecordId) -> i64,
    ) -> Self {
        let mut places = BTreeMap::new();
        for (side, members) in (0..).zip(sides) {
            places.extend(members.iter().map(|record| (*record, Place { side, piece: piece(record) })));
        }
        Self { id, sequence, places }
    }

    /// Whether it states that records are two persons', rather than one's.
    fn is_split(&self) -> bool {
        self.places.values().any(|place| place.side > 0)
    }

    /// The pairs to hold together: the smallest record of each side with the smallest of each further piece.
    fn links(&self, records: &BTreeSet<RecordId>) -> Vec<(RecordId, RecordId)> {
        let mut first: BTreeMap<Place, RecordId> = BTreeMap::new();
        for (record, place) in self.places.iter().filter(|(record, _)| records.contains(record)) {
            first.entry(*place).or_insert(*record);
        }
        let mut sides: BTreeMap<i64, Vec<RecordId>> = BTreeMap::new();
        for (place, record) in first {
            sides.entry(place.side).or_default().push(record);
        }
        let mut links = Vec::new();
        for mut pieces in sides.into_values() {
            pieces.sort_unstable();
            links.extend(pieces.iter().skip(1).map(|piece| (pieces[0], *piece)));
        }
        links
    }
}

/// What all decisions say of the records that they speak of.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    /// Of each record: the decisions about it and its side, newest first.
    sides: BTreeMap<RecordId, Vec<(i64, i64)>>,
    /// The pairs that splits hold together, newest decision first.
    held: Vec<(RecordId, RecordId)>,
    /// The pairs that merges put together, newest decision first.
    merged: Vec<(RecordId, RecordId)>,
}

impl Verdicts {
    /// Over the records that exist.
    pub(crate) fn new(records: &BTreeSet<RecordId>, decisions: &[Decision]) -> Self {
        let mut verdicts = Self::default();
        let mut newest: Vec<&Decision> = decisions.iter().collect();
        newest.sort_unstable_by_key(|decision| Reverse(decision.sequence));
        for decision in newest {
            for (record, place) in &decision.places {
                verdicts.sides.entry(*record).or_default().push((decision.sequence, place.side));
            }
            let links = if decision.is_split() { &mut verdicts.held } else { &mut verdicts.merged };
            links.extend(decision.links(records));
        }
        verdicts
    }

    /// The pairs that splits hold together, newest decision first.
    pub(crate) fn held(&self) -> &[(RecordId, RecordId)] {
        &self.held
    }

    /// The pairs that merges put together, newest decision first.
    pub(crate) fn merged(&self) -> &[(RecordId, RecordId)] {
        &self.merged
    }

    /// Whether any decision speaks of a record.
    pub(crate) fn speak_of(&self, record: RecordId) -> bool {
        self.sides.contains_key(&record)
    }

    /// Whether any decision speaks of both records.
    pub(crate) fn speak_of_both(&self, left: RecordId, right: RecordId) -> bool {
        let (Some(left), Some(right)) = (self.sides.get(&left), self.sides.get(&right)) else { return false };
        left.iter().any(|(sequence, _)| right.iter().any(|(other, _)| sequence == other))
    }

    /// Whether any decision ever said that the records are two persons'.
    pub(crate) fn parted(&self, left: RecordId, right: RecordId) -> bool {
        let (Some(left), Some(right)) = (self.sides.get(&left), self.sides.get(&right)) else { return false };
        left.iter().any(|(sequence, side)| right.iter().any(|(other, there)| sequence == other && side != there))
    }

    /// Whether the newest decision about both records keeps them apart.
    pub(crate) fn apart(&self, left: RecordId, right: RecordId) -> bool {
        let (Some(left), Some(right)) = (self.sides.get(&left), self.sides.get(&right)) else { return false };
        let mut rights = right.iter().peekable();
        for (sequence, side) in left {
            while rights.next_if(|(other, _)| other > sequence).is_some() {}
            if let Some((_, other)) = rights.next_if(|(other, _)| other == sequence) {
                return side != other;
            }
        }
        false
    }
}
