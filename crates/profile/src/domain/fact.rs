//! Facts: what a touchpoint says of one record.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::{enriched::Enriched, measure::Measures};

/// A field and its value; an empty value says that there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) path: String,
    pub(crate) value: String,
    /// Of consent: the version of the text that was shown.
    pub(crate) text_version: String,
    /// When it ends by itself.
    pub(crate) expires_at: Option<Timestamp>,
    /// Of what a provider said.
    pub(crate) enriched: Option<Box<Enriched>>,
}

/// How a value came to its source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    /// Between systems, or unknown.
    #[default]
    System,
    /// Someone at the company or a partner entered it.
    Entered,
    /// The customer did.
    Declared,
}

/// What a touchpoint says of fields, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Since when it holds: the effective time, else when it happened.
    pub(crate) effective_at: Timestamp,
    /// Whether it was recorded before it takes effect.
    pub(crate) planned: bool,
    pub(crate) recorded_at: Timestamp,
    /// Of two values of the same moment the higher rank wins.
    pub(crate) source_rank: i32,
    pub(crate) source: String,
    pub(crate) method: Method,
    /// Whether it may be shown for due diligence only.
    pub(crate) aml: bool,
    pub(crate) fields: Vec<Field>,
}

/// That something of a type happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happened {
    /// The type's number in the catalogue.
    pub(crate) kind: i32,
    pub(crate) at: Timestamp,
    /// `None`: no trait may be about it.
    pub(crate) measures: Option<Measures>,
    /// Whether it may be shown for due diligence only.
    pub(crate) aml: bool,
}

/// What a touchpoint leaves in a record, in the slot of the fact that it is or amends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) touchpoint: TouchpointId,
    /// 0: the original.
    pub(crate) revision: i32,
    pub(crate) recorded_at: Timestamp,
    /// For the primary subject only, so that a touchpoint counts once.
    pub(crate) happened: Option<Happened>,
    pub(crate) statement: Option<Statement>,
    /// The entry of the collector's journal that tells of it; 0: another journal's does, or it was rewritten.
    pub(crate) sequence: i64,
    /// Whether what happened had its time.
    pub(crate) forgotten: bool,
}

impl Fact {
    /// That the fact never was.
    pub(crate) fn retracted(touchpoint: TouchpointId, revision: i32, recorded_at: Timestamp) -> Self {
        Self { touchpoint, revision, recorded_at, happened: None, statement: None, sequence: 0, forgotten: false }
    }

    /// Leaves what it says, but not that it happened.
    pub(crate) fn forget(&mut self) {
        self.happened = None;
        self.forgotten = true;
    }

    /// Whether leaving it out changes nothing, whatever comes before or after.
    pub(crate) fn is_void(&self) -> bool {
        self.revision == 0 && self.happened.is_none() && self.statement.is_none() && !self.forgotten
    }

    /// Of the original and its amendments the highest revision wins, of equal ones the larger touchpoint id.
    pub(crate) fn outranks(&self, other: &Self) -> bool {
        (self.revision, self.touchpoint) > (other.revision, other.touchpoint)
    }
}

/// The slots of a record, by fact.
pub(crate) type Slots = BTreeMap<TouchpointId, Fact>;

/// What became of a fact that came to its slot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// The slot was empty.
    Filled,
    /// It was there already.
    Repeated,
    /// It outranks what was there.
    Replaced(Fact),
    /// What is there outranks it.
    Outranked(Fact),
}

/// Puts a fact into its slot, unless what is there outranks it. What was forgotten does not come back by being amended.
pub(crate) fn put(slots: &mut Slots, slot: TouchpointId, mut fact: Fact) -> Put {
    let Some(there) = slots.get_mut(&slot) else {
        slots.insert(slot, fact);
        return Put::Filled;
    };
    if there.forgotten {
        fact.forget();
    }
    if fact.outranks(there) {
        Put::Replaced(std::mem::replace(there, fact))
    } else if there.outranks(&fact) {
        Put::Outranked(fact)
    } else {
        Put::Repeated
    }
}

/// A fact with its record and slot.
pub(crate) type Placed = (RecordId, TouchpointId, Fact);

/// Where the collector's journal tells of a fact that is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// Of the primary subject.
    pub(crate) record: RecordId,
    pub(crate) fact: TouchpointId,
    pub(crate) sequences: Vec<i64>,
}

/// Facts that came in, by record, each slot with its winner.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) slots: BTreeMap<RecordId, Slots>,
    /// Those that others outrank which came in with them.
    pub(crate) outranked: Vec<Placed>,
}

impl Incoming {
    pub(crate) fn put(&mut self, record: RecordId, slot: TouchpointId, fact: Fact) {
        if fact.is_void() {
            return;
        }
        match put(self.slots.entry(record).or_default(), slot, fact) {
            Put::Filled | Put::Repeated => {}
            Put::Replaced(other) | Put::Outranked(other) => self.outranked.push((record, slot, other)),
        }
    }

    /// The winners, with their places.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (RecordId, TouchpointId, &Fact)> {
        self.slots.iter().flat_map(|(record, slots)| slots.iter().map(|(slot, fact)| (*record, *slot, fact)))
    }

    /// Leaves records out.
    pub(crate) fn without(&mut self, gone: &BTreeSet<RecordId>) {
        self.slots.retain(|record, _| !gone.contains(record));
        self.outranked.retain(|(record, ..)| !gone.contains(record));
    }
}
