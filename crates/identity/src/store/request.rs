//! Stewards' requests and what they were answered.

use tenure_kernel::{EntryId, PersonId, Tenant};
use tenure_store::{Query, StoreError, Tx, Value};

use super::unreadable;
use crate::domain::person::Standing;

/// How long a person of an answer is when it is packed.
const PACKED: usize = 32;

/// A request that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The digest of what was asked.
    pub(crate) body: [u8; 16],
    /// The persons that it was answered with.
    pub(crate) answer: Vec<Standing>,
    /// The journal entry; none when nothing changed.
    pub(crate) entry: Option<EntryId>,
    /// The journal's head before it.
    pub(crate) journal_head: i64,
}

/// A request of before.
pub(crate) async fn find(tx: &Tx, tenant: &Tenant, request_id: &str) -> Result<Option<Carried>, StoreError> {
    let sql = "SELECT body, answer, entry_id, journal_head FROM steward_request WHERE tenant = ? AND request_id = ?";
    let Some(row) = tx.first(sql, vec![tenant.as_str().into(), request_id.into()]).await? else { return Ok(None) };
    let entry = super::optional(&row, 2)?.map(EntryId);
    let answer = unpack(&row.get::<Vec<u8>>(1)?).ok_or_else(|| unreadable("steward_request.answer"))?;
    Ok(Some(Carried { body: row.id(0)?, answer, entry, journal_head: row.get(3)? }))
}

/// Keeps what a request was answered.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, request_id: &str, carried: &Carried) -> Result<(), StoreError> {
    let sql = "INSERT INTO steward_request (tenant, request_id, body, answer, entry_id, journal_head)
               VALUES (?, ?, ?, ?, ?, ?)";
    let values: Vec<Value> = vec![
        tenant.as_str().into(),
        request_id.into(),
        carried.body.to_vec().into(),
        pack(&carried.answer).into(),
        carried.entry.map(|entry| entry.0.to_vec()).unwrap_or_default().into(),
        carried.journal_head.into(),
    ];
    tx.execute(sql, values).await.map(|_| ())
}

fn pack(persons: &[Standing]) -> Vec<u8> {
    let pack = |one: &Standing| [one.id.0.as_slice(), &one.records.to_be_bytes(), &one.revision.to_be_bytes()].concat();
    persons.iter().flat_map(pack).collect()
}

fn unpack(bytes: &[u8]) -> Option<Vec<Standing>> {
    let (chunks, rest) = bytes.as_chunks::<PACKED>();
    let number = |bytes: &[u8]| bytes.try_into().ok().map(i64::from_be_bytes);
    let person = |chunk: &[u8; PACKED]| {
        let id = PersonId::from_slice(&chunk[..16]).ok()?;
        Some(Standing { id, records: number(&chunk[16..24])?, revision: number(&chunk[24..])? })
    };
    if rest.is_empty() { chunks.iter().map(person).collect() } else { None }
}
