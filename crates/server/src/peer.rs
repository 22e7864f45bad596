//! How a service reaches another: in process or over TCP, by the same generated client.

mod address;
mod behalf;
mod by_path;
mod member;
mod pool;

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock, Weak},
    task::{Context, Poll},
};

use address::Address;
pub(crate) use behalf::TENANT;
pub use behalf::on_behalf;
pub use by_path::by_path;

use http::{HeaderMap, HeaderValue, Request, Response, header::AUTHORIZATION};
use pool::Pool;
use tenure_kernel::refusal::Refusal;
use tonic::{Code, Status, body::Body, transport::ClientTlsConfig};
use tower::{Service, ServiceExt};

use crate::{
    config::{ConfigError, PeerTls},
    credentials::ServiceCredential,
    layers::deadline,
    outgoing::Outgoing,
    refuse,
    suite::Stack,
};

/// A way to services: `CollectorServiceClient::new(peer)`. It sends on the deadline and the trace of the call under way.
#[derive(Clone)]
pub struct Peer {
    way: Way,
    authorization: Option<HeaderValue>,
}

#[derive(Clone)]
enum Way {
    InProcess(Stack),
    Tcp(Arc<Remote>),
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

    /// Services of another process, such as `http://identity:7411`, without TLS. Connects at the first call, and again when
    /// need be.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn connect(uri: &str) -> Result<Self, ConfigError> {
        Self::balanced(&[uri.to_owned()], &PeerTls::default())
    }

    /// The replicas of a service, such as `https://collector:7411`, where a name may stand for several machines. Each call goes
    /// to the one that has the fewest under way, of those that are there and say that they serve.
    ///
    /// # Errors
    /// When there is no address, one is wrong, or what TLS needs can't be read.
    pub fn balanced(uris: &[String], tls: &PeerTls) -> Result<Self, ConfigError> {
        let addresses = uris.iter().map(|uri| Address::parse(uri)).collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err(ConfigError::new("there is no address"));
        }
        let over_tls = addresses.iter().any(Address::is_tls);
        let loaded = if over_tls { tls.load()? } else { None };
        if over_tls && loaded.is_none() {
            return Err(ConfigError::new("tls.ca_file: must be set for https"));
        }
        // Tried once now, so that what can't be used is found at the start.
        if let Some(first) = addresses.iter().find(|address| address.is_tls()) {
            first.endpoint(([127, 0, 0, 1], 1).into(), loaded.as_ref(), &tls.domain)?;
        }
        let remote = Remote { addresses, tls: loaded, domain: tls.domain.clone(), pool: OnceLock::new() };
        Ok(Self { way: Way::Tcp(Arc::new(remote)), authorization: None })
    }

    /// Whether an address of another process is one. Without TLS only this machine is reached, unless `insecure`.
    ///
    /// # Errors
    /// What is wrong with it, in words that go behind its key.
    pub fn check(uri: &str, insecure: bool) -> Result<(), String> {
        let address = Address::parse(uri).map_err(|error| error.to_string())?;
        if address.is_tls() || address.is_here() || insecure {
            return Ok(());
        }
        Err("is another machine, without TLS; use https, or set server.insecure = true".to_owned())
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
    }
}

/// Services of other processes. They are looked for from the first call on, which is made in a runtime.
struct Remote {
    addresses: Vec<Address>,
    tls: Option<ClientTlsConfig>,
    domain: String,
    pool: OnceLock<Pool>,
}

impl Remote {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let start = || Pool::start(self.addresses.clone(), self.tls.clone(), self.domain.clone());
        let way = self.pool.get_or_init(start).way().await.map_err(refuse)?;
        let (mut channel, call) = (way.channel, way.call);
        let answer = async { channel.ready().await?.call(request).await };
        match answer.await {
            Ok(response) => Ok(response.map(|body| call.until_end(body))),
            Err(error) => {
                let status = Status::from_error(error.into());
                // The library's words for the deadline that it keeps on the caller's side.
                if matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded) {
                    return Err(refuse(deadline::expired()));
                }
                call.broke();
                Err(refuse(Refusal::unavailable("peer")))
            }
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
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A call finds its way itself, within its time.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        self.dress(request.headers_mut());
        let call = Outgoing::of(&request);
        call.dress(request.headers_mut());
        Box::pin(call.watch(self.send(request)))
    }
}

impl Peer {
    fn send(&self, request: Request<Body>) -> <Self as Service<Request<Body>>>::Future {
        let stack = match &self.way {
            Way::Tcp(remote) => {
                let remote = remote.clone();
                return Box::pin(async move { Ok(remote.call(request).await.unwrap_or_else(Status::into_http)) });
            }
            Way::InProcess(stack) => stack.clone(),
            Way::Later(slot) => match slot.upgrade().as_deref().and_then(OnceLock::get) {
                Some(stack) => stack.clone(),
                None => return Box::pin(async { Ok(starting().into_http()) }),
            },
        };
        Box::pin(stack.oneshot(request))
    }
}

fn starting() -> Status {
    refuse(Refusal::unavailable("services of this process"))
}
