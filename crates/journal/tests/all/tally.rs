//! A projection that counts how often it applied what.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use tenure_journal::{Applied, Batch, Draft, Follow, Projection, Reconciled, Route, Timer};
use tenure_proto::journal::v1 as pb;
use tenure_store::{Insert, Kind, Query, Store, StoreError, Tx};
use tokio::sync::Semaphore;

use crate::stage::{NOON, PATIENCE, entry_id, record, tenant};

/// What to do with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Apply,
    Park,
    Panic,
    /// As if the database had failed.
    Fail,
    /// Waits for ever, with everything written and nothing committed.
    Hang,
    /// The same, until it is let through.
    Wait,
}

/// Where a projection waits.
#[derive(Clone)]
pub(crate) struct Gate {
    entered: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self { entered: Arc::new(Semaphore::new(0)), opened: Arc::new(Semaphore::new(0)) }
    }

    /// Waits until someone stands at it; each time for another one.
    pub(crate) async fn reached(&self) {
        let entered = tokio::time::timeout(PATIENCE, self.entered.acquire()).await;
        entered.expect("someone stands at the gate in time").unwrap().forget();
    }

    /// Lets everyone through from now on.
    pub(crate) fn open(&self) {
        self.opened.add_permits(1);
    }

    async fn pass(&self) {
        self.entered.add_permits(1);
        drop(self.opened.acquire().await.unwrap());
    }
}

pub(crate) type Rule = Arc<dyn Fn(&Batch<'_>, i64) -> Act + Send + Sync>;

/// Concludes this from a number, if anything.
pub(crate) fn conclusion(number: i64) -> Option<i64> {
    (number % 3 == 0).then_some(number + 1_000_000)
}

#[derive(Clone)]
pub(crate) struct Tally {
    pub(crate) name: &'static str,
    pub(crate) follows: &'static [Follow],
    pub(crate) rule: Rule,
    /// How many numbers were committed, as the projection was told.
    pub(crate) told: Arc<AtomicU64>,
    pub(crate) gate: Gate,
    /// How many pages it reconciles before its database fails.
    pub(crate) pages: Arc<AtomicI64>,
}

pub(crate) const FOLLOW_A: &[Follow] = &[Follow { journal: "a", inputs: &[] }];

impl Tally {
    pub(crate) fn new(name: &'static str, follows: &'static [Follow]) -> Self {
        let (told, gate, pages) = (Arc::default(), Gate::new(), Arc::new(AtomicI64::new(i64::MAX)));
        Self { name, follows, rule: Arc::new(|_, _| Act::Apply), told, gate, pages }
    }

    pub(crate) fn with_rule(mut self, rule: impl Fn(&Batch<'_>, i64) -> Act + Send + Sync + 'static) -> Self {
        self.rule = Arc::new(rule);
        self
    }
}

const COLUMNS: &[(&str, Kind)] = &[
    ("generation", Kind::Int),
    ("journal", Kind::Text),
    ("range_start", Kind::Int),
    ("sequence", Kind::Int),
    ("number", Kind::Int),
    ("times", Kind::Int),
];

fn concluded(number: i64) -> Draft {
    let payload = pb::ReadToken { sequence: number, ..pb::ReadToken::default() };
    Draft::new(entry_id(number), tenant(), Route::Records(vec![record(number)]), &payload, NOON)
}

impl Projection for Tally {
    type Effect = u64;

    fn name(&self) -> &'static str {
        self.name
    }

    fn follows(&self) -> &'static [Follow] {
        self.follows
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<u64>, StoreError> {
        let mut applied = Applied::default();
        let mut insert = Insert::new("tally", COLUMNS)
            .on_conflict("(generation, journal, range_start, sequence) DO UPDATE SET times = tally.times + 1");
        let (mut hang, mut wait) = (false, false);
        for entry in batch.entries {
            let number = match entry.decode::<pb::ReadToken>(1) {
                Ok(payload) => payload.sequence,
                Err(unreadable) => {
                    applied.parked.push((entry.sequence, unreadable.to_string()));
                    continue;
                }
            };
            match (self.rule)(batch, number) {
                Act::Apply => {}
                Act::Hang => hang = true,
                Act::Wait => wait = true,
                Act::Park => {
                    applied.parked.push((entry.sequence, "told to".to_owned()));
                    continue;
                }
                Act::Panic => panic!("told to"),
                Act::Fail => return Err(StoreError::Row("told to".to_owned())),
            }
            insert.row([
                batch.generation.into(),
                batch.journal.into(),
                i64::from(*batch.partitions.start()).into(),
                entry.sequence.into(),
                number.into(),
                1_i64.into(),
            ]);
            applied.effect += 1;
            applied.drafts.extend(conclusion(number).filter(|_| batch.journal == "a").map(concluded));
        }
        tx.insert(insert).await?;
        if wait {
            self.gate.pass().await;
        }
        if hang {
            std::future::pending::<()>().await;
        }
        Ok(applied)
    }

    fn committed(&self, effect: u64) {
        self.told.fetch_add(effect, Ordering::SeqCst);
    }

    async fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> Result<bool, StoreError> {
        let sql = "DELETE FROM tally WHERE generation = ? AND (journal, range_start, sequence) IN (
            SELECT journal, range_start, sequence FROM tally WHERE generation = ? LIMIT ?)";
        // Small slices, so that there are several.
        let deleted = tx.execute(sql, vec![generation.into(), generation.into(), limit.min(300).into()]).await?;
        Ok(deleted > 0)
    }

    /// Ten numbers a page: what follows from them and is not in the journal.
    async fn reconcile(&self, tx: &Tx, generation: i64, after: &[u8]) -> Result<Reconciled<u64>, StoreError> {
        if self.pages.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(StoreError::Row("told to".to_owned()));
        }
        let after = after.try_into().map_or(-1, i64::from_be_bytes);
        let sql = "SELECT DISTINCT number FROM tally WHERE generation = ? AND journal = 'a' AND number > ?
                   ORDER BY number LIMIT 10";
        let rows = tx.all(sql, vec![generation.into(), after.into()]).await?;
        let numbers = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, _>>()?;
        let mut follow: BTreeSet<i64> = numbers.iter().copied().filter_map(conclusion).collect();
        let ids = follow.iter().map(|number| entry_id(*number).0.to_vec()).collect();
        let there = tx.by_keys("SELECT entry_id FROM journal_entry WHERE entry_id {keys}", vec![], ids).await?;
        for row in there {
            let id = row.id(0)?;
            follow.retain(|number| entry_id(*number).0 != id);
        }
        let next = numbers.last().filter(|_| numbers.len() == 10).map(|last| last.to_be_bytes().to_vec());
        Ok(Reconciled { drafts: follow.into_iter().map(concluded).collect(), effect: 0, next })
    }

    /// A conclusion for each timer, under the number in its payload. One of kind "panic" panics.
    async fn fire(&self, _tx: &Tx, due: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        assert!(due.iter().all(|timer| timer.kind != "panic"), "told to");
        Ok(due.iter().map(|timer| concluded(i64::from_be_bytes(timer.payload[..8].try_into().unwrap()))).collect())
    }
}

