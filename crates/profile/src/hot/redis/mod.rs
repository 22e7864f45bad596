//! Answers kept in Redis, for all processes of the service.
//!
//! A person has one key, which holds one of three: the sealed answer; a claim, put there by who found nothing and reads the
//! database now; the marks of those who write. An answer goes in only in the place of what its reader found before it read,
//! so whatever was written meanwhile keeps it out: marks, their removal, a flush.

mod link;
mod scripts;
mod value;
mod watch;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_keyring::{CacheKey, Keyring};
use tenure_store::{Store, StoreError, Tx};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::{
    link::{Connection, Failed, Link},
    value::{Held, TRUST},
};
use super::{Claim, Concerned, Cooled, End, Entry, Found, HotStore, KEPT_FOR, Warming, WillDo, Writing};
use crate::{
    config::RedisConfig,
    metrics::Metrics,
    store::{hot_epoch, membership},
};

/// The answers in Redis. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Redis(Arc<Inner>);

struct Inner {
    link: Link,
    store: Store,
    key: CacheKey,
    warming: Warming,
}

impl Redis {
    /// Opens the store, whether Redis can be reached or not.
    ///
    /// # Errors
    /// When the database can't be reached, or the configuration is wrong.
    pub(crate) async fn open(
        config: &RedisConfig,
        store: Store,
        keyring: &Keyring,
        (metrics, warming): (Metrics, Warming),
    ) -> Result<Self, StoreError> {
        let link = Link::new(config, metrics).map_err(StoreError::Place)?;
        let tx = store.begin().await?;
        hot_epoch::begin(&tx, rand::random()).await?;
        tx.commit().await?;
        Ok(Self(Arc::new(Inner { link, store, key: keyring.cache_key("hot profiles").await?, warming })))
    }
}

#[tonic::async_trait]
impl HotStore for Redis {
    async fn find(&self, tenant: &Tenant, person: PersonId, will_do: WillDo<'_>) -> Found {
        let Some((connection, trust)) = self.0.link.trusted() else { return Found::Nothing(None) };
        let key = value::key(tenant, person);
        let got = self.0.link.get(&connection, &key).await;
        // What is not ours may come again as it was, so it is no claim.
        let held = match got {
            Ok(Some(held)) if Held::of(&held) != Held::Rubbish => Ok(held),
            Ok(rubbish) => self.0.link.claim(&connection, &key, &rubbish.unwrap_or_default()).await,
            Err(Failed::WrongType) => self.0.link.claim(&connection, &key, &[]).await,
            Err(Failed::Lost) => Err(Failed::Lost),
        };
        let Ok(held) = held else { return Found::Nothing(None) };
        match Held::of(&held) {
            Held::Answer(sealed) => match value::open(&self.0.key, &key, &trust, sealed) {
                Some(entry) if will_do(&entry) => Found::Kept(Arc::new(entry)),
                _ => Found::Nothing(Some(value::claim(&trust, &held))),
            },
            Held::Claim => Found::Nothing(Some(value::claim(&trust, &held))),
            Held::Marks | Held::Rubbish => Found::Nothing(None),
        }
    }

    async fn keep(&self, tenant: &Tenant, person: PersonId, (claim, life): (Claim, Duration), entry: &Arc<Entry>) {
        let Some((trust, seen)) = claim.0.split_first_chunk::<TRUST>() else { return };
        let (Some(connection), key) = (self.0.link.connection(), value::key(tenant, person)) else { return };
        if let Some(answer) = value::seal(&self.0.key, &key, trust, entry) {
            let _ = self.0.link.keep(&connection, &key, seen, &answer, life).await;
        }
    }

    async fn begin(&self, tx: &Tx, tenant: &Tenant, concerned: Concerned) -> Result<Writing, StoreError> {
        let Concerned { records, mut persons } = concerned;
        let mark = rand::random();
        let marked = match self.0.link.connection() {
            Some(connection) => {
                persons.extend(membership::owners(tx, tenant, &records).await?);
                self.0.mark(&connection, tenant, &persons, mark).await
            }
            None => None,
        };
        let (announced, cooled) = (marked.is_some(), marked.unwrap_or_default());
        let end = Ending { inner: self.0.clone(), tenant: tenant.clone(), records, persons, mark, announced, cooled };
        Ok(Writing { announced, end: Box::new(end) })
    }

