//! The dummies behind the server, and both ways to them.

use std::{sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full};
use tenure_kernel::Tenant;
use tenure_proto::{
    collector::v1::collector_service_server::CollectorServiceServer,
    journal::v1::journal_service_server::JournalServiceServer,
    value::v1::{self as value, value_service_client::ValueServiceClient, value_service_server::ValueServiceServer},
};
use tenure_server::{
    ApiKeys, Credentials, MAX_MESSAGE_BYTES, Peer, PeerSlot, ServerBuilder, ServerConfig, ServiceCredential, Suite,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status, body::Body, codec::CompressionEncoding};
use tower::ServiceExt;

use crate::dummy::Dummy;

pub(crate) const LIST_MODELS: &str = "/tenure.value.v1.ValueService/ListModels";

/// A server that is reached both ways.
pub(crate) struct Server {
    pub(crate) dummy: Dummy,
    pub(crate) in_process: Peer,
    pub(crate) tcp: Peer,
    pub(crate) service: ServiceCredential,
    /// Holds every scope but those of the journal.
    pub(crate) key: String,
    /// Holds "touchpoints.write" and "journal.read".
    pub(crate) other_key: String,
    /// Of another tenant.
    pub(crate) foreign_key: String,
    pub(crate) shutdown: CancellationToken,
    pub(crate) serving: JoinHandle<std::io::Result<()>>,
    pub(crate) uri: String,
    _slot: PeerSlot,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(ServerConfig::default()).await
    }

    pub(crate) async fn with(config: ServerConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.toml");
        let tenant: Tenant = "acme".parse().unwrap();
        let key = ApiKeys::mint(&file, &tenant, "web-shop", &["*"]).unwrap();
        let other_key = ApiKeys::mint(&file, &tenant, "crm", &["touchpoints.write", "journal.read"]).unwrap();
        let foreign_key = ApiKeys::mint(&file, &"globex".parse().unwrap(), "web-shop", &["*"]).unwrap();
        let service = ServiceCredential::random().unwrap();
        let credentials: Vec<Arc<dyn Credentials>> =
            vec![Arc::new(ApiKeys::read(&file).unwrap()), Arc::new(service.clone())];
        let (later, slot) = Peer::later();
        let dummy = Dummy::new(later.with_credential(&service));
        let suite = build(config, credentials, &dummy);
        slot.fill(suite.stack());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let (in_process, tcp) = (Peer::in_process(suite.stack()), Peer::connect(&uri).unwrap());
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(suite.serve(listener, shutdown.clone()));
        Self { dummy, in_process, tcp, service, key, other_key, foreign_key, shutdown, serving, uri, _slot: slot }
    }

    pub(crate) fn ways(&self) -> [Peer; 2] {
        [self.in_process.clone(), self.tcp.clone()]
    }

    /// A request with the key that may nearly everything.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        authorized(message, &self.key)
    }
}

pub(crate) fn build(config: ServerConfig, credentials: Vec<Arc<dyn Credentials>>, dummy: &Dummy) -> Suite {
    ServerBuilder::new(config, Arc::new(credentials))
        .add_service(
            ValueServiceServer::new(dummy.clone())
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES)
                .accept_compressed(CompressionEncoding::Gzip),
        )
        .add_service(CollectorServiceServer::new(dummy.clone()))
        .add_service(
            JournalServiceServer::new(dummy.clone())
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
        )
        .build()
}

pub(crate) fn authorized<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    request
}

/// The answer of the dummy to a word.
pub(crate) async fn ask(peer: Peer, request: Request<value::ListModelsRequest>) -> Result<String, Status> {
    let mut client = ValueServiceClient::new(peer).max_decoding_message_size(64 * 1024 * 1024);
    client.list_models(request).await.map(|answer| answer.into_inner().next_page_token)
}

pub(crate) fn word(word: &str) -> value::ListModelsRequest {
    value::ListModelsRequest { page_token: word.to_owned(), ..Default::default() }
}

/// Sends bytes that no client would, and reads the status.
pub(crate) async fn send_raw(peer: Peer, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Option<Status> {
    let mut request = http::Request::post(path).header("content-type", "application/grpc").header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Body::new(Full::new(bytes::Bytes::from(body)));
    let mut response = peer.oneshot(request.body(body).unwrap()).await.unwrap();
    if let Some(status) = Status::from_header_map(response.headers()) {
        return Some(status);
    }
    while let Some(frame) = response.body_mut().frame().await {
        if let Ok(trailers) = frame.unwrap().into_trailers() {
            return Status::from_header_map(&trailers);
        }
    }
    None
}

/// A gRPC frame: a flag, a length, a message.
pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    frame.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

/// Waits for something that has to come, and no longer than a test may take.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("it did not come in 30 s")
}
