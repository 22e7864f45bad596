//! Reading a journal: page by page from the table, then each time something was appended.

use std::collections::BTreeSet;

use futures::Stream;
use tenure_proto::journal::v1 as pb;
use tenure_store::{Query, Row, StoreError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    Journal,
    append::POLL,
    input::{self, Reached},
};

/// Entries per frame at most.
const PAGE: i64 = 1_000;

/// Payload bytes per frame, more or less: a frame is a message, and messages have a limit.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// What [`entry`] reads.
pub(crate) const COLUMNS: &str =
    "sequence, entry_id, tenant, partitions, type_name, revision, payload, traceparent, recorded_at";

/// Entries read from a journal's table.
#[derive(Debug, Default)]
pub struct Page {
    /// Those wanted, in order.
    pub entries: Vec<pb::JournalEntry>,
    /// Every wanted entry through this sequence is in it.
    pub high_water: i64,
    /// Whether there may be more behind it.
    pub full: bool,
    /// How many rows it stands for, if it ends before the rows that were read do.
    cut: Option<i64>,
}

impl Page {
    /// Through the head, as it was before the page was read: nothing need stand there, as where a tenant was moved to and the entries of
    /// others were not.
    fn through(mut self, head: i64) -> Self {
        if !self.full {
            self.high_water = self.high_water.max(head);
        }
        self
    }
}

/// Reads the entries after a sequence that go to some of the partitions; no partitions means all.
///
/// # Errors
/// When the database can't be reached.
pub async fn read_page(query: &impl Query, after: i64, partitions: &BTreeSet<u8>) -> Result<Page, StoreError> {
    read_rows(query, after, partitions, PAGE).await
}

async fn read_rows(query: &impl Query, after: i64, partitions: &BTreeSet<u8>, limit: i64) -> Result<Page, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM journal_entry WHERE sequence > ? ORDER BY sequence LIMIT ?");
    let rows = query.all(&sql, vec![after.into(), limit.into()]).await?;
    let mut page = Page { high_water: after, full: rows.len() as u64 == limit.unsigned_abs(), ..Page::default() };
    let mut bytes = 0;
    for row in rows {
        if bytes >= PAGE_BYTES {
            (page.full, page.cut) = (true, Some(page.high_water - after));
            break;
        }
        page.high_water = row.get(0)?;
        let route: Vec<u8> = row.get(3)?;
        let wanted = partitions.is_empty() || route.is_empty() || route.iter().any(|one| partitions.contains(one));
        if wanted {
            let entry = entry(&row)?;
            bytes += entry.payload.len();
            page.entries.push(entry);
        }
    }
    Ok(page)
}

/// What a row of the table holds.
pub(crate) fn entry(row: &Row) -> Result<pb::JournalEntry, StoreError> {
    let (seconds, nanos) = tenure_kernel::Timestamp(row.get(8)?).to_parts();
    Ok(pb::JournalEntry {
        sequence: row.get(0)?,
        entry_id: row.get(1)?,
        tenant: row.get(2)?,
        partitions: row.get(3)?,
        type_name: row.get(4)?,
        revision: i32::try_from(row.get::<i64>(5)?).unwrap_or(i32::MAX),
        payload: row.get::<Vec<u8>>(6)?.into(),
        traceparent: row.get(7)?,
        record_time: Some(prost_types::Timestamp { seconds, nanos }),
    })
}

/// The pages behind a position, then as entries come, for readers in the journal's own service; empty pages are left out. Ends
/// when the journal is restored, for then positions mean something else. A task reads one page ahead.
pub(crate) fn pages(journal: Journal, mut after: i64) -> impl Stream<Item = Result<Page, StoreError>> + Send {
    let (pages, read) = mpsc::channel(1);
    tokio::spawn(async move {
        let (mut appended, epoch) = (journal.watch(), journal.epoch());
        while let Ok(room) = pages.reserve().await {
            let page = match journal.look().await {
                Ok(()) if journal.epoch() != epoch => return,
                Ok(()) => {
                    let head = *appended.borrow_and_update();
                    read_page(journal.store(), after, &BTreeSet::new()).await.map(|page| page.through(head))
                }
                Err(error) => Err(error),
            };
            match page {
                Ok(page) if page.high_water == after => {
                    drop(room);
                    tokio::select! {
                        _ = tokio::time::timeout(POLL, appended.changed()) => {}
                        () = pages.closed() => return,
                    }
                }
                Ok(page) => {
                    after = page.high_water;
                    room.send(Ok(page));
                }
                Err(error) => return room.send(Err(error)),
            }
        }
    });
    ReceiverStream::new(read)
}

