//! Statements over a list of keys, for PostgreSQL.
//!
//! `tenant = $1 AND generation = $2 AND a = ANY($3)` reads every row of the tenant when the statistics do not know that tenant
//! or that generation yet: the planner then takes them for a row or two, and for cheaper to filter than to look up. So the
//! keys become a table that is joined: each is looked up by itself, and tenant and generation come from that table too, so that
//! the planner goes by how many there are and not by which one it is. [`crate::statistics`] sees to it that it knows how many.

use crate::Dialect;

/// The columns that lead the indexes, and their types.
const LEADING: [(&str, &str); 2] = [("tenant", "text"), ("generation", "bigint")];

/// A statement whose last value is the array of keys, all different.
pub(crate) fn postgres(sql: &str) -> String {
    let last = sql.matches('?').count() + 1;
    let mut text = Dialect::Postgres.placeholders(&sql.replace("{keys}", "= asked.asked_key"));
    let mut columns = String::new();
    for (column, kind) in LEADING {
        if let Some(place) = take(&mut text, column) {
            columns.push_str(&format!("${place}::{kind} AS asked_{column}, "));
        }
    }
    // The planner takes an array out of a sub-query for ten keys: looking rows up shall never seem dearer than reading them all.
    let asked = format!("(SELECT {columns}UNNEST((SELECT ${last}::bytea[])) AS asked_key OFFSET 0) AS asked");
    let joined = match text.split_whitespace().next() {
        // With an offset the planner keeps it as it is, and runs it for each key.
        Some("SELECT") => {
            return format!("SELECT found.* FROM {asked} CROSS JOIN LATERAL ({text} OFFSET 0) AS found");
        }
        Some("DELETE") => "USING",
        Some("UPDATE") => "FROM",
        _ => return Dialect::Postgres.placeholders(&sql.replace("{keys}", "= ANY(?)")),
    };
    text.replacen("WHERE ", &format!("{joined} {asked} WHERE "), 1)
}

/// What a step reaches from keys, from what it reached, and so on; the last value is the array of keys. The step is a query of one
/// column, and is run for each key by itself, like those of [`postgres`].
pub(crate) fn postgres_walk(step: &str) -> String {
    let last = step.matches('?').count() + 1;
    let mut text = Dialect::Postgres.placeholders(&step.replace("{keys}", "= reached.asked_key"));
    let leading = LEADING.map(|(column, kind)| Some((take(&mut text, column)?, column, kind)));
    let columns: Vec<String> =
        leading.iter().flatten().map(|(place, column, kind)| format!("${place}::{kind} AS asked_{column}")).collect();
    let asked = match columns.is_empty() {
        true => String::new(),
        false => format!(" CROSS JOIN (SELECT {} OFFSET 0) AS asked", columns.join(", ")),
    };
    format!(
        "WITH RECURSIVE reached (asked_key) AS (SELECT UNNEST(${last}::bytea[]) UNION \
         SELECT found.* FROM reached{asked} CROSS JOIN LATERAL ({text} OFFSET 0) AS found) SELECT asked_key FROM reached"
    )
}

/// The same for SQLite, where the keys are the last values, so many of them.
pub(crate) fn sqlite_walk(step: &str, keys: usize) -> String {
    // A cross join is run as it is written: from what was reached.
    let text = numbered(step).replacen("FROM ", "FROM reached CROSS JOIN ", 1).replace("{keys}", "= reached.asked_key");
    let first = step.matches('?').count() + 1;
    let places: Vec<String> = (first..first + keys).map(|place| format!("(?{place})")).collect();
    format!(
        "WITH RECURSIVE reached (asked_key) AS (VALUES {} UNION {text}) SELECT asked_key FROM reached",
        places.join(",")
    )
}

/// With a number for each value, for SQLite, so that one may stand in several places.
pub(crate) fn numbered(sql: &str) -> String {
    let mut text = String::new();
    for (place, part) in sql.split('?').enumerate() {
        if place > 0 {
            text.push_str(&format!("?{place}"));
        }
        text.push_str(part);
    }
    text
}

/// Has the first comparison of a column with a value compare with the table of keys instead; answers the value's number.
fn take(text: &mut String, column: &str) -> Option<usize> {
    let compared = format!("{column} = $");
    let start = text.match_indices(&compared).map(|(start, _)| start).find(|start| {
        let before = text[..*start].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
    })?;
    let value = start + compared.len() - 1;
    let digits = text[value + 1..].bytes().take_while(u8::is_ascii_digit).count();
    let place = text[value + 1..=value + digits].parse().ok()?;
    text.replace_range(value..=value + digits, &format!("asked.asked_{column}"));
    Some(place)
}

#[cfg(test)]
mod tests {
    use super::{postgres, postgres_walk, sqlite_walk};

    #[test]
    fn reads_look_up_key_by_key() {
        assert_eq!(
            postgres("SELECT a, b FROM t WHERE tenant = ? AND c = ? AND a {keys}"),
            "SELECT found.* FROM (SELECT $1::text AS asked_tenant, UNNEST((SELECT $3::bytea[])) AS asked_key OFFSET 0) AS asked \
             CROSS JOIN LATERAL (SELECT a, b FROM t WHERE tenant = asked.asked_tenant AND c = $2 AND a = asked.asked_key \
             OFFSET 0) AS found"
        );
    }

    #[test]
    fn writes_join_the_keys() {
        assert_eq!(
            postgres("DELETE FROM t WHERE tenant = ? AND generation = ? AND a {keys}"),
            "DELETE FROM t USING (SELECT $1::text AS asked_tenant, $2::bigint AS asked_generation, \
             UNNEST((SELECT $3::bytea[])) AS asked_key OFFSET 0) AS asked WHERE tenant = asked.asked_tenant \
             AND generation = asked.asked_generation AND a = asked.asked_key"
        );
        assert_eq!(
            postgres("UPDATE t SET sub_tenant = ? WHERE t.tenant = ? AND a {keys} RETURNING a"),
            "UPDATE t SET sub_tenant = $1 FROM (SELECT $2::text AS asked_tenant, UNNEST((SELECT $3::bytea[])) AS asked_key \
             OFFSET 0) AS asked WHERE t.tenant = asked.asked_tenant AND a = asked.asked_key RETURNING a"
        );
    }

    #[test]
    fn others_compare_with_the_array() {
        assert_eq!(postgres("WITH w AS (SELECT ?) SELECT a {keys}"), "WITH w AS (SELECT $1) SELECT a = ANY($2)");
    }

    #[test]
    fn walks_go_on_from_what_was_reached() {
        let step = "SELECT b FROM t WHERE tenant = ? AND c > ? AND a {keys}";
        assert_eq!(
            postgres_walk(step),
            "WITH RECURSIVE reached (asked_key) AS (SELECT UNNEST($3::bytea[]) UNION SELECT found.* FROM reached CROSS JOIN \
             (SELECT $1::text AS asked_tenant OFFSET 0) AS asked CROSS JOIN LATERAL (SELECT b FROM t WHERE \
             tenant = asked.asked_tenant AND c > $2 AND a = reached.asked_key OFFSET 0) AS found) SELECT asked_key FROM reached"
        );
        assert_eq!(
            sqlite_walk(step, 2),
            "WITH RECURSIVE reached (asked_key) AS (VALUES (?3),(?4) UNION SELECT b FROM reached CROSS JOIN t WHERE \
             tenant = ?1 AND c > ?2 AND a = reached.asked_key) SELECT asked_key FROM reached"
        );
    }
}
