//! Everything that a change can reach: explored outwards until nothing new turns up, so that clustering what was found gives
//! what clustering everything would.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId};

use super::{decision::Decision, edge::Edge, web::Web};

/// Where a record belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    /// The person.
    pub(crate) person: PersonId,
    /// The version, from 1.
    pub(crate) version: i64,
}

/// Records with their memberships, what links them and the decisions about them.
#[derive(Debug, Default)]
pub(crate) struct Neighbourhood {
    /// Every record reached.
    pub(crate) records: BTreeSet<RecordId>,
    /// Where those belong that belong somewhere yet.
    pub(crate) memberships: BTreeMap<RecordId, Membership>,
    /// What links them.
    pub(crate) web: Web,
    /// The decisions, by id.
    pub(crate) decisions: BTreeMap<[u8; 16], Decision>,
    /// The weighed pairs of every record reached, also those that do not hold, with what each is marked as.
    pub(crate) marked: BTreeMap<(RecordId, RecordId), (i64, i64)>,
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

    /// The records found since the last time, whose memberships, edges and decisions are to be looked up; empty at the end.
    pub(crate) fn frontier(&mut self) -> Vec<RecordId> {
        std::mem::take(&mut self.frontier)
    }

    /// A record that hangs together with others of these.
    pub(crate) fn reach(&mut self, record: RecordId) {
        if self.records.insert(record) {
            self.frontier.push(record);
        }
    }

    /// A member of a person that a record of the frontier belongs to.
    pub(crate) fn belongs(&mut self, record: RecordId, membership: Membership) {
        self.memberships.insert(record, membership);
        self.reach(record);
    }

    /// What a record of the frontier and another have to do with each other, and what that is marked as.
    pub(crate) fn holds(&mut self, (record, other): (RecordId, RecordId), (edge, mark): (Edge, i64)) {
        if let Edge::Weighed(weight) = edge {
            self.marked.insert((record, other), (weight, mark));
        }
        if !edge.holds() {
            return;
        }
        self.web.edges.insert((record, other), edge);
        self.web.edges.insert((other, record), edge.turned());
        self.reach(other);
    }

    /// A decision that speaks of a record of the frontier.
    pub(crate) fn decided(&mut self, decision: Decision) {
        for record in decision.places.keys() {
            self.reach(*record);
        }
        self.decisions.insert(decision.id, decision);
    }

    /// The records whose portraits are needed: those that an edge or a decision puts together with others.
    pub(crate) fn faces(&self) -> BTreeSet<RecordId> {
        let linked = self.web.edges.keys().map(|(record, _)| *record);
        let decided = self.decisions.values().flat_map(|decision| decision.places.keys().copied());
        linked.chain(decided).collect()
    }

    /// Of a person's records those that a decision about it has to name: the others go with one of these, as long as no
    /// decision speaks of them.
    pub(crate) fn own(&self, records: &BTreeSet<RecordId>) -> BTreeSet<RecordId> {
        let spoken = |record: &RecordId| self.decisions.values().any(|decision| decision.places.contains_key(record));
        let goes_along = |record: &RecordId| {
            self.web.leader(*record).is_some_and(|leader| records.contains(&leader)) && !spoken(record)
        };
        records.iter().filter(|record| !goes_along(record)).copied().collect()
    }

    /// The decisions, in the order they were made.
    pub(crate) fn decisions(&self) -> Vec<Decision> {
        let mut decisions: Vec<_> = self.decisions.values().cloned().collect();
        decisions.sort_unstable_by_key(|decision| decision.sequence);
        decisions
    }
}
