//! The client.

use std::time::Duration;

use http::{HeaderValue, Request, Response};
use tenure_kernel::Purpose;
use tenure_proto::{
    collector::v1::collector_service_client::CollectorServiceClient,
    expectation::v1::expectation_service_client::ExpectationServiceClient,
    identity::v1::identity_service_client::IdentityServiceClient,
    journal::v1::journal_service_client::JournalServiceClient,
    profile::v1::profile_service_client::ProfileServiceClient, value::v1::value_service_client::ValueServiceClient,
};
use tonic::{
    body::Body,
    transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};
use tower::{BoxError, Service};

use crate::{ClientError, Settings, StreamSettings, TouchpointStream, error::invalid, transport::Transport};

/// The largest message that is sent and taken, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A stream may be quiet for long; probes find out that its other end is gone.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(8);

fn endpoint(uri: &str) -> Result<Endpoint, ClientError> {
    let endpoint = Endpoint::from_shared(uri.to_owned()).map_err(|_| invalid("the server's address is not a URI"))?;
    Ok(endpoint
        .tcp_nodelay(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT))
}

fn trusting(roots: &str) -> Result<ClientTlsConfig, ClientError> {
    if !roots.contains("-----BEGIN CERTIFICATE-----") {
        return Err(invalid("there is no certificate among the roots"));
    }
    Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(roots)))
}

/// The way to a Tenure server. Cheap to clone; clones share the connection and the retry budget.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
}

macro_rules! accessors {
    ($($(#[$doc:meta])* $method:ident, $name:ident = $client:ident;)*) => {
        $(
            #[doc = concat!("The generated `", stringify!($client), "` on this crate's [`Transport`].")]
            pub type $name = $client<Transport>;
        )*

        impl Client {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method(&self) -> $name {
                    $client::new(self.transport.clone())
                        .max_decoding_message_size(MAX_MESSAGE_BYTES)
                        .max_encoding_message_size(MAX_MESSAGE_BYTES)
                }
            )*
        }
    };
}

accessors! {
    /// Takes in touchpoints.
    collector, CollectorClient = CollectorServiceClient;
    /// Says who is who.
    identity, IdentityClient = IdentityServiceClient;
    /// Knows what is known of a person.
    profile, ProfileClient = ProfileServiceClient;
    /// Says what customers are worth.
    value, ValueClient = ValueServiceClient;
    /// Says where customers were let down, and whether to ask them.
    expectation, ExpectationClient = ExpectationServiceClient;
    /// Shows journals and their followers to operators.
    journal, JournalClient = JournalServiceClient;
}

impl Client {
    /// A client of the server at a URI, such as `http://127.0.0.1:7411`. It connects at the first call, and again when need be.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the URI or the key can't be one.
    pub fn connect(uri: &str, api_key: &str) -> Result<Self, ClientError> {
        Self::with_service(endpoint(uri)?.connect_lazy(), api_key)
    }

    /// The same over TLS, to a URI such as `https://collector.example:7411`, whose certificate one of these roots (PEM) stands for.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the URI, the key or the roots can't be one.
    pub fn connect_tls(uri: &str, api_key: &str, roots: &str) -> Result<Self, ClientError> {
        let endpoint = endpoint(uri)?.tls_config(trusting(roots)?).map_err(|_| invalid("the roots can't be used"))?;
        Self::with_service(endpoint.connect_lazy(), api_key)
    }

    /// The same to a server that wants to see a certificate: this one, with its private key (both PEM).
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the URI, the key, the roots or the certificate can't be one.
    pub fn connect_mutual_tls(
        uri: &str,
        api_key: &str,
        roots: &str,
        (certificate, private_key): (&str, &str),
    ) -> Result<Self, ClientError> {
        let tls = trusting(roots)?.identity(Identity::from_pem(certificate, private_key));
        let endpoint = endpoint(uri)?.tls_config(tls).map_err(|_| invalid("the certificates can't be used"))?;
        Self::with_service(endpoint.connect_lazy(), api_key)
    }

    /// A client of any tower service that speaks gRPC: a channel of one's own making, or a server in this process.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the key can't be one.
    pub fn with_service<S>(service: S, api_key: &str) -> Result<Self, ClientError>
    where
        S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
    {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {api_key}"))
            .map_err(|_| invalid("the API key holds characters that no key has"))?;
        authorization.set_sensitive(true);
        Ok(Self { transport: Transport::new(service, authorization) })
    }

    /// The same client with other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.transport.settings = settings;
        self
    }

    /// The same client for reads of a purpose: what profiles show depends on it, and they ask for it. A request's own metadata
    /// "purpose" goes before it.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.transport.purpose = Some(HeaderValue::from_static(purpose.as_str()));
        self
    }

    /// Streams touchpoints in: the fastest way for many. Connects when the first request is full.
    #[must_use]
    pub fn touchpoint_stream(&self, settings: StreamSettings) -> TouchpointStream {
        TouchpointStream::new(self.collector(), self.transport.settings.clone(), settings)
    }
}
