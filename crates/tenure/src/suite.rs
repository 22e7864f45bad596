//! The services of a process: opened, wired to each other through the same gRPC that others call, and run.

use std::{fs::File, path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use tenure_collector::Collector;
use tenure_expectation::Expectation;
use tenure_identity::Identity;
use tenure_journal::JournalApi;
use tenure_kernel::{Clock, IdSource, RandomIds, SystemClock};
use tenure_keyring::{Kek, Keyring, KeyringError};
use tenure_profile::Profile;
use tenure_proto::journal::v1::journal_service_server::JournalServiceServer;
use tenure_server::{
    ConfigError, Credentials, MAX_MESSAGE_BYTES, PageTokens, Peer, PeerSlot, ServerBuilder, ServiceCredential, Stack,
    Tasks,
};
use tenure_store::StoreError;
use tenure_value::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Config, Service,
    service::Hosted,
    wiring::{Ways, Wiring},
};

/// What a suite is given from outside.
pub struct Deps {
    /// Which services the process hosts.
    pub services: Vec<Service>,
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
    /// All services, the machine's clock, random ids, and credentials.
    #[must_use]
    pub fn real(credentials: Arc<dyn Credentials>) -> Self {
        Self {
            services: Service::ALL.to_vec(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::default()),
            credentials,
            prefix: String::new(),
            keyring: None,
        }
    }
}

/// The services of a process, following each other and those of other processes; served when asked to.
pub struct Suite {
    hosted: Vec<Hosted>,
    served: tenure_server::Suite,
    tasks: Tasks,
    /// Ends the services' own work, which outlives the calls.
    working: CancellationToken,
    _work: DropGuard,
    _slot: PeerSlot,
    _lock: Option<File>,
}

macro_rules! hosted {
    ($($name:ident: $kind:ident;)*) => {
        $(
            #[doc = concat!("The service ", stringify!($name), ", if this process hosts it.")]
            #[must_use]
            pub fn $name(&self) -> Option<&$kind> {
                self.hosted.iter().find_map(|hosted| match hosted {
                    Hosted::$kind(service) => Some(service),
                    _ => None,
                })
            }
        )*
    };
}

impl Suite {
    hosted! {
        collector: Collector;
        identity: Identity;
        profile: Profile;
        value: Value;
        expectation: Expectation;
    }

    /// Opens the databases, wires the services and starts to follow.
    ///
    /// # Errors
    /// When another process has the folder, a database can't be opened, or a key can't be read; a [`ConfigError`] when the
    /// configuration does not fit the services.
    pub async fn open(config: &Config, deps: Deps) -> anyhow::Result<Self> {
        config.fits(&deps.services)?;
        let service = config.service.credential()?;
        let (later, slot) = Peer::later();
        let here = later.with_credential(&service);
        let ways = Ways { config, deps: &deps, here, credential: service.clone() };
        let sources = ways.sources()?;
        let lock = config.folder().map(|folder| lock(&folder)).transpose()?;
        let name = format!("{}keyring", deps.prefix);
        let kek = kek(config, &name).await?;
        let keyring = match &deps.keyring {
            Some(shared) => shared.clone(),
            None => Keyring::open(&config.store, &name, kek).await.context("keyring")?,
        };
        let tokens = PageTokens::new(keyring.suite_secret("page tokens").await.context("keyring")?);
        let wiring = Wiring { config, deps: &deps, keyring, tokens, sources, ways };
        let mut hosted = Vec::new();
        for service in &deps.services {
            hosted.push(wiring.open(*service).await?);
        }
        let served = serving(config, &hosted, Arc::new(Either(service, deps.credentials.clone())));
        slot.fill(served.stack());

        let working = CancellationToken::new();
        let work = working.clone().drop_guard();
        let suite = Self { hosted, served, tasks: Tasks::new(), working, _work: work, _slot: slot, _lock: lock };
        suite.start(&deps.services);
        Ok(suite)
    }

    fn start(&self, services: &[Service]) {
        for (service, hosted) in services.iter().zip(&self.hosted) {
            let work = hosted.clone().run(self.working.clone());
            self.tasks.spawn(service.name(), async move {
                work.await;
                Ok::<(), std::convert::Infallible>(())
            });
        }
    }

    /// The services behind all layers, to be called in process.
    #[must_use]
    pub fn stack(&self) -> Stack {
        self.served.stack()
    }

    /// The tasks of the suite. To stop a suite that is served, cancel [`Tasks::stopping`]; one that is not stops when it is
    /// dropped.
    #[must_use]
    pub fn tasks(&self) -> Tasks {
        self.tasks.clone()
    }

    /// Serves over TCP until told to stop by a signal, by the tasks' token, or by a task that failed. Then the calls end first,
    /// for some wait for what is followed; and then the services, which hand over what they hold.
    ///
    /// # Errors
    /// When a task failed.
    pub async fn serve(self, listener: TcpListener) -> anyhow::Result<()> {
        let Self { served, tasks, _work, _slot, _lock, .. } = self;
        let stop = tasks.stopping();
        tasks.spawn("server", async move {
            let _work = _work;
            served.serve(listener, stop).await
        });
        Ok(tasks.run().await?)
    }
}

/// The services behind one server.
fn serving(config: &Config, hosted: &[Hosted], credentials: Arc<dyn Credentials>) -> tenure_server::Suite {
    let journals = hosted.iter().fold(JournalApi::default(), |journals, service| service.publish(journals));
    let journals = JournalServiceServer::new(journals)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(8 * MAX_MESSAGE_BYTES);
    let builder = ServerBuilder::new(config.server.clone(), credentials).add_service(journals);
    hosted.iter().fold(builder, |builder, service| service.add_to(builder)).build()
}

/// Holds a SQLite folder for this process alone: two that follow into the same files would undo each other's work.
pub(crate) fn lock(folder: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let file = File::create(folder.join("lock")).with_context(|| format!("{}", folder.display()))?;
    if file.try_lock().is_err() {
        bail!("another process serves the data in {}", folder.display());
    }
    Ok(file)
}

/// The key-encryption key of a configuration; made in a SQLite folder that has none, and no key that was wrapped under one.
async fn kek(config: &Config, keyring: &str) -> anyhow::Result<Kek> {
    let wrong = |error: KeyringError| ConfigError::new(error.to_string());
    let file = Kek::file(&config.keyring, &config.store.url).map_err(wrong)?;
    if !config.keyring.kek_file.is_empty() || file.exists() {
        return Ok(Kek::read(&file).map_err(wrong)?);
    }
    match Keyring::check(&config.store, keyring, None, &file).await {
        // Without tables there are no keys.
        Ok(()) | Err(KeyringError::Store(StoreError::Pending { .. })) => Ok(Kek::read_or_make(&file).map_err(wrong)?),
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
