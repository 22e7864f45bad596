//! What very many have in common: a phone, a name, a cookie, a chain of numbers. Each of them must cost little more than a customer
//! like any other, make no giant person, and change nothing for others; what is too large must be told.

use tenure_proto::{
    collector::v1::{IdentifierKind, SubjectAttributes, Touchpoint},
    identity::v1::Person,
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    measured::{Aim, Round, Row},
    touchpoints::{purchase, with_attributes, with_identifier},
};
use tokio::time::Instant;

use super::{customers::Customers, field::Field, milliseconds, quantile};

/// Customers like any other.
const ORDINARY: usize = 20_000;
/// Of these it is seen that nothing changes for them.
const SEEN: usize = 300;
/// A crowd's records may cost so many times as much.
const BOUND: f64 = 8.0;

/// The family name of very many.
const FAMILY: &str = "Vries";

/// Draws the touchpoint of a number.
type Draw = fn(usize) -> Touchpoint;

pub(crate) async fn measure() -> Vec<Row> {
    let mut field = Field::start(TestPlace::sqlite()).await;
    // Who has the name that very many will have is no other.
    let drawn = Customers::draw(ORDINARY);
    let (known, token) = field.load(drawn.touchpoints().filter(|said| !is_called(said, FAMILY))).await;
    let before = field.cpu();
    field.follow(&token).await;
    let ordinary = (field.cpu() - before) * 1e3 / known.len() as f64;
    let seen: Vec<String> = known.into_iter().take(SEEN).collect();
    let persons = look(&field, &seen).await;
    // How many there are; how many records a person of theirs has at most, with those of a customer like any other who looks like one
    // of them; how many persons there are at least.
    let crowds: [(&str, usize, (i64, i64), Draw); 4] = [
        ("a phone that 50 thousand share", 50_000, (4, 1), of_one_phone),
        ("10 thousand called J. de Vries", 10_000, (15, 9_990), of_one_name),
        ("a cookie of 5 thousand logins", 5_000, (4, 1), of_one_cookie),
        ("2 thousand that hang together", 2_000, (300, 1), of_a_chain),
    ];
    let mut rows = Vec::new();
    for (what, count, (most, least), draw) in crowds {
        field.pause().await;
        let (crowd, token) = field.load((0..count).map(draw)).await;
        assert_eq!(crowd.len(), count, "{what}");
        let before = field.cpu();
        let took = field.follow(&token).await;
        let cpu = (field.cpu() - before) * 1e3 / count as f64;
        let (largest, number) = persons_of(&field, draw(0).source.as_str()).await;
        println!("  {what}: {took:.1?}, {cpu:.2} ms of CPU each, {number} persons, {largest} records in the largest");
        assert!(largest <= most, "{what}: {largest} records in a person");
        assert!(number >= least, "{what}: {number} persons");
        assert!(look(&field, &seen).await == persons, "{what}: others are as they were");
        rows.push(row(what, Round::against(cpu, ordinary), Aim::AtMost(BOUND)));
    }
    let tangles = field.all("SELECT records FROM oversize WHERE review = 4").await;
    let tangles: Vec<i64> = tangles.iter().map(|row| row.get(0).expect("a number")).collect();
    assert!(tangles.contains(&2_000), "it is told that two thousand hang together: {tangles:?}");
    rows.push(alone(&field).await);
    field.stop().await;
    rows
}

/// One more that hangs together with them, and somebody else, each alone.
async fn alone(field: &Field) -> Row {
    let (mut within, mut without) = (Vec::new(), Vec::new());
    for at in 0..50 {
        within.push(once(field, of_a_chain(2_000 + at)).await);
        without.push(once(field, of_one_cookie(10_000 + at)).await);
    }
    row(
        "one more that hangs together with 2 thousand, p50",
        Round::against(quantile(&within, 0.5), quantile(&without, 0.5)),
        Aim::Less,
    )
}

async fn once(field: &Field, touchpoint: Touchpoint) -> f64 {
    let begun = Instant::now();
    let (records, token) = field.record(vec![touchpoint]).await;
    field.person(&records[0], &token).await;
    milliseconds(begun.elapsed())
}

fn row(what: &str, round: Round, aim: Aim) -> Row {
    Row {
        what: what.to_owned(),
        baseline: "a customer like any other".to_owned(),
        unit: "ms",
        rounds: vec![round],
        aim,
        note: String::new(),
    }
}

async fn look(field: &Field, records: &[String]) -> Vec<Person> {
    let mut persons = Vec::with_capacity(records.len());
    for record in records {
        persons.push(field.person(record, "").await);
    }
    persons
}

/// Records of the largest person that has any of a source, and how many such persons there are.
async fn persons_of(field: &Field, source: &str) -> (i64, i64) {
    let sql = format!(
        "SELECT MAX(p.records), COUNT(DISTINCT p.person_id) FROM person p JOIN membership m ON m.tenant = p.tenant AND m.person_id = p.person_id
         JOIN source_record r ON r.tenant = m.tenant AND r.record_id = m.record_id WHERE r.source = '{source}' /* whole */"
    );
    let row = &field.all(&sql).await[0];
    (row.get(0).expect("a number"), row.get(1).expect("a number"))
}

fn is_called(touchpoint: &Touchpoint, family: &str) -> bool {
    let attributes = touchpoint.subjects.iter().filter_map(|subject| subject.attributes.as_ref());
    attributes.into_iter().any(|attributes| attributes.family_name == family)
}

fn of(source: &str, number: usize) -> Touchpoint {
    purchase(source, &format!("event-{number}"), &format!("key-{number}"), 1, 1_999)
}

/// A word of its own for each number.
fn word(number: usize, from: &[&str]) -> String {
    let mut rest = number.wrapping_mul(2_654_435_761) % 1_000_003;
    let mut word = String::new();
    for _ in 0..3 {
        word += from[rest % from.len()];
        rest /= from.len();
    }
    word
}

fn named(given: String, family: &str, prefix: &str, number: usize) -> SubjectAttributes {
    let (year, month, day) = (1930 + number % 75, 1 + number / 75 % 12, 1 + number / 900 % 28);
    SubjectAttributes {
        given_name: given,
        family_name_prefix: prefix.to_owned(),
        family_name: family.to_owned(),
        birth_date: format!("{year}-{month:02}-{day:02}"),
        ..SubjectAttributes::default()
    }
}

fn of_one_phone(number: usize) -> Touchpoint {
    let given = word(number, &["ma", "jo", "el", "ra", "ni", "tu", "ber", "os"]);
    let family = word(number / 7, &["haar", "bos", "veld", "wijk", "stra", "berg", "dijk", "lo", "kamp", "zand"]);
    let told = with_attributes(of("shop", number), named(given, &family, "", number));
    with_identifier(told, IdentifierKind::Phone, "+31201234567")
}

fn of_one_name(number: usize) -> Touchpoint {
    with_attributes(of("club", number), named("J.".to_owned(), FAMILY, "de", number))
}

fn of_one_cookie(number: usize) -> Touchpoint {
    let told = with_identifier(of("site", number), IdentifierKind::Cookie, "shared");
    with_identifier(told, IdentifierKind::Email, &format!("member{number}@example.nl"))
}

/// Each has a number in common with the next.
fn of_a_chain(number: usize) -> Touchpoint {
    let told = with_identifier(of("files", number), IdentifierKind::CustomerNumber, &format!("K{number}"));
    with_identifier(told, IdentifierKind::CustomerNumber, &format!("K{}", number + 1))
}
