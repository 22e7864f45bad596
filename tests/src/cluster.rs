//! A suite of real processes: each service in several replicas on one PostgreSQL, reached over TLS.
//!
//! ```ignore
//! let Some(mut cluster) = Cluster::start(Shape::default()).await else { return };
//! cluster.caller("one").collector.record_touchpoints(request).await?;
//! cluster.replica(Service::Identity, 0).kill();
//! cluster.stop().await;
//! ```

mod files;
mod replica;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use files::Files;
pub use replica::{Replica, binary};
use tenure::Service;
use tenure_keyring::{Kek, Keyring};
use tenure_server::{Peer, ServiceCredential, Stack, by_path, config::PeerTls};
use tenure_store::testing::{TestPlace, redis_url};
use tower::{ServiceExt as _, service_fn};

use crate::{caller::Caller, door::Door, faults::witness::Witness};

/// What a cluster is made of.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Replicas of each service.
    pub replicas: usize,
    /// Into how many ranges they share the work.
    pub ranges: u16,
    /// Whether they speak TLS, and show each other certificates.
    pub tls: bool,
    /// Settings of every process, such as `("TENURE__SERVER__DRAIN_MS", "500")`.
    pub settings: Vec<(&'static str, String)>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { replicas: 2, ranges: 4, tls: true, settings: Vec::new() }
    }
}

/// The processes, and what they share.
pub struct Cluster {
    /// Where their databases are.
    pub place: TestPlace,
    files: Files,
    tls: bool,
    ranges: u16,
    redis: Option<String>,
    replicas: BTreeMap<(Service, usize), Replica>,
}

impl Cluster {
    /// Starts all processes and waits until they serve; `None`, said loudly, without PostgreSQL.
    ///
    /// # Panics
    /// When one does not start.
    pub async fn start(shape: Shape) -> Option<Self> {
        let mut cluster = Self::prepare(shape).await?;
        cluster.start_all();
        cluster.healthy().await;
        Some(cluster)
    }

    /// Everything but the start of the processes, so that their settings can be changed before.
    ///
    /// # Panics
    /// When there is no room for files.
    pub async fn prepare(shape: Shape) -> Option<Self> {
        let place = TestPlace::database().await?;
        let (files, redis) = (Files::make(), redis_url());
        let mut replicas = BTreeMap::new();
        for service in Service::ALL {
            for number in 0..shape.replicas {
                let mut replica = Replica::new(service, number, free_port(), files.folder());
                files.settings(shape.tls).into_iter().for_each(|(key, value)| replica.set(key, value));
                replica.set("TENURE__STORE__URL", place.config.url.clone());
                replica.set("TENURE__STORE__MAX_CONNECTIONS", "6");
                replica.set("TENURE__FOLLOW__RANGES", shape.ranges.to_string());
                redis.iter().for_each(|url| replica.set("TENURE__REDIS__URL", url.clone()));
                shape.settings.iter().for_each(|(key, value)| replica.set(*key, value.clone()));
                replicas.insert((service, number), replica);
            }
        }
        let mut cluster = Self { place, files, tls: shape.tls, ranges: shape.ranges, redis, replicas };
        let addresses: Vec<_> = Service::ALL.map(|service| (service, cluster.addresses(service))).into();
        for (service, addresses) in addresses {
            cluster.route(service, &addresses);
        }
        Some(cluster)
    }

    /// Where the processes look for the replicas of a service from their next start on: themselves, or proxies before them.
    pub fn route(&mut self, service: Service, addresses: &[SocketAddr]) {
        let uris = toml_list(&self.uris(addresses));
        let key = format!("TENURE__PEERS__{}", service.name().to_uppercase());
        self.replicas.values_mut().for_each(|replica| replica.set(key.clone(), uris.clone()));
    }

    /// Starts the processes that do not run.
    pub fn start_all(&mut self) {
        self.replicas.values_mut().for_each(Replica::start);
    }

    /// Waits until every process that runs says that it serves.
    ///
    /// # Panics
    /// When one ends or does not come up.
    pub async fn healthy(&mut self) {
        let keys: Vec<_> = self.replicas.iter().filter(|(_, replica)| replica.runs()).map(|(key, _)| *key).collect();
        for key in keys {
            let peer = self.peer_at(&[self.replicas[&key].address]);
            if let Some(replica) = self.replicas.get_mut(&key) {
                replica.healthy(peer).await;
            }
        }
    }

    /// A replica.
    ///
    /// # Panics
    /// When there is no such one.
    #[expect(clippy::expect_used, reason = "a test that names no replica can only fail")]
    pub fn replica(&mut self, service: Service, number: usize) -> &mut Replica {
        self.replicas.get_mut(&(service, number)).expect("a replica of that number")
    }

