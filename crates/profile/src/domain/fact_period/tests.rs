use proptest::{collection::vec, prelude::*};
use tenure_kernel::TouchpointId;

use super::*;
use crate::domain::{
    fact::{Method, Slots, Statement, put},
    measure::Measures,
};

const PAGE: i32 = 324;
const CALL: i32 = 203;
const ORDER: i32 = 140;
const CONTRACT: i32 = 100;

fn fact(id: u8, kind: i32, day: i64) -> Fact {
    let measures = Some(Measures::default());
    Fact {
        happened: Some(Happened { kind, at: Timestamp(day * DAY), measures, aml: false }),
        sequence: i64::from(id),
        ..Fact::retracted(TouchpointId([id; 16]), 0, Timestamp(day * DAY))
    }
}

fn said(records: &[(u8, &[Fact])]) -> BTreeMap<RecordId, Versions> {
    let versions = |facts: &[Fact]| facts.iter().map(|fact| (fact.touchpoint, vec![fact.clone()])).collect();
    records.iter().map(|(record, facts)| (RecordId([*record; 16]), versions(facts))).collect()
}

fn due_on(day: i64, said: &BTreeMap<RecordId, Versions>) -> Vec<u8> {
    let periods = [(Group::Digital, 10), (Group::Orders, 100), (Group::Contacts, 50)].into();
    due(&periods, said, Timestamp(day * DAY)).into_iter().map(|one| one.told.fact.0[0]).collect()
}

#[test]
fn each_group_has_its_own_time_and_what_is_of_none_stays() {
    let facts = [fact(1, PAGE, 0), fact(2, CALL, 0), fact(3, ORDER, 0), fact(4, CONTRACT, 0), fact(5, PAGE, 95)];
    let said = said(&[(1, &facts), (2, &[fact(6, ORDER, 90), fact(7, CALL, 95)])]);
    assert_eq!(due_on(9, &said), [0_u8; 0]);
    assert_eq!(due_on(10, &said), [1]);
    assert_eq!(due_on(50, &said), [1, 2]);
    assert_eq!(due_on(100, &said), [1, 2, 3]);
}

#[test]
fn what_happened_last_and_what_last_made_a_customer_stay() {
    let said = said(&[(1, &[fact(1, ORDER, 0), fact(2, ORDER, 5)]), (2, &[fact(3, PAGE, 7), fact(4, PAGE, 8)])]);
    assert_eq!(due_on(900, &said), [1, 3], "2 binds, 4 is the last");
}

#[test]
fn an_amendment_goes_with_its_original_and_not_before() {
    let mut said = said(&[(1, &[fact(1, PAGE, 0), fact(9, CALL, 99)])]);
    let slot = said.get_mut(&RecordId([1; 16])).and_then(|all| all.get_mut(&TouchpointId([1; 16])));
    let versions = slot.expect("the fact");
    versions.push(Fact { revision: 1, ..fact(2, PAGE, 30) });
    let of = |said: &BTreeMap<RecordId, Versions>, day| {
        let periods = [(Group::Digital, 10)].into();
        due(&periods, said, Timestamp(day * DAY)).first().map(|one| (one.told.sequences.clone(), one.cell))
    };
    assert_eq!(of(&said, 39), None, "it happened later than was first said");
    assert_eq!(of(&said, 40), Some((vec![1, 2], Some((30, PAGE)))));
    // Of what was taken back nothing counts, but the journal tells of it.
    let slot = said.get_mut(&RecordId([1; 16])).and_then(|all| all.get_mut(&TouchpointId([1; 16])));
    let retraction = Fact { sequence: 3, ..Fact::retracted(TouchpointId([3; 16]), 2, Timestamp(0)) };
    slot.expect("the fact").push(retraction);
    assert_eq!(of(&said, 40), Some((vec![1, 2, 3], None)));
}

#[test]
fn due_diligence_has_its_own_law_and_what_is_forgotten_is_not_due_again() {
    let mut aml = fact(1, PAGE, 0);
    aml.statement = Some(Statement {
        effective_at: Timestamp(0),
        planned: false,
        recorded_at: Timestamp(0),
        source_rank: 0,
        source: "kyc".to_owned(),
        method: Method::System,
        aml: true,
        fields: vec![],
    });
    let mut forgotten = fact(2, PAGE, 0);
    forgotten.forget();
    assert_eq!(due_on(900, &said(&[(1, &[aml, forgotten, fact(3, CALL, 5), fact(4, CALL, 6)])])), [3]);
}

#[test]
fn only_records_with_something_old_are_looked_at() {
    let mut summary = Summary::default();
    let happened = |kind, day| fact(1, kind, day).happened.expect("it happened");
    summary.add_happened(&happened(PAGE, 5));
    summary.add_happened(&happened(PAGE, 500));
    let periods = [(Group::Digital, 10)].into();
    let may = |day| may_be_due(&periods, &summary, Timestamp(day * DAY));
    assert_eq!((may(14), may(15)), (false, true));
}

#[test]
fn what_keeps_a_record_keeps_its_facts_but_due_diligence() {
    let judged = |decision| Judged { decision, facts: 1, classes: BTreeMap::new(), erased_at: None };
    let retain = |ground| fate(Some(&judged(Decision::Retain(ground, None))), false);
    assert_eq!(retain(Ground::LegalHold), Fate::Retain(Ground::LegalHold));
    assert_eq!(retain(Ground::AmlRetention), Fate::Anonymise);
    assert_eq!(fate(Some(&judged(Decision::Erase)), false), Fate::Anonymise);
    let diligence = judged(Decision::Retain(Ground::AmlRetention, None));
    assert_eq!(fate(Some(&diligence), true), Fate::Retain(Ground::Restriction), "who had it restricted may need it");
}

#[test]
fn codes_and_types_are_of_one_group() {
    for (group, code, types) in &GROUPS {
        assert_eq!((group.as_str(), Group::of_code(code)), (*code, Some(*group)));
        assert!(types.iter().cloned().flatten().all(|kind| Group::of_type(kind) == Some(*group)), "{code}");
    }
    for kind in [100, 123, 224, 227, 260, 271, 272, 340, 343, 383, 400, 408] {
        assert_eq!(Group::of_type(kind), None, "{kind}");
    }
}

proptest! {
    /// Whatever comes before and after: what is forgotten counts no more, and of what is said the same wins.
    #[test]
    fn what_is_forgotten_does_not_come_back(versions in vec((0..4_i32, 1..7_u8), 2..9), cut in 1..8_usize) {
        let version = |(revision, id): (i32, u8)| Fact { revision, ..fact(id, PAGE, i64::from(id)) };
        let (mut slots, mut whole) = (Slots::new(), Slots::new());
        let slot = TouchpointId([9; 16]);
        for (place, one) in versions.iter().enumerate() {
            if place == cut {
                slots.values_mut().for_each(Fact::forget);
            }
            put(&mut slots, slot, version(*one));
            put(&mut whole, slot, version(*one));
        }
        let (there, would) = (&slots[&slot], &whole[&slot]);
        prop_assert_eq!((there.revision, there.touchpoint), (would.revision, would.touchpoint));
        prop_assert_eq!(there.happened.is_none(), cut < versions.len());
        prop_assert_eq!(there.forgotten, cut < versions.len());
    }
}
