//! Law 3: orders, batches and repeats make no difference.

use proptest::{prelude::*, sample::Index};

use super::*;
use crate::domain::{
    book::Book,
    purchase::{DayKey, Purchase, Total},
};
use tenure_kernel::RecordId;

fn book(code: &str) -> Book {
    Book::from_codes(code, "").unwrap()
}

fn id(number: u8) -> TouchpointId {
    TouchpointId([number; 16])
}

fn statement(touchpoint: u8, revision: i32, bought: Option<(i32, &str, i64)>) -> Statement<Purchase> {
    let bought = bought.map(|(day, code, minor_units)| Purchase {
        day,
        book: book(code),
        minor_units,
        margin: (minor_units % 2 == 0).then_some(minor_units / 2 - 100),
    });
    Statement { record: RecordId([7; 16]), revision, touchpoint: id(touchpoint), says: bought }
}

/// A store in memory.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    slots: Slots<Purchase>,
    days: BTreeMap<DayKey, Total>,
}

impl Kept {
    fn apply(&mut self, said: &[(TouchpointId, Statement<Purchase>)]) {
        let known = said.iter().filter_map(|(fact, _)| Some((*fact, *self.slots.get(fact)?))).collect();
        let change = fold(known, said.iter().copied());
        self.slots.extend(change.slots);
        for (key, delta) in change.days {
            let total = self.days.entry(key).or_default();
            total.add(&delta, 1);
            assert!(total.purchases >= 0 && total.minor_units >= 0, "a day never goes below zero");
        }
        self.days.retain(|_, total| total.purchases != 0);
    }
}

/// What must come out, computed another way: the winners first, then their days.
fn expected(said: &[(TouchpointId, Statement<Purchase>)]) -> Kept {
    let mut kept = Kept::default();
    for (fact, _) in said {
        let of_fact = said.iter().filter(|(other, _)| other == fact).map(|(_, statement)| *statement);
        let winner = of_fact.max_by_key(|statement| (statement.revision, statement.touchpoint)).unwrap();
        kept.slots.insert(*fact, winner);
    }
    for winner in kept.slots.values() {
        let Some(purchase) = winner.says else { continue };
        let all = Book::from(purchase.book.currency);
        let books = std::collections::BTreeSet::from([all, purchase.book]);
        for book in books {
            let total = kept.days.entry(DayKey { record: winner.record, book, day: purchase.day }).or_default();
            total.purchases += 1;
            total.minor_units += purchase.minor_units;
            total.known_minor += purchase.margin.map_or(0, |_| purchase.minor_units);
            total.margin_minor += purchase.margin.unwrap_or(0);
        }
    }
    kept
}

#[test]
fn an_amendment_undoes_exactly_its_target_even_when_it_comes_first() {
    let original = (id(1), statement(1, 0, Some((10, "EUR", 500))));
    let neighbour = (id(2), statement(2, 0, Some((10, "EUR", 40))));
    let correction = (id(1), statement(8, 1, Some((11, "USD", 70))));
    let retraction = (id(1), statement(9, 2, None));
    let mut kept = Kept::default();
    kept.apply(&[retraction, original]);
    assert_eq!(kept.days, BTreeMap::new());
    kept.apply(&[correction, neighbour]);
    assert_eq!(kept, expected(&[retraction, original, correction, neighbour]));
    assert_eq!(kept.days.len(), 1);
}

#[test]
fn a_purchase_comes_and_goes_with_the_type_of_its_winner() {
    let mut kept = Kept::default();
    // The original was a call: it made no statement. Its correction says it was a purchase after all.
    kept.apply(&[(id(1), statement(5, 1, Some((10, "EUR", 0))))]);
    assert_eq!(
        kept.days.values().copied().collect::<Vec<_>>(),
        [Total { purchases: 1, margin_minor: -100, ..Total::default() }]
    );
    // The next correction says that it was a call. The original purchase, coming late, changes nothing.
    kept.apply(&[(id(1), statement(4, 2, None))]);
    kept.apply(&[(id(1), statement(1, 0, Some((10, "EUR", 900))))]);
    assert_eq!(kept.days, BTreeMap::new());
}

#[test]
fn of_equal_revisions_the_larger_touchpoint_wins() {
    let (low, high) = (statement(3, 1, None), statement(4, 1, Some((10, "EUR", 1))));
    for order in [[low, high], [high, low]] {
        assert_eq!(fold(Slots::new(), order.map(|statement| (id(1), statement))).slots[&id(1)], high);
    }
}

#[test]
fn nothing_new_changes_nothing() {
    let said = [(id(1), statement(1, 0, Some((10, "EUR", 500))))];
    let known = fold(Slots::new(), said).slots;
    assert_eq!(fold(known, said), Change { slots: Slots::new(), days: BTreeMap::new() });
}

/// Statements of a few facts: an original at most (some originals are no purchase and say nothing), and amendments.
fn histories() -> impl Strategy<Value = Vec<(TouchpointId, Statement<Purchase>)>> {
    let bought = prop::option::weighted(
        0.7,
        (0_i32..4, prop::bool::ANY, prop::sample::select(vec!["", "home", "motor"]), 0_i64..5_000),
    );
    let amendments = prop::collection::vec((1_i32..4, 100_u8..110, bought.clone()), 0..4);
    let facts = prop::collection::vec((bought, amendments, 0_u8..3), 1..9);
    facts.prop_map(|facts| {
        let purchase = |(day, euro, line, minor_units): (i32, bool, &str, i64)| Purchase {
            day,
            book: Book::from_codes(if euro { "EUR" } else { "USD" }, line).unwrap(),
            minor_units,
            margin: (minor_units % 3 > 0).then_some(minor_units / 3 - 400),
        };
        let mut said = Vec::new();
        for (number, (original, amendments, record)) in (0_u8..).zip(facts) {
            let record = RecordId([record; 16]);
            let original = original.map(purchase);
            let first = original.map(|_| Statement { record, revision: 0, touchpoint: id(number), says: original });
            said.extend(first.map(|first| (id(number), first)));
            let mut seen = std::collections::BTreeSet::new();
            for (revision, touchpoint, bought) in amendments {
                // An event is taken in once, so a touchpoint states one thing.
                if seen.insert(touchpoint) {
                    let says = bought.map(purchase);
                    said.push((id(number), Statement { record, revision, touchpoint: id(touchpoint), says }));
                }
            }
        }
        said
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]
    #[test]
    fn any_order_batching_and_repetition_ends_the_same(
        (said, told) in histories().prop_flat_map(|said| {
            let repeats = prop::collection::vec(any::<Index>(), 0..8);
            let told = repeats.prop_flat_map({
                let said = said.clone();
                move |repeats| {
                    let again = repeats.iter().filter(|_| !said.is_empty()).map(|place| *place.get(&said));
                    Just(said.iter().copied().chain(again).collect::<Vec<_>>()).prop_shuffle()
                }
            });
            (Just(said), told)
        }),
        sizes in prop::collection::vec(1_usize..5, 60),
    ) {
        let mut kept = Kept::default();
        let mut rest = told.as_slice();
        for size in sizes {
            let (batch, later) = rest.split_at(size.min(rest.len()));
            kept.apply(batch);
            rest = later;
        }
        prop_assert!(rest.is_empty());
        prop_assert_eq!(&winners(Slots::new(), told.iter().copied()), &kept.slots);
        prop_assert_eq!(kept, expected(&said));
    }
}
