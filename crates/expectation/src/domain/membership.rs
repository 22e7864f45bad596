//! Which person a record belongs to, and where a person's id leads.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId};

/// That a record belongs to a person, or to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) record: RecordId,
    /// `None` for an erased record.
    pub(crate) person: Option<PersonId>,
    /// The highest wins.
    pub(crate) version: i64,
}

/// That a person's id leads to another's, or to itself again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Redirect {
    pub(crate) from: PersonId,
    /// `None`: a person of its own.
    pub(crate) to: Option<PersonId>,
    /// The highest wins.
    pub(crate) version: i64,
}

/// Of several moves of a record the one that wins, by record.
pub(crate) fn latest_moves(moves: impl IntoIterator<Item = Move>) -> Vec<Move> {
    latest(moves, |one| one.record, |one| one.version)
}

/// Of several redirects of a person the one that wins, by person.
pub(crate) fn latest_redirects(redirects: impl IntoIterator<Item = Redirect>) -> Vec<Redirect> {
    latest(redirects, |one| one.from, |one| one.version)
}

fn latest<T, K: Ord>(all: impl IntoIterator<Item = T>, key: fn(&T) -> K, version: fn(&T) -> i64) -> Vec<T> {
    let mut kept: BTreeMap<K, T> = BTreeMap::new();
    for one in all {
        let newer = kept.get(&key(&one)).is_none_or(|other| version(&one) > version(other));
        if newer {
            kept.insert(key(&one), one);
        }
    }
    kept.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_wins_whatever_the_order() {
        let to = |record: u8, person: u8, version| Move {
            record: RecordId([record; 16]),
            person: Some(PersonId([person; 16])),
            version,
        };
        let wanted = vec![to(1, 3, 3), to(2, 1, 1)];
        assert_eq!(latest_moves([to(1, 1, 1), to(1, 3, 3), to(2, 1, 1), to(1, 2, 2)]), wanted);
        assert_eq!(latest_moves([to(2, 1, 1), to(1, 3, 3), to(1, 3, 3), to(1, 1, 1)]), wanted);
    }
}
