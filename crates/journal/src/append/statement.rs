//! What is said to the databases to append entries.

use sea_orm::{Value, sea_query::ArrayType};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use crate::Draft;

pub(crate) const COLUMNS: &[(&str, Kind)] = &[
    ("sequence", Kind::Int),
    ("entry_id", Kind::Bytes),
    ("tenant", Kind::Text),
    ("partitions", Kind::Bytes),
    ("type_name", Kind::Text),
    ("revision", Kind::Int),
    ("payload", Kind::Bytes),
    ("traceparent", Kind::Text),
    ("recorded_at", Kind::Int),
];

/// For PostgreSQL, behind other parts of one statement and for what the last of them found: takes the head, so that from here to the commit
/// nobody else appends, and writes the entries behind it. One round trip.
pub(super) fn append_sql(before: &str, found: &str) -> String {
    format!(
        "WITH {before}
head AS (UPDATE journal_head SET next = next + ? {found} WHERE id = 1 RETURNING next - ? AS base, epoch),
written AS (
INSERT INTO journal_entry (sequence, entry_id, tenant, partitions, type_name, revision, payload, traceparent, recorded_at)
SELECT head.base + draft.place - 1, draft.entry_id, draft.tenant, draft.partitions, draft.type_name, draft.revision,
       draft.payload, draft.traceparent, draft.recorded_at
FROM UNNEST(?::bytea[], ?::text[], ?::bytea[], ?::text[], ?::bigint[], ?::bytea[], ?::text[], ?::bigint[]) WITH ORDINALITY
     AS draft(entry_id, tenant, partitions, type_name, revision, payload, traceparent, recorded_at, place), head)
SELECT base + ? - 1, epoch FROM head"
    )
}

pub(super) async fn postgres(tx: &Tx, drafts: Vec<Draft>) -> Result<(i64, [u8; 16]), StoreError> {
    let row = tx.first(&append_sql("", ""), arrays(drafts)).await?;
    position_of(&row.ok_or_else(|| StoreError::Row("journal_head is empty".to_owned()))?)
}

pub(super) fn position_of(row: &Row) -> Result<(i64, [u8; 16]), StoreError> {
    Ok((row.get(0)?, row.id(1)?))
}

/// The values of [`append_sql`].
pub(super) fn arrays(drafts: Vec<Draft>) -> Vec<Value> {
    let count = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
    let mut columns: [Vec<Value>; 8] = std::array::from_fn(|_| Vec::with_capacity(drafts.len()));
    for draft in drafts {
        for (column, value) in columns.iter_mut().zip(values(draft)) {
            column.push(value);
        }
    }
    let types = [
        ArrayType::Bytes,
        ArrayType::String,
        ArrayType::Bytes,
        ArrayType::String,
        ArrayType::BigInt,
        ArrayType::Bytes,
        ArrayType::String,
        ArrayType::BigInt,
    ];
    let arrays = types.into_iter().zip(columns).map(|(kind, column)| Value::Array(kind, Some(Box::new(column))));
    [count.into(), count.into()].into_iter().chain(arrays).chain([count.into()]).collect()
}

pub(super) async fn sqlite(tx: &Tx, drafts: Vec<Draft>) -> Result<(i64, [u8; 16]), StoreError> {
    let count = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE journal_head SET next = next + ? WHERE id = 1 RETURNING next - 1, epoch";
    let row = tx.first(sql, vec![count.into()]).await?;
    let row = row.ok_or_else(|| StoreError::Row("journal_head is empty".to_owned()))?;
    let last: i64 = row.get(0)?;
    let mut insert = Insert::new("journal_entry", COLUMNS);
    for (sequence, draft) in (last - count + 1..).zip(drafts) {
        let [id, tenant, partitions, kind, revision, payload, trace, at] = values(draft);
        insert.row([sequence.into(), id, tenant, partitions, kind, revision, payload, trace, at]);
    }
    tx.insert(insert).await?;
    Ok((last, row.id(1)?))
}

fn values(draft: Draft) -> [Value; 8] {
    [
        draft.id.0.to_vec().into(),
        draft.tenant.as_str().into(),
        draft.route.partitions().into(),
        draft.type_name.into(),
        i64::from(draft.revision).into(),
        draft.payload.into(),
        draft.traceparent.into(),
        draft.recorded_at.0.into(),
    ]
}
