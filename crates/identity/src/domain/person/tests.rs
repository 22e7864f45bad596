use proptest::prelude::*;

use super::*;
use crate::domain::tables::{Tables, mint, record, sayings::SAYINGS, set};

fn leads(tables: &Tables, id: PersonId) -> Option<PersonId> {
    resolve(&tables.persons, id).map(|person| person.id)
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
        12 => (0..10_u8, 0..SAYINGS, prop::bool::weighted(0.75)).prop_map(|(record, key, carry)| Event::Carry(record, key, carry)),
        2 => (0..10_u8, 0..10_u8).prop_map(|(left, right)| Event::Merge(left, right)),
        2 => (0..10_u8, any::<u8>()).prop_map(|(record, pick)| Event::Split(record, pick)),
        1 => (8..10_u8).prop_map(Event::Erase),
    ]
}

/// Applies an event; what it touches is settled later, but before a steward decides.
fn apply(tables: &mut Tables, event: &Event, touched: &mut BTreeSet<RecordId>) {
    match event {
        Event::Carry(number, key, carry) => touched.extend(tables.carry(*number, *key, *carry)),
        Event::Erase(number) => touched.extend(tables.erase(*number)),
        Event::Merge(left, right) => {
            tables.settle(&std::mem::take(touched));
            tables.merge(*left, *right);
        }
        Event::Split(number, pick) => {
            tables.settle(&std::mem::take(touched));
            tables.split_off(*number, *pick);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn step_by_step_ends_as_if_clustered_at_once(events in prop::collection::vec((event(), any::<bool>()), 1..40)) {
        let (mut tables, mut touched) = (Tables::default(), BTreeSet::new());
        for (event, batch_ends) in &events {
            apply(&mut tables, event, &mut touched);
            if *batch_ends {
                tables.settle(&std::mem::take(&mut touched));
                tables.check();
            }
        }
        tables.settle(&touched);
        tables.check();
    }

    #[test]
    fn a_split_gives_back_the_ids_of_before_the_merge(
        carried in prop::collection::vec((0..10_u8, 0..SAYINGS), 1..20), left in 0..10_u8, right in 0..10_u8,
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
    let cap = 25;
    let touched = (0..cap).flat_map(|number| tables.carry(number, 1, true)).collect();
    tables.settle(&touched);
    assert_eq!(tables.persons_now().len(), 1);
    let touched = tables.carry(cap, 1, true);
    tables.settle(&touched);
    tables.check();
    assert_eq!(tables.persons_now().len(), 26);
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
