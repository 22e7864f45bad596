//! What happens around every call, over TCP and in process alike, from the outside in: telemetry, outcome, deadline,
//! caller, limit.

mod body;
mod caller;
pub(crate) mod deadline;
mod limit;
pub(crate) mod observation;
mod outcome;
mod telemetry;

use std::{future::Future, pin::Pin, sync::Arc};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{body::Body, service::Routes};
use tower::{Service, service_fn};

use crate::{ServerConfig, credentials::Credentials, rpc::Rpc, suite::Stack};

pub use limit::waits;

pub(crate) type Request = http::Request<Body>;
pub(crate) type Response = http::Response<Body>;
type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
/// The rest of the way inwards.
pub(crate) type Next = Arc<dyn Fn(Request) -> Answer + Send + Sync>;

/// What happens around a call.
trait Layer: Send + Sync + 'static {
    fn handle(self: Arc<Self>, request: Request, next: Next) -> impl Future<Output = Response> + Send;
}

fn wrap(layer: impl Layer, next: Next) -> Next {
    let layer = Arc::new(layer);
    Arc::new(move |request| Box::pin(layer.clone().handle(request, next.clone())))
}

/// The RPC that a request asks for. The outermost layer finds it.
#[derive(Clone, Copy)]
struct Asked(Option<&'static Rpc>);

fn asked(request: &Request) -> Option<&'static Rpc> {
    request.extensions().get::<Asked>().and_then(|asked| asked.0)
}

/// When a request came.
#[derive(Clone, Copy)]
struct Arrived(Instant);

fn arrived(request: &Request) -> Instant {
    request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0)
}

/// All layers around services.
pub(crate) fn around(
    routes: Routes,
    config: &ServerConfig,
    credentials: Arc<dyn Credentials>,
    draining: CancellationToken,
) -> Stack {
    let services: Next = Arc::new(move |request| {
        let answer = routes.clone().call(request);
        Box::pin(async move { answer.await.unwrap_or_else(|never| match never {}) })
    });
    let next = wrap(limit::Limit::new(config), services);
    let next = wrap(caller::Known::new(credentials), next);
    let next = wrap(deadline::Deadlines::new(config, draining), next);
    let next = wrap(outcome::Outcome, next);
    let next = wrap(telemetry::Observed::new(), next);
    Stack::new(service_fn(move |mut request: Request| {
        // Taken when the call comes, not when its future is first polled: the transport counts from here too.
        request.extensions_mut().insert(Arrived(Instant::now()));
        let answer = next(request);
        async move { Ok(answer.await) }
    }))
}
