//! The blocks of one record.

use super::Key;
use crate::table::{Generic, Table};

/// A value of a record under one of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// Names the block, its key included: the same everywhere and always. It is no secret: whoever stores it seals it first.
    pub value: u64,
    /// A block of more records makes no candidates.
    pub cap: usize,
    /// What is left out of comparisons of the record while the block is past its cap.
    pub generic: Generic,
}

impl Table {
    /// The blocks that a record is in, each once, sorted. A function of the record alone.
    #[must_use]
    pub fn keys(&self, record: usize, keys: &[Key]) -> Vec<RowKey> {
        let row = self.row(record);
        let own = self.own(row);
        let mut found = Vec::new();
        for key in keys {
            for value in key.values(self, row).as_slice() {
                let marks = own.iter().filter(|own| key.is_of(own.part) && key.value_of(own.part, own.value) == *value);
                let generic = marks.fold(Generic::default(), |all, own| all | own.generic);
                found.push(RowKey { value: *value, cap: key.cap, generic });
            }
        }
        found.sort_unstable();
        found.dedup_by_key(|key| key.value);
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::{Role, Table, blocking::Key};

    #[test]
    fn parts_as_written_part_what_sounds_alike() {
        let mut table = Table::default();
        for (given, surname) in [("Jan", "de Vries"), ("J.P.", "Vries"), ("Hans", "de Fries")] {
            table.push_values("NL", [(Role::Given, given), (Role::Surname, surname)]);
        }
        let keys = |record, on| table.keys(record, &[Key::parse(on, 9).expect("a key")]);
        let share = |left, right, on| keys(left, on).iter().any(|key| keys(right, on).contains(key));
        for (on, first_and_second, first_and_third) in [
            ("surname", true, true),
            ("surname_text", true, false),
            ("initial", true, true),
            ("first_letter", true, false),
        ] {
            assert_eq!((share(0, 1, on), share(0, 2, on)), (first_and_second, first_and_third), "{on}");
        }
    }
}
