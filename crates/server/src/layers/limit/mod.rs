//! How much may run at once in the process, of whom, and what goes first. What comes on top is refused before its request is
//! read: waiting would only make it late.

mod freight;
mod gate;
mod pace;
mod shed;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use freight::{Freight, Scale};
use gate::{Gate, Place};
use pace::Pace;
use shed::Shed;
use tenure_kernel::refusal::{Reason, Refusal};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tonic::Status;

use super::{Layer, Next, Request, Response, asked, body};
use crate::{
    ServerConfig,
    call::{Call, Identity},
    quota::Quotas,
    refuse,
    rpc::{Access, Priority, Rpc},
};

/// Streams that need no credential: watches of health, and reflection.
const OPEN_STREAMS: usize = 64;

tokio::task_local! {
    static WAITS: Arc<AtomicBool>;
}

/// Said by a handler before it waits for something else than its turn, such as for what a read token names: how long its call takes
/// then says nothing of how busy the server is.
pub fn waits() {
    let _ = WAITS.try_with(|waits| waits.store(true, Ordering::Relaxed));
}

/// Places for each kind of call. Our services have their own: a call under way must not be refused the calls that it
/// needs to end.
pub(super) struct Limit {
    calls: Arc<Gate>,
    streams: Arc<Gate>,
    service_calls: Arc<Semaphore>,
    open_streams: Arc<Semaphore>,
    scale: Arc<Scale>,
    quotas: Quotas,
    shed: Shed,
}

/// What a call holds until its answer has left.
enum Held {
    Place { _place: Place, _freight: Arc<Freight> },
    Permit { _permit: OwnedSemaphorePermit },
}

impl body::Watch for Held {}

impl Limit {
    pub(super) fn new(config: &ServerConfig) -> Self {
        let now = Instant::now();
        let permits = |most: usize| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        let target = Some(Duration::from_millis(config.latency_target_ms)).filter(|target| !target.is_zero());
        let calls = Gate::new(Pace::new(config.max_concurrent_calls, target, now), now);
        let streams = Gate::new(Pace::new(config.max_concurrent_streams, None, now), now);
        Self {
            shed: Shed::new(&calls, &streams),
            calls,
            streams,
            service_calls: permits(config.max_concurrent_calls),
            open_streams: permits(OPEN_STREAMS),
            scale: Scale::new(config.max_request_bytes),
            quotas: Quotas::new(config.quota.clone()),
        }
    }

    /// What a call of nobody or of one of our services needs; nothing limits probes of health, nor streams between our services:
    /// there are as many of those as followers.
    fn permits(&self, rpc: &Rpc) -> Option<(&Arc<Semaphore>, &'static str)> {
        match (rpc.access, rpc.streaming) {
            (Access::Open, true) => Some((&self.open_streams, "streams")),
            (Access::Open, false) | (Access::Scope(_), true) => None,
            (Access::Scope(_), false) => Some((&self.service_calls, "calls")),
        }
    }

    /// A place for a tenant's call, within its quota.
    fn admit(&self, rpc: &Rpc, call: &mut Call) -> Result<Place, Refusal> {
        let priority = call.priority();
        let tenant = call.tenant()?.clone();
        if let Some(quota) = self.quotas.of(&tenant) {
            quota.call().inspect_err(|_| self.shed.count("quota", priority))?;
            *call = call.clone().with_quota(quota);
        }
        let (gate, name) = if rpc.streaming { (&self.streams, "streams") } else { (&self.calls, "calls") };
        gate.enter(priority, Some(&tenant)).map_err(|hint| {
            self.shed.count("concurrency", priority);
            overloaded(name, hint)
        })
    }

    async fn of_tenant(&self, rpc: &Rpc, mut call: Call, mut request: Request, next: Next) -> Response {
        let place = match self.admit(rpc, &mut call) {
            Ok(place) => place,
            Err(refusal) => return refuse(refusal).into_http(),
        };
        request.extensions_mut().insert(call);
        let freight = Freight::new(&self.scale);
        let request = request.map(|body| freight::weigh(body, freight.clone(), too_heavy));
        let response = WAITS.scope(place.waits(), next(request)).await;
        body::watch(response, Held::Place { _place: place, _freight: freight })
    }
}

impl Layer for Limit {
    async fn handle(self: Arc<Self>, request: Request, next: Next) -> Response {
        let Some(rpc) = asked(&request) else { return next(request).await };
        let call = request.extensions().get::<Call>().cloned();
        if let Some(call) = call.filter(|call| matches!(call.identity(), Identity::Tenant(_))) {
            return self.of_tenant(rpc, call, request, next).await;
        }
        let Some((permits, name)) = self.permits(rpc) else { return next(request).await };
        let Ok(permit) = permits.clone().try_acquire_owned() else {
            self.shed.count("concurrency", Priority::Interactive);
            return refuse(overloaded(name, Duration::from_millis(250))).into_http();
        };
        body::watch(next(request).await, Held::Permit { _permit: permit })
    }
}

/// A refusal with a hint, moved by up to a half, so that those who were refused together do not come back together.
pub(super) fn overloaded(what: &'static str, hint: Duration) -> Refusal {
    let hint = hint.mul_f64(rand::random_range(0.5..1.5));
    Refusal::new(Reason::Overloaded, "too much at once").with("resource", what).retry(hint)
}

fn too_heavy() -> Status {
    refuse(overloaded("request bytes", Duration::from_secs(1)))
}
