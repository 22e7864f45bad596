//! The service in memory, for tests: what its tables hold, and how it changes them.

pub(super) mod linked;
pub(super) mod sayings;

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, TouchpointId, record::IdSecret};

use super::{
    content::{Content, Digest, Held, Outcome},
    decision::Decision,
    edge::Edge,
    fact::{Changes, Fact, Ledger, Touchpoint, Visit},
    key::MatchKey,
    neighbourhood::{Membership, Neighbourhood},
    person::{Persons, Settlement, is_settled, only_grow, resolve, settle},
};
use linked::Linked;

pub(super) fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

pub(super) fn set(numbers: &[u8]) -> BTreeSet<RecordId> {
    numbers.iter().map(|number| record(*number)).collect()
}

/// The digest of a content.
pub(super) fn digest(content: &Content) -> Digest {
    IdSecret::new(&[1; 32]).derive("content", &[&content.encode()])
}

/// Readable ids: the founder's number four times, and the ordinal.
pub(super) fn mint(founder: RecordId, ordinal: u32) -> PersonId {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&founder.0[..4]);
    id[4] = u8::try_from(ordinal).expect("few");
    PersonId(id)
}

#[derive(Debug, Default, Clone)]
pub(super) struct Tables {
    pub(super) records: BTreeSet<RecordId>,
    pub(super) erased: BTreeSet<RecordId>,
    pub(super) facts: BTreeMap<TouchpointId, Fact>,
    pub(super) counts: BTreeMap<(MatchKey, RecordId), i64>,
    pub(super) contents: BTreeMap<(RecordId, Digest), Held>,
    pub(super) visits: BTreeMap<Visit, i64>,
    pub(super) decisions: Vec<Decision>,
    pub(super) persons: Persons,
    pub(super) linked: Linked,
    memberships: BTreeMap<RecordId, Membership>,
}

impl Tables {
    /// Takes a batch in; answers the records whose person may have to change.
    pub(super) fn observe(&mut self, said: &[&Touchpoint], gone: &BTreeSet<RecordId>) -> BTreeSet<RecordId> {
        let mut touched = gone.clone();
        let said_of_gone = |one: &&Decision| one.places.keys().any(|record| gone.contains(record));
        self.decisions.iter().filter(said_of_gone).for_each(|decision| touched.extend(decision.places.keys()));
        self.forget(gone);
        touched.extend(self.linked.cut(gone));
        for record in said.iter().flat_map(|touchpoint| touchpoint.records.difference(&self.erased)) {
            if self.records.insert(*record) {
                touched.insert(*record);
            }
        }
        let mut ledger = Ledger::new(self.facts.clone());
        ledger.erase(gone);
        for fact in said.iter().filter_map(|touchpoint| touchpoint.fact.clone().without(&self.erased)) {
            ledger.take(fact);
        }
        for content in said.iter().flat_map(|touchpoint| touchpoint.contents.values()) {
            self.linked.read(content);
        }
        let changes = ledger.finish();
        changes.replaced.iter().for_each(|id| drop(self.facts.remove(id)));
        self.facts.extend(changes.facts.iter().map(|fact| (fact.id, fact.clone())));
        let concerned = self.count(&changes);
        let held = |record: RecordId| {
            let from = (record, [0; 16])..=(record, [255; 16]);
            self.contents.range(from).map(|((_, digest), held)| (*digest, *held)).collect()
        };
        let concerned = concerned.into_iter().map(|record| (record, held(record))).collect();
        touched.extend(self.linked.portray(&concerned, &self.visits, gone));
        touched
    }

    fn forget(&mut self, gone: &BTreeSet<RecordId>) {
        self.erased.extend(gone);
        self.records.retain(|record| !gone.contains(record));
        for decision in &mut self.decisions {
            decision.places.retain(|record, _| !gone.contains(record));
        }
        for person in self.persons.values_mut() {
            person.founder = person.founder.filter(|founder| !gone.contains(founder));
            person.holder = person.holder.filter(|holder| !gone.contains(holder));
        }
    }

