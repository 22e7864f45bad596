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

/// How many records are in each block.
pub(crate) type Sizes = BTreeMap<BlockId, i64>;

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
