//! A witness opens the databases beside the servers: it follows nothing, keeps nothing in memory, and so says what stands in them.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::Context as _;
use tenure_expectation::{Expectation, ExpectationConfig};
use tenure_identity::Identity;
use tenure_kernel::{RandomIds, SystemClock, Tenant, partition};
use tenure_keyring::{Kek, Keyring};
use tenure_profile::{Profile, ProfileConfig, RedisConfig};
use tenure_proto::journal::v1::JournalEntry;
use tenure_server::{PageTokens, Peer, ServerBuilder, ServerConfig};
use tenure_store::{Query as _, Store, StoreConfig};
use tenure_value::{Value, ValueConfig};

use crate::caller::{AnyTenant, Caller};

/// The projections, each with the journals that it follows.
const FOLLOWED: [(&str, &[&str]); 4] = [
    ("identity", &["collector"]),
    ("profile", &["collector", "identity", "profile", "expectation"]),
    ("value", &["collector", "identity", "profile"]),
    ("expectation", &["collector", "identity", "profile"]),
];

/// What stands in the databases.
pub struct Witness {
    stores: BTreeMap<&'static str, Store>,
    identity: Identity,
    profile: Profile,
    value: Value,
    expectation: Expectation,
}

/// How far a range of a projection has followed a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The projection.
    pub projection: String,
    /// The journal.
    pub journal: String,
    /// The range.
    pub range: u16,
    /// Through which entry.
    pub sequence: i64,
    /// How many entries it has applied.
    pub applied: i64,
    /// How many it has parked.
    pub parked: i64,
    /// Why it stopped, if it did.
    pub alarm: String,
}

