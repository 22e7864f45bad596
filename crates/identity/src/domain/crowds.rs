//! What very many have in common makes no work without end, no giant person, and is nothing to others.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Timestamp, TouchpointId, identifier::IdentifierKind};
use tenure_linkage::cluster::Clustering;

use super::{
    block::CANDIDATES,
    content::{Content, Field},
    fact::{Fact, Part, Rank, Touchpoint},
    key::MatchKey,
    tables::{Tables, digest},
};

fn record(number: u16) -> RecordId {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.wrapping_mul(40_503).to_be_bytes());
    id[2..4].copy_from_slice(&number.to_be_bytes());
    RecordId(id)
}

/// A touchpoint that says something of a record.
fn told(number: u16, said: &[(Field, String)]) -> Touchpoint {
    let mut content = Content::default();
    said.iter().for_each(|(field, value)| content.say(*field, value.clone()));
    let id = TouchpointId(record(number).0);
    let part = Part { content: Some(digest(&content)), ..Part::default() };
    let fact = Fact {
        id,
        rank: Rank { revision: 0, touchpoint: id },
        primary: record(number),
        occurred_at: Timestamp(0),
        parts: [(record(number), part)].into(),
    };
    let contents = [(record(number), content)].into();
    Touchpoint { fact, source: "crm".to_owned(), records: [record(number)].into(), contents }
}

/// Takes touchpoints in, some at a time, and does all that is put off; answers how many records were evaluated.
fn pour(tables: &mut Tables, told: &[Touchpoint]) -> usize {
    let before = tables.linked.spent.0;
    for batch in told.chunks(100) {
        let touched = tables.observe(&batch.iter().collect::<Vec<_>>(), &BTreeSet::new());
        tables.settle(&touched);
        tables.drain();
    }
    tables.linked.spent.0 - before
}

fn named(number: u16, surname: &str) -> Vec<(Field, String)> {
    // Each with a birthday of its own, as far as there are days.
    let (year, month, day) = (1920 + number % 80, 1 + number / 80 % 12, 1 + number / 960 % 28);
    vec![
        (Field::Given, "Jan".to_owned()),
        (Field::Surname, surname.to_owned()),
        (Field::Birth, format!("{year}-{month:02}-{day:02}")),
    ]
}

fn largest(tables: &Tables) -> usize {
    tables.persons.values().map(|person| usize::try_from(person.records).expect("some")).max().unwrap_or_default()
}

#[test]
fn a_phone_that_thousands_share_costs_each_of_them_little() {
    let mut tables = Tables::default();
    let name = |seed: u16| -> String {
        let letter = |at: u16| char::from(b'a' + (seed.wrapping_mul(2_749).rotate_left(u32::from(at) * 3) % 26) as u8);
        (0..6).map(letter).collect()
    };
    let shared = |number: u16| {
        let mut said = named(number, &name(number));
        said[0].1 = name(number + 20_000);
        said.push((Field::Phone, "+31201234567".to_owned()));
        told(number, &said)
    };
    let all: Vec<Touchpoint> = (0..1_500).map(shared).collect();
    let evaluated = pour(&mut tables, &all);
    // Once each, and again those of the few blocks that are just full when one more comes.
    assert!(evaluated < all.len() * 4, "{evaluated} evaluations");
    assert!(tables.linked.spent.1 < all.len() * 60, "{} pairs", tables.linked.spent.1);
    assert!(largest(&tables) <= 2, "{}", largest(&tables));
    // A pair that has nothing to do with them costs what it costs alone.
    let before = tables.linked.spent;
    let others = [9_000, 9_001].map(|number| told(number, &[(Field::Email, "a@example.nl".to_owned())]));
    assert_eq!(pour(&mut tables, &others), 2);
    assert!(tables.linked.spent.1 - before.1 <= 2);
    assert_eq!(largest(&tables).max(2), 2);
}

#[test]
fn thousands_of_one_name_are_as_many_people() {
    let mut tables = Tables::default();
    let all: Vec<Touchpoint> = (0..1_500)
        .map(|number| {
            let mut said = named(number, "Vries");
            said.extend([(Field::Particle, "de".to_owned()), (Field::Initials, "J".to_owned())]);
            told(number, &said)
        })
        .collect();
    let evaluated = pour(&mut tables, &all);
    assert!(evaluated < all.len() * 8, "{evaluated} evaluations");
    assert!(tables.linked.spent.1 < all.len() * CANDIDATES, "{} pairs", tables.linked.spent.1);
    // Some are born on days that are each other's with day and month swapped.
    assert!(largest(&tables) <= 2, "{}", largest(&tables));
    assert!(tables.persons.len() >= 1_400, "{}", tables.persons.len());
}

#[test]
fn a_cookie_of_hundreds_leads_nobody_and_joins_nobody() {
    let mut tables = Tables::default();
    let cookie = MatchKey { kind: IdentifierKind::Cookie, hash: [7; 16] };
    let with_cookie = |number: u16, said: &[(Field, String)]| {
        let mut told = told(number, said);
        let part = told.fact.parts.get_mut(&record(number)).expect("a part");
        part.keys.insert(cookie);
        if said.is_empty() {
            (part.content, told.contents) = (None, Default::default());
        }
        told
    };
    let known = |number: u16| with_cookie(number, &[(Field::Email, format!("m{number}@example.nl"))]);
    pour(&mut tables, &[with_cookie(5_000, &[]), known(1)]);
    assert_eq!(largest(&tables), 2, "whoever browses goes with who logged in");
    let few: Vec<Touchpoint> = (2..=8).map(known).collect();
    pour(&mut tables, &few);
    assert_eq!((largest(&tables), tables.partition().len()), (2, 8));
    let many: Vec<Touchpoint> = (9..=500).map(known).collect();
    // The one who browses is looked at once a batch at most.
    assert!(pour(&mut tables, &many) <= many.len() + 5);
    assert_eq!((largest(&tables), tables.partition().len()), (1, 501));
    assert_eq!(tables.linked.spent.1, 0, "nobody is compared for a cookie");
    tables.check();
}

#[test]
fn hundreds_that_hang_together_make_no_giant() {
    let mut tables = Tables::default();
    // Each has a number in common with the next.
    let account = |number: u16| (Field::Account, format!("customer/crm/{number}"));
    let all: Vec<Touchpoint> = (0..500).map(|number| told(number, &[account(number), account(number + 1)])).collect();
    let evaluated = pour(&mut tables, &all);
    assert!(evaluated < all.len() * 2, "{evaluated} evaluations");
    assert!(tables.linked.spent.1 < all.len() * 4, "{} pairs", tables.linked.spent.1);
    assert!(largest(&tables) <= Clustering::default().largest, "{}", largest(&tables));
    tables.check();
}
