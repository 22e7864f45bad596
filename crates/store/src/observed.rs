//! What is told of statements and connections, named by OpenTelemetry's conventions: never a value.

use std::{
    sync::{Arc, LazyLock},
    time::Instant,
};

use opentelemetry::{Context, KeyValue, global, metrics::Histogram, trace::TraceContextExt};
use tracing::{Span, field::Empty};

use crate::{Dialect, StoreError};

/// Seconds, as the conventions advise.
const BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("tenure.store")
        .f64_histogram("db.client.operation.duration")
        .with_unit("s")
        .with_description("How long statements took, and how long transactions took to begin and to commit.")
        .with_boundaries(BOUNDARIES.to_vec())
        .build()
});

/// A database, as it is named in telemetry. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Namespace {
    pub(crate) name: Arc<str>,
    system: &'static str,
}

impl Namespace {
    pub(crate) fn new(service: &str, dialect: Dialect) -> Self {
        let system = match dialect {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgresql",
        };
        Self { name: service.into(), system }
    }

    /// A statement that is about to run.
    pub(crate) fn statement(&self, sql: &str) -> Operation {
        let verb = verb(sql);
        self.begin(verb, || table(sql))
    }

    /// A set insert that is about to run.
    pub(crate) fn insert(&self, table: &str) -> Operation {
        self.begin("INSERT", || table)
    }

    /// What a transaction begins or ends with.
    pub(crate) fn transaction(&self, verb: &'static str) -> Operation {
        self.begin(verb, || "")
    }

    fn begin<'a>(&self, verb: &'static str, table: impl FnOnce() -> &'a str) -> Operation {
        let span = if is_recorded() { self.span(verb, table()) } else { Span::none() };
        Operation { namespace: self.clone(), verb, span, since: Instant::now() }
    }

    fn span(&self, verb: &'static str, table: &str) -> Span {
        let summary = if table.is_empty() { verb.to_owned() } else { format!("{verb} {table}") };
        tracing::debug_span!(
            "statement",
            otel.name = summary,
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = self.system,
            db.namespace = &*self.name,
            db.operation.name = verb,
            db.query.summary = summary,
            error.r#type = Empty,
        )
    }
}

/// Whether anybody keeps the trace that we are in. Polls, leases and other upkeep are in none.
fn is_recorded() -> bool {
    Context::map_current(|context| context.has_active_span() && context.span().span_context().is_sampled())
}

/// A statement that runs.
pub(crate) struct Operation {
    namespace: Namespace,
    verb: &'static str,
    span: Span,
    since: Instant,
}

impl Operation {
    /// Runs it and tells of it.
    pub(crate) async fn run<T>(self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let done = work.await;
        let failure = done.as_ref().err().map(kind);
        let attributes = [
            KeyValue::new("db.system.name", self.namespace.system),
            KeyValue::new("db.namespace", self.namespace.name.clone()),
            KeyValue::new("db.operation.name", self.verb),
            KeyValue::new("error.type", failure.unwrap_or_default()),
        ];
        if let Some(kind) = failure {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", kind);
        }
        let told = if failure.is_some() { &attributes[..] } else { &attributes[..3] };
        DURATION.record(self.since.elapsed().as_secs_f64(), told);
        done
    }
}

fn kind(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "unavailable",
        StoreError::Data { .. } => "data",
        _ => "fault",
    }
}

/// What a statement does. One that begins with a list of others is named after what it changes.
fn verb(sql: &str) -> &'static str {
    const VERBS: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "SELECT"];
    let first = sql.split_whitespace().next().unwrap_or_default();
    let sought = VERBS.into_iter().find(|verb| if first == "WITH" { sql.contains(verb) } else { first == *verb });
    sought.unwrap_or("OTHER")
}

/// The first table of a statement; empty if none is seen.
fn table(sql: &str) -> &str {
    let mut last = "";
    for word in sql.split_whitespace() {
        let name = word.trim_end_matches(|end: char| !end.is_ascii_alphanumeric());
        if matches!(last, "FROM" | "INTO" | "UPDATE") && name.starts_with(|first: char| first.is_ascii_lowercase()) {
            return name;
        }
        last = word.trim_start_matches('(');
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_by_what_it_does_and_its_table() {
        for (sql, named) in [
            ("SELECT a, b FROM member WHERE tenant = ?", ("SELECT", "member")),
            ("\n  UPDATE journal_head SET next = next + ?", ("UPDATE", "journal_head")),
            ("DELETE FROM timer WHERE (a, b) IN (SELECT a FROM other)", ("DELETE", "timer")),
            ("INSERT INTO seen (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET a = 1", ("INSERT", "seen")),
            ("SELECT count(*) FROM (SELECT 1 FROM inner_one) x", ("SELECT", "inner_one")),
            ("WITH head AS (UPDATE journal_head SET x = 1) INSERT INTO entry SELECT 1", ("INSERT", "journal_head")),
            ("WITH a AS (SELECT 1) SELECT * FROM a", ("SELECT", "a")),
            ("PRAGMA wal_checkpoint", ("OTHER", "")),
            ("SELECT 'FROM', ?", ("SELECT", "")),
            ("", ("OTHER", "")),
        ] {
            assert_eq!((verb(sql), table(sql)), named, "{sql}");
        }
    }
}
