//! What a row plays on: a database, servers on it, and a load.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use tempfile::TempDir;
use tenure::Service;
use tenure_kernel::Tenant;
use tenure_server::{ApiKeys, config::PeerTls};
use tenure_store::{
    StoreConfig,
    testing::{TestPlace, redis_url},
};

use super::{
    certificates,
    client::Doors,
    ledger::Ledger,
    load::{Load, Pace, Plan},
    oracle::{Oracle, Verdict},
    postgres::Cluster,
    process::Server,
    proxy::Proxy,
    table::{Case, Kind},
    witness::Witness,
};

/// The tenant of the load.
const TENANT: &str = "acme";

/// Servers on a database of their own.
pub struct Stage {
    /// The servers. On SQLite one.
    pub servers: Vec<Server>,
    /// Their PostgreSQL, where the row needs one of its own.
    pub cluster: Option<Cluster>,
    /// What was sent and acknowledged.
    pub ledger: Ledger,
    /// How many entries each projection may have parked.
    pub parked: i64,
    case: Case,
    store: StoreConfig,
    ranges: u16,
    key: String,
    kek: PathBuf,
    /// The certificates, where the servers speak TLS.
    certificates: Option<PathBuf>,
    folder: TempDir,
}

/// What a stage is set up with.
#[derive(Debug, Default)]
pub struct Setup {
    /// More of the servers' environment.
    pub environment: Vec<(String, String)>,
    /// A PostgreSQL of its own.
    pub cluster: Option<Cluster>,
    /// Whether each service has processes of its own on PostgreSQL, whatever the case says.
    pub apart: bool,
    /// The database, if not a new one.
    pub url: Option<String>,
    /// How the servers reach the database, if not directly.
    pub way: Option<String>,
    /// A folder for all files, if not any.
    pub folder: Option<TempDir>,
}

impl Stage {
    /// Starts servers on an empty database.
    ///
    /// # Errors
    /// When they do not start.
    pub async fn start(case: &Case, setup: Setup) -> anyhow::Result<Self> {
        let mut stage = Self::prepare(case, setup).await?;
        stage.start_all().await?;
        Ok(stage)
    }

    /// The same, without starting anything.
    ///
    /// # Errors
    /// When there is no room, or no database.
    pub async fn prepare(case: &Case, setup: Setup) -> anyhow::Result<Self> {
        let folder = match setup.folder {
            Some(folder) => folder,
            None => TempDir::new()?,
        };
        let (keys, kek) = (folder.path().join("api-keys.toml"), folder.path().join("kek"));
        let tenant: Tenant = TENANT.parse().context("a tenant")?;
        let key = ApiKeys::mint(&keys, &tenant, "faults", &["*", "journal.read", "journal.operate"])?;
        private(&kek, &"07".repeat(32))?;
        let url = match (case.kind, &setup.cluster) {
            _ if setup.url.is_some() => setup.url.unwrap_or_default(),
            (Kind::Sqlite, _) => format!("sqlite:{}", folder.path().join("data").display()),
            (Kind::Postgres, Some(cluster)) => cluster.url(),
            (Kind::Postgres, None) => TestPlace::database().await.context("no PostgreSQL")?.config.url,
        };
        let ranges = if case.kind == Kind::Sqlite { 1 } else { 4 };
        let mut environment = vec![
            ("TENURE__STORE__URL".to_owned(), setup.way.unwrap_or_else(|| url.clone())),
            ("TENURE__KEYRING__KEK_FILE".to_owned(), kek.display().to_string()),
            ("TENURE__CREDENTIALS__API_KEYS_FILE".to_owned(), keys.display().to_string()),
            ("TENURE__FOLLOW__RANGES".to_owned(), ranges.to_string()),
            ("TENURE__TELEMETRY__LOG".to_owned(), "warn".to_owned()),
        ];
        let mut certificates = None;
        if case.kind == Kind::Postgres {
            environment.push(("TENURE__STORE__MAX_CONNECTIONS".to_owned(), "5".to_owned()));
            // As in earnest; without a Redis nothing is kept hot.
            environment.extend(redis_url().map(|url| ("TENURE__REDIS__URL".to_owned(), url)));
            certificates = case.tls.then(|| certificates::make(folder.path())).transpose()?;
            environment.extend(certificates.iter().flat_map(|folder| certificates::settings(folder)));
        }
        let secret = folder.path().join("secret");
        private(&secret, "the-secret-that-all-processes-share")?;
        environment.push(("TENURE__SERVICE__SECRET_FILE".to_owned(), secret.display().to_string()));
        environment.extend(setup.environment);
        let hosted = hosted(case, setup.apart);
        let server = |(n, service)| Server::new(service, environment.clone(), folder.path().join(format!("log-{n}")));
        let mut servers: Vec<_> = hosted.into_iter().enumerate().map(server).collect::<anyhow::Result<_>>()?;
        let roots = certificates.as_deref().map(certificates::roots).transpose()?;
        servers.iter_mut().for_each(|server| server.roots.clone_from(&roots));
        introduce(&mut servers, |_, server| server.address.clone());
        Ok(Self {
            servers,
            cluster: setup.cluster,
            ledger: Ledger::create(&folder.path().join("ledger"))?,
            parked: 0,
            case: case.clone(),
            store: StoreConfig { url, ..StoreConfig::default() },
            ranges,
            key,
            kek,
            certificates,
            folder,
        })
    }

