//! Event ids for files that have none.

use std::collections::HashMap;

use ring::digest::{Context, SHA256};

/// Gives each row an id: 128 bits, in hex, of SHA-256 over the source, the row and how many equal rows came before it.
///
/// So the same file always gives the same ids, and two equal rows, which are two real purchases, get different ones. The row
/// is taken as column names and cells, by name: other columns' order or quoting changes nothing, another spelling of a value
/// or another set of columns does. Equal rows in *different* files get the same id, so that files may overlap.
///
/// A count for each distinct row is kept, some 40 bytes: the one thing that grows with the file.
#[derive(Debug)]
pub(super) struct EventIds {
    /// The columns by name.
    columns: Vec<(String, usize)>,
    seen: HashMap<[u8; 16], u32>,
}

impl EventIds {
    pub(super) fn new(header: &[String]) -> Self {
        let mut columns: Vec<_> = header.iter().cloned().zip(0..).collect();
        columns.sort();
        Self { columns, seen: HashMap::new() }
    }

    /// The id of the next row, whose cells stand in the order of the header.
    pub(super) fn next(&mut self, source: &str, row: &[&str]) -> String {
        let mut context = Context::new(&SHA256);
        add(&mut context, source);
        for (name, place) in &self.columns {
            add(&mut context, name);
            add(&mut context, row.get(*place).copied().unwrap_or_default());
        }
        let count = self.seen.entry(first_half(context.clone())).or_default();
        context.update(&count.to_be_bytes());
        *count += 1;
        format!("{:032x}", u128::from_be_bytes(first_half(context)))
    }
}

/// A text after its length, so that no two rows read alike.
fn add(context: &mut Context, text: &str) {
    context.update(&(text.len() as u64).to_be_bytes());
    context.update(text.as_bytes());
}

fn first_half(context: Context) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&context.finish().as_ref()[..16]);
    half
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(source: &str, header: &[&str], rows: &[&[&str]]) -> Vec<String> {
        let mut ids = EventIds::new(&header.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        rows.iter().map(|row| ids.next(source, row)).collect()
    }

    const HEADER: &[&str] = &["customer", "amount"];
    const ROWS: &[&[&str]] = &[&["1", "10"], &["1", "10"], &["2", "10"], &["1", "10"], &["2", "10"]];

    #[test]
    fn equal_rows_get_different_ids_and_the_same_file_the_same() {
        let first = ids("shop", HEADER, ROWS);
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 5);
        assert_eq!(first, ids("shop", HEADER, ROWS));
        // Ids are kept for ever: were this to change, a repeated import would double everything.
        insta::assert_snapshot!(first[0], @"3036229c392f4a0704e12ee33f8fad6f");
        insta::assert_snapshot!(first[1], @"51af4b43225a831137508d499ae68c98");
    }

    #[test]
    fn what_other_rows_come_between_changes_nothing() {
        let all = ids("shop", HEADER, ROWS);
        let some = ids("shop", HEADER, &[ROWS[2], ROWS[0], ROWS[4], ROWS[1]]);
        assert_eq!(some, [&all[2], &all[0], &all[4], &all[1]].map(Clone::clone));
    }

    #[test]
    fn the_order_of_columns_changes_nothing_and_all_else_does() {
        let id = |source, header: &[&str], row: &[&str]| ids(source, header, &[row]).remove(0);
        let base = id("shop", HEADER, &["1", "10"]);
        assert_eq!(base, id("shop", &["amount", "customer"], &["10", "1"]));
        for other in [
            id("crm", HEADER, &["1", "10"]),
            id("shop", HEADER, &["10", "1"]),
            id("shop", HEADER, &["11", "0"]),
            id("shop", HEADER, &["1", "10.0"]),
            id("shop", &["customer", "price"], &["1", "10"]),
            id("shop", &["customer", "amount", "note"], &["1", "10", ""]),
        ] {
            assert_ne!(base, other);
        }
    }
}
