//! How a service reaches another: in process or over TCP, by the same generated client.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock, Weak},
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Request, Response, header::AUTHORIZATION};
use tenure_kernel::refusal::Refusal;
use tonic::{
    Code, Status,
    body::Body,
    transport::{self, Channel, Endpoint},
};
use tower::{BoxError, Service, ServiceExt};

use crate::{config::ConfigError, credentials::ServiceCredential, layers::deadline, refuse, suite::Stack, telemetry};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A stream may be quiet for long; probes find out that its other end is gone.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// A way to services: `CollectorServiceClient::new(peer)`. It sends on the deadline and the trace of the call under way.
#[derive(Clone)]
pub struct Peer {
    way: Way,
    authorization: Option<HeaderValue>,
}

#[derive(Clone)]
enum Way {
    InProcess(Stack),
    Tcp(Channel),
    Later(Weak<OnceLock<Stack>>),
}

/// Where the stack goes that a [`Peer::later`] waits for. Keep it as long as the services run: they hold peers, and peers that
/// held the services in turn would keep both, and their databases, for ever.
#[derive(Debug)]
pub struct PeerSlot(Arc<OnceLock<Stack>>);

impl PeerSlot {
    /// Gives the stack. Until then calls are refused as `UNAVAILABLE`; a second stack is not taken.
    pub fn fill(&self, stack: Stack) {
        let _ = self.0.set(stack);
    }
}

impl Peer {
    /// The services of this process, behind all of their layers.
    #[must_use]
    pub fn in_process(stack: Stack) -> Self {
        Self { way: Way::InProcess(stack), authorization: None }
    }

    /// The services of this process before they are there, for services that need each other.
    #[must_use]
    pub fn later() -> (Self, PeerSlot) {
        let slot = Arc::new(OnceLock::new());
        (Self { way: Way::Later(Arc::downgrade(&slot)), authorization: None }, PeerSlot(slot))
    }

    /// Services of another process, such as `http://identity:7411`. Connects at the first call, and again when need be.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn connect(uri: &str) -> Result<Self, ConfigError> {
        let endpoint =
            Endpoint::from_shared(uri.to_owned()).map_err(|_| ConfigError::new("a peer's address is not a URI"))?;
        let channel = endpoint
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .connect_lazy();
        Ok(Self { way: Way::Tcp(channel), authorization: None })
    }

    /// The same way, showing a credential. A request that carries one of its own keeps it.
    #[must_use]
    pub fn with_credential(mut self, credential: &ServiceCredential) -> Self {
        self.authorization = HeaderValue::from_str(&format!("Bearer {}", credential.bearer())).ok();
        if let Some(value) = &mut self.authorization {
            value.set_sensitive(true);
        }
        self
    }

    fn dress(&self, headers: &mut HeaderMap) {
        if let Some(value) = &self.authorization
            && !headers.contains_key(AUTHORIZATION)
        {
            headers.insert(AUTHORIZATION, value.clone());
        }
        deadline::pass_on(headers);
        if let Some(value) = telemetry::traceparent().and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert("traceparent", value);
        }
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Peer")
    }
}

impl Service<Request<Body>> for Peer {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match &mut self.way {
            Way::Tcp(channel) => channel.poll_ready(cx).map_err(Into::into),
            Way::InProcess(_) | Way::Later(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        self.dress(request.headers_mut());
        let stack = match &mut self.way {
            Way::Tcp(channel) => {
                let response = channel.call(request);
                return Box::pin(
                    async move { Ok(response.await.unwrap_or_else(|error| unreached(error).into_http())) },
                );
            }
            Way::InProcess(stack) => stack.clone(),
            Way::Later(slot) => match slot.upgrade().as_deref().and_then(OnceLock::get) {
                Some(stack) => stack.clone(),
                None => return Box::pin(async { Ok(starting().into_http()) }),
            },
        };
        Box::pin(async move { stack.oneshot(request).await.map_err(|never| match never {}) })
    }
}

fn starting() -> Status {
    refuse(Refusal::unavailable("services of this process"))
}

/// Why a peer gave no answer: the call's time ran out here, or nobody is there.
fn unreached(error: transport::Error) -> Status {
    let status = Status::from_error(error.into());
    match status.code() {
        // The library's word for the deadline that it keeps on the caller's side.
        Code::Cancelled | Code::DeadlineExceeded => refuse(deadline::expired()),
        _ => refuse(Refusal::unavailable("peer")),
    }
}