    /// Every replica.
    pub fn replicas(&mut self) -> impl Iterator<Item = &mut Replica> {
        self.replicas.values_mut()
    }

    /// Where the replicas of a service listen.
    #[must_use]
    pub fn addresses(&self, service: Service) -> Vec<SocketAddr> {
        self.replicas.values().filter(|replica| replica.service == service).map(|replica| replica.address).collect()
    }

    /// The way to all replicas of a service, calls shared out among them. Shows the test's certificate, but no credential.
    #[must_use]
    pub fn peer(&self, service: Service) -> Peer {
        self.peer_at(&self.addresses(service))
    }

    /// The way to some addresses.
    ///
    /// # Panics
    /// When the certificates are not there any more.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without certificates can only fail")]
    pub fn peer_at(&self, addresses: &[SocketAddr]) -> Peer {
        Peer::balanced(&self.uris(addresses), &self.peer_tls()).expect("certificates that fit")
    }

    /// How this test, and each process, checks the others and what it shows them.
    #[must_use]
    pub fn peer_tls(&self) -> PeerTls {
        if self.tls { self.files.peer_tls() } else { PeerTls::default() }
    }

    /// The addresses as URIs.
    #[must_use]
    pub fn uris(&self, addresses: &[SocketAddr]) -> Vec<String> {
        let scheme = if self.tls { "https" } else { "http" };
        addresses.iter().map(|address| format!("{scheme}://{address}")).collect()
    }

    /// What the processes show each other.
    #[must_use]
    pub fn credential(&self) -> ServiceCredential {
        self.files.credential()
    }

    /// What callers outside need to find the services.
    #[must_use]
    pub fn door(&self) -> Door {
        let addresses = Service::ALL.map(|service| (service, self.addresses(service))).into();
        Door { addresses, tls: self.peer_tls(), keys: self.files.keys() }
    }

    /// What stands in the databases.
    ///
    /// # Panics
    /// When they can't be opened.
    #[expect(clippy::expect_used, reason = "a test without databases can only fail")]
    pub async fn witness(&self) -> Witness {
        Witness::open(&self.place.config, &self.files.kek(), self.ranges).await.expect("the databases")
    }

    /// The keyring of the processes.
    ///
    /// # Panics
    /// When it can't be opened.
    #[expect(clippy::expect_used, reason = "a test without a keyring can only fail")]
    pub async fn keyring(&self) -> Keyring {
        let kek = Kek::read(&self.files.kek()).expect("a key");
        Keyring::open(&self.place.config, "keyring", kek).await.expect("a keyring")
    }

    fn logs(&self) -> String {
        self.replicas.values().map(Replica::log).collect()
    }

    /// The Redis that the processes share, if there is one.
    #[must_use]
    pub fn redis(&self) -> Option<&str> {
        self.redis.as_deref()
    }

    /// The API key of a tenant of the list in `files.rs`.
    #[must_use]
    pub fn key(&self, tenant: &str) -> String {
        self.files.key(tenant)
    }

    /// All services as if they were one, called as a bearer that is a tenant's name. Journals are the collector's; for those of
    /// others see [`Cluster::peer`].
    #[must_use]
    pub fn stack(&self) -> Stack {
        let stack = by_path(Service::ALL.map(|service| (format!("/tenure.{service}."), self.peer(service))).into());
        let bearers = self.files.bearers();
        Stack::new(service_fn(move |mut request: http::Request<tonic::body::Body>| {
            if let Some(bearer) = request.headers_mut().get_mut(http::header::AUTHORIZATION)
                && let Some(known) = bearers.get(bearer)
            {
                bearer.clone_from(known);
            }
            stack.clone().oneshot(request)
        }))
    }

    /// A tenant's clients.
    #[must_use]
    pub fn caller(&self, tenant: &str) -> Caller {
        Caller::new(&self.stack(), tenant)
    }

    /// Tells every process to end and waits until all have. Answers what they said.
    ///
    /// # Panics
    /// When one did not end in order.
    pub async fn stop(mut self) -> String {
        let running: Vec<_> = self.replicas.values_mut().filter(|replica| replica.runs()).collect();
        running.iter().for_each(|replica| replica.signal("TERM"));
        for replica in running {
            let status = replica.ended().await;
            assert!(status.success(), "{} ended with {status}:\n{}", replica.name(), replica.log());
        }
        self.logs()
    }
}

/// A port below those that the kernel hands out by itself, so that a process can come back to it.
fn free_port() -> SocketAddr {
    loop {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, rand::random_range(15_000..31_000)));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

fn toml_list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", "))
}