/// How often each number of a journal was applied by the active generation.
pub(crate) async fn applied(store: &Store, projection: &str, journal: &str) -> Result<BTreeMap<i64, i64>, StoreError> {
    let sql = "SELECT t.number, CAST(SUM(t.times) AS BIGINT) FROM tally t
               JOIN projection p ON p.active = t.generation WHERE p.name = ? AND t.journal = ? GROUP BY t.number";
    let rows = store.all(sql, vec![projection.into(), journal.into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// That each of some numbers was applied once.
pub(crate) fn once(numbers: impl IntoIterator<Item = i64>) -> BTreeMap<i64, i64> {
    numbers.into_iter().map(|number| (number, 1)).collect()
}

/// What the active generation's checkpoints say: the least sequence, and how many entries are applied and parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) sequence: i64,
    pub(crate) applied: i64,
    pub(crate) parked: i64,
}

pub(crate) async fn standing(store: &Store, projection: &str, journal: &str) -> Result<Standing, StoreError> {
    let sql = "SELECT MIN(c.sequence), CAST(SUM(c.applied) AS BIGINT), CAST(SUM(c.parked) AS BIGINT) FROM checkpoint c
               JOIN projection p ON p.name = c.projection AND p.active = c.generation
               WHERE c.projection = ? AND c.journal = ?";
    let row = store.first(sql, vec![projection.into(), journal.into()]).await?.expect("a row");
    Ok(Standing { sequence: row.get(0)?, applied: row.get(1)?, parked: row.get(2)? })
}
