//! An open-loop generator: calls leave when they are due, whether or not earlier ones were answered, as callers do that do not
//! know of each other. Times count from when a call was due, so that a generator that falls behind hides nothing.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use tenure_server::Stack;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tonic::{
    Code, Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;
use tower::ServiceExt as _;

/// What a template has where each call has its number: as many digits.
pub const NUMBER: &str = "NNNNNNNNNNNN";
/// What a template has where calls have one of a few numbers in turn, see [`Template::in_turn`]: as many digits.
pub const TURN: &str = "TTTTTTTTTTTT";

/// What is called: a path, and an encoded message that has [`NUMBER`] wherever calls differ.
#[derive(Debug, Clone)]
pub struct Template {
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    frame: Vec<u8>,
    /// Where numbers stand, and how many there are before they begin anew.
    numbers: Vec<(usize, u64)>,
}

impl Template {
    /// Of an RPC and its encoded request.
    #[must_use]
    pub fn new(path: &'static str, message: &[u8]) -> Self {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let frame = [&[0], length.to_be_bytes().as_slice(), message].concat();
        let template = Self { path, headers: Vec::new(), frame, numbers: Vec::new() };
        template.numbered(NUMBER, u64::MAX)
    }

    /// The same with so many numbers where [`TURN`] stands.
    #[must_use]
    pub fn in_turn(self, count: u64) -> Self {
        self.numbered(TURN, count.max(1))
    }

    fn numbered(mut self, mark: &str, count: u64) -> Self {
        let places = self.frame.windows(mark.len()).enumerate();
        let places = places.filter(|(_, bytes)| *bytes == mark.as_bytes()).map(|(place, _)| (place, count));
        self.numbers.extend(places.collect::<Vec<_>>());
        self
    }

    /// The same with metadata.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn request(&self, number: u64) -> Request<Body> {
        let mut frame = self.frame.clone();
        for (place, count) in &self.numbers {
            let digits = format!("{:0width$}", number % count, width = NUMBER.len());
            frame[*place..*place + NUMBER.len()].copy_from_slice(digits.as_bytes());
        }
        let mut request = Request::new(Body::new(Full::new(Bytes::from(frame))));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = http::Uri::from_static(self.path);
        let fixed =
            [("content-type", "application/grpc"), ("te", "trailers")].map(|(name, value)| (name, value.to_owned()));
        for (name, value) in fixed.iter().chain(&self.headers) {
            if let Ok(value) = value.parse() {
                request.headers_mut().insert(*name, value);
            }
        }
        request
    }
}

/// What became of a call.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// When it was due, from the beginning.
    pub due: Duration,
    /// How long it took from then.
    pub took: Duration,
    /// How it ended; `DeadlineExceeded` too when nothing came in time.
    pub code: Code,
    /// When the server says that a retry may help.
    pub hint: Option<Duration>,
}

