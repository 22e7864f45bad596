//! The service in memory, for tests: what its tables hold, and how it changes them.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Timestamp, TouchpointId, identifier::IdentifierKind};

use super::{
    cluster::{Blocks, MAX_BLOCK, clusters},
    decision::Decision,
    fact::{Fact, Ledger, Rank, Touchpoint},
    key::MatchKey,
    neighbourhood::{Membership, Neighbourhood},
    person::{Persons, Settlement, is_settled, resolve, settle},
};

pub(super) fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

pub(super) fn set(numbers: &[u8]) -> BTreeSet<RecordId> {
    numbers.iter().map(|number| record(*number)).collect()
}

pub(super) fn email(number: u8) -> MatchKey {
    MatchKey { kind: IdentifierKind::Email, hash: [number; 16] }
}

/// Readable ids: the founder's number and the ordinal.
pub(super) fn mint(founder: RecordId, ordinal: u32) -> PersonId {
    let mut id = [0; 16];
    (id[0], id[1]) = (founder.0[0], u8::try_from(ordinal).expect("few"));
    PersonId(id)
}

#[derive(Debug, Default, Clone)]
pub(super) struct Tables {
    pub(super) records: BTreeSet<RecordId>,
    pub(super) erased: BTreeSet<RecordId>,
    pub(super) facts: BTreeMap<TouchpointId, Fact>,
    pub(super) counts: BTreeMap<(MatchKey, RecordId), i64>,
    pub(super) decisions: Vec<Decision>,
    pub(super) persons: Persons,
    carried: Blocks,
    memberships: BTreeMap<RecordId, Membership>,
}