    /// Counts; answers the records that say other things, or were seen elsewhere.
    fn count(&mut self, changes: &Changes) -> BTreeSet<RecordId> {
        for (place, by) in &changes.counts {
            let count = self.counts.entry(*place).or_default();
            *count += by;
            assert!(*count >= 0, "a key is taken back as often as it was given");
        }
        for (visit, by) in &changes.visits {
            *self.visits.entry(*visit).or_default() += by;
        }
        self.counts.retain(|_, count| *count != 0);
        self.visits.retain(|_, count| *count != 0);
        for ((record, content), tally) in &changes.contents {
            let place = (*record, *content);
            match tally.apply(self.contents.get(&place).copied()) {
                Outcome::Gone => self.contents.remove(&place),
                Outcome::Held(held) => self.contents.insert(place, held),
                Outcome::Unsure(facts) => {
                    let says = |fact: &&Fact| fact.parts.get(record).is_some_and(|part| part.content == Some(*content));
                    let latest = self.facts.values().filter(says).map(Fact::stamp).max().expect("somebody says it");
                    self.contents.insert(place, Held { facts, latest })
                }
            };
        }
        let said = changes.contents.keys().map(|(record, _)| *record);
        said.chain(changes.visits.keys().map(|(record, ..)| *record)).collect()
    }

    /// Looks around as the store does, round by round.
    fn explore(&self, touched: &BTreeSet<RecordId>) -> Neighbourhood {
        let mut around = Neighbourhood::around(touched.iter().copied());
        loop {
            let frontier: BTreeSet<RecordId> = around.frontier().into_iter().collect();
            if frontier.is_empty() {
                break;
            }
            let persons: BTreeSet<PersonId> =
                frontier.iter().filter_map(|record| self.memberships.get(record)).map(|one| one.person).collect();
            for (record, membership) in self.memberships.iter().filter(|(_, one)| persons.contains(&one.person)) {
                around.belongs(*record, *membership);
            }
            let holds =
                |((record, _), edge): &(&(RecordId, RecordId), &Edge)| frontier.contains(record) && edge.holds();
            for ((record, other), edge) in self.linked.edges.iter().filter(holds) {
                around.holds((*record, *other), (*edge, 0));
            }
            for decision in &self.decisions {
                if decision.places.keys().any(|record| frontier.contains(record)) {
                    around.decided(decision.clone());
                }
            }
        }
        let faces = around.faces().into_iter().chain(touched.iter().copied());
        let portraits = faces.filter_map(|record| Some((record, self.linked.portraits.get(&record)?.clone())));
        around.web.portraits = portraits.collect();
        around
    }

    pub(super) fn settle(&mut self, touched: &BTreeSet<RecordId>) -> Settlement {
        let around = self.explore(touched);
        let present: BTreeSet<RecordId> = around.records.intersection(&self.records).copied().collect();
        let clusters = linked::who(&present, &around.web, &around.decisions());
        let settlement = settle(&around.memberships, &clusters, self.persons.clone(), mint);
        assert_eq!(settlement.moves.is_empty(), is_settled(&around.memberships, &clusters));
        if only_grow(&around.memberships, &clusters) {
            let named: BTreeSet<PersonId> = around.memberships.values().map(|one| one.person).collect();
            let own: Persons = self.persons.clone().into_iter().filter(|(id, _)| named.contains(id)).collect();
            let alone = settle(&around.memberships, &clusters, own, mint);
            assert_eq!(
                (&alone.moves, &alone.changed),
                (&settlement.moves, &settlement.changed),
                "others are not concerned"
            );
            assert!(alone.changed.iter().all(|id| alone.persons.get(id) == settlement.persons.get(id)));
        }
        for one in &settlement.moves {
            match one.to {
                Some(person) => self.memberships.insert(one.record, Membership { person, version: one.version }),
                None => self.memberships.remove(&one.record),
            };
        }
        self.persons.clone_from(&settlement.persons);
        settlement
    }

    /// Does all that was put off.
    pub(super) fn drain(&mut self) {
        while let Some(touched) = self.linked.redo() {
            self.settle(&touched);
        }
    }

    pub(super) fn erase(&mut self, number: u8) -> BTreeSet<RecordId> {
        self.observe(&[], &set(&[number]))
    }

