//! Records changed hands: a person's state follows its members, and no fact moves.

use tenure_journal::{Batch, Entry};
use tenure_kernel::{PersonId, RecordId};
use tenure_proto::identity::v1::MembershipsChanged;

use super::Unfit;
use crate::domain::membership::{Move, Redirect};

/// The moves of the range's records, and all redirects: they belong to no range, and writing them twice changes nothing.
pub(super) fn read(entry: &Entry, batch: &Batch<'_>) -> Result<(Vec<Move>, Vec<Redirect>), Unfit> {
    let event: MembershipsChanged = entry.decode(1)?;
    let mut moves = Vec::with_capacity(event.moves.len());
    for one in &event.moves {
        let record = RecordId::from_slice(&one.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
        let person = person(&one.to_person_id)?;
        if batch.owns(record) {
            moves.push(Move { record, person, version: one.version });
        }
    }
    let redirects = event.redirects.iter().map(|one| {
        let from = person(&one.from_person_id)?.ok_or(Unfit::Field("a redirect comes from nobody"))?;
        Ok(Redirect { from, to: person(&one.to_person_id)?, version: one.version })
    });
    Ok((moves, redirects.collect::<Result<_, Unfit>>()?))
}

/// A person's id, or nobody.
fn person(bytes: &[u8]) -> Result<Option<PersonId>, Unfit> {
    if bytes.is_empty() {
        return Ok(None);
    }
    PersonId::from_slice(bytes).map(Some).map_err(|_| Unfit::Field("a person id is not 16 bytes"))
}
