//! The connection to Redis, which is there or not. It goes after a few failures and comes back by [`super::watch`], so that a
//! Redis that is gone or slow costs next to nothing.

use std::{
    sync::{
        RwLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, FromRedisValue, RedisError, RedisResult, Script, Value,
    aio::MultiplexedConnection,
    cluster::{ClusterClient, ClusterClientBuilder},
    cluster_async::ClusterConnection,
    cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo},
    cmd,
};
use tokio::time::Instant;
use tracing::Instrument;

use super::{
    scripts,
    value::{self, Trust},
};
use crate::{config::RedisConfig, metrics::Metrics};

/// How many commands may fail from one look of the watch to the next.
const FAILURES: u32 = 5;
/// How long making a connection may take; it holds nobody up.
const CONNECTING: Duration = Duration::from_secs(1);
/// How long a reader's claim holds.
const CLAIMED_FOR: Duration = Duration::from_secs(3);
/// How long a writer's mark holds, should it not be taken away; longer than any commit takes.
const MARKED_FOR: Duration = Duration::from_secs(15);

enum Servers {
    One(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// A connection that many use at once. Cheap to clone.
#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// Why a command did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// What is there is not ours.
    WrongType,
    /// Whether it was carried out is unknown.
    Lost,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    trust: Option<(Trust, Instant)>,
}

pub(super) struct Link {
    servers: Servers,
    timeout: Duration,
    state: RwLock<State>,
    failures: AtomicU32,
    metrics: Metrics,
}

impl Link {
    /// Not connected yet.
    pub(super) fn new(config: &RedisConfig, metrics: Metrics) -> Result<Self, String> {
        let timeout = Duration::from_millis(config.timeout_ms);
        let servers = servers(config, timeout).map_err(|error| format!("redis: {}", what(&error)))?;
        Ok(Self { servers, timeout, state: RwLock::default(), failures: AtomicU32::new(0), metrics })
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn connection(&self) -> Option<Connection> {
        self.state.read().ok()?.connection.clone()
    }

    /// The connection, and what is trusted of what it answers.
    pub(super) fn trusted(&self) -> Option<(Connection, Trust)> {
        let state = self.state.read().ok()?;
        let (trust, until) = state.trust.as_ref()?;
        (Instant::now() < *until).then(|| state.connection.clone().map(|connection| (connection, *trust)))?
    }

    /// Connects, and teaches the servers the scripts.
    pub(super) async fn connect(&self) -> Option<Connection> {
        let connected = tokio::time::timeout(CONNECTING, async {
            let mut connection = match &self.servers {
                Servers::One(client) => {
                    let config = AsyncConnectionConfig::new()
                        .set_connection_timeout(Some(CONNECTING))
                        .set_response_timeout(Some(self.timeout));
                    Connection::One(client.get_multiplexed_async_connection_with_config(&config).await?)
                }
                Servers::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
            };
            for script in scripts::all() {
                match &mut connection {
                    Connection::One(one) => script.load_async(one).await?,
                    Connection::Cluster(cluster) => script.load_async(cluster).await?,
                };
            }
            Ok::<_, RedisError>(connection)
        });
        connected.await.ok()?.ok()
    }

    /// Which servers answer, as they tell themselves apart from others and from who they were before a restart or a failover.
    pub(super) async fn servers(&self, connection: &Connection) -> Option<Vec<String>> {
        let info = match connection.clone() {
            Connection::One(_) => self.call(connection, "INFO", cmd("INFO")).await.ok()?,
            Connection::Cluster(mut cluster) => {
                let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let info = tokio::time::timeout(self.timeout, cluster.route_command(cmd("INFO"), masters));
                info.await.ok()?.ok()?
            }
        };
        let mut lines = Vec::new();
        told(&info, &mut lines);
        lines.sort();
        (!lines.is_empty()).then_some(lines)
    }

    /// From now on the connection is there, and what was kept under this is trusted for a while.
    pub(super) fn up(&self, connection: Connection, trust: Option<(Trust, Instant)>) {
        self.failures.store(0, Relaxed);
        let Ok(mut state) = self.state.write() else { return };
        if state.connection.is_none() {
            tracing::info!("Redis answers; hot profiles are kept there");
        }
        *state = State { connection: Some(connection), trust };
        self.metrics.linked(true);
    }

    /// From now on there is no connection.
    pub(super) fn down(&self) {
        let Ok(mut state) = self.state.write() else { return };
        if state.connection.is_some() {
            tracing::warn!("Redis fails or is slow; hot profiles are read from the database");
        }
        *state = State::default();
        self.metrics.linked(false);
    }

    /// What is kept, whatever that is.
    pub(super) async fn get(&self, connection: &Connection, key: &str) -> Result<Option<Vec<u8>>, Failed> {
        let mut get = cmd("GET");
        get.arg(key);
        self.call(connection, "GET", get).await
    }

    /// What is there, or a claim that is put there, in the place of rubbish too.
    pub(super) async fn claim(&self, connection: &Connection, key: &str, rubbish: &[u8]) -> Result<Vec<u8>, Failed> {
        let mut claim = evalsha(&scripts::CLAIM, key);
        claim.arg(value::new_claim()).arg(millis(CLAIMED_FOR)).arg(rubbish);
        self.call(connection, "EVALSHA", claim).await
    }

    pub(super) async fn keep(
        &self,
        connection: &Connection,
        key: &str,
        seen: &[u8],
        answer: &[u8],
        kept_for: Duration,
    ) -> Result<bool, Failed> {
        let mut keep = evalsha(&scripts::KEEP, key);
        keep.arg(seen).arg(answer).arg(millis(kept_for));
        self.call(connection, "EVALSHA", keep).await
    }

    /// For how long an answer that was there would have been kept.
    pub(super) async fn mark(&self, connection: &Connection, key: String, mark: [u8; 16]) -> Result<Duration, Failed> {
        let mut command = evalsha(&scripts::MARK, &key);
        command.arg(mark.as_slice()).arg(millis(MARKED_FOR));
        let left: i64 = self.call(connection, "EVALSHA", command).await?;
        Ok(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
    }

    pub(super) async fn unmark(&self, connection: &Connection, key: String, mark: [u8; 16]) -> Result<(), Failed> {
        let mut command = evalsha(&scripts::UNMARK, &key);
        command.arg(mark.as_slice());
        self.call(connection, "EVALSHA", command).await
    }

    async fn call<T: FromRedisValue>(
        &self,
        connection: &Connection,
        operation: &'static str,
        command: Cmd,
    ) -> Result<T, Failed> {
        let mut connection = connection.clone();
        let span = tracing::debug_span!(
            "cache",
            otel.name = operation,
            otel.kind = "client",
            db.system.name = "redis",
            db.operation.name = operation
        );
        let begun = Instant::now();
        let answer = async move {
            match &mut connection {
                Connection::One(one) => command.query_async(one).await,
                Connection::Cluster(cluster) => command.query_async(cluster).await,
            }
        };
        let answer = tokio::time::timeout(self.timeout, answer.instrument(span)).await;
        let answer: Result<T, String> = match answer {
            Ok(answer) => answer.map_err(|error| error.code().unwrap_or("error").to_owned()),
            Err(_) => Err("timeout".to_owned()),
        };
        self.metrics.asked(operation, begun.elapsed(), answer.as_ref().err().map(String::as_str));
        answer.map_err(|error| self.failed(&error))
    }

    /// Counts a failure; without the scripts there is nothing to hope for but a new connection.
    fn failed(&self, error: &str) -> Failed {
        if error == "WRONGTYPE" {
            return Failed::WrongType;
        }
        if self.failures.fetch_add(1, Relaxed) + 1 >= FAILURES || error == "NOSCRIPT" {
            self.down();
        }
        Failed::Lost
    }
}

fn servers(config: &RedisConfig, timeout: Duration) -> RedisResult<Servers> {
    let password = config.password();
    let mut nodes = Vec::new();
    for url in config.url.split(',') {
        let mut info: ConnectionInfo = url.trim().parse()?;
        if let Some(password) = &password {
            let settings = info.redis_settings().clone().set_password(password);
            info = info.set_redis_settings(settings);
        }
        nodes.push(info);
    }
    if config.cluster {
        let builder = ClusterClientBuilder::new(nodes).retries(1);
        let cluster = builder.connection_timeout(CONNECTING).response_timeout(timeout).build()?;
        return Ok(Servers::Cluster(Box::new(cluster)));
    }
    let first = nodes.into_iter().next().ok_or((redis::ErrorKind::InvalidClientConfig, "no URL"))?;
    Ok(Servers::One(Box::new(Client::open(first)?)))
}

/// What went wrong, without the URL, which may hold a password.
fn what(error: &RedisError) -> String {
    error.category().to_owned()
}

fn evalsha(script: &Script, key: &str) -> Cmd {
    let mut command = cmd("EVALSHA");
    command.arg(script.get_hash()).arg(1).arg(key);
    command
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The lines of INFO that tell a server from every other.
fn told(info: &Value, lines: &mut Vec<String>) {
    match info {
        Value::BulkString(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let of_interest = |line: &&str| line.starts_with("run_id:") || line.starts_with("master_replid:");
            lines.extend(text.lines().filter(of_interest).map(str::to_owned));
        }
        Value::VerbatimString { text, .. } => told(&Value::BulkString(text.clone().into_bytes()), lines),
        Value::Map(parts) => parts.iter().for_each(|(_, part)| told(part, lines)),
        Value::Array(parts) => parts.iter().for_each(|part| told(part, lines)),
        _ => {}
    }
}