/// The time within which a share of the calls was answered, in milliseconds; not a number without calls.
#[must_use]
pub fn quantile(answers: &[Answer], share: f64) -> f64 {
    let mut times: Vec<f64> = answers.iter().map(|answer| answer.took.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let place = (times.len().saturating_sub(1) as f64 * share) as usize;
    times.get(place).copied().unwrap_or(f64::NAN)
}

/// A way to a server.
#[derive(Debug, Clone)]
enum Wire {
    Connection(Channel),
    Stack(Stack),
}

/// Connections to servers.
#[derive(Debug, Clone)]
pub struct Wires(Vec<Wire>);

impl Wires {
    /// As many as are asked for, so that no single connection's limits are measured.
    ///
    /// # Panics
    /// When the server is not there.
    #[expect(clippy::expect_used, reason = "a generator without a server can only fail")]
    pub async fn connect(addresses: &[String], count: usize) -> Self {
        let mut wires = Vec::new();
        for address in addresses.iter().cycle().take(count) {
            let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address").tcp_nodelay(true);
            wires.push(Wire::Connection(endpoint.connect().await.expect("a connection")));
        }
        Self(wires)
    }

    /// Whatever ways a stack knows.
    #[must_use]
    pub fn through(stack: Stack) -> Self {
        Self(vec![Wire::Stack(stack)])
    }

    /// One call, which waits at most `patience` from when it was due.
    pub async fn call(
        &self,
        template: &Template,
        number: u64,
        begun: Instant,
        due: Instant,
        patience: Duration,
    ) -> Answer {
        let wire = self.0[usize::try_from(number).unwrap_or_default() % self.0.len()].clone();
        let mut request = template.request(number);
        let left = patience.saturating_sub(due.elapsed());
        if let Ok(value) = format!("{}u", left.as_micros().min(99_999_999)).parse() {
            request.headers_mut().insert("grpc-timeout", value);
        }
        let status =
            timeout(left, status(wire, request)).await.unwrap_or_else(|_| Status::deadline_exceeded("no answer"));
        let hint = status.get_details_retry_info().and_then(|info| info.retry_delay);
        Answer { due: due - begun, took: due.elapsed(), code: status.code(), hint }
    }
}

async fn status(wire: Wire, request: Request<Body>) -> Status {
    let mut response = match wire {
        Wire::Connection(connection) => match connection.oneshot(request).await {
            Ok(response) => response,
            Err(error) => return Status::from_error(error.into()),
        },
        Wire::Stack(stack) => stack.oneshot(request).await.unwrap_or_else(|never| match never {}),
    };
    if let Some(status) = Status::from_header_map(response.headers()) {
        return status;
    }
    while let Some(frame) = response.body_mut().frame().await {
        match frame.map(http_body::Frame::into_trailers) {
            Ok(Ok(trailers)) => {
                return Status::from_header_map(&trailers).unwrap_or_else(|| Status::unknown("no status"));
            }
            Ok(Err(_)) => {}
            Err(status) => return status,
        }
    }
    Status::unknown("no status")
}

/// What is offered: calls at a rate, for a time.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What is called.
    pub template: Template,
    /// Calls a second.
    pub rate: f64,
    /// For how long.
    pub time: Duration,
    /// How long a caller waits.
    pub patience: Duration,
    /// The number of the first call.
    pub first: u64,
}

impl Offer {
    /// Makes the calls, evenly spaced, and says what became of each.
    pub async fn make(self, wires: Wires) -> Vec<Answer> {
        let begun = Instant::now();
        let mut calls = JoinSet::new();
        let mut answers = Vec::new();
        for place in 0_u32.. {
            let after = Duration::from_secs_f64(f64::from(place) / self.rate);
            if after >= self.time {
                break;
            }
            sleep_until(begun + after).await;
            let (wires, template, patience) = (wires.clone(), self.template.clone(), self.patience);
            let number = self.first + u64::from(place);
            calls.spawn(async move { wires.call(&template, number, begun, begun + after, patience).await });
            while let Some(done) = calls.try_join_next() {
                answers.extend(done.ok());
            }
        }
        answers.extend(calls.join_all().await);
        answers
    }
}

/// Makes calls one after another in each of some lanes for a time, and says how many a second were carried out: what the server
/// can do.
pub async fn capacity(wires: &Wires, template: &Template, lanes: u64, time: Duration, first: u64) -> f64 {
    let begun = Instant::now();
    let mut calls = JoinSet::new();
    for lane in 0..lanes {
        let (wires, template) = (wires.clone(), template.clone());
        calls.spawn(async move {
            let mut done = 0.0;
            for turn in 0.. {
                if begun.elapsed() >= time {
                    break;
                }
                let number = first + turn * lanes + lane;
                let answer = wires.call(&template, number, begun, Instant::now(), Duration::from_secs(30)).await;
                done += f64::from(u8::from(answer.code == Code::Ok));
            }
            done
        });
    }
    let done: f64 = calls.join_all().await.into_iter().sum();
    done / begun.elapsed().as_secs_f64()
}
