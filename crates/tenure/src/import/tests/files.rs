//! What a file may look like.

use std::collections::BTreeSet;

use super::{all, lines};
use crate::import::{lines::Lines, records::RECORD_BYTES};

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

const OPEN: &str = ": a quote is opened and not closed on this line, and no later line completes a record of 3 columns";

/// Two thousand purchases, of which one has another text; on line 1,002 of the file, or at its end.
fn purchases(bad: &str, at_the_end: bool) -> String {
    let rows = |from: usize| (from..from + 1_000).map(|key| format!("{key},2026-01-01,1\n")).collect::<String>();
    let (first, second) = (rows(0), rows(1_000));
    let rows = if at_the_end { format!("{first}{second}{bad}") } else { format!("{first}{bad}\n{second}") };
    format!("customer,date,amount\n{rows}")
}

#[test]
fn a_quote_that_is_not_closed_costs_its_own_line_alone() {
    let columns = ["\"x,2026-01-01,1", "x,\"2026-01-01,1", "x,2026-01-01,\"1"];
    for bad in columns {
        for (text, number) in [(purchases(bad, false), 1_002), (purchases(bad, true), 2_002)] {
            assert!(text.len() < RECORD_BYTES);
            let mut texts: Vec<_> = (0..2_000).map(|key| key.to_string()).collect();
            texts.insert(number - 2, OPEN.to_owned());
            assert_eq!(read(&text), (2..).zip(texts).collect::<Vec<_>>(), "{bad}");
        }
    }
}

#[test]
fn two_quotes_that_belong_to_different_lines_cost_these_lines_alone() {
    for (one, other) in [("\"1,2026-01-01,1", "3,\"2026-01-01,1"), ("1,2026-01-01,\"1", "\"3,2026-01-01,1")] {
        let text = format!("customer,date,amount\n{one}\n2,2026-01-01,1\n{other}\n4,2026-01-01,1\n");
        assert_eq!(read(&text), expected(&[(2, OPEN), (3, "2"), (4, OPEN), (5, "4")]));
    }
}

#[test]
fn a_cell_of_several_lines_is_one_cell() {
    let text =
        "customer,date,amount\n\"1\n\n,\"\"1\"\"\",2026-01-01,1\n2,2026-01-01,1\n3,2026-01-01,\"1\n\"\n4,2026-01-01\n";
    let one = "1\n\n,\"1\"";
    assert_eq!(read(text), expected(&[(2, one), (5, "2"), (6, "3"), (8, ": 2 columns instead of 3")]));
    let text = "customer,date,amount\n\"1\n1\",soon,1\n2,2026-01-01,1\n\"3\n3\",2026-01-01\n";
    assert_eq!(
        read(text),
        expected(&[
            (2, "date: not a date, YYYY-MM-DD, : the record ends on line 3: is a quote not closed?"),
            (4, "2"),
            (5, OPEN),
            (6, ": 2 columns instead of 3"),
        ])
    );
}

#[test]
fn a_quote_is_looked_for_on_so_many_lines_and_no_further() {
    let rows = format!("3,2026-01-01,{}1\n", " ".repeat(1_000)).repeat(RECORD_BYTES / 900);
    let long = "x".repeat(3 * RECORD_BYTES);
    let text = format!("customer,date,amount\n1,2026-01-01,\"1\n{rows}{long}\n{rows}\"{long}\n{rows}");
    let found = read(&text);
    let bad: Vec<_> = found.iter().filter(|(_, text)| text != "3").cloned().collect();
    let count = rows.lines().count();
    let (first, second) = (count as u64 + 3, 2 * count as u64 + 4);
    assert_eq!(bad, expected(&[(2, OPEN), (first, ": larger than 1 MiB"), (second, ": larger than 1 MiB")]));
    assert_eq!(found.len(), 3 * count + 3);
}

#[test]
fn an_import_that_is_run_again_gives_the_lines_after_an_open_quote_the_same_ids() {
    let ids = |text: &str| -> BTreeSet<_> {
        let touchpoints = all(lines(MAPPING, text)).into_iter().filter_map(|line| line.touchpoint.ok());
        touchpoints.map(|touchpoint| touchpoint.event_id).collect()
    };
    let rows = "1,2026-01-01,1\n1,2026-01-01,1\n2,2026-01-01,1\n1,2026-01-01,1\n";
    let [bad, mended] = ["2,2026-01-01,\"1", "2,2026-01-01,\"1\""]
        .map(|line| format!("customer,date,amount\n1,2026-01-01,1\n{line}\n{rows}"));
    let (before, after) = (ids(&bad), ids(&mended));
    assert_eq!((before.len(), after.len(), before.difference(&after).count()), (5, 6, 0));
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
    assert_eq!(open(b"\xef\xbb\xbf\n\r\n"), "the file is empty");
    assert_eq!(open(b"customer,\xff,amount\n"), "the header is not UTF-8");
    assert_eq!(open(b"customer,\"date,amount\n1,2,3\n"), "the header opens a quote and does not close it");
    assert_eq!(open(b"customer,date,amount,date\n"), "two columns have the name \"date\"");
    insta::assert_snapshot!(open(b"customer;date;amount\n"), @r#"
    the mapping is wrong or does not fit:
      key: "customer" is no column of the file
      occur_time.column: "date" is no column of the file
      amount.column: "amount" is no column of the file
    "#);
}
