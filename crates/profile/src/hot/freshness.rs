//! Whether something that was read is still true in this process.
//!
//! Everything read has a moment, taken before the read. Whoever writes marks the ids concerned before the commit, and once more
//! after it. What was read before the latter mark is not true any more, and while the write is under way nothing read is
//! taken for true: a reader can't know on which side of the commit it was. Ids share marks, which costs a read now and then.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering::SeqCst},
    },
};

/// Marks; ids are spread over them by their last bytes, which are random in ids of all kinds.
const MARKS: usize = 1 << 14;

#[derive(Debug, Default)]
struct Mark {
    /// The moment of the last write's begin or end.
    changed: AtomicU64,
    /// How many writes are under way.
    writing: AtomicU32,
}

/// The moments of the last writes. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Freshness(Arc<State>);

#[derive(Debug)]
struct State {
    now: AtomicU64,
    /// Nothing read up to this moment is true any more.
    floor: AtomicU64,
    marks: Box<[Mark]>,
}

/// The marks that something read depends on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watched(BTreeSet<u16>);

impl Watched {
    pub(crate) fn add(&mut self, id: [u8; 16]) {
        self.0.insert(mark_of(id));
    }
}

fn mark_of(id: [u8; 16]) -> u16 {
    u16::from_be_bytes([id[14], id[15]]) % (MARKS as u16)
}

impl Default for Freshness {
    fn default() -> Self {
        let marks = (0..MARKS).map(|_| Mark::default()).collect();
        Self(Arc::new(State { now: AtomicU64::new(0), floor: AtomicU64::new(0), marks }))
    }
}

impl State {
    fn mark(&self, place: u16) -> &Mark {
        &self.marks[usize::from(place)]
    }

    fn touch(&self, place: u16) {
        // Never backwards, when two writes touch it at once.
        self.mark(place).changed.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
    }
}

impl Freshness {
    /// The moment of a read that begins now.
    pub(crate) fn moment(&self) -> u64 {
        self.0.now.load(SeqCst)
    }

    /// Whether what was read since a moment may be kept: nothing that it depends on is being written.
    pub(crate) fn may_keep(&self, since: u64, watched: &Watched) -> bool {
        let quiet = watched.0.iter().all(|place| self.0.mark(*place).writing.load(SeqCst) == 0);
        quiet && self.is_true(since, watched)
    }

    /// Whether what was kept is still true.
    pub(crate) fn is_true(&self, since: u64, watched: &Watched) -> bool {
        since >= self.0.floor.load(SeqCst)
            && watched.0.iter().all(|place| self.0.mark(*place).changed.load(SeqCst) <= since)
    }

    /// Marks ids until the write is dropped, which must be after its commit or roll-back.
    pub(crate) fn writing(&self, ids: impl IntoIterator<Item = [u8; 16]>) -> Writing {
        let places: BTreeSet<u16> = ids.into_iter().map(mark_of).collect();
        for place in &places {
            self.0.mark(*place).writing.fetch_add(1, SeqCst);
            self.0.touch(*place);
        }
        Writing(Some((self.clone(), places)))
    }

    /// Nothing read up to now is true any more.
    pub(crate) fn forget_all(&self) {
        let now = self.0.now.fetch_add(1, SeqCst) + 1;
        self.0.floor.fetch_max(now, SeqCst);
    }
}

/// A write under way; its end is its drop, which must be after its commit or roll-back.
#[derive(Debug, Default)]
pub(crate) struct Writing(Option<(Freshness, BTreeSet<u16>)>);

impl Drop for Writing {
    fn drop(&mut self) {
        let Some((freshness, places)) = self.0.take() else { return };
        for place in places {
            // First the mark: who finds no writer must find that something changed.
            freshness.0.touch(place);
            freshness.0.mark(place).writing.fetch_sub(1, SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [u8; 16] = [1; 16];
    const B: [u8; 16] = [2; 16];

    fn watched(ids: &[[u8; 16]]) -> Watched {
        let mut watched = Watched::default();
        ids.iter().for_each(|id| watched.add(*id));
        watched
    }

    #[test]
    fn what_was_read_before_a_write_is_not_true_after_its_begin() {
        let freshness = Freshness::default();
        let since = freshness.moment();
        assert!(freshness.may_keep(since, &watched(&[A, B])) && freshness.is_true(since, &watched(&[A, B])));
        let write = freshness.writing([A]);
        assert!(!freshness.is_true(since, &watched(&[A, B])));
        assert!(freshness.is_true(since, &watched(&[B])), "another id is not concerned");
        drop(write);
        assert!(!freshness.is_true(since, &watched(&[A, B])));
        assert!(!freshness.may_keep(since, &watched(&[A])), "a reader from before the commit comes too late");
    }

    #[test]
    fn what_is_read_while_writing_is_not_kept_and_not_true_afterwards() {
        let freshness = Freshness::default();
        let write = freshness.writing([A]);
        let other = freshness.writing([A]);
        let since = freshness.moment();
        drop(write);
        assert!(!freshness.may_keep(since, &watched(&[A])), "the other write is still under way");
        drop(other);
        assert!(!freshness.may_keep(since, &watched(&[A])) && !freshness.is_true(since, &watched(&[A])));
        assert!(freshness.may_keep(freshness.moment(), &watched(&[A])), "a read that begins now is");
    }

    #[test]
    fn all_can_be_forgotten() {
        let freshness = Freshness::default();
        let since = freshness.moment();
        freshness.forget_all();
        assert!(!freshness.is_true(since, &watched(&[])) && freshness.is_true(freshness.moment(), &watched(&[A])));
    }
}
