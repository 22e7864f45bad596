//! Thousands of one name: people who share it, and who have nothing else in common. The model that is shipped knows no records,
//! but it knows which names are common.

use std::collections::BTreeMap;
use tenure_linkage::{Judge, Model, Options, Records, Role, Scorer, Table, dedupe};

type Says<'a> = Vec<(Role, &'a str)>;

/// A day of its own for each number below 25,200.
fn day(number: usize) -> String {
    format!("{}-{:02}-{:02}", 1930 + number % 75, 1 + number / 75 % 12, 1 + number / 900 % 28)
}

/// Records of the largest person, and how many persons there are, of so many who each have this name and a birthday of their own.
fn persons(count: usize, name: &Says<'_>) -> (usize, usize) {
    let mut records = Records::default();
    for number in 0..count {
        let birth = day(number * 7_919 % 25_200);
        let mut table = Table::default();
        table.push_values("NL", name.iter().copied().chain([(Role::BirthDate, birth.as_str())]));
        records.push_packed(&format!("{number:06}"), &table.pack(0)).expect("packed");
    }
    records.finish();
    let linked = dedupe(&records, Some(&Model::shipped()), &Default::default(), &Options::default());
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    linked.clusters.iter().for_each(|cluster| *sizes.entry(*cluster).or_default() += 1);
    assert!(linked.candidates > count, "they are looked at: {}", linked.candidates);
    (sizes.values().copied().max().unwrap_or_default(), sizes.len())
}

fn called(given: (Role, &'static str), surname: &'static str) -> Says<'static> {
    vec![given, (Role::Surname, surname)]
}

/// What two records of one name say in the shipped model, in bits.
fn weight(name: &Says<'_>, births: [&str; 2]) -> f64 {
    let mut table = Table::default();
    for birth in births {
        table.push_values("NL", name.iter().copied().chain([(Role::BirthDate, birth)]));
    }
    let scorer = Scorer::new(Model::shipped());
    Judge::new(&scorer, &table).said(0, 1).bits().expect("both are named")
}

const J: (Role, &str) = (Role::Initials, "J.");
const JAN: (Role, &str) = (Role::Given, "Jan");

#[test]
fn ten_thousand_of_a_common_name_are_as_many_people() {
    for (given, surname) in
        [(J, "de Vries"), (J, "Jansen"), (JAN, "de Vries"), ((Role::Given, "Maria"), "van den Berg")]
    {
        assert_eq!(persons(10_000, &called(given, surname)), (1, 10_000), "{} {surname}", given.1);
    }
}

#[test]
fn a_birthday_in_common_says_one_person_and_one_a_digit_apart_only_where_the_name_is_rare() {
    let births = [["1971-04-23", "1971-04-23"], ["1971-04-23", "1971-04-24"]];
    for given in [J, JAN] {
        let [same, apart] = births.map(|births| weight(&called(given, "de Vries"), births));
        assert!(same > 0.0 && apart < -2.0, "{same} {apart}");
        let [same, apart] = births.map(|births| weight(&called(given, "Schelsewijk"), births));
        assert!(same > 3.0 && apart > 0.0, "{same} {apart}");
    }
}

#[test]
fn the_rarer_a_name_the_more_it_says() {
    let births = ["1971-04-23", "1971-04-23"];
    let weights = |names: &[Says<'_>]| names.iter().map(|name| weight(name, births)).collect::<Vec<_>>();
    let surnames = ["de Jong", "Dekker", "Yilmaz", "Schelsewijk"].map(|surname| called(JAN, surname));
    let given = ["Maria", "Dennis", "Wubbo"].map(|name| called((Role::Given, name), "Dekker"));
    let initials = ["J.", "K.", "X."].map(|initial| called((Role::Initials, initial), "Dekker"));
    for names in [&surnames[..], &given, &initials] {
        let weights = weights(names);
        assert!(weights.is_sorted_by(|left, right| left < right), "{weights:?} of {names:?}");
    }
}
