//! All services in one process: opened, wired to each other through the same gRPC that others call, and run.

use std::{collections::BTreeMap, fs::File, path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use tenure_collector::Collector;
use tenure_identity::Identity;
use tenure_journal::{JournalApi, PeerSource, Source};
use tenure_kernel::{Clock, IdSource, RandomIds, SystemClock};
use tenure_keyring::{Kek, Keyring, KeyringError};
use tenure_profile::Profile;
use tenure_proto::journal::v1::journal_service_server::JournalServiceServer;
use tenure_server::{
    Credentials, MAX_MESSAGE_BYTES, PageTokens, Peer, PeerSlot, ServerBuilder, ServiceCredential, Stack, Tasks,
};
use tenure_store::{MigratorTrait, Store, StoreError};
use tenure_value::Value;
use tokio::net::TcpListener;

use crate::Config;

/// What a suite is given from outside.
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Who may call.
    pub credentials: Arc<dyn Credentials>,
    /// Put before the names of databases; empty but in tests that share a PostgreSQL.
    pub prefix: String,
    /// A keyring to share with another suite; `None`: the one that the configuration names.
    pub keyring: Option<Keyring>,
}

impl Deps {
    /// The machine's clock, random ids, and credentials.
    #[must_use]
    pub fn real(credentials: Arc<dyn Credentials>) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
            credentials,
            prefix: String::new(),
            keyring: None,
        }
    }
}

/// The services of a process, following each other; served when asked to.
pub struct Suite {
    /// The collector.
    pub collector: Collector,
    /// The identity service.
    pub identity: Identity,
    /// The profile service.
    pub profile: Profile,
    /// The value service.
    pub value: Value,
    served: tenure_server::Suite,
    tasks: Tasks,
    _slot: PeerSlot,
    _lock: Option<File>,
}

impl Suite {
    /// Opens the databases, wires the services and starts to follow.
    ///
    /// # Errors
    /// When another process has the folder, a database can't be opened, or a key can't be read.
    pub async fn open(config: &Config, deps: Deps) -> anyhow::Result<Self> {
        let lock = config.folder().map(|folder| lock(&folder)).transpose()?;
        let name = format!("{}keyring", deps.prefix);
        let kek = kek(config, &name).await?;
        let tokens = PageTokens::new(kek.derive("page tokens"));
        let keyring = match &deps.keyring {
            Some(shared) => shared.clone(),
            None => Keyring::open(&config.store, &name, kek).await.context("keyring")?,
        };
        let service = ServiceCredential::random()?;
        let (later, slot) = Peer::later();
        let peer = later.with_credential(&service);
        let sources: BTreeMap<&'static str, Arc<dyn Source>> = ["collector", "identity"]
            .map(|journal| (journal, Arc::new(PeerSource::new(peer.clone())) as Arc<dyn Source>))
            .into();
        let wiring = Wiring { config, deps: &deps, keyring, tokens, sources };

        let collector = wiring.collector().await.context("collector")?;
        let identity = wiring.identity().await.context("identity")?;
        let profile = wiring.profile().await.context("profile")?;
        let value = wiring.value().await.context("value")?;

        let journals = JournalApi::default()
            .with_journal(collector.journal())
            .with_projection(identity.following())
            .with_projection(profile.following())
            .with_projection(value.following());
        let journals = JournalServiceServer::new(journals)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(8 * MAX_MESSAGE_BYTES);
        let credentials = Arc::new(Either(service, deps.credentials.clone()));
        let builder = ServerBuilder::new(config.server.clone(), credentials).add_service(journals);
        let builder = value.add_to(profile.add_to(identity.add_to(collector.add_to(builder))));
        let served = builder.build();
        slot.fill(served.stack());

        let suite = Self { collector, identity, profile, value, served, tasks: Tasks::new(), _slot: slot, _lock: lock };
        suite.start();
        Ok(suite)
    }

    fn start(&self) {
        let stop = self.tasks.stopping();
        self.work("collector", self.collector.clone().run(stop.clone()));
        self.work("identity", self.identity.clone().run(stop.clone()));
        self.work("profile", self.profile.clone().run(stop.clone()));
        self.work("value", self.value.clone().run(stop));
    }

