//! Rewriting entries where they stand: what had its time is taken out of them. Nothing else changes an entry. Its place, id and route stay, so that
//! positions and tokens are good, and whoever follows it again reads what is left.

use tenure_kernel::{Tenant, Timestamp};
use tenure_proto::journal::v1::JournalEntry;
use tenure_store::{Insert, Query, StoreError, Tx};

use crate::{append, tail};

/// Entries that one statement reads.
const AT_ONCE: usize = 500;

/// Those of the entries at some sequences that are there and the tenant's, in order.
///
/// # Errors
/// When the database can't be reached.
pub async fn entries_at(
    query: &impl Query,
    tenant: &Tenant,
    sequences: &[i64],
) -> Result<Vec<JournalEntry>, StoreError> {
    let mut found = Vec::with_capacity(sequences.len());
    for some in sequences.chunks(AT_ONCE) {
        let places = vec!["?"; some.len()].join(",");
        let sql = format!(
            "SELECT {} FROM journal_entry WHERE tenant = ? AND sequence IN ({places}) ORDER BY sequence",
            tail::COLUMNS
        );
        let values = std::iter::once(tenant.as_str().into()).chain(some.iter().map(|one| (*one).into())).collect();
        for row in query.all(&sql, values).await? {
            found.push(tail::entry(&row)?);
        }
    }
    Ok(found)
}

/// Writes entries that were read so, with other payloads.
///
/// # Errors
/// When the database can't be reached.
pub async fn rewrite(tx: &Tx, entries: Vec<JournalEntry>) -> Result<(), StoreError> {
    let mut insert = Insert::new("journal_entry", append::COLUMNS)
        .on_conflict("(sequence) DO UPDATE SET payload = excluded.payload");
    for entry in entries {
        let at = entry.record_time.unwrap_or_default();
        let at = Timestamp::from_parts(at.seconds, at.nanos).unwrap_or(Timestamp(0));
        insert.row([
            entry.sequence.into(),
            entry.entry_id.into(),
            entry.tenant.into(),
            entry.partitions.into(),
            entry.type_name.into(),
            i64::from(entry.revision).into(),
            entry.payload.to_vec().into(),
            entry.traceparent.into(),
            at.0.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}
