//! Records changed hands: a person's state follows its members, and no fact moves.

use std::collections::BTreeMap;

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{PersonId, RecordId};
use tenure_proto::identity::v1::MembershipsChanged;
use tenure_store::{Insert, Kind, Query, StoreError, Tx, Value};

use crate::Scope;

const MEMBERSHIP: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("person_id", Kind::Bytes),
    ("version", Kind::Int),
];

const REDIRECT: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("from_person_id", Kind::Bytes),
    ("to_person_id", Kind::Bytes),
    ("version", Kind::Int),
];

/// That a record belongs to a person, or to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The record.
    pub record: RecordId,
    /// Whom it belonged to.
    pub from: Option<PersonId>,
    /// `None` for an erased record.
    pub to: Option<PersonId>,
    /// The highest wins.
    pub version: i64,
}

/// That a person's id leads to another's, or to itself again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirect {
    /// The id.
    pub from: PersonId,
    /// `None`: a person of its own.
    pub to: Option<PersonId>,
    /// The highest wins.
    pub version: i64,
}

/// What changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// The moves of the range's records.
    pub moves: Vec<Move>,
    /// All redirects: they belong to no range, and writing them twice changes nothing.
    pub redirects: Vec<Redirect>,
}

impl Changed {
    /// Reads a `MembershipsChanged`.
    ///
    /// # Errors
    /// When the entry can't be read.
    pub fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Self, Unfit> {
        let event: MembershipsChanged = entry.decode(1)?;
        let mut changed = Self::default();
        for one in &event.moves {
            let record =
                RecordId::from_slice(&one.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
            let (from, to) = (person(&one.from_person_id)?, person(&one.to_person_id)?);
            if batch.owns(record) {
                changed.moves.push(Move { record, from, to, version: one.version });
            }
        }
        for one in &event.redirects {
            let from = person(&one.from_person_id)?.ok_or(Unfit::Field("a redirect comes from nobody"))?;
            changed.redirects.push(Redirect { from, to: person(&one.to_person_id)?, version: one.version });
        }
        Ok(changed)
    }

    /// Takes in what else changed.
    pub fn append(&mut self, other: Self) {
        self.moves.extend(other.moves);
        self.redirects.extend(other.redirects);
    }

    /// Writes it; what is older than what is stored changes nothing.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn save(self, tx: &Tx, scope: Scope<'_>) -> Result<(), StoreError> {
        let mut insert = Insert::new("membership", MEMBERSHIP).on_conflict(
            "(tenant, generation, record_id) DO UPDATE SET person_id = excluded.person_id, version = excluded.version
             WHERE membership.version < excluded.version",
        );
        for one in latest(self.moves, |one| one.record, |one| one.version) {
            insert.row(row(scope, one.record.0, one.to, one.version));
        }
        tx.insert(insert).await?;
        let mut insert = Insert::new("redirect", REDIRECT).on_conflict(
            "(tenant, generation, from_person_id) DO UPDATE SET to_person_id = excluded.to_person_id,
             version = excluded.version WHERE redirect.version < excluded.version",
        );
        for one in latest(self.redirects, |one| one.from, |one| one.version) {
            insert.row(row(scope, one.from.0, one.to, one.version));
        }
        tx.insert(insert).await.map(|_| ())
    }
}

/// No person is stored as no bytes.
fn row(scope: Scope<'_>, id: [u8; 16], person: Option<PersonId>, version: i64) -> [Value; 5] {
    let person = person.map_or_else(Vec::new, |person| person.0.to_vec());
    [scope.tenant.as_str().into(), scope.generation.into(), id.to_vec().into(), person.into(), version.into()]
}

/// A person's id, or nobody.
fn person(bytes: &[u8]) -> Result<Option<PersonId>, Unfit> {
    if bytes.is_empty() {
        return Ok(None);
    }
    PersonId::from_slice(bytes).map(Some).map_err(|_| Unfit::Field("a person id is not 16 bytes"))
}

/// Of several with one key the one of the highest version: a statement may meet a row once only.
fn latest<T, K: Ord>(all: Vec<T>, key: fn(&T) -> K, version: fn(&T) -> i64) -> impl Iterator<Item = T> {
    let mut kept: BTreeMap<K, T> = BTreeMap::new();
    for one in all {
        if kept.get(&key(&one)).is_none_or(|other| version(&one) > version(other)) {
            kept.insert(key(&one), one);
        }
    }
    kept.into_values()
}
