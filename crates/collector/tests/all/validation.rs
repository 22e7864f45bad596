//! Everything that can be wrong with a touchpoint, each with its field and reason.

mod cases;

use std::collections::BTreeSet;

use tenure_proto::{
    collector::v1 as pb,
    error::v1::Reason::{
        self, AmendmentSubjectChanged, EventIdReused, FieldNotAllowed, FieldRequired, QuarantineFull, SchemaViolated,
        TypeUnknown,
    },
};
use tenure_store::testing::TestPlace;

use self::cases::{line, lines};
use crate::{
    fixture::{World, order, wrong},
    outcomes::show,
};

#[tokio::test]
async fn every_violation_is_told_with_its_field_and_reason() {
    let world = World::new(TestPlace::sqlite()).await;
    let cases = cases::all();
    let changed = cases.iter().map(|(change, _)| {
        let mut touchpoint = order("1", "jan");
        change(&mut touchpoint);
        touchpoint
    });
    let mut shown = String::new();
    for ((touchpoint, (_, expected)), number) in changed.zip(&cases).zip(0..) {
        let outcome = world.preview(vec![touchpoint]).await.remove(0);
        assert_eq!(wrong(&outcome), *expected, "case {number}");
        assert_eq!(outcome.status() == pb::outcome::Status::Accepted, expected.is_empty(), "case {number}");
        shown += &show(&outcome);
    }
    insta::assert_snapshot!("violations", shown);
    // Every reason of an item is told somewhere: here or in the tests of what they are about.
    let told: BTreeSet<i32> =
        cases.iter().flat_map(|(_, expected)| expected.iter()).map(|(_, reason)| *reason as i32).collect();
    let elsewhere =
        [EventIdReused, SchemaViolated, AmendmentSubjectChanged, QuarantineFull].map(|reason| reason as i32);
    for number in (FieldRequired as i32..=FieldNotAllowed as i32).chain(TypeUnknown as i32..=QuarantineFull as i32) {
        assert!(told.contains(&number) || elsewhere.contains(&number), "{number}");
    }
}

#[tokio::test]
async fn everything_wrong_with_an_item_is_told_at_once_up_to_a_hundred() {
    let world = World::new(TestPlace::sqlite()).await;
    let mut touchpoint = order("", "");
    touchpoint.source = String::new();
    touchpoint.occur_time = None;
    touchpoint.amount = None;
    touchpoint.subjects.clear();
    let outcome = world.preview(vec![touchpoint.clone()]).await.remove(0);
    let fields: Vec<_> = wrong(&outcome).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["source", "event_id", "occur_time", "subjects", "amount"]);
    lines(&mut touchpoint, (0..200).map(|_| line(0, None)).collect());
    assert_eq!(world.preview(vec![touchpoint.clone()]).await[0].violations.len(), 100);
    // Each reason is told, also when the hundred are of others.
    let Some(pb::touchpoint::Detail::Order(order)) = &mut touchpoint.detail else { panic!("no order") };
    order.lines[199].amount = Some(pb::Money { currency_code: "EURO".to_owned(), minor_units: -1 });
    order.lines[198].amount = order.lines[199].amount.clone();
    let outcome = world.preview(vec![touchpoint]).await.remove(0);
    let told = wrong(&outcome);
    let further = [
        ("order.lines[198].amount.currency_code", Reason::CurrencyInvalid),
        ("order.lines[198].amount.minor_units", Reason::AmountNegative),
    ];
    assert_eq!(told[100..], further);
}
