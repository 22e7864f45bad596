//! What a service does with the entries that it follows.

use std::{future::Future, ops::RangeInclusive};

use tenure_kernel::{RecordId, partition};
use tenure_store::{StoreError, Tx};

use crate::{Draft, Entry, Timer};

/// A journal to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow {
    /// Its name.
    pub journal: &'static str,
    /// The journals that its service follows, and that this service follows too: a read after one of those waits for both.
    pub inputs: &'static [&'static str],
}

/// Entries of one journal, in order, for one range of partitions.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The journal's name.
    pub journal: &'a str,
    /// The entries; an entry for several ranges comes to each of them.
    pub entries: &'a [Entry],
    /// The range. Only what is about its records may be applied.
    pub partitions: RangeInclusive<u8>,
    /// The generation to write.
    pub generation: i64,
    /// Whether the generation is being built: then nothing is concluded, no timer is set, and nobody reads it.
    pub building: bool,
}

impl Batch<'_> {
    /// Whether a record belongs to the range.
    #[must_use]
    pub fn owns(&self, record: RecordId) -> bool {
        self.partitions.contains(&partition::of(record))
    }
}

/// What applying a batch brought about.
#[derive(Debug, Default)]
pub struct Applied<E> {
    /// Entries that could not be applied, by sequence, and why. The reason holds nothing personal.
    pub parked: Vec<(i64, String)>,
    /// What was concluded; appended to the service's own journal in the same transaction.
    pub drafts: Vec<Draft>,
    /// What [`Projection::committed`] is told.
    pub effect: E,
}

/// A page of what [`Projection::reconcile`] concluded.
#[derive(Debug, Default)]
pub struct Reconciled<E> {
    /// What was concluded; appended to the service's own journal in the same transaction.
    pub drafts: Vec<Draft>,
    /// What [`Projection::committed`] is told.
    pub effect: E,
    /// Where the next page goes on; `None`: this was the last.
    pub next: Option<Vec<u8>>,
}

/// A follower of journals: pure decisions on entries, written to tables of its own.
pub trait Projection: Send + Sync + 'static {
    /// What is passed on after the commit, such as which cached answers are out of date.
    type Effect: Send + Default;

    /// Its name: that of its service's journal, if it has one, which publishes under it how far the service has followed.
    fn name(&self) -> &'static str;

    /// What it follows.
    fn follows(&self) -> &'static [Follow];

    /// Applies a batch within a transaction. An entry that can't be decoded or applied is put into `parked` and leaves no
    /// trace; a database error fails the whole batch, which is then tried again. Batches of other ranges and journals are
    /// applied at the same time.
    fn apply(
        &self,
        tx: &Tx,
        batch: &Batch<'_>,
    ) -> impl Future<Output = Result<Applied<Self::Effect>, StoreError>> + Send;

    /// Told after the commit of a batch.
    fn committed(&self, _effect: Self::Effect) {}

    /// Deletes about so many rows of a generation that is no longer read, within a transaction that is kept short. Answers
    /// whether there are more; it is called until there are none. [`crate::discard_rows`] does it for most tables.
    ///
    /// A read finds the generation to read in the same statement, or it may look for rows that are gone:
    /// `JOIN projection p ON p.name = 'NAME' AND p.active = t.generation`.
    fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Concludes what follows from a generation and was concluded by none: entries that the generation before had parked or
    /// never reached were applied while this one was built, when nothing is concluded. Called page by page after a swap, with
    /// nothing first and then where the page before ended, each in a transaction with what is concluded.
    ///
    /// Followers go on beside it, so it takes the locks that they take; and where everything was concluded, as it is after most
    /// rebuilds, it must find nothing. A projection whose tables all belong to the generation has nothing to do.
    fn reconcile(
        &self,
        _tx: &Tx,
        _generation: i64,
        _after: &[u8],
    ) -> impl Future<Output = Result<Reconciled<Self::Effect>, StoreError>> + Send {
        async { Ok(Reconciled::default()) }
    }

    /// Concludes from timers that are due, in one transaction with their removal. Only one projection of a database may have
    /// timers. One that makes this panic stays due.
    fn fire(&self, _tx: &Tx, _due: &[Timer]) -> impl Future<Output = Result<Vec<Draft>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }
}
