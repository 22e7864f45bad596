//! Appending: one gapless sequence, in commit order.

mod statement;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use opentelemetry::{Context, KeyValue, metrics::Histogram, trace::TraceContextExt};
use tenure_failpoint::failpoint;
use tenure_kernel::{IdSource, Reason, Refusal};
use tenure_server::telemetry::SECONDS;
use tenure_store::{Dialect, Insert, Query, Store, StoreError, Tx};
use tokio::{
    sync::{Mutex, Semaphore, SemaphorePermit, watch},
    time::Instant,
};

use tracing::{Instrument, Span};

use crate::{Claim, Draft, ReadToken, bulletin::Bulletin, moved};

pub(crate) use statement::COLUMNS;

/// More transactions that append at once only wait for each other at the head row, and get slower doing so.
const APPENDERS: usize = 4;

static APPENDED: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    opentelemetry::global::meter("tenure.journal")
        .f64_histogram("tenure.journal.append.duration")
        .with_unit("s")
        .with_description("How long entries took to be appended and made durable.")
        .with_boundaries(SECONDS.to_vec())
        .build()
});

/// A service's journal. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    name: &'static str,
    store: Store,
    epoch: watch::Sender<[u8; 16]>,
    head: watch::Sender<i64>,
    looked: Arc<Mutex<Option<Instant>>>,
    appenders: Arc<Semaphore>,
    bulletin: Bulletin,
}

/// How often a database is looked at for what other processes wrote and this one was not told of: a SQLite folder has one
/// process, and with PostgreSQL processes tell each other, unless a connection is lost.
pub(crate) const POLL: Duration = Duration::from_millis(250);

impl Journal {
    /// Opens the journal in a service's database; the first time it gets an epoch.
    ///
    /// # Errors
    /// When the database can't be reached, or an import into it was cut off.
    pub async fn open(name: &'static str, store: Store, ids: &dyn IdSource) -> Result<Self, StoreError> {
        let tx = store.begin().await?;
        tx.execute(
            "INSERT INTO journal_head (id, epoch, next) VALUES (1, ?, 1) ON CONFLICT (id) DO NOTHING",
            vec![ids.next().to_vec().into()],
        )
        .await?;
        tx.commit().await?;
        let (epoch, head) = position(&store).await?;
        if head < 0 {
            return Err(moved::cut_off(name));
        }
        let head = watch::Sender::new(head);
        observe(name, &head);
        let bulletin = Bulletin::start(&store, rand::random(), head.clone());
        Ok(Self {
            name,
            store,
            epoch: watch::Sender::new(epoch),
            head,
            bulletin,
            looked: Arc::default(),
            appenders: Arc::new(Semaphore::new(APPENDERS)),
        })
    }

    /// Gives the journal a new epoch, after its database was restored from a backup: positions of before mean nothing now.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn renew_epoch(store: &Store, ids: &dyn IdSource) -> Result<(), StoreError> {
        let tx = store.begin().await?;
        tx.execute("UPDATE journal_head SET epoch = ? WHERE id = 1", vec![ids.next().to_vec().into()]).await?;
        tx.commit().await
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its epoch, as it was when this process looked last.
    #[must_use]
    pub fn epoch(&self) -> [u8; 16] {
        *self.epoch.borrow()
    }

