//! No statement reads all that a tenant has on SQLite unless it says so: every test looks at the plan of every statement.
//!
//! One with a `LIMIT` that follows an index may, and one that says that it is meant to.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use sea_orm::{ConnectionTrait, Statement};

use crate::{Dialect, Row, StoreError, statistics::sqlite::SHARED};

/// What a statement holds that is meant to read all of a tenant's rows, and one that does so as there are never many.
const MEANT: [&str; 2] = ["/* whole */", "/* few */"];

static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Looks at the plan of a statement that this process did not run before.
///
/// # Panics
/// When the statement would read all of a tenant and does not say so.
pub(crate) async fn look(connection: &impl ConnectionTrait, statement: &Statement) -> Result<(), StoreError> {
    if statement.db_backend != Dialect::Sqlite.backend()
        || statement.sql.starts_with("EXPLAIN")
        || !SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(statement.sql.clone())
    {
        return Ok(());
    }
    let mut explained = statement.clone();
    explained.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let mut steps = Vec::new();
    for row in connection.query_all_raw(explained).await? {
        steps.push(Row(row).get::<String>(3)?);
    }
    if let Some(step) = wide(&statement.sql, &steps) {
        panic!("reads all of a tenant: {step}\n{}\nit needs an index, or has to say one of {MEANT:?}", statement.sql);
    }
    Ok(())
}

/// The step of a tenant's statement that reads rows which it does not ask for.
fn wide<'a>(sql: &str, steps: &'a [String]) -> Option<&'a str> {
    let is_ordered = sql.contains("LIMIT") && !steps.iter().any(|step| step.starts_with("USE TEMP B-TREE"));
    if !sql.contains("tenant") || MEANT.iter().any(|meant| sql.contains(meant)) || sql.contains("(MAX(") || is_ordered {
        return None;
    }
    steps.iter().map(String::as_str).find(|step| reads_all(sql, step))
}

/// Whether a step goes by nothing that tells rows apart: "SCAN t", "SEARCH t USING INDEX i (tenant=? AND generation=?)".
fn reads_all(sql: &str, step: &str) -> bool {
    if let Some(scanned) = step.strip_prefix("SCAN ") {
        let name = scanned.split(' ').next().unwrap_or_default();
        // Not what another part of the statement found.
        return name.starts_with(|first: char| first.is_ascii_lowercase())
            && !sql.contains(&format!(") AS {name}"))
            && !sql.contains(&format!(" {name} ("));
    }
    let Some((_, conditions)) = step.strip_prefix("SEARCH ").and_then(|step| step.split_once('(')) else {
        return false;
    };
    let mut columns = conditions.trim_end_matches(')').split(" AND ").map(|condition| condition.trim_end_matches("=?"));
    !step.contains(" EXISTS ") && columns.all(|column| SHARED.contains(&column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_tenant_is_told_from_what_is_asked_for() {
        let steps = |text: &str| text.split("; ").map(str::to_owned).collect::<Vec<_>>();
        for (sql, plan) in [
            ("SELECT a FROM t WHERE tenant = ?", "SEARCH t USING PRIMARY KEY (tenant=?)"),
            ("SELECT a FROM t WHERE tenant = ?", "SCAN t"),
            (
                "SELECT a FROM t WHERE tenant = ? ORDER BY b LIMIT 1",
                "SEARCH t USING INDEX i (tenant=?); USE TEMP B-TREE FOR ORDER BY",
            ),
        ] {
            assert!(wide(sql, &steps(plan)).is_some(), "{sql} {plan}");
            assert!(wide(&format!("{sql} {}", MEANT[0]), &steps(plan)).is_none(), "{sql} {plan}");
        }
        for (sql, plan) in [
            ("SELECT a FROM t WHERE tenant = ? AND b = ?", "SEARCH t USING INDEX i (tenant=? AND b=?)"),
            ("SELECT a FROM t WHERE tenant = ? AND b > ?", "SEARCH t USING INDEX i (tenant=? AND b>?)"),
            ("SELECT a FROM t WHERE tenant = ? ORDER BY b LIMIT 1", "SEARCH t USING INDEX i (tenant=?)"),
            (
                "SELECT a FROM (SELECT a FROM t WHERE tenant = ?) AS found",
                "SCAN found; SEARCH t USING INDEX i (tenant=? AND b=?)",
            ),
            ("SELECT a FROM upkeep", "SCAN upkeep"),
        ] {
            assert_eq!(wide(sql, &steps(plan)), None, "{sql} {plan}");
        }
    }
}