impl Witness {
    /// Opens the databases of a suite.
    ///
    /// # Errors
    /// When one can't be opened.
    pub async fn open(config: &StoreConfig, kek: &Path, ranges: u16) -> anyhow::Result<Self> {
        let config = StoreConfig { max_connections: 3, ..config.clone() };
        let kek = Kek::read(kek)?;
        let keyring = Keyring::open(&config, "keyring", kek).await?;
        let tokens = PageTokens::new(keyring.suite_secret("page tokens").await?);
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds::default()));
        let stores = BTreeMap::from([
            ("collector", Store::open::<tenure_collector::Migrator>(&config, "collector").await?),
            ("identity", Store::open::<tenure_identity::Migrator>(&config, "identity").await?),
            ("profile", Store::open::<tenure_profile::Migrator>(&config, "profile").await?),
            ("value", Store::open::<tenure_value::Migrator>(&config, "value").await?),
            ("expectation", Store::open::<tenure_expectation::Migrator>(&config, "expectation").await?),
        ]);
        let identity = tenure_identity::Parts {
            store: stores["identity"].clone(),
            keyring: keyring.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: tokens.clone(),
            sources: BTreeMap::new(),
            ranges,
        };
        let profile = tenure_profile::Parts {
            store: stores["profile"].clone(),
            keyring: keyring.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: tokens.clone(),
            sources: BTreeMap::new(),
            ranges,
            redis: RedisConfig::default(),
            peers: tenure_profile::Peers::default(),
        };
        let store = stores["value"].clone();
        let value = tenure_value::Parts {
            store,
            clock: clock.clone(),
            ids: ids.clone(),
            tokens: tokens.clone(),
            sources: BTreeMap::new(),
            profile: Peer::later().0,
            ranges,
        };
        let store = stores["expectation"].clone();
        let expectation =
            tenure_expectation::Parts { store, clock, ids, tokens, keyring, sources: BTreeMap::new(), ranges };
        Ok(Self {
            identity: Identity::open(identity).await?,
            profile: Profile::open(profile, &ProfileConfig { hot_bytes: 0, ..ProfileConfig::default() }).await?,
            value: Value::open(value, &ValueConfig::default()).await?,
            expectation: Expectation::open(expectation, &ExpectationConfig::default()).await?,
            stores,
        })
    }

    /// A tenant's clients of services that answer from the databases alone.
    #[must_use]
    pub fn caller(&self, tenant: &str) -> Caller {
        let builder = ServerBuilder::new(ServerConfig::default(), Arc::new(AnyTenant));
        let builder = self.expectation.add_to(self.value.add_to(self.profile.add_to(self.identity.add_to(builder))));
        Caller::new(&builder.build().stack(), tenant)
    }

    /// The domain state of every service as lines.
    ///
    /// # Errors
    /// When a database can't be read.
    pub async fn state(&self, tenant: &Tenant) -> anyhow::Result<Vec<String>> {
        let mut lines = self.identity.canonical_export(tenant).await?;
        lines.extend(self.profile.canonical_export(tenant).await?);
        lines.extend(self.value.canonical_export(tenant).await?);
        lines.extend(self.expectation.canonical_export(tenant).await?);
        Ok(lines)
    }

    /// A service's database.
    ///
    /// # Errors
    /// When there is no such service.
    pub fn store(&self, service: &str) -> anyhow::Result<&Store> {
        self.stores.get(service).with_context(|| format!("no database of {service}"))
    }

    /// A journal's head.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn head(&self, journal: &str) -> anyhow::Result<i64> {
        let row = self.store(journal)?.first("SELECT next - 1 FROM journal_head WHERE id = 1", vec![]).await?;
        Ok(row.context("no journal")?.get(0)?)
    }

    /// All entries of a journal.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn journal(&self, journal: &str) -> anyhow::Result<Vec<JournalEntry>> {
        let (store, mut entries, mut after) = (self.store(journal)?, Vec::new(), 0);
        loop {
            let page = tenure_journal::read_page(store, after, &std::collections::BTreeSet::new()).await?;
            entries.extend(page.entries);
            if page.high_water == after {
                return Ok(entries);
            }
            after = page.high_water;
        }
    }

    /// The checkpoints of the generations that are read.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn checkpoints(&self) -> anyhow::Result<Vec<Checkpoint>> {
        let mut all = Vec::new();
        for (projection, journals) in FOLLOWED {
            let sql = "SELECT journal, range_index, sequence, applied, parked, alarm FROM checkpoint
                WHERE projection = ? AND generation = (SELECT active FROM projection WHERE name = ?)
                ORDER BY journal, range_index";
            let rows = self.store(projection)?.all(sql, vec![projection.into(), projection.into()]).await?;
            for row in &rows {
                all.push(Checkpoint {
                    projection: projection.to_owned(),
                    journal: row.get(0)?,
                    range: u16::try_from(row.get::<i64>(1)?)?,
                    sequence: row.get(2)?,
                    applied: row.get(3)?,
                    parked: row.get(4)?,
                    alarm: row.get(5)?,
                });
            }
            anyhow::ensure!(rows.len() >= journals.len(), "{projection} does not follow");
        }
        Ok(all)
    }

    /// The generations of a projection: the one that is read, and the one that is built (0: none).
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn generations(&self, projection: &str) -> anyhow::Result<(i64, i64)> {
        let sql = "SELECT active, building FROM projection WHERE name = ?";
        let row = self.store(projection)?.first(sql, vec![projection.into()]).await?.context("no projection")?;
        Ok((row.get(0)?, row.get(1)?))
    }

    /// How far the generation is that is built, in each of its ranges.
    ///
    /// # Errors
    /// When that can't be read.
    pub async fn built(&self, projection: &str) -> anyhow::Result<Vec<i64>> {
        let sql = "SELECT sequence FROM checkpoint
            WHERE projection = ? AND generation = (SELECT building FROM projection WHERE name = ?)
            ORDER BY journal, range_index";
        let rows = self.store(projection)?.all(sql, vec![projection.into(), projection.into()]).await?;
        rows.iter().map(|row| Ok(row.get(0)?)).collect()
    }

    /// The projections.
    pub fn projections() -> impl Iterator<Item = &'static str> {
        FOLLOWED.into_iter().map(|(projection, _)| projection)
    }
}

/// How many of a journal's entries go to a range.
#[must_use]
pub fn routed(entries: &[JournalEntry], range: u16, ranges: u16) -> i64 {
    let partitions = partition::range(range, ranges);
    let goes = |entry: &&JournalEntry| {
        entry.partitions.is_empty() || entry.partitions.iter().any(|one| partitions.contains(one))
    };
    i64::try_from(entries.iter().filter(goes).count()).unwrap_or(i64::MAX)
}