    /// Starts all servers that do not run. The first one alone, for it makes the tables.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start_all(&mut self) -> anyhow::Result<()> {
        for server in &mut self.servers {
            if server.id().is_none() || server.ended().is_some() {
                server.start().await?;
            }
        }
        Ok(())
    }

    /// Puts a proxy before each server, for the calls between them. To be called before they start.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn put_proxies(&mut self) -> anyhow::Result<Vec<Proxy>> {
        let mut proxies = Vec::new();
        for server in &self.servers {
            proxies.push(Proxy::before(server.address.parse()?).await?);
        }
        introduce(&mut self.servers, |number, _| proxies[number].address.to_string());
        Ok(proxies)
    }

    /// An address as a URI.
    #[must_use]
    pub fn uri(&self, address: &str) -> String {
        format!("{}://{address}", if self.certificates.is_some() { "https" } else { "http" })
    }

    /// How a caller checks the servers.
    #[must_use]
    pub fn peer_tls(&self) -> PeerTls {
        self.certificates.as_deref().map(certificates::peer_tls).unwrap_or_default()
    }

    /// A folder that goes away with the stage.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The key of the tenant's caller.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The ways to the servers.
    ///
    /// # Errors
    /// Never: the addresses are ours.
    pub fn doors(&self) -> anyhow::Result<Doors> {
        Doors::of(&self.servers, &self.key)
    }

    /// Starts the load that most rows have: some clients that send small batches, one after the other.
    ///
    /// # Errors
    /// Never: the addresses are ours.
    pub fn load(&self) -> anyhow::Result<Load> {
        let pace = Pace::Closed { clients: 4 };
        let (doors, plan) = (self.doors()?, Plan { seed: self.case.seed, batch: 5, pace });
        Ok(Load::start(doors.to(Service::Collector), self.ledger.clone(), plan).reading(doors.to(Service::Profile)))
    }

    /// How the databases are opened beside the servers.
    ///
    /// # Errors
    /// When one can't be opened.
    pub async fn witness(&self) -> anyhow::Result<Witness> {
        Witness::open(&self.store, &self.kek, self.ranges).await
    }

    /// Waits for the servers' followers and asks the oracle. All servers must run.
    ///
    /// # Errors
    /// When something can't be looked at, or does not become quiet.
    pub async fn judge(&self) -> anyhow::Result<Verdict> {
        let (witness, doors) = (self.witness().await?, self.doors()?);
        let tenant = TENANT.parse().context("a tenant")?;
        self.oracle(&witness, &doors, &tenant).judge().await.with_context(|| self.said())
    }

    /// An oracle over what the caller opened.
    #[must_use]
    pub fn oracle<'a>(&'a self, witness: &'a Witness, doors: &'a Doors, tenant: &'a Tenant) -> Oracle<'a> {
        Oracle { witness, doors, ledger: &self.ledger, tenant, ranges: self.ranges, parked: self.parked }
    }

    /// Ends the load and asks the oracle.
    ///
    /// # Errors
    /// When not all is acknowledged, or as [`Stage::judge`].
    pub async fn end(&self, load: Load) -> anyhow::Result<Verdict> {
        load.finish(Duration::from_secs(60)).await.with_context(|| self.said())?;
        self.judge().await
    }

    /// The last that each server said.
    #[must_use]
    pub fn said(&self) -> String {
        self.servers.iter().map(Server::said).collect::<Vec<_>>().join("\n--\n")
    }
}

/// What each server hosts: on SQLite one hosts all.
fn hosted(case: &Case, apart: bool) -> Vec<Option<Service>> {
    match case.kind {
        Kind::Sqlite => vec![None],
        Kind::Postgres if apart || case.apart => (0..case.replicas).flat_map(|_| Service::ALL.map(Some)).collect(),
        Kind::Postgres => vec![None; case.replicas],
    }
}

/// Tells each server that does not host all where the others are.
fn introduce(servers: &mut [Server], address: impl Fn(usize, &Server) -> String) {
    for service in Service::ALL {
        let hosts = servers.iter().enumerate().filter(|(_, server)| server.service == Some(service));
        let scheme = |server: &Server| if server.roots.is_some() { "https" } else { "http" };
        let uri = |(number, server)| format!("\"{}://{}\"", scheme(server), address(number, server));
        let uris: Vec<_> = hosts.map(uri).collect();
        if !uris.is_empty() {
            let key = format!("TENURE__PEERS__{}", service.name().to_uppercase());
            servers.iter_mut().for_each(|server| server.set(&key, &format!("[{}]", uris.join(", "))));
        }
    }
}

/// A file that its owner alone can read.
fn private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text)?;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?)
}
