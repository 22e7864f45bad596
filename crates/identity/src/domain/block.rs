//! Blocks: records that share a value of a key, so that they are worth comparing.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, record::MatchingSecret};
use tenure_linkage::Generic;

use super::portrait::BlockValue;

/// A block's name: a keyed hash.
pub(crate) type BlockId = [u8; 16];

/// How many known records may be seen with one cookie or device. One that more are seen with is shared: it says nothing.
pub(crate) const VISITORS: i64 = 8;

/// Candidates that a record is compared with in one pass.
pub(crate) const CANDIDATES: usize = 200;

/// A record's place in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    /// The block.
    pub(crate) block: BlockId,
    /// A block of more records brings nobody together; 0 for blocks that never do.
    pub(crate) cap: i64,
    /// Which values of its records then say nothing.
    pub(crate) generic: u32,
}

impl Link {
    /// By what a record says.
    pub(crate) fn of(secret: &MatchingSecret, value: &BlockValue) -> Self {
        let block = secret.derive("block", &[&value.value.to_be_bytes()]);
        Self { block, cap: value.cap, generic: value.generic }
    }

    /// The known records that were seen with a cookie or a device.
    pub(crate) fn visitors(secret: &MatchingSecret, key: &[u8; 16]) -> Self {
        Self { block: secret.derive("visitors", &[key]), cap: 0, generic: 0 }
    }

    /// The unknown ones.
    pub(crate) fn strangers(secret: &MatchingSecret, key: &[u8; 16]) -> Self {
        Self { block: secret.derive("strangers", &[key]), cap: 0, generic: 0 }
    }

    /// Whether the change of the block's size changes what it says, so that all of its records are to be evaluated again.
    pub(crate) fn crosses(&self, before: i64, after: i64) -> bool {
        self.cap > 0 && (before <= self.cap) != (after <= self.cap)
    }
}

/// How long a link is when it is packed: the block, four bytes for the cap and four for the values.
const PACKED: usize = 24;

/// Links as one value.
pub(crate) fn pack(links: &BTreeSet<Link>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(links.len() * PACKED);
    for link in links {
        bytes.extend_from_slice(&link.block);
        bytes.extend_from_slice(&u32::try_from(link.cap).unwrap_or_default().to_be_bytes());
        bytes.extend_from_slice(&link.generic.to_be_bytes());
    }
    bytes
}

/// From one value; `None` when it is none.
pub(crate) fn unpack(bytes: &[u8]) -> Option<BTreeSet<Link>> {
    let (links, rest) = bytes.as_chunks::<PACKED>();
    let link = |bytes: &[u8; PACKED]| {
        let (block, numbers) = bytes.split_first_chunk::<16>()?;
        let (cap, generic) = numbers.split_first_chunk::<4>()?;
        let generic = u32::from_be_bytes(generic.try_into().ok()?);
        Some(Link { block: *block, cap: u32::from_be_bytes(*cap).into(), generic })
    };
    if rest.is_empty() { links.iter().map(link).collect() } else { None }
}

/// Records of a block that are looked up at least: one more than any block may have to bring records together.
pub(crate) const SEEN: usize = 51;

/// How many records are in each block; where they are more than the block's cap, perhaps even more.
pub(crate) type Sizes = BTreeMap<BlockId, i64>;

/// How many are in blocks, of those who are.
pub(crate) fn sizes(carriers: &BTreeMap<BlockId, Vec<RecordId>>) -> Sizes {
    let size = |carriers: &Vec<RecordId>| i64::try_from(carriers.len()).unwrap_or(i64::MAX);
    carriers.iter().map(|(block, carriers)| (*block, size(carriers))).collect()
}

/// Which of a record's values say nothing.
pub(crate) fn generic(links: &BTreeSet<Link>, sizes: &Sizes) -> Generic {
    let past = links.iter().filter(|link| sizes.get(&link.block).is_some_and(|size| *size > link.cap));
    Generic(past.fold(0, |mask, link| mask | link.generic))
}

/// The blocks of a record that bring it together with others.
pub(crate) fn joining<'a>(links: &'a BTreeSet<Link>, sizes: &'a Sizes) -> impl Iterator<Item = BlockId> + 'a {
    let joins = |link: &&Link| sizes.get(&link.block).is_some_and(|size| (2..=link.cap).contains(size));
    links.iter().filter(joins).map(|link| link.block)
}

/// Whom to compare a record with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pass {
    /// The candidates, by id.
    pub(crate) candidates: BTreeSet<RecordId>,
    /// The last of them, if there are more to come.
    pub(crate) until: Option<RecordId>,
    /// Which of the record's values say nothing.
    pub(crate) generic: Generic,
}

/// The next candidates of a record behind `after`, at most `most`.
pub(crate) fn pass(
    record: RecordId,
    after: Option<RecordId>,
    most: usize,
    others: impl IntoIterator<Item = RecordId>,
) -> Pass {
    let behind = |other: &RecordId| *other != record && after.is_none_or(|after| *other > after);
    let mut candidates: BTreeSet<RecordId> = others.into_iter().filter(behind).collect();
    let until = match candidates.iter().nth(most).copied() {
        None => None,
        Some(next) => {
            drop(candidates.split_off(&next));
            candidates.last().copied()
        }
    };
    Pass { candidates, until, generic: Generic::default() }
}

#[cfg(test)]
mod tests {
    use tenure_linkage::blocking::default_keys;

    use super::*;

    #[test]
    fn whether_a_block_is_past_its_cap_is_seen() {
        assert!(default_keys().iter().all(|key| key.cap < SEEN));
        assert!(usize::try_from(VISITORS).is_ok_and(|visitors| visitors < SEEN));
    }

    #[test]
    fn packed_links_read_back() {
        let link = |block: u8, cap, generic| Link { block: [block; 16], cap, generic };
        let links = BTreeSet::from([link(1, 25, 0x8000_0001), link(1, 25, 2), link(2, 0, 0)]);
        assert_eq!(unpack(&pack(&links)), Some(links.clone()));
        assert_eq!(unpack(&pack(&links)[1..]), None);
    }
}