    fn work(&self, name: &str, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(name, async move {
            work.await;
            Ok::<(), std::convert::Infallible>(())
        });
    }

    /// The services behind all layers, to be called in process.
    #[must_use]
    pub fn stack(&self) -> Stack {
        self.served.stack()
    }

    /// The tasks of the suite; to stop it, cancel [`Tasks::stopping`] and wait for [`Tasks::run`].
    #[must_use]
    pub fn tasks(&self) -> Tasks {
        self.tasks.clone()
    }

    /// Serves over TCP until told to stop by a signal, by the tasks' token, or by a task that failed.
    ///
    /// # Errors
    /// When a task failed.
    pub async fn serve(self, listener: TcpListener) -> anyhow::Result<()> {
        let Self { served, tasks, _slot, _lock, .. } = self;
        let stop = tasks.stopping();
        tasks.spawn("server", async move { served.serve(listener, stop).await });
        Ok(tasks.run().await?)
    }
}

/// Holds a SQLite folder for this process alone: two that follow into the same files would undo each other's work.
fn lock(folder: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let file = File::create(folder.join("lock")).with_context(|| format!("{}", folder.display()))?;
    if file.try_lock().is_err() {
        bail!("another process serves the data in {}", folder.display());
    }
    Ok(file)
}

/// The key-encryption key of a configuration; made in a SQLite folder that has none, and no key that was wrapped under one.
async fn kek(config: &Config, keyring: &str) -> anyhow::Result<Kek> {
    let file = Kek::file(&config.keyring, &config.store.url)?;
    if !config.keyring.kek_file.is_empty() || file.exists() {
        return Ok(Kek::read(&file)?);
    }
    match Keyring::check(&config.store, keyring, None, &file).await {
        // Without tables there are no keys.
        Ok(()) | Err(KeyringError::Store(StoreError::Pending { .. })) => Ok(Kek::read_or_make(&file)?),
        Err(lost) => Err(lost.into()),
    }
}

/// Our own services' credential, or a caller's.
struct Either(ServiceCredential, Arc<dyn Credentials>);

impl Credentials for Either {
    fn identify(&self, bearer: &str) -> Option<tenure_server::Identity> {
        self.0.identify(bearer).or_else(|| self.1.identify(bearer))
    }
}

struct Wiring<'a> {
    config: &'a Config,
    deps: &'a Deps,
    keyring: Keyring,
    tokens: PageTokens,
    sources: BTreeMap<&'static str, Arc<dyn Source>>,
}

impl Wiring<'_> {
    async fn store<M: MigratorTrait>(&self, service: &str) -> anyhow::Result<Store> {
        Ok(Store::open::<M>(&self.config.store, &format!("{}{service}", self.deps.prefix)).await?)
    }

    async fn collector(&self) -> anyhow::Result<Collector> {
        let parts = tenure_collector::Parts {
            store: self.store::<tenure_collector::Migrator>("collector").await?,
            keyring: self.keyring.clone(),
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
        };
        Ok(Collector::open(parts, self.config.collector.clone()).await?)
    }

    async fn identity(&self) -> anyhow::Result<Identity> {
        let parts = tenure_identity::Parts {
            store: self.store::<tenure_identity::Migrator>("identity").await?,
            keyring: self.keyring.clone(),
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
            sources: self.sources.clone(),
            ranges: self.config.follow.ranges,
        };
        Ok(Identity::open(parts).await?)
    }

    async fn profile(&self) -> anyhow::Result<Profile> {
        let parts = tenure_profile::Parts {
            store: self.store::<tenure_profile::Migrator>("profile").await?,
            keyring: self.keyring.clone(),
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            sources: self.sources.clone(),
            ranges: self.config.follow.ranges,
        };
        Ok(Profile::open(parts, &self.config.profile).await?)
    }

    async fn value(&self) -> anyhow::Result<Value> {
        let parts = tenure_value::Parts {
            store: self.store::<tenure_value::Migrator>("value").await?,
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
            sources: self.sources.clone(),
            ranges: self.config.follow.ranges,
        };
        Ok(Value::open(parts, &self.config.value).await?)
    }
}
