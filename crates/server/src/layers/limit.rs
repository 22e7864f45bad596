//! How much may run at once in the process. What comes on top is refused at once: waiting would only make it late.

use std::{sync::Arc, time::Duration};

use tenure_kernel::refusal::{Reason, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Layer, Next, Request, Response, asked, body};
use crate::{
    ServerConfig,
    call::{Call, Identity},
    refuse,
    rpc::{Access, Rpc},
};

/// Streams that need no credential: watches of health, and reflection.
const OPEN_STREAMS: usize = 64;

/// A permit for each kind of call. Our services have their own: a call under way must not be refused the calls that it
/// needs to end.
pub(super) struct Limit {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    service_calls: Arc<Semaphore>,
    open_streams: Arc<Semaphore>,
}

impl Limit {
    pub(super) fn new(config: &ServerConfig) -> Self {
        let permits = |most: usize| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self {
            calls: permits(config.max_concurrent_calls),
            streams: permits(config.max_concurrent_streams),
            service_calls: permits(config.max_concurrent_calls),
            open_streams: permits(OPEN_STREAMS),
        }
    }

    /// What limits a call, and its name; nothing limits probes of health, nor streams between our services: there are as many of those
    /// as followers.
    fn of(&self, rpc: Option<&Rpc>, call: Option<&Call>) -> Option<(&Arc<Semaphore>, &'static str)> {
        let rpc = rpc?;
        let service = call.is_some_and(|call| matches!(call.identity(), Identity::Service(_)));
        match (rpc.access, rpc.streaming, service) {
            (Access::Open, true, _) => Some((&self.open_streams, "streams")),
            (Access::Open, false, _) | (Access::Scope(_), true, true) => None,
            (Access::Scope(_), true, false) => Some((&self.streams, "streams")),
            (Access::Scope(_), false, true) => Some((&self.service_calls, "calls")),
            (Access::Scope(_), false, false) => Some((&self.calls, "calls")),
        }
    }
}

impl Layer for Limit {
    async fn handle(self: Arc<Self>, request: Request, next: Next) -> Response {
        let Some((limit, name)) = self.of(asked(&request), request.extensions().get::<Call>()) else {
            return next(request).await;
        };
        let Ok(permit) = limit.clone().try_acquire_owned() else { return refuse(overloaded(name)).into_http() };
        body::watch(next(request).await, Held { _permit: permit })
    }
}

/// Keeps the permit until the answer has left.
struct Held {
    _permit: OwnedSemaphorePermit,
}

impl body::Watch for Held {}

pub(super) fn overloaded(what: &'static str) -> Refusal {
    Refusal::new(Reason::Overloaded, "too much at once").with("resource", what).retry(Duration::from_millis(500))
}
