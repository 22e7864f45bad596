//! What SQLite's planner is told of the tables before there is anything in them.
//!
//! Left to itself it takes the rows of a tenant for ten, and would rather read them all than look a key up in an index that
//! lacks a column of the answer. It reads statistics when a connection is opened, and none are there before somebody runs
//! `ANALYZE`; so they are given with the migrations. Those that `ANALYZE` finds out later take their place.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use crate::{Dialect, Row, StoreError};

/// Columns of which few values are held by many rows, as they lead our indexes.
pub(crate) const SHARED: [&str; 6] = ["tenant", "generation", "projection", "source", "state", "kind"];
/// How many rows a table is said to hold.
const ROWS: u64 = 1_000_000;
/// How many rows are said to share the first column that tells rows apart.
const ALIKE: u64 = 10;

/// The indexes that have no statistics yet. A table without rows of its own is the index of its key, under its own name.
const UNKNOWN: &str = "
    SELECT t.name, CASE WHEN t.wr AND i.origin = 'pk' THEN t.name ELSE i.name END AS indexed, i.\"unique\",
        (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
    FROM pragma_table_list AS t, pragma_index_list(t.name) AS i
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
    AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 WHERE tbl = t.name AND idx = indexed)";

/// Tells the planner of every index that it knows nothing of.
pub(crate) async fn tell(turn: &DatabaseTransaction) -> Result<(), StoreError> {
    // Makes the table of statistics, and has this connection read what is in it; others see that the schema changed.
    const ANALYZE: &str = "ANALYZE sqlite_schema";
    let statement =
        |sql: &str, values: Vec<sea_orm::Value>| Statement::from_sql_and_values(Dialect::Sqlite.backend(), sql, values);
    // Whoever opens a database that is in use only reads.
    let there = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'";
    if turn.query_one_raw(statement(there, Vec::new())).await?.is_none() {
        turn.execute_unprepared(ANALYZE).await?;
    }
    let unknown = turn.query_all_raw(statement(UNKNOWN, Vec::new())).await?;
    if unknown.is_empty() {
        return Ok(());
    }
    for row in unknown {
        let row = Row(row);
        let (table, index): (String, String) = (row.get(0)?, row.get(1)?);
        let counts = counts(row.get::<String>(3)?.split(' '), row.get::<i64>(2)? == 1);
        let told = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)";
        turn.execute_raw(statement(told, vec![table.into(), index.into(), counts.into()])).await?;
    }
    turn.execute_unprepared(ANALYZE).await?;
    Ok(())
}

/// The rows of an index, and how many share its first column, its first two, and so on.
fn counts<'a>(columns: impl Iterator<Item = &'a str>, is_unique: bool) -> String {
    let (mut counts, mut alike) = (vec![ROWS], ROWS);
    for column in columns {
        if alike < ROWS || !SHARED.contains(&column) {
            alike = if alike == ROWS { ALIKE } else { (alike / 2).max(1) };
        }
        counts.push(alike);
    }
    if is_unique && let Some(last) = counts.last_mut() {
        *last = 1;
    }
    counts.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_share_does_not_narrow() {
        for (columns, is_unique, told) in [
            ("tenant generation record_id", true, "1000000 1000000 1000000 1"),
            ("tenant person_id record_id version", false, "1000000 1000000 10 5 2"),
            ("due_at partition_index", false, "1000000 10 5"),
            ("tenant generation", true, "1000000 1000000 1"),
        ] {
            assert_eq!(counts(columns.split(' '), is_unique), told, "{columns}");
        }
    }
}
