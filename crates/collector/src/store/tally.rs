//! Counts of what came in and what became of it. Each appender counts in rows of its own (a shard), so that transactions that
//! run at once do not wait for one row; a count is the sum over the shards.

use std::collections::BTreeMap;

use tenure_kernel::{Reason, Tenant, Violation};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::domain::outcome::Status;

/// The shard of moves between outcomes; appenders use those below.
pub(crate) const MOVES: i64 = 256;

const RECEIVED: i64 = 0;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("source", Kind::Text),
    ("shard", Kind::Int),
    ("outcome", Kind::Int),
    ("reason", Kind::Int),
    ("items", Kind::Int),
];

/// The number of an outcome in tables.
pub(crate) fn number(status: Status) -> i64 {
    match status {
        Status::Accepted => 1,
        Status::Duplicate => 2,
        Status::Quarantined => 3,
        Status::Suppressed => 4,
        Status::Refused => 5,
    }
}

/// Changes of a tenant's counts: by source, then by outcome and reason. The reason is 0 for the count of items; what is in
/// quarantine is counted by each of its reasons too.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<String, BTreeMap<(i64, i64), i64>>);

impl Tally {
    /// Counts items that came in from a source.
    pub(crate) fn received(&mut self, source: &str, items: i64) {
        self.change(source, (RECEIVED, 0), items);
    }

    /// Counts items of a source with an outcome; of those in quarantine, with their reasons.
    pub(crate) fn count(&mut self, source: &str, status: Status, violations: &[Violation], items: i64) {
        self.change(source, (number(status), 0), items);
        if status == Status::Quarantined {
            for reason in distinct(violations) {
                self.change(source, (number(status), i64::from(reason.number())), items);
            }
        }
    }

    fn change(&mut self, source: &str, key: (i64, i64), items: i64) {
        if !self.0.contains_key(source) {
            self.0.insert(source.to_owned(), BTreeMap::new());
        }
        if let Some(counts) = self.0.get_mut(source) {
            *counts.entry(key).or_default() += items;
        }
    }
}

/// The reasons among violations, each once.
pub(crate) fn distinct(violations: &[Violation]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = violations.iter().map(|violation| violation.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

/// Adds tallies in a shard, a tally for each tenant.
pub(crate) async fn add(tx: &Tx, shard: i64, tallies: &BTreeMap<Tenant, Tally>) -> Result<(), StoreError> {
    let mut insert = Insert::new("intake_tally", COLUMNS).on_conflict(
        "(tenant, source, shard, outcome, reason) DO UPDATE SET items = intake_tally.items + excluded.items",
    );
    for (tenant, tally) in tallies {
        for (source, counts) in &tally.0 {
            for ((outcome, reason), items) in counts.iter().filter(|(_, items)| **items != 0) {
                insert.row([
                    tenant.as_str().into(),
                    source.as_str().into(),
                    shard.into(),
                    (*outcome).into(),
                    (*reason).into(),
                    (*items).into(),
                ]);
            }
        }
    }
    tx.insert(insert).await.map(|_| ())
}

/// Counts at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) received: i64,
    pub(crate) statuses: BTreeMap<Status, i64>,
    pub(crate) reasons: BTreeMap<Reason, i64>,
}

/// The counts of a source, or of all.
pub(crate) async fn counts(query: &impl Query, tenant: &Tenant, source: &str) -> Result<Counts, StoreError> {
    let sql = "SELECT outcome, reason, CAST(SUM(items) AS BIGINT) FROM intake_tally
               WHERE tenant = ? AND (source = ? OR ? = '') GROUP BY outcome, reason /* few */";
    let rows = query.all(sql, vec![tenant.as_str().into(), source.into(), source.into()]).await?;
    let mut counts = Counts::default();
    for row in rows {
        let (outcome, reason, items): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let reason = i32::try_from(reason).ok().and_then(Reason::from_number);
        let status = Status::ALL.into_iter().find(|status| number(*status) == outcome);
        match (status, reason) {
            (None, _) => counts.received = items,
            (Some(_), Some(reason)) if items != 0 => {
                counts.reasons.insert(reason, items);
            }
            (Some(_), Some(_)) => {}
            (Some(status), None) => {
                counts.statuses.insert(status, items);
            }
        }
    }
    Ok(counts)
}

/// How many items of a tenant are in quarantine.
pub(crate) async fn in_quarantine(query: &impl Query, tenant: &Tenant) -> Result<u64, StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(items), 0) AS BIGINT) FROM intake_tally
               WHERE tenant = ? AND outcome = ? AND reason = 0 /* few */";
    let row = query.first(sql, vec![tenant.as_str().into(), number(Status::Quarantined).into()]).await?;
    let items: i64 = row.map(|row| row.get(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(items).unwrap_or_default())
}