    pub(super) fn person_of(&self, number: u8) -> Option<PersonId> {
        self.memberships.get(&record(number)).map(|one| one.person)
    }

    pub(super) fn members(&self, person: PersonId) -> BTreeSet<RecordId> {
        self.memberships.iter().filter(|(_, one)| one.person == person).map(|(record, _)| *record).collect()
    }

    /// A steward merges the persons of two records, if they are two. All must be settled.
    pub(super) fn merge(&mut self, left: u8, right: u8) {
        let (Some(left), Some(right)) = (self.person_of(left), self.person_of(right)) else { return };
        if left != right {
            let members = [self.members(left), self.members(right)];
            let around = self.explore(&members.iter().flatten().copied().collect());
            let persons = members.map(|records| around.own(&records));
            let decision = Decision::merge(self.next_id(), self.next(), &persons);
            self.decide(decision);
        }
    }

    /// A steward splits records off a person. All must be settled.
    pub(super) fn split(&mut self, person: PersonId, named: &BTreeSet<RecordId>) {
        let rest: BTreeSet<RecordId> = self.members(person).difference(named).copied().collect();
        let around = self.explore(&self.members(person));
        let (id, sides) = (self.next_id(), [&around.own(named), &around.own(&rest)]);
        let outcome = |decision: &Decision| self.outcome(&around, decision);
        let decision = Decision::split(id, self.next(), sides, &around.records, outcome);
        self.decide(decision);
    }

    fn outcome(&self, around: &Neighbourhood, decision: &Decision) -> Vec<BTreeSet<RecordId>> {
        let decisions: Vec<Decision> = around.decisions().into_iter().chain([decision.clone()]).collect();
        linked::who(&around.records, &around.web, &decisions)
    }

    /// The same for those of the record's person that the pick picks, if they are a proper part of it.
    pub(super) fn split_off(&mut self, number: u8, pick: u8) {
        let Some(person) = self.person_of(number) else { return };
        let members = self.members(person);
        let picked = |record: &&RecordId| (record.0[0] ^ pick).count_ones().is_multiple_of(2);
        let named: BTreeSet<_> = members.iter().filter(picked).copied().collect();
        if !named.is_empty() && named != members {
            self.split(person, &named);
            let is_whole = |side: &BTreeSet<RecordId>| {
                let homes: BTreeSet<_> = side.iter().map(|record| self.memberships[record].person).collect();
                homes.len() == 1
            };
            assert!(is_whole(&named), "either side stays together");
        }
    }

    fn next(&self) -> i64 {
        i64::try_from(self.decisions.len()).expect("few") + 1
    }

    fn next_id(&self) -> [u8; 16] {
        [u8::try_from(self.next()).expect("few"); 16]
    }

    pub(super) fn decide(&mut self, decision: Decision) {
        let touched = decision.places.keys().copied().collect();
        self.decisions.push(decision);
        self.settle(&touched);
    }

    /// Who is with whom, and under which id.
    pub(super) fn persons_now(&self) -> BTreeMap<PersonId, BTreeSet<RecordId>> {
        self.memberships.values().map(|one| (one.person, self.members(one.person))).collect()
    }

    /// Who is with whom, sorted.
    pub(super) fn partition(&self) -> Vec<BTreeSet<RecordId>> {
        let mut persons: Vec<_> = self.persons_now().into_values().collect();
        persons.sort();
        persons
    }

    /// That everything is as if it had been done at once. Nothing may be put off.
    pub(super) fn check(&self) {
        let at_once = linked::at_once(&self.contents, &self.linked, &self.visits);
        assert_eq!(self.linked.edges, at_once.edges, "as if compared at once");
        assert_eq!(self.linked.portraits, at_once.portraits, "as if portrayed at once");
        assert_eq!(self.partition(), linked::who(&self.records, &at_once, &self.decisions), "as if clustered at once");
        for (id, person) in &self.persons {
            assert_eq!(usize::try_from(person.records), Ok(self.members(*id).len()));
            assert!(person.records == 0 || person.leads_to.is_none());
            assert!(person.leads_to.is_none_or(|to| self.persons.contains_key(&to)));
            assert!(resolve(&self.persons, *id).is_none_or(|person| person.records > 0), "the way ends");
        }
    }
}
