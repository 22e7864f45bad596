//! A whole suite on a database of its own.

use std::{net::SocketAddr, os::unix::fs::PermissionsExt, sync::Arc};

use tempfile::TempDir;
use tenure::{Config, Deps, Service, Suite};
use tenure_journal::Operate as _;
use tenure_kernel::{Clock, RandomIds, SystemClock, Tenant};
use tenure_keyring::Keyring;
use tenure_server::{Stack, Tasks};
use tenure_store::{
    Dialect, Query as _,
    testing::{TestPlace, redis_url},
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    caller::{AnyTenant, Caller},
    door::Door,
};

/// A suite, and the place that its data is in.
pub struct Host {
    /// The suite.
    pub suite: Suite,
    /// Where its databases are.
    pub place: TestPlace,
    /// Its configuration.
    pub config: Config,
    _keys: TempDir,
}

impl Host {
    /// Starts a suite on the machine's clock.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(place: TestPlace) -> Self {
        Self::at(place, Arc::new(SystemClock)).await
    }

    /// Starts a suite on a clock.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn at(place: TestPlace, clock: Arc<dyn Clock>) -> Self {
        Self::configured(place, clock, None, |_| ()).await
    }

    /// Starts a suite that shares a keyring with another, so that both derive the same ids.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_keyring(place: TestPlace, keyring: Keyring) -> Self {
        Self::configured(place, Arc::new(SystemClock), Some(keyring), |_| ()).await
    }

    /// Starts a suite on a clock, perhaps with a keyring of another, and with a configuration that is changed first.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::expect_used, reason = "a test without a suite can only fail")]
    pub async fn configured(
        place: TestPlace,
        clock: Arc<dyn Clock>,
        keyring: Option<Keyring>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        crate::log::keep();
        let keys = TempDir::new().expect("a folder");
        let kek = keys.path().join("kek");
        std::fs::write(&kek, "07".repeat(32)).expect("a key file");
        std::fs::set_permissions(&kek, std::fs::Permissions::from_mode(0o600)).expect("a private key file");
        let mut config = Config { store: place.config.clone(), ..Config::default() };
        // Unoptimised and side by side, tests are slow without being too many.
        config.server.latency_target_ms = 0;
        config.keyring.kek_file = kek.display().to_string();
        // As when it is run in earnest: with PostgreSQL profiles are kept in Redis.
        if place.dialect() == Dialect::Postgres
            && let Some(url) = redis_url()
        {
            config.redis.url = url;
        }
        change(&mut config);
        let suite = Suite::open(&config, deps(&place, clock, keyring)).await.expect("a suite");
        Self { suite, place, config, _keys: keys }
    }

    /// A tenant's clients, in process.
    #[must_use]
    pub fn caller(&self, tenant: &str) -> Caller {
        Caller::new(&self.stack(), tenant)
    }

    /// The domain state of every service as lines.
    ///
    /// # Panics
    /// When the databases can't be read.
    #[expect(clippy::expect_used, reason = "a test without its state can only fail")]
    pub async fn state(&self, tenant: &Tenant) -> Vec<String> {
        let suite = &self.suite;
        let mut lines = suite.identity().expect("hosted").canonical_export(tenant).await.expect("identity's state");
        lines.extend(suite.profile().expect("hosted").canonical_export(tenant).await.expect("profile's state"));
        lines.extend(suite.value().expect("hosted").canonical_export(tenant).await.expect("value's state"));
        let expectation = suite.expectation().expect("hosted").canonical_export(tenant).await;
        lines.extend(expectation.expect("expectation's state"));
        lines
    }

    /// Waits until providers were asked about all records.
    ///
    /// # Panics
    /// When the database can't be read.
    #[expect(clippy::expect_used, reason = "a test without its state can only fail")]
    pub async fn enriched(&self) {
        let store = self.suite.profile().expect("hosted").following().store();
        // Who was looked after is looked at again much later.
        let sql = "SELECT (SELECT COUNT(*) FROM journal_entry WHERE type_name = 'tenure.profile.v1.FactsEnriched'),
            (SELECT COUNT(*) FROM enrichment_due WHERE due_at <= 86400000000 + (SELECT MAX(recorded_at) FROM journal_entry)) /* whole */";
        loop {
            let row = store.first(sql, vec![]).await.expect("a query").expect("a row");
            let (answered, due): (i64, i64) = (row.get(0).expect("a count"), row.get(1).expect("a count"));
            if answered > 0 && due == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// The services behind their layers.
    #[must_use]
    pub fn stack(&self) -> Stack {
        self.suite.stack()
    }

    /// Stops the suite, keeps the place, and starts anew on the same data.
    ///
    /// # Panics
    /// When it does not start again.
    #[expect(clippy::expect_used, reason = "a test without a suite can only fail")]
    pub async fn restart(self) -> Self {
        let Self { suite, place, config, _keys } = self;
        let tasks = suite.tasks();
        tasks.stopping().cancel();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        suite.serve(listener).await.expect("an orderly end");
        let suite = Suite::open(&config, deps(&place, Arc::new(SystemClock), None)).await.expect("a suite");
        Self { suite, place, config, _keys }
    }

    /// Stops the suite and waits until it holds no connection any more. Answers where its databases are: with that they go.
    ///
    /// # Panics
    /// When it did not end in order.
    pub async fn stop(self) -> TestPlace {
        self.serve().await.stop().await
    }

    /// Serves over TCP on a free port.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::expect_used, reason = "a test without a port can only fail")]
    pub async fn serve(self) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let Self { suite, place, _keys, .. } = self;
        let (tasks, stack) = (suite.tasks(), suite.stack());
        Served { address, stack, tasks, serving: tokio::spawn(suite.serve(listener)), place, _keys }
    }
}

fn deps(place: &TestPlace, clock: Arc<dyn Clock>, keyring: Option<Keyring>) -> Deps {
    Deps {
        services: Service::ALL.to_vec(),
        clock,
        ids: Arc::new(RandomIds::default()),
        credentials: Arc::new(AnyTenant),
        prefix: place.name(""),
        keyring,
    }
}

/// A suite that serves.
pub struct Served {
    /// Where.
    pub address: SocketAddr,
    /// The same in process.
    pub stack: Stack,
    /// Where its databases are.
    pub place: TestPlace,
    tasks: Tasks,
    serving: JoinHandle<Result<(), anyhow::Error>>,
    _keys: TempDir,
}

impl Served {
    /// A tenant's clients, in process.
    #[must_use]
    pub fn caller(&self, tenant: &str) -> Caller {
        Caller::new(&self.stack, tenant)
    }

    /// What callers outside need to find the services.
    #[must_use]
    pub fn door(&self) -> Door {
        Door::one(self.address)
    }

    /// Stops it and waits for its end. Answers where its databases are: with that they go.
    ///
    /// # Panics
    /// When it did not end in order.
    #[expect(clippy::expect_used, reason = "a test wants to see an orderly end")]
    pub async fn stop(self) -> TestPlace {
        self.tasks.stopping().cancel();
        self.serving.await.expect("no panic").expect("an orderly end");
        self.place
    }
}