    /// The database that it is in.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A turn to append. Take it before [`Store::begin`], so that a transaction never waits with its work half done.
    ///
    /// # Errors
    /// Never; the journal does not close its turns.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        self.appenders.acquire().await.map_err(|_| StoreError::Place("the journal is closed".to_owned()))
    }

    /// Appends entries as the transaction's last statement, commits, and tells those who wait. Answers the last entry's
    /// sequence; without drafts the head's, so that its token covers what the transaction found written before it.
    ///
    /// # Errors
    /// When the database can't; then nothing was written, or the connection was lost and nobody knows.
    pub async fn commit(&self, tx: Tx, drafts: Vec<Draft>) -> Result<i64, StoreError> {
        if drafts.is_empty() {
            let (_, head) = position(&tx).await?;
            tx.commit().await?;
            return Ok(head);
        }
        let (span, since) = (self.span(drafts.len()), Instant::now());
        let appended = append(tx, drafts).instrument(span).await?;
        Ok(self.appended(appended, since))
    }

    /// Takes what a timer stands for, writes a row and appends entries: all of it, or nothing of the row and the entries if the timer is another
    /// now or the row is there. For who decided by what it read before, without a lock: of several who decided by the same, one gets
    /// through. On PostgreSQL it is one round trip. Answers the last entry's sequence.
    ///
    /// # Errors
    /// As [`Journal::commit`].
    pub async fn commit_claimed(
        &self,
        claim: &Claim,
        row: Insert,
        drafts: Vec<Draft>,
    ) -> Result<Option<i64>, StoreError> {
        let (span, since) = (self.span(drafts.len()), Instant::now());
        let appended = claimed(&self.store, claim, row, drafts).instrument(span).await?;
        Ok(appended.map(|appended| self.appended(appended, since)))
    }

    /// Tells those who wait. Answers the last entry's sequence.
    fn appended(&self, (last, epoch): (i64, [u8; 16]), since: Instant) -> i64 {
        self.notice(epoch, last);
        self.announce(last);
        self.bulletin.grown();
        APPENDED.record(since.elapsed().as_secs_f64(), &[KeyValue::new("tenure.journal", self.name)]);
        last
    }

    /// Only within a trace: what nobody asked for is in none.
    fn span(&self, entries: usize) -> Span {
        if !Context::map_current(TraceContextExt::has_active_span) {
            return Span::none();
        }
        tracing::debug_span!(
            "send",
            otel.name = format!("send {}", self.name),
            otel.kind = "producer",
            messaging.system = "tenure",
            messaging.operation.name = "send",
            messaging.operation.r#type = "send",
            messaging.destination.name = self.name,
            messaging.batch.message_count = entries,
        )
    }

    fn announce(&self, sequence: i64) {
        self.head.send_if_modified(|head| {
            let newer = sequence > *head;
            *head = (*head).max(sequence);
            newer
        });
    }

    /// The last sequence that this process knows of; changes when it gets to know of more.
    pub(crate) fn watch(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    /// Looks for entries that others appended, unless someone in this process does or just did: however many read, the
    /// table is looked at once.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        let Ok(mut looked) = self.looked.try_lock() else { return Ok(()) };
        if looked.is_some_and(|last| last.elapsed() < POLL) {
            return Ok(());
        }
        let (epoch, head) = position(&self.store).await?;
        self.notice(epoch, head);
        self.announce(head);
        *looked = Some(Instant::now());
        Ok(())
    }

    /// Notices that the database was restored from a backup while this process ran. It goes on in the new epoch, so that those
    /// who follow are stopped with an alarm; what else it has in memory may be of what is gone.
    fn notice(&self, epoch: [u8; 16], head: i64) {
        let restored = self.epoch.send_if_modified(|known| std::mem::replace(known, epoch) != epoch);
        if restored {
            self.head.send_replace(head);
            tracing::error!(
                journal = self.name,
                head,
                "the journal was restored while this process ran: end all processes of the service, and start them anew"
            );
        }
    }

    /// What the processes of its service tell each other.
    pub(crate) fn bulletin(&self) -> &Bulletin {
        &self.bulletin
    }

    /// The token of an entry.
    #[must_use]
    pub fn token(&self, sequence: i64) -> String {
        ReadToken { journal: self.name.to_owned(), epoch: self.epoch(), sequence }.encode()
    }

    /// The position that a token of this journal names; 0 for an empty one.
    ///
    /// # Errors
    /// `READ_TOKEN_INVALID`, also for another journal's token; `JOURNAL_EPOCH_CHANGED` and `JOURNAL_POSITION_UNKNOWN` when the
    /// journal was restored since.
    pub async fn position(&self, token: &str) -> Result<i64, Refusal> {
        let Some(token) = ReadToken::decode(token)? else { return Ok(0) };
        if token.journal != self.name {
            return Err(Refusal::new(Reason::ReadTokenInvalid, "the read token is of another journal"));
        }
        if token.epoch != self.epoch() {
            return Err(Refusal::new(Reason::JournalEpochChanged, "the journal was restored; begin anew"));
        }
        if token.sequence > self.head().await? {
            return Err(Refusal::new(Reason::JournalPositionUnknown, "the position lies past the journal's head"));
        }
        Ok(token.sequence)
    }

    /// The last entry's sequence in the table; 0 when there is none.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn head(&self) -> Result<i64, StoreError> {
        self.head_by(&self.store).await
    }

    /// The same as a transaction of the journal's database finds it, without a connection of its own.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn head_by(&self, query: &impl Query) -> Result<i64, StoreError> {
        position(query).await.map(|(_, head)| head)
    }
}

/// Has the head told, as often as metrics are.
fn observe(journal: &'static str, head: &watch::Sender<i64>) {
    let head = head.subscribe();
    let _position = opentelemetry::global::meter("tenure.journal")
        .i64_observable_gauge("tenure.journal.position")
        .with_unit("{entry}")
        .with_description("The sequence of the last entry that this process knows of.")
        .with_callback(move |gauge| gauge.observe(*head.borrow(), &[KeyValue::new("tenure.journal", journal)]))
        .build();
}

async fn position(store: &impl Query) -> Result<([u8; 16], i64), StoreError> {
    let row = store.first("SELECT epoch, next FROM journal_head WHERE id = 1", vec![]).await?;
    let row = row.ok_or_else(|| StoreError::Row("journal_head is empty".to_owned()))?;
    Ok((row.id(0)?, row.get::<i64>(1)? - 1))
}

/// The last entry's sequence, and the epoch that it is in.
async fn append(tx: Tx, drafts: Vec<Draft>) -> Result<(i64, [u8; 16]), StoreError> {
    failpoint!("append.before", StoreError::connection_lost());
    let appended = match tx.dialect() {
        Dialect::Postgres => statement::postgres(&tx, drafts).await?,
        Dialect::Sqlite => statement::sqlite(&tx, drafts).await?,
    };
    failpoint!("append.after", StoreError::connection_lost());
    tx.commit().await?;
    Ok(appended)
}

/// The same, if a claim is good and a row is new.
async fn claimed(
    store: &Store,
    claim: &Claim,
    row: Insert,
    drafts: Vec<Draft>,
) -> Result<Option<(i64, [u8; 16])>, StoreError> {
    if store.dialect() == Dialect::Postgres {
        failpoint!("append.before", StoreError::connection_lost());
        // One statement is a transaction: its answer is read to the end, which comes when it is durable.
        let (claimed, mut values) = claim.statement();
        let (insert, row) = row.behind("claimed");
        values.extend(row);
        values.extend(statement::arrays(drafts));
        let before = format!("claimed AS ({claimed} RETURNING 1), kept AS ({insert}),");
        let row = store.first(&statement::append_sql(&before, "FROM kept"), values).await?;
        failpoint!("append.after", StoreError::connection_lost());
        return row.as_ref().map(statement::position_of).transpose();
    }
    let tx = store.begin().await?;
    if !claim.take(&tx).await? || tx.insert(row).await? == 0 {
        tx.rollback().await?;
        return Ok(None);
    }
    append(tx, drafts).await.map(Some)
}
