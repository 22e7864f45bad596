//! What holds of what providers said, and what they are given.

use proptest::prelude::*;
use tenure_kernel::TouchpointId;

use super::*;
use crate::domain::fact::{Field, Method as How};

fn said(method: Method, observed_at: i64, provider: &str, expires_at: Option<i64>) -> Field {
    let enriched = Enriched {
        provider: provider.to_owned(),
        provider_version: "1".to_owned(),
        dataset_version: String::new(),
        confidence: Confidence::CERTAIN,
        method: Some(method),
        licence: String::new(),
        evidence_ref: String::new(),
        observed_at: Timestamp(observed_at),
        valid_from: None,
        valid_to: None,
        refresh_at: None,
        asked: None,
        stale: String::new(),
    };
    Field {
        path: "enriched.a".to_owned(),
        value: format!("{method:?} {observed_at} {provider}"),
        expires_at: expires_at.map(Timestamp),
        enriched: Some(Box::new(enriched)),
        ..Field::default()
    }
}

fn statement(at: i64, fields: Vec<Field>) -> Statement {
    Statement {
        effective_at: Timestamp(at),
        planned: false,
        recorded_at: Timestamp(at),
        source_rank: 0,
        source: "crm".to_owned(),
        method: How::System,
        aml: false,
        fields,
    }
}

fn entry(field: &Field) -> Entry {
    Entry::new(TouchpointId([1; 16]), &statement(0, Vec::new()), field)
}

fn fact(at: i64, fields: Vec<Field>) -> Fact {
    let statement = Some(statement(at, fields));
    let touchpoint = TouchpointId([u8::try_from(at).expect("small"); 16]);
    Fact {
        touchpoint,
        revision: 0,
        recorded_at: Timestamp(at),
        happened: None,
        statement,
        sequence: 0,
        forgotten: false,
    }
}

fn field(path: &str, value: &str) -> Field {
    Field { path: path.to_owned(), value: value.to_owned(), ..Field::default() }
}

proptest! {
    /// Whatever the order in which records and providers are looked at, the same value holds, and never one that has ended.
    #[test]
    fn which_value_holds_does_not_depend_on_the_order(
        all in prop::collection::vec((0..5_usize, 0..3_i64, "[ab]", prop::option::of(5..15_i64), 0..3_u8), 1..8),
        turn in 0..8_usize,
    ) {
        let entries: Vec<(Entry, RecordId)> = all.iter().map(|(method, at, provider, until, record)| {
            (entry(&said(Method::ALL[*method], *at, provider, *until)), RecordId([*record; 16]))
        }).collect();
        let now = Timestamp(10);
        let holding = |entries: &[(Entry, RecordId)]| {
            let mut offers = Offers::default();
            entries.iter().for_each(|(entry, record)| offers.offer("enriched.a", entry, *record, now));
            offers.holding().map(|(_, entry, record)| (entry.clone(), record)).next()
        };
        let mut turned = entries.clone();
        turned.rotate_left(turn % entries.len());
        turned.reverse();
        let held = holding(&entries);
        prop_assert_eq!(&held, &holding(&turned));
        let holds = |entry: &Entry| entry.expires_at.is_none_or(|until| until > now);
        prop_assert_eq!(held.is_some(), entries.iter().any(|(entry, _)| holds(entry)));
        prop_assert!(held.is_none_or(|(entry, _)| holds(&entry)));
    }
}

#[test]
fn what_is_given_changes_with_the_newest_value_only() {
    let mut summary = Summary::default();
    let email = |at, value| fact(at, vec![field("contact.email", value)]);
    assert!(changes(&summary, &email(1, "a@example.nl")));
    summary.add(&email(1, "a@example.nl"));
    assert!(!changes(&summary, &email(2, "a@example.nl")) && changes(&summary, &email(2, "b@example.nl")));
    assert!(!changes(&summary, &fact(3, vec![field("contract.P.status", "active")])));
    for (path, value) in [("consent.marketing", "given"), ("restriction.right_1", "x"), ("life.deceased", "true")] {
        assert!(changes(&summary, &fact(3, vec![field(path, value)])), "{path}");
    }
    // What providers said changes nothing, nor what is for due diligence only.
    assert!(!changes(&summary, &fact(3, vec![said(Method::Exact, 3, "a", None)])));
    let mut aml = email(3, "c@example.nl");
    aml.statement.as_mut().expect("a statement").aml = true;
    assert!(!changes(&summary, &aml));
}

#[test]
fn nothing_special_is_given_to_anybody() {
    let mut summary = Summary::default();
    summary.add(&fact(1, vec![field("life.vulnerability", "debt"), field("contact.email", "a@example.nl")]));
    let input = |path: &str, required| tenure_enrichment::domain::descriptor::Input { path: path.to_owned(), required };
    let descriptor = Descriptor {
        id: "nosy".to_owned(),
        version: "1".to_owned(),
        inputs: vec![input("contact.email", true), input("life.vulnerability", false), input("enriched.a", false)],
        outputs: Vec::new(),
        purposes: vec![tenure_kernel::Purpose::Service],
        max_batch: 1,
    };
    summary.add(&fact(2, vec![said(Method::Exact, 2, "a", None)]));
    let given = inputs(&descriptor, &summary, None, Timestamp(5)).expect("inputs");
    assert_eq!(given.keys().collect::<Vec<_>>(), ["contact.email"]);
}
