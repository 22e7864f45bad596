use proptest::{prelude::*, sample::Index};
use tenure_kernel::identifier::IdentifierKind;

use super::*;
use crate::domain::{
    cluster::{Blocks, MAX_BLOCK, clusters},
    decision::Decision,
    key::MatchKey,
    neighbourhood::Neighbourhood,
};

fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn set(numbers: &[u8]) -> BTreeSet<RecordId> {
    numbers.iter().map(|number| record(*number)).collect()
}

/// Readable ids: the founder's number and the ordinal.
fn mint(founder: RecordId, ordinal: u32) -> PersonId {
    let mut id = [0; 16];
    (id[0], id[1]) = (founder.0[0], u8::try_from(ordinal).expect("few"));
    PersonId(id)
}

fn leads(tables: &Tables, id: PersonId) -> Option<PersonId> {
    resolve(&tables.persons, id).map(|person| person.id)
}

/// The service in memory: what its tables hold.
#[derive(Debug, Default, Clone)]
struct Tables {
    records: BTreeSet<RecordId>,
    carried: Blocks,
    decisions: Vec<Decision>,
    memberships: BTreeMap<RecordId, Membership>,
    persons: Persons,
}

impl Tables {
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
            let links = |block: &BTreeSet<RecordId>| block.len() <= MAX_BLOCK && !block.is_disjoint(&frontier);
            for (key, block) in self.carried.iter().filter(|(_, block)| links(block)) {
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

    fn settle(&mut self, touched: &BTreeSet<RecordId>) -> Settlement {
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

    /// Takes or returns a key; answers whom that touches: all of its block where a record left it or it crossed the cap.
    fn carry(&mut self, number: u8, key: u8, carry: bool) -> BTreeSet<RecordId> {
        let block = self.carried.entry(MatchKey { kind: IdentifierKind::Email, hash: [key; 16] }).or_default();
        self.records.insert(record(number));
        let before = block.len();
        if carry {
            block.insert(record(number))
        } else {
            block.remove(&record(number))
        };
        let crossed = (before > MAX_BLOCK) != (block.len() > MAX_BLOCK);
        let rest = if !carry || crossed { block.clone() } else { BTreeSet::new() };
        rest.into_iter().chain([record(number)]).collect()
    }

    fn erase(&mut self, number: u8) -> BTreeSet<RecordId> {
        self.records.remove(&record(number));
        for block in self.carried.values_mut() {
            block.remove(&record(number));
        }
        for decision in &mut self.decisions {
            decision.places.remove(&record(number));
        }
        for person in self.persons.values_mut().filter(|person| person.founder == Some(record(number))) {
            person.founder = None;
        }
        BTreeSet::from([record(number)])
    }

    fn person_of(&self, number: u8) -> Option<PersonId> {
        self.memberships.get(&record(number)).map(|one| one.person)
    }

    fn members(&self, person: PersonId) -> BTreeSet<RecordId> {
        self.memberships.iter().filter(|(_, one)| one.person == person).map(|(record, _)| *record).collect()
    }

    fn merge(&mut self, left: u8, right: u8) {
        let (Some(left), Some(right)) = (self.person_of(left), self.person_of(right)) else { return };
        if left != right {
            let (left, right) = (self.members(left), self.members(right));
            let decision = Decision::merge([0; 16], self.next(), [&left, &right]);
            self.decide(decision);
        }
    }

    fn split(&mut self, person: PersonId, named: &BTreeSet<RecordId>) {
        let rest = self.members(person).difference(named).copied().collect();
        let around = self.explore(&self.members(person));
        let (records, earlier) = (around.records.clone(), around.decisions());
        let decision = Decision::split([0; 16], self.next(), [named, &rest], &records, &around.blocks, &earlier);
        self.decide(decision);
    }

    fn next(&self) -> i64 {
        i64::try_from(self.decisions.len()).expect("few") + 1
    }

    fn decide(&mut self, mut decision: Decision) {
        decision.id[0] = u8::try_from(decision.sequence).expect("few");
        let touched = decision.places.keys().copied().collect();
        self.decisions.push(decision);
        self.settle(&touched);
    }

    /// Who is with whom, and under which id.
    fn persons_now(&self) -> BTreeMap<PersonId, BTreeSet<RecordId>> {
        self.memberships.values().map(|one| (one.person, self.members(one.person))).collect()
    }

    fn check(&self) {
        let mut persons: Vec<_> = self.persons_now().into_values().collect();
        persons.sort();
        assert_eq!(persons, clusters(&self.records, &self.carried, &self.decisions), "as if clustered at once");
        for (id, person) in &self.persons {
            assert_eq!(usize::try_from(person.records), Ok(self.members(*id).len()));
            assert!(person.records == 0 || person.leads_to.is_none());
            assert!(person.leads_to.is_none_or(|to| self.persons.contains_key(&to)));
            assert!(resolve(&self.persons, *id).is_none_or(|person| person.records > 0), "the way ends");
        }
    }
}

#[derive(Debug, Clone)]
enum Event {
    Carry(u8, u8, bool),
    Merge(u8, u8),
    Split(u8, u8),
    Erase(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (0..10_u8, 0..6_u8, prop::bool::weighted(0.75)).prop_map(|(record, key, carry)| Event::Carry(record, key, carry)),
        2 => (0..10_u8, 0..10_u8).prop_map(|(left, right)| Event::Merge(left, right)),
        2 => (0..10_u8, any::<u8>()).prop_map(|(record, pick)| Event::Split(record, pick)),
        1 => (8..10_u8).prop_map(Event::Erase),
    ]
}

impl Tables {
    fn apply(&mut self, event: &Event, erased: &mut BTreeSet<u8>, touched: &mut BTreeSet<RecordId>) {
        match event {
            Event::Carry(number, key, carry) if !erased.contains(number) => {
                touched.extend(self.carry(*number, *key, *carry));
            }
            Event::Erase(number) => {
                erased.insert(*number);
                touched.extend(self.erase(*number));
            }
            Event::Merge(left, right) => {
                self.settle(&std::mem::take(touched));
                self.merge(*left, *right);
            }
            Event::Split(number, pick) => {
                self.settle(&std::mem::take(touched));
                let Some(person) = self.person_of(*number) else { return };
                let members = self.members(person);
                let picked = |record: &&RecordId| (record.0[0] ^ pick).count_ones().is_multiple_of(2);
                let named: BTreeSet<_> = members.iter().filter(picked).copied().collect();
                if !named.is_empty() && named != members {
                    self.split(person, &named);
                }
            }
            Event::Carry(..) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn step_by_step_ends_as_if_clustered_at_once(events in prop::collection::vec((event(), any::<bool>()), 1..40)) {
        let (mut tables, mut erased, mut touched) = (Tables::default(), BTreeSet::new(), BTreeSet::new());
        for (event, batch_ends) in &events {
            tables.apply(event, &mut erased, &mut touched);
            if *batch_ends {
                tables.settle(&std::mem::take(&mut touched));
                tables.check();
            }
        }
        tables.settle(&touched);
        tables.check();
    }

    #[test]
    fn any_order_and_batching_of_keys_gives_the_same_persons(
        carried in prop::collection::vec((0..10_u8, 0..8_u8), 1..30), seeds in prop::collection::vec(any::<Index>(), 30),
    ) {
        let replay = |carried: &[(u8, u8)], batch: usize| {
            let mut tables = Tables::default();
            for batch in carried.chunks(batch) {
                let touched = batch.iter().flat_map(|(record, key)| tables.carry(*record, *key, true)).collect();
                tables.settle(&touched);
            }
            tables.check();
            tables.persons_now().into_values().collect::<BTreeSet<_>>()
        };
        let mut shuffled = [carried.clone(), carried.clone()].concat();
        for (place, seed) in seeds.iter().enumerate() {
            let (left, right) = (place % shuffled.len(), seed.index(shuffled.len()));
            shuffled.swap(left, right);
        }
        prop_assert_eq!(replay(&shuffled, 1 + seeds[0].index(5)), replay(&carried, carried.len()));
    }

    #[test]
    fn a_split_gives_back_the_ids_of_before_the_merge(
        carried in prop::collection::vec((0..10_u8, 0..8_u8), 1..20), left in 0..10_u8, right in 0..10_u8,
    ) {
        let mut tables = Tables::default();
        for (record, key) in carried {
            let touched = tables.carry(record, key, true);
            tables.settle(&touched);
        }
        let (Some(one), Some(other)) = (tables.person_of(left), tables.person_of(right)) else { return Ok(()) };
        prop_assume!(one != other);
        let (before, named) = (tables.persons_now(), tables.members(one));
        tables.merge(left, right);
        let merged = tables.person_of(left).expect("merged");
        let loser = if merged == one { other } else { one };
        prop_assert_eq!(leads(&tables, loser), Some(merged));
        tables.split(merged, &named);
        tables.check();
        prop_assert_eq!(tables.persons_now(), before);
    }
}

#[test]
fn most_records_survive_then_the_smallest_id() {
    let mut tables = Tables::default();
    for number in [2, 3, 1] {
        let touched = tables.carry(number, number, true);
        tables.settle(&touched);
    }
    tables.merge(2, 3);
    assert_eq!(tables.person_of(3), Some(mint(record(2), 0)));
    tables.merge(1, 2);
    assert_eq!(tables.person_of(1), Some(mint(record(2), 0)), "two records against one");
    assert_eq!(leads(&tables, mint(record(1), 0)), Some(mint(record(2), 0)));
}

#[test]
fn an_id_follows_its_founder_out_of_a_person_it_was_merged_into() {
    let mut tables = Tables::default();
    for number in [1, 2, 3] {
        let touched = tables.carry(number, number, true);
        tables.settle(&touched);
    }
    tables.merge(2, 3);
    tables.merge(1, 2);
    let merged = tables.person_of(1).expect("merged");
    tables.split(merged, &set(&[3]));
    assert_eq!(tables.person_of(3), Some(mint(record(3), 0)), "it gets its own id back");
    tables.merge(1, 3);
    tables.split(merged, &set(&[1, 3]));
    let (with_three, alone) = (tables.person_of(3).expect("split"), tables.person_of(2).expect("split"));
    assert_ne!(with_three, alone);
    assert_eq!(leads(&tables, mint(record(3), 0)), Some(with_three));
    assert_eq!(leads(&tables, mint(record(1), 0)), Some(with_three));
}

#[test]
fn a_key_that_becomes_generic_lets_its_records_go() {
    let mut tables = Tables::default();
    let cap = u8::try_from(MAX_BLOCK).expect("small");
    let touched = (0..cap).flat_map(|number| tables.carry(number, 1, true)).collect();
    tables.settle(&touched);
    assert_eq!(tables.persons_now().len(), 1);
    let touched = tables.carry(cap, 1, true);
    tables.settle(&touched);
    tables.check();
    assert_eq!(tables.persons_now().len(), MAX_BLOCK + 1);
    let touched = tables.carry(7, 1, false);
    tables.settle(&touched);
    tables.check();
    assert_eq!(tables.persons_now().len(), 2);
}

#[test]
fn an_erased_person_leads_nowhere() {
    let mut tables = Tables::default();
    let touched = tables.carry(1, 1, true);
    let moves = tables.settle(&touched).moves;
    let id = mint(record(1), 0);
    assert_eq!(moves, [Move { record: record(1), from: None, to: Some(id), version: 1 }]);
    let touched = tables.erase(1);
    let moves = tables.settle(&touched).moves;
    assert_eq!(moves, [Move { record: record(1), from: Some(id), to: None, version: 2 }]);
    assert_eq!(leads(&tables, id), None);
}