struct Reader {
    journal: Journal,
    reached: Reached,
    partitions: BTreeSet<u8>,
    /// The epoch that the stream began in. With it the stream ends.
    epoch: [u8; 16],
    after: i64,
    /// How many rows the next page reads: fewer after large ones, which would only be read again.
    limit: i64,
    sent_inputs: Option<Vec<pb::InputProgress>>,
    caught_up: bool,
}

/// Streams a journal from a position on, for ever.
///
/// A task of its own reads it, a frame ahead at most: a stream that read when it is asked would, with a slow reader, stand
/// still in the middle of a query and keep a connection from others.
pub(crate) fn stream(
    journal: Journal,
    reached: Reached,
    partitions: BTreeSet<u8>,
    after: i64,
) -> impl Stream<Item = Result<pb::TailResponse, StoreError>> + Send {
    let epoch = journal.epoch();
    let (limit, sent_inputs, caught_up) = (PAGE, None, false);
    let mut reader = Reader { journal, reached, partitions, epoch, after, limit, sent_inputs, caught_up };
    let (frames, read) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Ok(room) = frames.reserve().await {
            let frame = tokio::select! {
                frame = reader.next() => frame.transpose(),
                () = frames.closed() => return,
            };
            let Some(frame) = frame else { return };
            let failed = frame.is_err();
            room.send(frame);
            if failed {
                return;
            }
        }
    });
    ReceiverStream::new(read)
}

impl Reader {
    /// The next frame; `None` when the journal was restored, for then positions mean something else.
    async fn next(&mut self) -> Result<Option<pb::TailResponse>, StoreError> {
        let (mut appended, mut progressed) = (self.journal.watch(), self.reached.watch());
        loop {
            progressed.mark_unchanged();
            let head = *appended.borrow_and_update();
            if self.journal.epoch() != self.epoch {
                return Ok(None);
            }
            if let Some(frame) = self.look(head).await? {
                return Ok(Some(frame));
            }
            let news = async {
                tokio::select! {
                    _ = appended.changed() => {}
                    _ = progressed.changed() => {}
                }
            };
            let _ = tokio::time::timeout(POLL, news).await;
            self.journal.look().await?;
        }
    }

    /// The next frame, if there is anything new to say. The first that leaves the high-water mark where it was says that it
    /// is the head.
    async fn look(&mut self, head: i64) -> Result<Option<pb::TailResponse>, StoreError> {
        // The inputs first: what they brought about is then behind the page's end or in it, if the page reaches the end.
        let inputs = input::progress(self.journal.store(), &self.reached, self.journal.name()).await?;
        let told = self.sent_inputs.as_ref() == Some(&inputs);
        if self.caught_up && told && head <= self.after {
            return Ok(None);
        }
        let page = read_rows(self.journal.store(), self.after, &self.partitions, self.limit).await?.through(head);
        // More than fitted, so that it grows back when the rows get smaller.
        self.limit = page.cut.unwrap_or(self.limit).saturating_mul(2).clamp(1, PAGE);
        let moved = page.high_water > self.after;
        if self.caught_up && told && !moved {
            return Ok(None);
        }
        self.after = page.high_water;
        self.caught_up |= !moved;
        let inputs = if page.full { Vec::new() } else { inputs };
        if !page.full {
            self.sent_inputs = Some(inputs.clone());
        }
        Ok(Some(pb::TailResponse {
            epoch: self.epoch.to_vec(),
            entries: page.entries,
            high_water: page.high_water,
            inputs,
        }))
    }
}
