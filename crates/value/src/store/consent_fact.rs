//! The slots of facts on consent and objection. Projection.

use tenure_kernel::{RecordId, Tenant, Timestamp, TouchpointId};
use tenure_store::{Insert, Kind, Query, Row, Store, StoreError, Tx};

use super::{ACTIVE, Scope, keys, narrow};
use crate::domain::{fold::Slots, standing::Word, statement::Statement};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("fact_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("touchpoint_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("purpose", Kind::Text),
    ("objects", Kind::Bool),
    ("said_at", Kind::Int),
];

/// The slots of some facts; those without one are left out.
pub(crate) async fn load(tx: &Tx, scope: Scope<'_>, facts: &[TouchpointId]) -> Result<Slots<Word>, StoreError> {
    let sql = "SELECT fact_id, record_id, touchpoint_id, revision, purpose, objects, said_at
               FROM consent_fact WHERE tenant = ? AND generation = ? AND fact_id {keys}";
    let facts = facts.iter().map(|fact| fact.0.to_vec()).collect();
    let slot = |row: &Row| {
        let statement = Statement {
            record: RecordId(row.id(1)?),
            touchpoint: TouchpointId(row.id(2)?),
            revision: narrow(row.get(3)?, "consent_fact.revision")?,
            says: word(row, 4)?,
        };
        Ok((TouchpointId(row.id(0)?), statement))
    };
    tx.by_keys(sql, scope.values(), facts).await?.iter().map(slot).collect()
}

/// Purpose, objection and time from a column on; `None`: it is nothing of the kind.
fn word(row: &Row, from: usize) -> Result<Option<Word>, StoreError> {
    let purpose: String = row.get(from)?;
    let (objects, at) = (row.get(from + 1)?, Timestamp(row.get(from + 2)?));
    Ok((!purpose.is_empty()).then_some(Word { at, objects, purpose }))
}

/// Puts new winners into their slots.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, slots: &Slots<Word>) -> Result<(), StoreError> {
    let mut insert = Insert::new("consent_fact", COLUMNS).on_conflict(
        "(tenant, generation, fact_id) DO UPDATE SET record_id = excluded.record_id,
         touchpoint_id = excluded.touchpoint_id, revision = excluded.revision, purpose = excluded.purpose,
         objects = excluded.objects, said_at = excluded.said_at",
    );
    for (fact, statement) in slots {
        let word = statement.says.as_ref();
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            fact.0.to_vec().into(),
            statement.record.0.to_vec().into(),
            statement.touchpoint.0.to_vec().into(),
            i64::from(statement.revision).into(),
            word.map_or_else(String::new, |word| word.purpose.clone()).into(),
            word.is_some_and(|word| word.objects).into(),
            word.map_or(0, |word| word.at.0).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the facts of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM consent_fact WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}

/// What was said under records.
pub(crate) async fn of_records(
    store: &Store,
    tenant: &Tenant,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<Vec<(RecordId, Word)>, StoreError> {
    let sql = format!(
        "SELECT record_id, purpose, objects, said_at FROM consent_fact
         WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}}"
    );
    let rows = store.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?;
    said(&rows)
}

/// That of a whole tenant: for tests and repairs.
pub(crate) async fn whole(store: &Store, tenant: &Tenant) -> Result<Vec<(RecordId, Word)>, StoreError> {
    let sql = format!(
        "SELECT record_id, purpose, objects, said_at FROM consent_fact
         WHERE tenant = ? AND generation = {ACTIVE} /* whole */"
    );
    said(&store.all(&sql, vec![tenant.as_str().into()]).await?)
}

fn said(rows: &[Row]) -> Result<Vec<(RecordId, Word)>, StoreError> {
    let said = |row: &Row| Ok(word(row, 1)?.map(|word| (row.id(0).map(RecordId), word)));
    rows.iter()
        .filter_map(|row| said(row).transpose())
        .map(|one| one.and_then(|(record, word)| Ok((record?, word))))
        .collect()
}
