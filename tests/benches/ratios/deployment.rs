//! Servers as they run in earnest: processes of their own, built as the benchmarks are.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use tempfile::TempDir;
use tenure::Service;
use tenure_server::{ApiKeys, Stack};
use tenure_store::{Dialect, testing::TestPlace};
use tenure_tests::faults::process::Server;
use tonic::{
    Request, Status,
    metadata::MetadataValue,
    transport::{Channel, Endpoint},
};
use tower::{ServiceExt as _, service_fn};

/// Processes on a place, their callers' key, and their files.
pub(crate) struct Deployment {
    pub(crate) servers: Vec<Server>,
    pub(crate) key: String,
    _folder: TempDir,
    _place: TestPlace,
}

impl Deployment {
    /// Starts one process that hosts every service.
    pub(crate) async fn embedded(place: TestPlace, settings: &[(&str, String)]) -> Self {
        Self::start(place, &[None], settings).await
    }

    /// Starts processes, one after the other, as the first makes the tables. Each hosts one service, or all.
    pub(crate) async fn start(place: TestPlace, hosted: &[Option<Service>], settings: &[(&str, String)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        private(&path("kek"), &"07".repeat(32));
        private(&path("secret"), "the-secret-that-all-processes-share");
        let key = ApiKeys::mint(&path("api-keys.toml"), &"bench".parse().expect("a tenant"), "bench", &["*"]);
        let file = |name: &str| path(name).display().to_string();
        let mut environment = BTreeMap::from([
            ("TENURE__STORE__URL", place.config.url.clone()),
            ("TENURE__KEYRING__KEK_FILE", file("kek")),
            ("TENURE__SERVICE__SECRET_FILE", file("secret")),
            ("TENURE__CREDENTIALS__API_KEYS_FILE", file("api-keys.toml")),
        ]);
        environment.extend(settings.iter().cloned());
        let environment: Vec<_> = environment.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let server = |(n, service): (usize, &Option<Service>)| {
            Server::new(*service, environment.clone(), path(&format!("log-{n}"))).expect("a free port")
        };
        let mut servers: Vec<_> = hosted.iter().enumerate().map(server).collect();
        introduce(&mut servers);
        for server in &mut servers {
            server.start().await.expect("it starts");
        }
        Self { servers, key: key.expect("a key"), _folder: folder, _place: place }
    }

    /// A connection to one of the servers.
    pub(crate) async fn connect(&self, number: usize) -> Channel {
        let address = format!("http://{}", self.servers[number].address);
        let endpoint = Endpoint::from_shared(address).expect("an address").tcp_nodelay(true);
        endpoint.connect().await.expect("connected")
    }

    /// Everything over one connection to one of the servers.
    pub(crate) async fn stack(&self, number: usize) -> Stack {
        let channel = self.connect(number).await;
        Stack::new(service_fn(move |request| {
            let answer = channel.clone().oneshot(request);
            async move { Ok(answer.await.unwrap_or_else(|error| Status::from_error(error.into()).into_http())) }
        }))
    }

    /// A request with the callers' key.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.key).parse().expect("a header");
        request.metadata_mut().insert("authorization", bearer);
        request.metadata_mut().insert("purpose", MetadataValue::from_static("service"));
        request
    }

    /// Ends the servers in order.
    pub(crate) async fn stop(mut self) {
        for server in &self.servers {
            server.signal("TERM").expect("it runs");
        }
        for server in &mut self.servers {
            server.ends(Duration::from_secs(60)).await.expect("it ends");
        }
    }
}

/// Tells each server that does not host all where the others are.
fn introduce(servers: &mut [Server]) {
    for service in Service::ALL {
        let hosts = servers.iter().filter(|server| server.service == Some(service));
        let uris: Vec<_> = hosts.map(|server| format!("\"http://{}\"", server.address)).collect();
        if !uris.is_empty() {
            let key = format!("TENURE__PEERS__{}", service.name().to_uppercase());
            servers.iter_mut().for_each(|server| server.set(&key, &format!("[{}]", uris.join(", "))));
        }
    }
}

/// A file that its owner alone can read.
fn private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("private");
}

/// How a place is called in the table.
pub(crate) fn name(place: &TestPlace) -> &'static str {
    match place.dialect() {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
    }
}
