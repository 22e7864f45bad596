//! What the processes of a service tell each other as soon as it has happened: how far its journal goes, and how far its followers
//! are. So a reader in another process waits for milliseconds, not for the next look at the table.
//!
//! It is told after the commit and beside it, a few milliseconds' worth at once. What gets lost on the way the next look finds.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use prost::Message;
use tenure_store::{Dialect, Listener, Query as _, Store, StoreError};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    input::{self, Place, Position, Reached},
    token::{hex, unhex},
};

/// How long what happens is gathered after something was told: what a reader elsewhere waits for at most, and a bound on how
/// much is told.
const GATHER: Duration = Duration::from_millis(5);
/// After which time the database is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// Positions in one note: a notice has a limit of 8000 bytes.
const AT_ONCE: usize = 20;

/// A note to the other processes. Only these processes read it, at once or never.
#[derive(Clone, PartialEq, Message)]
struct Note {
    /// Who tells; one does not listen to oneself.
    #[prost(bytes = "vec", tag = "1")]
    sender: Vec<u8>,
    /// The journal's last sequence; 0: nothing new.
    #[prost(int64, tag = "2")]
    head: i64,
    #[prost(message, repeated, tag = "3")]
    positions: Vec<Told>,
    /// Leases were given up, to be taken at once.
    #[prost(bool, tag = "4")]
    leases: bool,
}

/// How far a follower is.
#[derive(Clone, PartialEq, Message)]
struct Told {
    #[prost(string, tag = "1")]
    projection: String,
    #[prost(int64, tag = "2")]
    generation: i64,
    #[prost(string, tag = "3")]
    journal: String,
    #[prost(int64, tag = "4")]
    range: i64,
    #[prost(bytes = "vec", tag = "5")]
    epoch: Vec<u8>,
    #[prost(int64, tag = "6")]
    sequence: i64,
    #[prost(bytes = "vec", tag = "7")]
    inputs: Vec<u8>,
}

/// A service's bulletin in this process. Cheap to clone; when the last is dropped, it is neither told nor heard any more.
#[derive(Debug, Clone)]
pub(crate) struct Bulletin {
    board: Arc<Board>,
    _stop: Arc<DropGuard>,
}

#[derive(Debug)]
struct Board {
    store: Store,
    sender: [u8; 16],
    /// Something is new here.
    news: Arc<Notify>,
    head: watch::Sender<i64>,
    /// The last sequence that was told or heard.
    known: AtomicI64,
    followings: Mutex<Vec<Followed>>,
}

/// A projection that is followed in this process.
#[derive(Debug)]
struct Followed {
    projection: &'static str,
    reached: Reached,
    /// Told when leases are to be taken.
    hurry: Arc<Notify>,
}

impl Bulletin {
    /// Tells and hears from now on. With SQLite, where there are no other processes, nothing is done.
    pub(crate) fn start(store: &Store, sender: [u8; 16], head: watch::Sender<i64>) -> Self {
        let known = AtomicI64::new(*head.borrow());
        let followings = Mutex::default();
        let board = Arc::new(Board { store: store.clone(), sender, news: Arc::default(), head, known, followings });
        let stop = CancellationToken::new();
        if store.dialect() == Dialect::Postgres {
            let (told, heard) = (board.clone(), board.clone());
            let (until, until_too) = (stop.clone(), stop.clone());
            tokio::spawn(async move { until.run_until_cancelled(told.tell()).await });
            tokio::spawn(async move { until_too.run_until_cancelled(heard.hear()).await });
        }
        Self { board, _stop: Arc::new(stop.drop_guard()) }
    }

    /// Also tells how far a projection is, and hears how far others are with it.
    pub(crate) fn follow(&self, projection: &'static str, reached: &Reached, hurry: &Arc<Notify>) {
        let followed = Followed { projection, reached: reached.clone(), hurry: hurry.clone() };
        reached.tell_through(&self.board.news);
        self.board.followings().push(followed);
    }

    /// The journal has grown here.
    pub(crate) fn grown(&self) {
        self.board.news.notify_one();
    }

    /// Leases were given up here.
    pub(crate) async fn leases_given_up(&self) -> Result<(), StoreError> {
        self.board.send(Note { leases: true, ..Note::default() }).await
    }
}

impl Board {
    fn followings(&self) -> std::sync::MutexGuard<'_, Vec<Followed>> {
        self.followings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn tell(&self) {
        let mut told = BTreeMap::new();
        loop {
            self.news.notified().await;
            if let Err(error) = self.tell_news(&mut told).await {
                tracing::debug!(error = %error, "other processes are not told");
                sleep(PAUSE).await;
            }
            sleep(GATHER).await;
        }
    }

    /// Tells what was not told before.
    async fn tell_news(&self, told: &mut BTreeMap<Place, Position>) -> Result<(), StoreError> {
        let here = *self.head.borrow();
        let mut head = if self.known.fetch_max(here, Relaxed) < here { here } else { 0 };
        let mut positions = Vec::new();
        for followed in self.followings().iter() {
            for (place, position) in followed.reached.here() {
                if told.get(&place) != Some(&position) {
                    positions.push(wire(&place, &position));
                    told.insert(place, position);
                }
            }
        }
        for some in positions.chunks(AT_ONCE) {
            self.send(Note { head: std::mem::take(&mut head), positions: some.to_vec(), ..Note::default() }).await?;
        }
        if head > 0 {
            self.send(Note { head, ..Note::default() }).await?;
        }
        Ok(())
    }

