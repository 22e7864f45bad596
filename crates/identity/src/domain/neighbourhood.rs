//! Everything that a change can reach: explored outwards until nothing new turns up, so that clustering what was found gives
//! what clustering everything would.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId};

use super::{cluster::Blocks, decision::Decision, key::MatchKey};

/// Where a record belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    /// The person.
    pub(crate) person: PersonId,
    /// The version, from 1.
    pub(crate) version: i64,
}

/// Records with their memberships, the blocks of their keys and the decisions about them.
#[derive(Debug, Default)]
pub(crate) struct Neighbourhood {
    /// Every record reached.
    pub(crate) records: BTreeSet<RecordId>,
    /// Where those belong that belong somewhere yet.
    pub(crate) memberships: BTreeMap<RecordId, Membership>,
    /// The keys that link.
    pub(crate) blocks: Blocks,
    /// The decisions, by id.
    pub(crate) decisions: BTreeMap<[u8; 16], Decision>,
    persons: BTreeSet<PersonId>,
    frontier: Vec<RecordId>,
}

impl Neighbourhood {
    /// Around some records.
    pub(crate) fn around(records: impl IntoIterator<Item = RecordId>) -> Self {
        let mut this = Self::default();
        for record in records {
            this.reach(record);
        }
        this
    }

    /// The records found since the last time, whose memberships, keys and decisions are to be looked up; empty at the end.
    pub(crate) fn frontier(&mut self) -> Vec<RecordId> {
        std::mem::take(&mut self.frontier)
    }

    fn reach(&mut self, record: RecordId) {
        if self.records.insert(record) {
            self.frontier.push(record);
        }
    }

    /// A member of a person that a record of the frontier belongs to.
    pub(crate) fn belongs(&mut self, record: RecordId, membership: Membership) {
        self.persons.insert(membership.person);
        self.memberships.insert(record, membership);
        self.reach(record);
    }

    /// A record that carries a key that a record of the frontier carries.
    pub(crate) fn carries(&mut self, record: RecordId, key: MatchKey) {
        self.blocks.entry(key).or_default().insert(record);
        self.reach(record);
    }

    /// A decision that speaks of a record of the frontier.
    pub(crate) fn decided(&mut self, decision: Decision) {
        for record in decision.places.keys() {
            self.reach(*record);
        }
        self.decisions.insert(decision.id, decision);
    }

    /// Whether a person's members were looked up.
    pub(crate) fn knows_person(&self, person: PersonId) -> bool {
        self.persons.contains(&person)
    }

    /// Whether the records that carry a key were looked up.
    pub(crate) fn knows_key(&self, key: MatchKey) -> bool {
        self.blocks.contains_key(&key)
    }

    /// The decisions, in the order they were made.
    pub(crate) fn decisions(&self) -> Vec<Decision> {
        let mut decisions: Vec<_> = self.decisions.values().cloned().collect();
        decisions.sort_unstable_by_key(|decision| decision.sequence);
        decisions
    }
}
