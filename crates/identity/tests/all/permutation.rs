//! Any order, batching and repetition of the same entries ends with the same persons. Every order is a tenant of its own.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::identifier::IdentifierKind::{self, CustomerNumber, Email, Phone};
use tenure_proto::collector::v1::amendment::Kind;
use tenure_store::testing::TestPlace;

use crate::{
    stage::{Happening, Said, Stage, lines, tenant},
    stewarding::{merge, split},
};

const ORDERS: usize = 20;
const HISTORIES: usize = 5;

/// A small generator of numbers (SplitMix64), so that a failure can be repeated.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("small")
    }

    fn byte(&mut self, limit: usize) -> u8 {
        u8::try_from(self.below(limit)).expect("small")
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            let other = self.below(place + 1);
            items.swap(place, other);
        }
    }
}

const VALUES: [(IdentifierKind, &str); 20] = [
    (Email, "a@x.nl"),
    (Email, "b@x.nl"),
    (Email, "c@x.nl"),
    (Email, "d@x.nl"),
    (Email, "e@x.nl"),
    (Email, "f@x.nl"),
    (Email, "g@x.nl"),
    (Email, "h@x.nl"),
    (Email, "i@x.nl"),
    (Email, "j@x.nl"),
    (CustomerNumber, "K1"),
    (CustomerNumber, "K2"),
    (CustomerNumber, "K3"),
    (CustomerNumber, "K4"),
    (CustomerNumber, "K5"),
    (CustomerNumber, "K6"),
    (CustomerNumber, "K7"),
    (CustomerNumber, "K8"),
    (Phone, "0612345678"),
    (Phone, "0612345679"),
];

/// Two for a sixth of the subjects, one for another sixth: so few that each matters to who is with whom.
fn identifiers(numbers: &mut Numbers) -> Vec<(IdentifierKind, &'static str)> {
    (0..numbers.below(6).saturating_sub(3)).map(|_| VALUES[numbers.below(VALUES.len())]).collect()
}

/// Touchpoints about 40 records, a third of which have another subject, amendments of some, and two erasures.
fn history(numbers: &mut Numbers) -> Vec<Happening> {
    let mut said = Vec::new();
    for event in 0..60_u8 {
        let mut subjects = vec![(numbers.byte(40), identifiers(numbers))];
        if numbers.below(3) == 0 {
            subjects.push((numbers.byte(40), identifiers(numbers)));
        }
        said.push(Said { event, amends: None, subjects });
    }
    for event in 60..90_u8 {
        let target = &said[numbers.below(60)];
        let kind = if numbers.below(2) == 0 { Kind::Retraction } else { Kind::Correction };
        let mut subjects = vec![(target.subjects[0].0, identifiers(numbers))];
        if numbers.below(3) == 0 {
            subjects.push((numbers.byte(40), identifiers(numbers)));
        }
        let revision = 1 + i32::from(numbers.byte(3));
        said.push(Said { event, amends: Some((target.event, revision, kind)), subjects });
    }
    let erased = [Happening::Erased(vec![3, 19]), Happening::Erased(vec![11])];
    said.into_iter().map(Happening::Said).chain(erased).collect()
}

