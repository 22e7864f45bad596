//! Everything in one process, on SQLite; and receivers that do not answer.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, Touchpoint, TouchpointType},
    value::v1::FitModelRequest,
};
use tenure_server::{Peer, Stack};
use tenure_tests::{
    caller::Caller,
    cluster::binary,
    sink::Sink,
    touchpoints::{NEW_YEAR, purchase, touchpoint},
};
use tower::{ServiceExt as _, service_fn};

use super::{
    chain::{assert_no_orphans, assert_unbroken, send_one},
    names::assert_conventions,
};

/// How long a process may take to end: a drain, and what telemetry may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process with all services. Dropped, it is gone.
struct Running {
    process: Child,
    said: BufReader<std::process::ChildStderr>,
    caller: Caller,
    _folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    fn start(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut command = Command::new(binary());
        command.arg("serve").current_dir(folder.path()).env_remove("TENURE_CONFIG").stderr(Stdio::piped());
        command.env("TENURE__STORE__URL", "sqlite:data").env("TENURE__SERVER__LISTEN", "127.0.0.1:0");
        let mut process = command.envs(settings.iter().copied()).spawn().expect("it starts");
        let mut said = BufReader::new(process.stderr.take().expect("its output"));
        let (mut line, mut address) = (String::new(), None);
        while !line.contains("api-key") {
            line.clear();
            assert!(said.read_line(&mut line).expect("a line") > 0, "it ended");
            address = line.split(' ').find(|word| word.starts_with("http://")).map(str::to_owned).or(address);
        }
        let key = std::fs::read_to_string(folder.path().join("data/api-key")).expect("a key");
        let peer = Peer::connect(&address.expect("an address")).expect("a peer");
        let stack = Stack::new(service_fn(move |request| peer.clone().oneshot(request)));
        Self { process, said, caller: Caller::new(&stack, key.trim()), _folder: folder }
    }

    /// Ends it as an operator would; answers what it said, and how long that took.
    fn stop(mut self) -> (String, Duration) {
        let since = Instant::now();
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().expect("kill");
        assert!(told.success());
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).expect("text");
        assert!(self.process.wait().expect("an end").success(), "{rest}");
        (rest, since.elapsed())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_touchpoint_is_an_unbroken_chain_in_one_process() {
    let (sink, endpoint) = Sink::start().await;
    let mut running = Running::start(&[("TENURE__TELEMETRY__OTLP_ENDPOINT", &endpoint)]);
    send_one(&mut running.caller).await;
    let (_, _) = tokio::task::spawn_blocking(|| running.stop()).await.expect("it ends");
    let spans = sink.spans();
    assert_unbroken(&spans, false);
    assert_no_orphans(&spans);
    assert_conventions(&sink);
    assert!(spans.iter().all(|span| span.service == "tenure"));
}

/// Sixty customers who come back every fortnight, some of whom stop.
fn purchases() -> Vec<Touchpoint> {
    let of = |n: i64| {
        (0..=n % 8)
            .map(move |k| purchase("shop", &format!("e{n}-{k}"), &format!("k{n}"), n % 30 + 14 * k, 900 + 70 * n))
    };
    (0..60).flat_map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fit_tells_how_well_it_would_have_foretold() {
    let (sink, endpoint) = Sink::start().await;
    let mut running = Running::start(&[("TENURE__TELEMETRY__OTLP_ENDPOINT", &endpoint)]);
    let request = RecordTouchpointsRequest { touchpoints: purchases(), validate_only: false };
    let told = running.caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let fit = FitModelRequest {
        request_id: "fit".to_owned(),
        currency_code: "EUR".to_owned(),
        period_end: Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * 130, nanos: 0 }),
        read_after: told.read_token,
        ..Default::default()
    };
    let fitted = running.caller.value.fit_model(fit).await.expect("fitted").into_inner();
    assert!(fitted.promotion.is_some() && !fitted.model.expect("a model").backtests.is_empty());
    let (_, _) = tokio::task::spawn_blocking(|| running.stop()).await.expect("it ends");
    let sent = sink.metrics();
    for name in ["fit.duration", "backtest.bias", "backtest.error", "backtest.capture", "backtest.alarms", "promotions"]
    {
        assert!(sent.contains(&format!("tenure.value.{name}")), "{name} is not sent: {sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_holds_nothing_up_and_drops_are_counted() {
    let (sink, endpoint) = Sink::stuck().await;
    let settings = [("TENURE__TELEMETRY__OTLP_ENDPOINT", &*endpoint), ("OTEL_METRIC_EXPORT_INTERVAL", "200")];
    let mut running = Running::start(&settings);
    let until = Instant::now() + PATIENCE;
    let mut number = 0;
    while !sink.metrics().contains("tenure.telemetry.dropped") {
        assert!(Instant::now() < until, "no drop was counted after {number} calls");
        number += 1;
        let seen = touchpoint(TouchpointType::OrderPlaced, "shop", &format!("e{number}"), "c", 1);
        let request = RecordTouchpointsRequest { touchpoints: vec![seen], validate_only: true };
        running.caller.collector.record_touchpoints(request).await.expect("answered all the same");
    }
    let (said, took) = tokio::task::spawn_blocking(|| running.stop()).await.expect("it ends");
    assert!(took < PATIENCE, "{took:?}");
    assert!(said.contains("telemetry was dropped"), "and said: {said}");
    assert!(sink.spans().is_empty());
}
