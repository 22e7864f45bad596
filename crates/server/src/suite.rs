//! Services put together: one stack of layers around all of them, served over TCP and called in process.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use futures::FutureExt;
use http::{Request, Response};
use tenure_proto::FILE_DESCRIPTOR_SET;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{
    body::Body,
    server::NamedService,
    service::RoutesBuilder,
    transport::server::{Server, TcpIncoming},
};
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};
use tower::{Service, util::BoxCloneSyncService};

use crate::{ServerConfig, credentials::Credentials, layers};

/// The largest message that a service takes and sends, in bytes. Set it on every generated server, and take gzip:
///
/// ```ignore
/// CollectorServiceServer::new(handler)
///     .max_decoding_message_size(MAX_MESSAGE_BYTES)
///     .max_encoding_message_size(MAX_MESSAGE_BYTES)
///     .accept_compressed(CompressionEncoding::Gzip)
/// ```
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// All services of a process behind all layers, as one tower service.
pub type Stack = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Puts services together.
pub struct ServerBuilder {
    config: ServerConfig,
    credentials: Arc<dyn Credentials>,
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    health: HealthReporter,
}

impl ServerBuilder {
    /// Health and reflection, and nothing else yet.
    #[must_use]
    pub fn new(config: ServerConfig, credentials: Arc<dyn Credentials>) -> Self {
        let health = HealthReporter::new();
        let mut routes = RoutesBuilder::default();
        routes.add_service(HealthServer::new(HealthService::from_health_reporter(health.clone())));
        Self { config, credentials, routes, names: Vec::new(), health }
    }

    /// Adds a generated service. It answers under its own name in health.
    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self.names.push(S::NAME);
        self
    }

    /// Puts the layers around the services.
    #[must_use]
    pub fn build(self) -> Suite {
        let Self { config, credentials, mut routes, names, health } = self;
        reflect(&mut routes, &names);
        let draining = CancellationToken::new();
        let stack = layers::around(routes.routes().prepare(), &config, credentials, draining.clone());
        let suite = Suite { config, stack, names, health, draining };
        suite.report(ServingStatus::Serving);
        suite
    }

    /// The stack alone, for services that are called in process only.
    #[must_use]
    pub fn routes(self) -> Stack {
        self.build().stack()
    }

    /// Serves over TCP; see [`Suite::serve`].
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        self.build().serve(listener, shutdown).await
    }
}

/// Adds reflection of the services that are here. Python's client, among others, still asks by v1alpha.
fn reflect(routes: &mut RoutesBuilder, names: &[&'static str]) {
    match (reflection(names).build_v1(), reflection(names).build_v1alpha()) {
        (Ok(v1), Ok(v1alpha)) => {
            routes.add_service(v1).add_service(v1alpha);
        }
        _ => tracing::error!("the contract can't be read; reflection is off"),
    }
}

fn reflection(names: &[&'static str]) -> tonic_reflection::server::Builder<'static> {
    let builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .with_service_name("grpc.health.v1.Health")
        .with_service_name("grpc.reflection.v1.ServerReflection")
        .with_service_name("grpc.reflection.v1alpha.ServerReflection");
    names.iter().fold(builder, |builder, name| builder.with_service_name(*name))
}

/// Services behind their layers.
pub struct Suite {
    config: ServerConfig,
    stack: Stack,
    names: Vec<&'static str>,
    health: HealthReporter,
    draining: CancellationToken,
}

impl Suite {
    /// The services as one tower service, for [`crate::Peer::in_process`].
    #[must_use]
    pub fn stack(&self) -> Stack {
        self.stack.clone()
    }

    /// Serves over TCP until the token is cancelled; then says `NOT_SERVING`, goes on for [`ServerConfig::drain_pause_ms`], takes
    /// no more calls, ends streams as `UNAVAILABLE`, and waits for calls under way, at most [`ServerConfig::drain_ms`].
    ///
    /// # Errors
    /// When the listener fails, or the certificate can't be used.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        let config = &self.config;
        let stopped = CancellationToken::new();
        let mut builder = Server::builder();
        if let Some(tls) = config.tls.load().map_err(io::Error::other)? {
            builder = builder.tls_config(tls).map_err(io::Error::other)?;
        }
        let server = builder
            .http2_keepalive_interval(Some(Duration::from_millis(config.keepalive_interval_ms)))
            .http2_keepalive_timeout(Some(Duration::from_millis(config.keepalive_timeout_ms)))
            .max_concurrent_streams(config.max_streams_per_connection)
            .http2_max_header_list_size(config.max_header_bytes)
            .serve_with_incoming_shutdown(
                self.stack.clone(),
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                stopped.clone().cancelled_owned(),
            );
        let drain = async {
            shutdown.cancelled().await;
            self.report(ServingStatus::NotServing);
            tokio::time::sleep(Duration::from_millis(config.drain_pause_ms)).await;
            self.draining.cancel();
            stopped.cancel();
            tokio::time::sleep(Duration::from_millis(config.drain_ms)).await;
        };
        tokio::select! {
            served = server => served.map_err(io::Error::other),
            () = drain => {
                tracing::warn!("calls under way did not end in time");
                Ok(())
            }
        }
    }

    fn report(&self, status: ServingStatus) {
        for name in self.names.iter().copied().chain([""]) {
            // Waits for nothing but a lock that is held for moments.
            let _ = self.health.set_service_status(name, status).now_or_never();
        }
    }
}