/// What must come out, computed in another way: winners of slots, then who can be reached from whom.
fn expected(history: &[Happening]) -> Vec<String> {
    let erased: BTreeSet<u8> = history
        .iter()
        .flat_map(|one| if let Happening::Erased(numbers) = one { numbers.clone() } else { vec![] })
        .collect();
    let all: Vec<&Said> =
        history.iter().filter_map(|one| if let Happening::Said(said) = one { Some(said) } else { None }).collect();
    let mut slots: BTreeMap<u8, &Said> = BTreeMap::new();
    for said in &all {
        let rank = |said: &Said| (said.amends.map_or(0, |(_, revision, _)| revision), said.event);
        let slot = slots.entry(said.amends.map_or(said.event, |(target, ..)| target)).or_insert(said);
        if rank(said) > rank(slot) {
            *slot = said;
        }
    }
    let mut carried: BTreeSet<(u8, (IdentifierKind, &str))> = BTreeSet::new();
    for said in slots.values() {
        let retracted = said.amends.is_some_and(|(_, _, kind)| kind == Kind::Retraction);
        if retracted || erased.contains(&said.subjects[0].0) {
            continue;
        }
        for (number, identifiers) in &said.subjects {
            carried.extend(identifiers.iter().filter(|(kind, _)| kind.is_strong()).map(|one| (*number, *one)));
        }
    }
    let mut records: BTreeSet<u8> =
        all.iter().flat_map(|said| said.subjects.iter().map(|(number, _)| *number)).collect();
    records.retain(|number| !erased.contains(number));
    let mut persons: Vec<Vec<u8>> = Vec::new();
    while let Some(first) = records.pop_first() {
        let mut person = vec![first];
        let mut at = 0;
        while at < person.len() {
            let values: BTreeSet<_> =
                carried.iter().filter(|(number, _)| *number == person[at]).map(|(_, one)| *one).collect();
            for (number, _) in carried.iter().filter(|(_, one)| values.contains(one)) {
                if records.remove(number) {
                    person.push(*number);
                }
            }
            at += 1;
        }
        persons.push(person);
    }
    lines(&persons.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Appends a history in some order, with repeats, cut into batches; answers the last token.
async fn pour(stage: &Stage, who: &str, history: &[Happening], numbers: &mut Numbers) -> String {
    let mut all = history.to_vec();
    all.extend((0..10).map(|_| history[numbers.below(history.len())].clone()));
    numbers.shuffle(&mut all);
    let mut token = String::new();
    while !all.is_empty() {
        let rest = all.split_off((1 + numbers.below(40)).min(all.len()));
        token = stage.append(&tenant(who), &all).await;
        all = rest;
    }
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_ends_with_the_same_persons() {
    for place in TestPlace::each() {
        let stage = Stage::new(place).await;
        let mut numbers = Numbers(1);
        let histories: Vec<_> = (0..HISTORIES).map(|_| history(&mut numbers)).collect();
        let name = |number: usize, order: usize| format!("history-{number}-order-{order}");
        let mut token = String::new();
        for (number, history) in histories.iter().enumerate() {
            for order in 0..ORDERS / HISTORIES {
                token = pour(&stage, &name(number, order), history, &mut numbers).await;
            }
        }
        stage.followed(&token).await;
        for (number, history) in histories.iter().enumerate() {
            let expected = expected(history);
            assert!((10..36).contains(&expected.len()), "a history that links some: {}", expected.len());
            for order in 0..ORDERS / HISTORIES {
                let name = name(number, order);
                assert_eq!(stage.export(&tenant(&name)).await, expected, "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_hold_whatever_comes_before_and_after_them() {
    for place in TestPlace::each() {
        let stage = Stage::new(place).await;
        let mut numbers = Numbers(2);
        let (before, after) = (history(&mut numbers), history(&mut numbers));
        // Other events than before, so that nothing is sent again with another body.
        let after: Vec<Happening> = after.into_iter().filter_map(later).collect();
        let mut exports = BTreeSet::new();
        for order in 0..ORDERS / 2 {
            let name = format!("order-{order}");
            let who = tenant(&name);
            let token = pour(&stage, &name, &before, &mut numbers).await;
            stage.followed(&token).await;
            let (left, right) = (stage.person(&who, 1).await, stage.person(&who, 2).await);
            let merged = if left == right {
                left
            } else {
                merge(&stage, &who, "m1", &[&left, &right]).await.expect("merged").person.expect("a person")
            };
            split(&stage, &who, "s1", &merged, &[1]).await.expect("split");
            let (left, right) = (stage.person(&who, 4).await, stage.person(&who, 5).await);
            if left != right {
                merge(&stage, &who, "m2", &[&left, &right]).await.expect("merged");
            }
            let token = pour(&stage, &name, &[before.clone(), after.clone()].concat(), &mut numbers).await;
            stage.followed(&token).await;
            exports.insert(stage.export(&who).await);
        }
        assert_eq!(exports.len(), 1, "{exports:#?}");
    }
}

/// The same about later events; nothing is erased again.
fn later(happening: Happening) -> Option<Happening> {
    match happening {
        Happening::Said(said) => Some(Happening::Said(Said {
            event: said.event + 100,
            amends: said.amends.map(|(target, revision, kind)| (target + 100, revision, kind)),
            ..said
        })),
        Happening::Erased(_) => None,
    }
}
