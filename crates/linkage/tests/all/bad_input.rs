//! Records as nobody wants them: kept harmless.

use super::datasets::Set;
use proptest::prelude::*;
use tenure_linkage::{Options, dedupe};

const HEADERS: [&str; 16] = [
    "rec_id",
    "ent_id",
    "first_name",
    "tussenvoegsel",
    "surname",
    "dob",
    "gender",
    "street",
    "house_number",
    "postcode",
    "city",
    "email",
    "phone",
    "iban",
    "bsn",
    "company",
];

fn set(rows: Vec<Vec<String>>) -> Set {
    Set::of(HEADERS.map(str::to_owned).to_vec(), rows)
}

#[test]
fn odd_values_are_kept_harmless() {
    let odd = [
        String::new(),
        "\0".to_owned(),
        "x".repeat(10_000),
        "é".repeat(10_000),
        "\u{202e}ןב דוד".to_owned(),
        "محمد بن سلمان".to_owned(),
        "李 小龙".to_owned(),
        "Иван Ж".to_owned(),
        "👩‍👩‍👧 🙃".to_owned(),
        "1970-13-99".to_owned(),
        "99999999999999999999999".to_owned(),
        "@@@".to_owned(),
        "-'-.'".to_owned(),
    ];
    let rows = odd.iter().enumerate().map(|(at, odd)| {
        let mut row = vec![odd.clone(); HEADERS.len()];
        row[0] = format!("{at}");
        row
    });
    let records = set(rows.collect()).records();
    let linked = dedupe(&records, None, &Default::default(), &Options::default());
    assert_eq!(linked.clusters.len(), odd.len());
}

#[test]
fn no_records_and_one_record() {
    for count in 0..2 {
        let row = |at: usize| HEADERS.map(|_| at.to_string()).to_vec();
        let records = set((0..count).map(row).collect()).records();
        assert_eq!(dedupe(&records, None, &Default::default(), &Options::default()).clusters.len(), count);
    }
}

#[test]
fn empty_records_are_linked_to_nobody() {
    let empty =
        |at: usize| std::iter::once(at.to_string()).chain(HEADERS.iter().skip(1).map(|_| String::new())).collect();
    let records = set((0..50).map(empty).collect()).records();
    let linked = dedupe(&records, None, &Default::default(), &Options::default());
    assert!(linked.clusters.iter().enumerate().all(|(record, cluster)| *cluster == record as u32));
}

#[test]
fn what_everybody_shares_joins_nobody() {
    let row = |at: usize| {
        let name = |letters: &[u8], at: usize| -> String {
            (0..6)
                .map(|place| char::from(letters[(at * 7 + at / 5 + place * place * (at % 11)) % letters.len()]))
                .collect()
        };
        let mut row = vec![String::new(); HEADERS.len()];
        row[0] = at.to_string();
        row[2] = name(b"abcdefghijklmnop", at);
        row[4] = name(b"qrstuvwxyzabcdefghij", at * 13);
        row[5] = format!("{}-{:02}-{:02}", 1930 + at % 70, 1 + at % 12, 1 + at % 27);
        row[12] = "0201234567".to_owned();
        row
    };
    let records = set((0..2_000).map(row).collect()).records();
    let linked = dedupe(&records, None, &Default::default(), &Options::default());
    let mut sizes = std::collections::HashMap::<u32, usize>::new();
    linked.clusters.iter().for_each(|cluster| *sizes.entry(*cluster).or_default() += 1);
    assert!(sizes.values().all(|size| *size <= 15), "no giant person");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_is_compared_alike_in_both_directions(
        rows in proptest::collection::vec(proptest::collection::vec(any::<String>(), HEADERS.len()), 2..6)
    ) {
        let records = set(rows).records();
        for left in 0..records.len() {
            for right in 0..records.len() {
                prop_assert_eq!(records.table().compare(left, right, &Default::default()), records.table().compare(right, left, &Default::default()));
            }
        }
    }

    #[test]
    fn names_alike_are_compared_alike_in_both_directions(
        rows in proptest::collection::vec(
            (
                "(jan|johannes|piet|p\\.|jw|els|elisabeth)( (marie|jan))?",
                "(de |van )?(vries|vris|jansen|jan)(-smit)?",
                "19[67]0-0[12]-0[1-3]",
                "(12|12a|13)",
                "1234 ?a[bc]",
                "(jan|piet)@(x|y)\\.nl",
                "0612345[67]{3}"
            )
                .prop_map(|(given, surname, dob, house, postcode, email, phone)| {
                    [(2, given), (4, surname), (5, dob), (8, house), (9, postcode), (11, email), (12, phone)]
                }),
            2..8,
        )
    ) {
        let cells = |(at, row): (usize, [(usize, String); 7])| {
            let mut cells = vec![String::new(); HEADERS.len()];
            cells[0] = at.to_string();
            for (column, value) in row {
                cells[column] = value;
            }
            cells
        };
        let records = set(rows.into_iter().enumerate().map(cells).collect()).records();
        for left in 0..records.len() {
            for right in 0..records.len() {
                prop_assert_eq!(records.table().compare(left, right, &Default::default()), records.table().compare(right, left, &Default::default()));
            }
        }
    }
}
