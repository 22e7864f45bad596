//! Records changed hands: a person's state follows its members, and no fact moves.

use std::collections::BTreeSet;

use tenure_journal::{Batch, Entry};
use tenure_kernel::{PersonId, RecordId};
use tenure_proto::identity::v1::MembershipsChanged;

use super::Unfit;
use crate::domain::membership::{Move, Redirect};

/// What changed.
#[derive(Default)]
pub(super) struct Changed {
    /// The moves of the range's records.
    pub(super) moves: Vec<Move>,
    /// All redirects: they belong to no range, and writing them twice changes nothing.
    pub(super) redirects: Vec<Redirect>,
    /// Everybody who won or lost a record.
    pub(super) persons: BTreeSet<PersonId>,
}

pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<Changed, Unfit> {
    let event: MembershipsChanged = entry.decode(1)?;
    let mut changed = Changed::default();
    for one in &event.moves {
        let record = RecordId::from_slice(&one.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
        let (from, to) = (person(&one.from_person_id)?, person(&one.to_person_id)?);
        if batch.owns(record) {
            changed.moves.push(Move { record, person: to, version: one.version });
            changed.persons.extend(from.into_iter().chain(to));
        }
    }
    let redirects = event.redirects.iter().map(|one| {
        let from = person(&one.from_person_id)?.ok_or(Unfit::Field("a redirect comes from nobody"))?;
        Ok(Redirect { from, to: person(&one.to_person_id)?, version: one.version })
    });
    changed.redirects = redirects.collect::<Result<_, Unfit>>()?;
    Ok(changed)
}

/// A person's id, or nobody.
fn person(bytes: &[u8]) -> Result<Option<PersonId>, Unfit> {
    if bytes.is_empty() {
        return Ok(None);
    }
    PersonId::from_slice(bytes).map(Some).map_err(|_| Unfit::Field("a person id is not 16 bytes"))
}
