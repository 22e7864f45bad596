//! What a record looks like to those that compare it: its contents folded, normalised and packed.

use std::collections::BTreeSet;

use tenure_linkage::{Generic, Role, Table, blocking::default_keys};

use super::content::{Content, Field, fold};

/// In which country numbers without a country code are read.
const COUNTRY: &str = "NL";

/// A record ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Portrait {
    /// The normalised row.
    pub(crate) packed: Vec<u8>,
    /// Which of its values so many share that they say nothing.
    pub(crate) generic: Generic,
}

/// A block that a record is in by what it says: not hashed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockValue {
    /// The value, which has the key's parts in it.
    pub(crate) value: u64,
    /// A block of more records brings nobody together.
    pub(crate) cap: i64,
    /// Which values then say nothing.
    pub(crate) generic: u32,
}

/// Records by their contents, newest first, each with the blocks that it is in.
pub(crate) fn portray(records: &[Vec<Content>]) -> Vec<(Vec<u8>, BTreeSet<BlockValue>)> {
    let (mut table, keys) = (Table::default(), default_keys());
    let portrait = |contents: &Vec<Content>| {
        let folded = fold(contents);
        let values = folded.iter().filter_map(|(field, value)| Some((role(*field)?, value.clone())));
        let national = folded.iter().filter(|(field, _)| *field == Field::National);
        let accounts = national.map(|(_, value)| (Role::Account, format!("national//{value}")));
        let values: Vec<(Role, String)> = values.chain(accounts).collect();
        let place = table.push_values(COUNTRY, values.iter().map(|(role, value)| (*role, value.as_str())));
        let blocks = table.keys(place, &keys).into_iter().map(|key| BlockValue {
            value: key.value,
            cap: i64::try_from(key.cap).unwrap_or(i64::MAX),
            generic: key.generic.0,
        });
        (table.pack(place), blocks.collect())
    };
    records.iter().map(portrait).collect()
}

/// A table of portraits, in their order; what can't be unpacked says nothing.
pub(crate) fn table<'a>(portraits: impl IntoIterator<Item = Option<&'a Portrait>>) -> Table {
    let mut table = Table::default();
    for portrait in portraits {
        let pushed = portrait.and_then(|portrait| table.push_packed(&portrait.packed, portrait.generic).ok());
        if pushed.is_none() {
            table.push_values(COUNTRY, []);
        }
    }
    table
}

fn role(field: Field) -> Option<Role> {
    Some(match field {
        Field::Given => Role::Given,
        Field::Initials => Role::Initials,
        Field::Particle => Role::Particle,
        Field::Surname => Role::Surname,
        Field::Organisation => Role::Organisation,
        Field::Birth => Role::BirthDate,
        Field::Street => Role::Street,
        Field::House => Role::House,
        Field::Addition => Role::HouseAddition,
        Field::Postcode => Role::Postcode,
        Field::Place => Role::Place,
        Field::Email => Role::Email,
        Field::Phone => Role::Phone,
        Field::Iban => Role::Iban,
        Field::National => Role::NationalId,
        Field::Account => Role::Account,
        Field::Other => return None,
    })
}
