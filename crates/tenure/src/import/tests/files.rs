//! What a file may look like.

use std::collections::BTreeSet;

use super::{all, lines};
use crate::import::{lines::Lines, metered::RECORD_BYTES};

const MAPPING: &str = r#"
    source = "shop"
    type = "order.placed"
    key = "customer"
    occur_time = { column = "date", format = "date" }
    amount = { column = "amount", currency = "USD" }
"#;

/// Each line's number, and its key or what is wrong with it.
fn read(text: &(impl AsRef<[u8]> + ?Sized)) -> Vec<(u64, String)> {
    let found = all(lines(MAPPING, text)).into_iter();
    found
        .map(|line| match line.touchpoint {
            Ok(touchpoint) => (line.number, touchpoint.subjects[0].key.clone()),
            Err(violations) => {
                let text = violations.iter().map(|one| format!("{}: {}", one.field, one.description));
                (line.number, text.collect::<Vec<_>>().join(", "))
            }
        })
        .collect()
}

fn expected(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
    lines.iter().map(|&(number, text)| (number, text.to_owned())).collect()
}

#[test]
fn lines_are_numbered_as_an_editor_does() {
    let text = "customer,date,amount\n1,2026-01-01,1\n\n\n2,2026-01-01,1\n\"3\n3\n3\",2026-01-01,1\n4,2026-01-01,1";
    let numbers = expected(&[(2, "1"), (5, "2"), (6, "3\n3\n3"), (9, "4")]);
    assert_eq!(read(text), numbers);
    assert_eq!(read(&format!("{text}\n\n")), numbers);
    assert_eq!(read(&format!("\u{feff}{text}")), numbers);
    let windows = read(&text.replace('\n', "\r\n"));
    assert_eq!(windows, expected(&[(2, "1"), (5, "2"), (6, "3\r\n3\r\n3"), (9, "4")]));
    assert_eq!(read("customer,date,amount\r\n"), []);
}

#[test]
fn a_bad_line_stops_nothing() {
    let mut text =
        b"customer,date,amount\n1,2026-01-01\n2,2026-01-01,1,1\n3,2026-02-30,x\n\"4\xff\",2026-01-01,\xfe\n".to_vec();
    text.extend(b"5,2026-01-01,1\n");
    assert_eq!(
        read(&text),
        expected(&[
            (2, ": 2 columns instead of 3"),
            (3, ": 4 columns instead of 3"),
            (4, "date: not a date, YYYY-MM-DD, amount: not an amount"),
            (5, "customer: not UTF-8, amount: not UTF-8"),
            (6, "5"),
        ])
    );
}

#[test]
fn a_quote_that_is_not_closed_does_not_swallow_the_file() {
    let rows = "1,2026-01-01,1\n".repeat(10) + "\"2,2026-01-01,1\n" + &"3,2026-01-01,1\n".repeat(RECORD_BYTES / 4);
    let text = format!("customer,date,amount\n{rows}");
    let mut found = lines(MAPPING, &text);
    for _ in 0..10 {
        assert!(found.next().unwrap().is_some());
    }
    let error = format!("{:#}", found.next().map(|_| ()).unwrap_err());
    assert!(error.starts_with("after line 11: ") && error.contains("is a quote not closed?"), "{error}");
}

#[test]
fn a_large_line_is_named() {
    let text = format!("customer,date,amount\n{},2026-01-01,1\n", "x".repeat(70_000));
    assert_eq!(read(&text), expected(&[(2, ": larger than 64 KiB")]));
}

#[test]
fn the_same_file_gives_the_same_ids_however_its_lines_end() {
    let text = "customer,date,amount\n1,2026-01-01,1\n1,2026-01-01,1\n2,2026-01-01,1\nbad\n1,2026-01-01,1\n";
    let ids = |text: &str| -> Vec<_> {
        let touchpoints = all(lines(MAPPING, text)).into_iter().filter_map(|line| line.touchpoint.ok());
        touchpoints.map(|touchpoint| touchpoint.event_id).collect()
    };
    let first = ids(text);
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(first, ids(text));
    assert_eq!(first, ids(&text.replace('\n', "\r\n")));
    assert_eq!(first, ids(&text.replace("1,2026-01-01,1", "\"1\",2026-01-01,\"1\"")));
}

#[test]
fn a_header_that_can_not_be_used_is_refused() {
    let table = MAPPING.parse().unwrap();
    let open = |text: &'static [u8]| Lines::new(text, &table).map(|_| ()).unwrap_err().to_string();
    assert_eq!(open(b""), "the file is empty");
    assert_eq!(open(b"customer,\xff,amount\n"), "the header is not UTF-8");
    assert_eq!(open(b"customer,date,amount,date\n"), "two columns have the name \"date\"");
    insta::assert_snapshot!(open(b"customer;date;amount\n"), @r#"
    the mapping is wrong or does not fit:
      key: "customer" is no column of the file
      occur_time.column: "date" is no column of the file
      amount.column: "amount" is no column of the file
    "#);
}
