//! Deadlines: a call ends when its caller stops waiting, or after the server's default.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue};
use tenure_kernel::refusal::{Reason, Refusal};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;

use super::{Layer, Next, Request, Response, arrived, asked, body};
use crate::{ServerConfig, refuse};

const HEADER: &str = "grpc-timeout";
/// How much earlier than the caller we stop, so that it hears why. The transport cuts at the caller's deadline without a word.
const MARGIN: Duration = Duration::from_millis(2);

tokio::task_local! {
    static CURRENT: Option<Instant>;
}

/// When the call stops, in the extensions of its request.
#[derive(Clone, Copy)]
pub(super) struct Until(pub(super) Option<Instant>);

pub(super) struct Deadlines {
    default: Duration,
    most: Duration,
    draining: CancellationToken,
}

impl Deadlines {
    pub(super) fn new(config: &ServerConfig, draining: CancellationToken) -> Self {
        let (default, most) = (config.default_deadline_ms, config.max_deadline_ms);
        Self { default: Duration::from_millis(default), most: Duration::from_millis(most), draining }
    }
}

impl Layer for Deadlines {
    async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        let streaming = asked(&request).is_some_and(|rpc| rpc.streaming);
        let asked = timeout(request.headers()).map(|time| time.saturating_sub(MARGIN));
        // A stream lasts as long as its caller wants, for ever if it does not say; a time that no clock reaches is none.
        let time = if streaming { asked } else { Some(asked.unwrap_or(self.default).min(self.most)) };
        let until = time.and_then(|time| arrived(&request).checked_add(time));
        request.extensions_mut().insert(Until(until));
        if time == Some(Duration::ZERO) {
            return refuse(expired()).into_http();
        }
        let answer = CURRENT.scope(until, next(request));
        let answer = match until {
            Some(until) => timeout_at(until, answer).await.ok(),
            None => Some(answer.await),
        };
        let Some(response) = answer else { return refuse(expired()).into_http() };
        if !streaming {
            return response;
        }
        let expires = until.map(|until| Box::pin(sleep_until(until)));
        body::watch(response, Cut { expires, drains: Box::pin(self.draining.clone().cancelled_owned()) })
    }
}

/// Ends a stream at its deadline, and when the server stops: streams don't end by themselves.
struct Cut {
    expires: Option<Pin<Box<Sleep>>>,
    drains: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl body::Watch for Cut {
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        if let Some(expires) = &mut self.expires
            && expires.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(refuse(expired()));
        }
        self.drains.as_mut().poll(cx).map(|()| refuse(stopping()))
    }
}

fn stopping() -> Refusal {
    Refusal { message: "the server is stopping".into(), ..Refusal::unavailable("server") }
}

pub(crate) fn expired() -> Refusal {
    Refusal::new(Reason::Deadline, "the call's time ran out")
}

/// Sends on what is left of the current call's time, unless less was asked for.
pub(crate) fn pass_on(headers: &mut HeaderMap) {
    let Ok(Some(until)) = CURRENT.try_with(|until| *until) else { return };
    let left = until.saturating_duration_since(Instant::now());
    if timeout(headers).is_some_and(|asked| asked <= left) {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(&spell(left)) {
        headers.insert(HEADER, value);
    }
}

/// At most eight digits and a unit.
fn spell(time: Duration) -> String {
    let micros = time.as_micros();
    if micros < 100_000_000 { format!("{micros}u") } else { format!("{}m", time.as_millis().min(99_999_999)) }
}

/// The time that the caller gives; `None` when it gives none, or one that can't be read.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(value * 3_600),
        "M" => Duration::from_secs(value * 60),
        "S" => Duration::from_secs(value),
        "m" => Duration::from_millis(value),
        "u" => Duration::from_micros(value),
        "n" => Duration::from_nanos(value),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        timeout(&HeaderMap::from_iter([(http::HeaderName::from_static(HEADER), HeaderValue::from_str(text).unwrap())]))
    }

    #[test]
    fn reads_every_unit() {
        let cases = [("2H", 7_200_000), ("2M", 120_000), ("2S", 2_000), ("2m", 2), ("99999999n", 99), ("2000u", 2)];
        for (text, millis) in cases {
            assert_eq!(read(text).map(|time| time.as_millis()), Some(millis), "{text}");
        }
    }

    #[test]
    fn takes_what_it_can_not_read_for_none() {
        for text in ["", "m", "5", "5x", "-5m", "+5m", "123456789m", "5 m"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn spells_what_it_reads() {
        for time in [Duration::ZERO, Duration::from_micros(1_500), Duration::from_secs(3_600)] {
            assert_eq!(read(&spell(time)), Some(time));
        }
        assert_eq!(spell(Duration::MAX).len(), 9);
    }

    #[tokio::test]
    async fn passes_on_the_shorter_time() {
        let until = Instant::now() + Duration::from_secs(10);
        let passed = |text: Option<&'static str>| {
            CURRENT.sync_scope(Some(until), || {
                let mut headers = HeaderMap::new();
                text.map(|text| headers.insert(HEADER, HeaderValue::from_static(text)));
                pass_on(&mut headers);
                timeout(&headers).unwrap()
            })
        };
        assert_eq!(passed(Some("1S")), Duration::from_secs(1));
        for text in [None, Some("1H")] {
            assert!(passed(text) <= Duration::from_secs(10) && passed(text) > Duration::from_secs(1));
        }
    }
}