    async fn send(&self, note: Note) -> Result<(), StoreError> {
        let note = Note { sender: self.sender.to_vec(), ..note };
        self.store.tell(&hex(&note.encode_to_vec())).await
    }

    async fn hear(&self) {
        loop {
            let ended = match self.store.listen().await {
                Ok(Some(listener)) => self.listen(listener).await,
                Ok(None) => return,
                Err(error) => error,
            };
            tracing::debug!(error = %ended, "other processes are not heard");
            sleep(PAUSE).await;
        }
    }

    async fn listen(&self, mut listener: Listener) -> StoreError {
        loop {
            match listener.heard().await {
                Ok(Some(text)) => {
                    let note = unhex(&text).and_then(|bytes| Note::decode(bytes.as_slice()).ok());
                    note.into_iter().for_each(|note| self.take(note));
                }
                // What was missed the next look finds.
                Ok(None) => {}
                Err(error) => return error,
            }
        }
    }

    fn take(&self, note: Note) {
        if note.sender == self.sender {
            return;
        }
        self.known.fetch_max(note.head, Relaxed);
        self.head.send_if_modified(|head| {
            let newer = note.head > *head;
            *head = (*head).max(note.head);
            newer
        });
        for followed in self.followings().iter() {
            let about = note.positions.iter().filter(|told| told.projection == followed.projection);
            followed.reached.hear(about.filter_map(|told| read(followed.projection, told)));
            if note.leases {
                followed.hurry.notify_one();
            }
        }
    }
}

fn wire((projection, generation, journal, range): &Place, position: &Position) -> Told {
    Told {
        projection: (*projection).to_owned(),
        generation: *generation,
        journal: journal.clone(),
        range: *range,
        epoch: position.epoch.to_vec(),
        sequence: position.sequence,
        inputs: input::encode(&position.inputs),
    }
}

fn read(projection: &'static str, told: &Told) -> Option<(Place, Position)> {
    let epoch = told.epoch.as_slice().try_into().ok()?;
    let inputs = input::decode(&told.inputs).ok()?;
    let place = (projection, told.generation, told.journal.clone(), told.range);
    Some((place, Position { epoch, sequence: told.sequence, inputs }))
}

#[cfg(test)]
mod tests {
    use tenure_proto::journal::v1::InputProgress;
    use tenure_store::{MigrationTrait, MigratorTrait, testing::TestPlace};
    use tokio::time::timeout;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);
    const PROJECTION: &str = "shown";

    struct Tables;

    impl MigratorTrait for Tables {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![crate::migration()]
        }
    }

    struct Process {
        head: watch::Sender<i64>,
        reached: Reached,
        hurry: Arc<Notify>,
        bulletin: Bulletin,
    }

    async fn process(place: &TestPlace, sender: u8) -> Process {
        let store = place.open::<Tables>("told").await;
        let (head, reached, hurry) = (watch::Sender::new(0), Reached::default(), Arc::new(Notify::new()));
        let bulletin = Bulletin::start(&store, [sender; 16], head.clone());
        bulletin.follow(PROJECTION, &reached, &hurry);
        Process { head, reached, hurry, bulletin }
    }

    fn position(sequence: i64) -> Position {
        let inputs = vec![InputProgress { journal: "up".to_owned(), epoch: vec![2; 16], sequence: 2 * sequence }];
        Position { epoch: [1; 16], sequence, inputs }
    }

    /// The tables are empty: what the other process gets to know it can only have heard.
    #[tokio::test]
    async fn another_process_hears_of_the_head_of_positions_and_of_leases() {
        let Some(place) = TestPlace::postgres() else { return };
        let (one, two) = (process(&place, 1).await, process(&place, 2).await);
        let at = |range: i64| (PROJECTION, 1, "collector".to_owned(), range);
        let (mut heads, mut changes) = (two.head.subscribe(), two.reached.watch());
        // It may be told before the other listens, and then be lost; so it is told anew until it is heard.
        let heard = timeout(PATIENCE, async {
            for sequence in 1.. {
                one.head.send_replace(sequence);
                for range in 0..50 {
                    one.reached.set(at(range), position(sequence));
                }
                one.bulletin.grown();
                let both = async { heads.changed().await.is_ok() && changes.changed().await.is_ok() };
                if timeout(Duration::from_millis(500), both).await == Ok(true) {
                    return sequence;
                }
            }
            0
        });
        let sequence = heard.await.expect("it was heard");
        assert!((1..=sequence).contains(&*two.head.borrow()));
        let last = async {
            while two.reached.beyond(&at(49), &Position::default()).is_none_or(|at| at != position(sequence)) {
                changes.changed().await.expect("a change");
            }
        };
        timeout(PATIENCE, last).await.expect("all positions are heard, however many");
        one.bulletin.leases_given_up().await.expect("told");
        timeout(PATIENCE, two.hurry.notified()).await.expect("it hurries");
        assert!(two.reached.here().is_empty(), "what was heard is not told on");
    }
}