impl Tables {
    /// Takes a batch in; answers the records whose person may have to change.
    pub(super) fn observe(&mut self, said: &[&Touchpoint], gone: &BTreeSet<RecordId>) -> BTreeSet<RecordId> {
        let mut touched = gone.clone();
        let said_of_gone = |one: &&Decision| one.places.keys().any(|record| gone.contains(record));
        self.decisions.iter().filter(said_of_gone).for_each(|decision| touched.extend(decision.places.keys()));
        self.forget(gone);
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
        let changes = ledger.finish();
        changes.replaced.iter().for_each(|id| drop(self.facts.remove(id)));
        self.facts.extend(changes.facts.into_iter().map(|fact| (fact.id, fact)));
        touched.extend(self.count(changes.counts));
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
        }
    }

    /// Whom that touches: all of a block that a record left, or that became or ceased to be generic.
    fn count(&mut self, counts: BTreeMap<(MatchKey, RecordId), i64>) -> BTreeSet<RecordId> {
        let before = self.carried.clone();
        let mut changed: BTreeMap<MatchKey, BTreeSet<RecordId>> = BTreeMap::new();
        for ((key, record), by) in counts {
            let count = self.counts.entry((key, record)).or_default();
            *count += by;
            assert!(*count >= 0, "a key is taken back as often as it was given");
            let block = self.carried.entry(key).or_default();
            if if *count > 0 { block.insert(record) } else { block.remove(&record) } {
                changed.entry(key).or_default().insert(record);
            }
        }
        self.counts.retain(|_, count| *count != 0);
        let mut touched = BTreeSet::new();
        for (key, records) in changed {
            let was = before.get(&key).cloned().unwrap_or_default();
            let is = &self.carried[&key];
            if !was.is_subset(is) || (was.len() > MAX_BLOCK) != (is.len() > MAX_BLOCK) {
                touched.extend(is);
            }
            touched.extend(records);
        }
        self.carried.retain(|_, block| !block.is_empty());
        touched
    }

    /// Looks around as the store does, round by round.
    fn explore(&self, touched: &BTreeSet<RecordId>) -> Neighbourhood {
        let mut around = Neighbourhood::around(touched.iter().copied());
        loop {
            let frontier: BTreeSet<RecordId> = around.frontier().into_iter().collect();
            if frontier.is_empty() {
                return around;
            }
            let persons: BTreeSet<PersonId> =
                frontier.iter().filter_map(|record| self.memberships.get(record)).map(|one| one.person).collect();
            for (record, membership) in self.memberships.iter().filter(|(_, one)| persons.contains(&one.person)) {
                around.belongs(*record, *membership);
            }
            let links = |key: &MatchKey, block: &BTreeSet<RecordId>| {
                key.kind.is_strong() && block.len() <= MAX_BLOCK && !block.is_disjoint(&frontier)
            };
            for (key, block) in self.carried.iter().filter(|(key, block)| links(key, block)) {
                for record in block {
                    around.carries(*record, *key);
                }
            }
            for decision in &self.decisions {
                if decision.places.keys().any(|record| frontier.contains(record)) {
                    around.decided(decision.clone());
                }
            }
        }
    }

    pub(super) fn settle(&mut self, touched: &BTreeSet<RecordId>) -> Settlement {
        let around = self.explore(touched);
        let present: BTreeSet<RecordId> = around.records.intersection(&self.records).copied().collect();
        let clusters = clusters(&present, &around.blocks, &around.decisions());
        let settlement = settle(&around.memberships, &clusters, self.persons.clone(), mint);
        assert_eq!(settlement.moves.is_empty(), is_settled(&around.memberships, &clusters));
        for one in &settlement.moves {
            match one.to {
                Some(person) => self.memberships.insert(one.record, Membership { person, version: one.version }),
                None => self.memberships.remove(&one.record),
            };
        }
        self.persons.clone_from(&settlement.persons);
        settlement
    }

    /// A record begins or ceases to carry a key, by a fact of its own; answers whom that touches.
    pub(super) fn carry(&mut self, number: u8, key: u8, carry: bool) -> BTreeSet<RecordId> {
        let mut id = TouchpointId([number; 16]);
        id.0[0] = key;
        let revision = self.facts.get(&id).map_or(1, |fact| fact.rank.revision + 1);
        let keys = if carry { BTreeSet::from([email(key)]) } else { BTreeSet::new() };
        let rank = Rank { revision, touchpoint: id };
        let fact = Fact { id, rank, primary: record(number), keys: BTreeMap::from([(record(number), keys)]) };
        let records = BTreeSet::from([record(number)]);
        let touchpoint = Touchpoint { fact, source: "crm".to_owned(), occurred_at: Timestamp(0), records };
        self.observe(&[&touchpoint], &BTreeSet::new())
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
            let (left, right) = (self.members(left), self.members(right));
            let decision = Decision::merge(self.next_id(), self.next(), [&left, &right]);
            self.decide(decision);
        }
    }

    /// A steward splits records off a person. All must be settled.
    pub(super) fn split(&mut self, person: PersonId, named: &BTreeSet<RecordId>) {
        let rest = self.members(person).difference(named).copied().collect();
        let around = self.explore(&self.members(person));
        let (id, sides, earlier) = (self.next_id(), [named, &rest], around.decisions());
        let decision = Decision::split(id, self.next(), sides, &around.records, &around.blocks, &earlier);
        self.decide(decision);
    }

    /// The same for those of the record's person that the pick picks, if they are a proper part of it.
    pub(super) fn split_off(&mut self, number: u8, pick: u8) {
        let Some(person) = self.person_of(number) else { return };
        let members = self.members(person);
        let picked = |record: &&RecordId| (record.0[0] ^ pick).count_ones().is_multiple_of(2);
        let named: BTreeSet<_> = members.iter().filter(picked).copied().collect();
        if !named.is_empty() && named != members {
            self.split(person, &named);
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

    pub(super) fn check(&self) {
        let at_once = clusters(&self.records, &self.carried, &self.decisions);
        assert_eq!(self.partition(), at_once, "as if clustered at once");
        for (id, person) in &self.persons {
            assert_eq!(usize::try_from(person.records), Ok(self.members(*id).len()));
            assert!(person.records == 0 || person.leads_to.is_none());
            assert!(person.leads_to.is_none_or(|to| self.persons.contains_key(&to)));
            assert!(resolve(&self.persons, *id).is_none_or(|person| person.records > 0), "the way ends");
        }
    }
}