    async fn settle(&self, tx: &Tx, writings: &[Writing]) -> Result<(), StoreError> {
        match writings.iter().all(|writing| writing.announced) {
            true => Ok(()),
            false => hot_epoch::renew(tx, rand::random()).await,
        }
    }

    async fn run(&self, stop: CancellationToken) {
        watch::run(&self.0.link, &self.0.store, stop).await;
    }
}

/// How many commands are under way at once when there are many to give.
const AT_ONCE: usize = 64;
/// How often what could not be told is tried again.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

impl Inner {
    /// Marks persons as being written. Answers who of them was warm, if all are marked.
    async fn mark(
        &self,
        connection: &Connection,
        tenant: &Tenant,
        persons: &BTreeSet<PersonId>,
        mark: [u8; 16],
    ) -> Option<Vec<Cooled>> {
        let marks = persons.iter().map(|person| async {
            let left = self.link.mark(connection, value::key(tenant, *person), mark).await?;
            Ok((*person, left))
        });
        let marked = self.all(marks.collect()).await?;
        let warm = marked.into_iter().filter(|(_, left)| !left.is_zero());
        let cooled = |(person, left)| Cooled { tenant: tenant.clone(), person, until: Instant::now() + left };
        Some(warm.map(cooled).collect())
    }

    /// Takes marks away, and with them what was kept. Answers whether that is done.
    async fn unmark(&self, tenant: &Tenant, persons: &BTreeSet<PersonId>, mark: [u8; 16]) -> bool {
        let Some(connection) = self.link.connection() else { return false };
        let marks = persons.iter().map(|person| self.link.unmark(&connection, value::key(tenant, *person), mark));
        self.all(marks.collect()).await.is_some()
    }

    /// What many commands answer, if all succeed before they hold the writer up.
    async fn all<T, F: Future<Output = Result<T, Failed>> + Send>(&self, commands: Vec<F>) -> Option<Vec<T>> {
        let done = stream::iter(commands).buffer_unordered(AT_ONCE).try_collect();
        timeout(self.link.timeout() * 4, done).await.ok()?.ok()
    }

    /// Renews the epoch in a transaction of its own.
    async fn distrust(&self) -> Result<(), StoreError> {
        let tx = self.store.begin().await?;
        hot_epoch::renew(&tx, rand::random()).await?;
        tx.commit().await
    }
}

/// The end of a write: whoever owns the records now may have been read while it was under way.
struct Ending {
    inner: Arc<Inner>,
    tenant: Tenant,
    records: BTreeSet<RecordId>,
    persons: BTreeSet<PersonId>,
    mark: [u8; 16],
    announced: bool,
    /// Who was warm when it began.
    cooled: Vec<Cooled>,
}

impl End for Ending {
    fn done(self: Box<Self>) {
        // Unannounced, it has renewed the epoch with its commit.
        if self.announced
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(self.finish());
        }
    }
}

impl Ending {
    async fn finish(mut self: Box<Self>) {
        // After that, nothing is left that was kept before the commit.
        let until = Instant::now() + KEPT_FOR;
        while Instant::now() < until {
            if self.try_to_finish().await.is_ok() {
                for one in self.cooled.drain(..) {
                    let _ = self.inner.warming.try_send(one);
                }
                return;
            }
            sleep(PAUSE).await;
        }
    }

    async fn try_to_finish(&mut self) -> Result<(), StoreError> {
        let Self { inner, tenant, records, persons, mark, .. } = self;
        persons.extend(membership::owners(&inner.store, tenant, &*records).await?);
        if !inner.unmark(tenant, persons, *mark).await {
            inner.distrust().await?;
        }
        Ok(())
    }
}
