//! Records that belong to another person now, and ids of persons that lead elsewhere.

use tenure_journal::{Batch, Entry};
use tenure_kernel::{PersonId, RecordId};
use tenure_proto::identity::v1::MembershipsChanged;

use super::REVISION;
use crate::{app::move_records::Moves, hot::Concerned};

/// An entry's moves and redirects.
#[derive(Default)]
pub(super) struct Changed {
    moves: Vec<(RecordId, i64, Option<PersonId>)>,
    redirects: Vec<(PersonId, i64, Option<PersonId>)>,
}

/// Reads an entry. The reason of a failure holds nothing personal.
pub(super) fn decode(entry: &Entry) -> Result<Changed, String> {
    let wire: MembershipsChanged = entry.decode(REVISION).map_err(|unreadable| unreadable.to_string())?;
    let mut changed = Changed::default();
    for one in &wire.moves {
        let record = RecordId::from_slice(&one.record_id).map_err(|_| "record_id is not an id")?;
        changed.moves.push((record, one.version, person(&one.to_person_id)?));
    }
    for one in &wire.redirects {
        let from = PersonId::from_slice(&one.from_person_id).map_err(|_| "from_person_id is not an id")?;
        changed.redirects.push((from, one.version, person(&one.to_person_id)?));
    }
    Ok(changed)
}

fn person(bytes: &[u8]) -> Result<Option<PersonId>, String> {
    if bytes.is_empty() {
        return Ok(None);
    }
    PersonId::from_slice(bytes).map(Some).map_err(|_| "to_person_id is not an id".to_owned())
}

/// Adds the moves of records that are ours to write, and every redirect: it has no partition, and to write it twice is to
/// write it once. Adds whom that concerns, too.
pub(super) fn collect(changed: &Changed, batch: &Batch<'_>, moves: &mut Moves, concerned: &mut Concerned) {
    for (record, version, person) in changed.moves.iter().filter(|(record, ..)| batch.owns(*record)) {
        concerned.records.insert(*record);
        concerned.persons.extend(*person);
        moves.records.put(*record, *version, *person);
    }
    for (from, version, to) in &changed.redirects {
        concerned.persons.extend([Some(*from), *to].into_iter().flatten());
        moves.redirects.put(*from, *version, *to);
    }
}
