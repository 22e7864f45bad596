//! The way to the server: credential, deadline, request id and repeats, for every generated client alike.

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header::AUTHORIZATION};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use tenure_kernel::{IdSource, RandomIds, Reason};
use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Code, Status, TimeoutExpired, body::Body};
use tower::{BoxError, Service, ServiceExt, util::BoxCloneSyncService};

use crate::{
    ClientError, MAX_MESSAGE_BYTES, Settings,
    contract::{self, Rpc},
    error::{expired, status, unreachable},
    request_id,
    retry::Budget,
    timeout,
};

/// The metadata that says what is read for.
const PURPOSE: &str = "purpose";

/// What a call may take at most: longer than this no clock needs to count.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The way to the server, which the generated clients are made on. See [`crate::Client`].
#[derive(Clone)]
pub struct Transport {
    service: BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>,
    authorization: HeaderValue,
    /// What is read for, where the request does not say.
    pub(crate) purpose: Option<HeaderValue>,
    pub(crate) settings: Settings,
    budget: Arc<Budget>,
}

impl Transport {
    pub(crate) fn new<S>(service: S, authorization: HeaderValue) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
    {
        let service = BoxCloneSyncService::new(service.map_err(Into::into));
        Self { service, authorization, purpose: None, settings: Settings::default(), budget: Arc::default() }
    }

    async fn respond(self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        if !request.headers().contains_key(AUTHORIZATION) {
            request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        }
        if let Some(purpose) = self.purpose.as_ref().filter(|_| !request.headers().contains_key(PURPOSE)) {
            request.headers_mut().insert(PURPOSE, purpose.clone());
        }
        match contract::find(request.uri().path()) {
            Some(rpc) if !rpc.streaming => self.unary(request, rpc).await,
            _ => self.stream(request).await,
        }
    }

    /// Passes the messages on as they come; only a broken connection is put in our words.
    async fn stream(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let response = self.service.oneshot(request).await.map_err(broken)?;
        Ok(response.map(|body| Body::new(body.map_err(|status| broken(status.into())))))
    }

    async fn unary(self, request: Request<Body>, rpc: Rpc) -> Result<Response<Body>, Status> {
        let time = timeout::read(request.headers()).unwrap_or(self.settings.deadline);
        let until = Instant::now() + time.min(LONGEST);
        let answer = async {
            let (parts, body) = request.into_parts();
            let message = body.collect().await?.to_bytes();
            let message = match rpc.request_id {
                Some(field) => request_id::ensure(&message, field, RandomIds::default().next()),
                None => message,
            };
            self.attempts(Request::from_parts(parts, message), rpc, until).await
        };
        timeout_at(until, answer).await.unwrap_or_else(|_| Err(expired()))
    }

    async fn attempts(&self, request: Request<Bytes>, rpc: Rpc, until: Instant) -> Result<Response<Body>, Status> {
        self.budget.earn();
        for failed in 1.. {
            let status = match self.attempt(request.clone(), until).await {
                Ok(response) => return Ok(response),
                Err(status) => status,
            };
            let error = ClientError::from(status.clone());
            if !rpc.idempotent || failed >= self.settings.attempts || !error.is_transient() {
                return Err(status);
            }
            let wait = self.settings.delay(failed, &error);
            if wait >= until.saturating_duration_since(Instant::now()) || !self.budget.pay() {
                return Err(status);
            }
            sleep(wait).await;
        }
        Err(expired())
    }

    /// One attempt. The answer is received whole, so that a connection that breaks within it counts as a failure too.
    async fn attempt(&self, request: Request<Bytes>, until: Instant) -> Result<Response<Body>, Status> {
        let mut request = request.map(|message| Body::new(Full::new(message)));
        timeout::write(request.headers_mut(), until.saturating_duration_since(Instant::now()));
        let (parts, body) = self.service.clone().oneshot(request).await.map_err(broken)?.into_parts();
        refused(parts.status, &parts.headers)?;
        let body = Limited::new(body, MAX_MESSAGE_BYTES + 5).collect().await.map_err(broken)?;
        let trailers = body.trailers().cloned();
        if let Some(trailers) = &trailers {
            refused(parts.status, trailers)?;
        }
        let body = Full::new(body.to_bytes()).with_trailers(async move { trailers.map(Ok) });
        Ok(Response::from_parts(parts, Body::new(body)))
    }
}

/// The status that an answer's headers or trailers tell of, if it is a bad one. Proxies tell by the HTTP status.
fn refused(http: StatusCode, headers: &HeaderMap) -> Result<(), Status> {
    match Status::from_header_map(headers) {
        Some(status) if status.code() != Code::Ok => Err(status),
        Some(_) => Ok(()),
        None if matches!(http.as_u16(), 429 | 502..=504) => Err(unreachable(&format!("a proxy says {http}"))),
        None => Ok(()),
    }
}

/// Why there is no answer, or only half of one.
fn broken(error: BoxError) -> Status {
    let mut causes = std::iter::successors(Some(&*error as &(dyn Error + 'static)), |&error| error.source());
    if causes.any(|cause| cause.is::<TimeoutExpired>()) {
        return expired();
    }
    if error.is::<LengthLimitError>() {
        return status(Code::ResourceExhausted, Reason::MessageTooLarge, "the answer is larger than 16 MiB");
    }
    unreachable(Status::from_error(error).message())
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Each attempt waits for the server's readiness itself, within the call's time.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.clone().respond(request);
        Box::pin(async move { Ok(answer.await.unwrap_or_else(Status::into_http)) })
    }
}
