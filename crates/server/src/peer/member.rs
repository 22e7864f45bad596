//! One replica of a service: a connection that is kept up, and whether it takes calls.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus, health_client::HealthClient,
};

/// How long a connection with its handshakes may take to come up.
const CONNECTING: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A replica.
pub(super) struct Member {
    state: Mutex<State>,
    /// How many calls and streams are under way.
    busy: AtomicUsize,
    /// A call found the connection broken.
    broken: Notify,
    /// Told of every change of state.
    changed: watch::Sender<()>,
    /// Ends the upkeep.
    pub(super) gone: CancellationToken,
}

enum State {
    /// Nothing is known yet.
    New,
    Serving(Channel),
    /// It is not there, or takes no calls.
    Away,
}

impl Member {
    /// A replica whose connection is kept up from now on, until it is [`Member::gone`].
    pub(super) fn keep(endpoint: Endpoint, changed: watch::Sender<()>, gone: CancellationToken) -> Arc<Self> {
        let (state, busy, broken) = (Mutex::new(State::New), AtomicUsize::new(0), Notify::new());
        let member = Arc::new(Self { state, busy, broken, changed, gone: gone.clone() });
        let kept = member.clone();
        tokio::spawn(async move { gone.run_until_cancelled(kept.stay_connected(endpoint)).await });
        member
    }

    async fn stay_connected(&self, endpoint: Endpoint) {
        let mut pause = FIRST_PAUSE;
        loop {
            if let Ok(Ok(channel)) = timeout(CONNECTING, endpoint.connect()).await
                && self.attend(channel).await
            {
                pause = FIRST_PAUSE;
            }
            self.set(State::Away);
            // All of them at random, so that those who lost it don't come back at once.
            sleep(rand::random_range(pause / 2..=pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Uses a connection while it lasts, as long as the replica says that it serves. Answers whether it ever did.
    async fn attend(&self, channel: Channel) -> bool {
        let mut served = false;
        let watched = HealthClient::new(channel.clone()).watch(HealthCheckRequest::default()).await;
        let mut watched = match watched {
            Ok(watched) => watched.into_inner(),
            // One that does not tell is taken at its word: it takes calls.
            Err(status) if matches!(status.code(), Code::Unimplemented | Code::ResourceExhausted) => {
                self.set(State::Serving(channel));
                self.broken.notified().await;
                return true;
            }
            Err(_) => return false,
        };
        loop {
            let told = tokio::select! {
                told = watched.message() => told,
                () = self.broken.notified() => return served,
            };
            match told {
                Ok(Some(told)) if serves(&told) => {
                    served = true;
                    self.set(State::Serving(channel.clone()));
                }
                Ok(Some(_)) => self.set(State::Away),
                Ok(None) | Err(_) => return served,
            }
        }
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.changed.send_modify(|()| {});
    }

    /// Whether it was neither reached nor missed yet.
    pub(super) fn is_new(&self) -> bool {
        matches!(*self.state.lock().unwrap_or_else(PoisonError::into_inner), State::New)
    }

    pub(super) fn busy(&self) -> usize {
        self.busy.load(Relaxed)
    }

    /// A way to it, if it takes calls.
    pub(super) fn way(self: &Arc<Self>) -> Option<Way> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Serving(channel) => {
                self.busy.fetch_add(1, Relaxed);
                Some(Way { channel: channel.clone(), call: Call(self.clone()) })
            }
            State::New | State::Away => None,
        }
    }
}

fn serves(told: &HealthCheckResponse) -> bool {
    told.status == i32::from(ServingStatus::Serving)
}

/// A way to a replica for one call.
pub(super) struct Way {
    pub(super) channel: Channel,
    pub(super) call: Call,
}

/// A call under way; it is over when this is dropped.
pub(super) struct Call(Arc<Member>);

impl Call {
    /// The connection turned out to be broken: no more calls until there is a new one.
    pub(super) fn broke(&self) {
        self.0.set(State::Away);
        self.0.broken.notify_one();
    }

    /// The call goes on until its answer ends.
    pub(super) fn until_end(self, body: Body) -> Body {
        Body::new(Answer { body, _call: self })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
    }
}

struct Answer {
    body: Body,
    _call: Call,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
