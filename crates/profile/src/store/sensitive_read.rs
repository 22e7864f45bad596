//! Who read what is sensitive. Register: changes only together with a `SensitiveReadNoted` entry in our journal.

use prost::Message;
use tenure_kernel::{ReadId, Tenant, Timestamp};
use tenure_proto::profile::v1 as pb;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("subject", Kind::Bytes),
    ("read_at", Kind::Int),
    ("read_id", Kind::Bytes),
    ("leads", Kind::Bool),
    ("payload", Kind::Bytes),
];

/// Where a read stands in the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(Timestamp, ReadId);

impl Place {
    /// From a cursor of ours; its tag was checked.
    pub(crate) fn read(cursor: &[u8]) -> Option<Self> {
        let (at, id) = cursor.split_first_chunk::<8>()?;
        Some(Self(Timestamp(i64::from_be_bytes(*at)), ReadId::from_slice(id).ok()?))
    }

    pub(crate) fn write(self) -> Vec<u8> {
        [self.0.0.to_be_bytes().as_slice(), &self.1.0].concat()
    }
}

/// Keeps a read, for each of those whose data was shown.
pub(crate) async fn add(
    tx: &Tx,
    tenant: &Tenant,
    (at, id): (Timestamp, ReadId),
    subjects: &[[u8; 16]],
    read: &pb::SensitiveRead,
) -> Result<(), StoreError> {
    let payload = read.encode_to_vec();
    let mut insert = Insert::new("sensitive_read", COLUMNS);
    for (place, subject) in subjects.iter().enumerate() {
        insert.row([
            tenant.as_str().into(),
            subject.to_vec().into(),
            at.0.into(),
            id.0.to_vec().into(),
            (place == 0).into(),
            payload.clone().into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Reads, the newest first, those before a place: of a person or a record, or all.
pub(crate) async fn list(
    query: &impl Query,
    tenant: &Tenant,
    of: Option<[u8; 16]>,
    before: Option<Place>,
    limit: usize,
) -> Result<Vec<(Place, pb::SensitiveRead)>, StoreError> {
    let Place(at, id) = before.unwrap_or(Place(Timestamp(i64::MAX), ReadId([255; 16])));
    let (which, of) = match of {
        Some(subject) => ("subject = ?", subject.to_vec().into()),
        None => ("leads = ?", true.into()),
    };
    let sql = format!(
        "SELECT read_at, read_id, payload FROM sensitive_read
         WHERE tenant = ? AND {which} AND read_at <= ? AND (read_at < ? OR read_id < ?)
         ORDER BY read_at DESC, read_id DESC LIMIT ?"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = vec![tenant.as_str().into(), of, at.0.into(), at.0.into(), id.0.to_vec().into(), limit.into()];
    query.all(&sql, values).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<(Place, pb::SensitiveRead), StoreError> {
    let payload: Vec<u8> = row.get(2)?;
    let read = pb::SensitiveRead::decode(payload.as_slice());
    let place = Place(Timestamp(row.get(0)?), ReadId(row.id(1)?));
    Ok((place, read.map_err(|_| StoreError::Row("sensitive_read.payload".to_owned()))?))
}
