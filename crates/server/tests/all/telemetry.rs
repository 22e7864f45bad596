//! What is logged and sent, by processes of their own: a process has one log.

use std::{
    env,
    process::{Command, Output},
    sync::{Arc, Mutex},
};

use http_body_util::BodyExt;
use tenure_server::telemetry::{LogFormat, TelemetryConfig, init, link, traceparent};
use tokio::{net::TcpListener, task::spawn_blocking};
use tonic::{Status, body::Body, transport::server::TcpIncoming};
use tracing::Instrument;

use crate::{
    dummy::SECRET,
    ways::{Server, ask, soon, word},
};

const MODE: &str = "TENURE_TEST_TELEMETRY";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Runs [`child`] in a process.
async fn child_says(mode: String) -> String {
    let run = move || -> Output {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "telemetry::child", "--ignored", "--nocapture"])
            .env(MODE, mode)
            .output()
            .unwrap()
    };
    let output = soon(spawn_blocking(run)).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the tests below, as a process of its own"]
async fn child() {
    let Ok(mode) = env::var(MODE) else { return };
    let mut config = TelemetryConfig::default();
    match mode.as_str() {
        "text" => {}
        "json" => config.format = LogFormat::Json,
        endpoint => config.otlp_endpoint = Some(endpoint.to_owned()),
    }
    let guard = init(&config).unwrap();
    assert!(init(&config).is_err(), "twice");
    let server = Server::start().await;
    for peer in server.ways() {
        for fault in ["panic", "bare", "internal"] {
            let mut request = server.request(word(fault));
            request.metadata_mut().insert("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01").parse().unwrap());
            let status = ask(peer.clone(), request).await.unwrap_err();
            let details = String::from_utf8_lossy(status.details()).into_owned();
            assert!(details.contains(TRACE), "the caller is told the trace: {details}");
        }
        let span = tracing::info_span!(target: "tenure_test", "caller");
        let told = async {
            link(&format!("00-{TRACE}-00f067aa0ba902b7-01"));
            let mine = traceparent().unwrap();
            (mine, ask(peer.clone(), server.request(word("who"))).await.unwrap())
        };
        let (mine, told) = told.instrument(span).await;
        assert!(told.contains(&mine[..36]), "{told} is in the trace of {mine}");
        assert!(!told.contains(&mine), "but in a span of its own");
    }
    tracing::warn!("outside any call");
    drop(guard);
}

#[tokio::test]
async fn logs_carry_the_trace_and_no_payload() {
    let said = child_says("text".to_owned()).await;
    let errors: Vec<_> = said.lines().filter(|line| line.contains("internal error")).collect();
    assert_eq!(errors.len(), 6, "once for each fault: {said}");
    assert!(errors.iter().all(|line| line.contains("tenure.value.v1.ValueService/ListModels")), "{said}");
    assert!(errors.iter().all(|line| line.ends_with(&format!("trace_id={TRACE}"))), "{said}");
    let panics: Vec<_> = said.lines().filter(|line| line.contains("panicked")).collect();
    assert!(panics.iter().any(|line| line.contains("dummy.rs:")), "the place is told: {said}");
    assert!(panics.iter().all(|line| !line.contains(SECRET)), "what it said is not: {said}");
    let outside = said.lines().find(|line| line.contains("outside any call")).unwrap();
    assert!(!outside.contains("trace_id"), "{outside}");
}

#[tokio::test]
async fn logs_can_be_objects() {
    let said = child_says("json".to_owned()).await;
    let start = format!("{{\"trace_id\":\"{TRACE}\",\"span_id\":\"");
    let errors: Vec<_> = said.lines().filter(|line| line.contains("\"internal error\"")).collect();
    assert!(errors.len() == 6 && errors.iter().all(|line| line.starts_with(&start) && line.ends_with('}')), "{said}");
    assert!(errors.iter().all(|line| line.contains("\",\"service.name\":\"tenure\",\"timestamp\":")), "{said}");
    let outside = said.lines().find(|line| line.contains("outside any call")).unwrap();
    assert!(outside.starts_with("{\"service.name\":\"tenure\",\"timestamp\":"), "{outside}");
}

#[tokio::test]
async fn nobody_at_the_endpoint_holds_nothing_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    child_says(nowhere).await;
    // One that takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    child_says(format!("http://{}", silent.local_addr().unwrap())).await;
}

/// Takes whatever is sent, and keeps the bytes.
async fn sink() -> (String, Arc<Mutex<Vec<u8>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let kept = kept.clone();
        async move {
            let bytes = request.into_body().collect().await?.to_bytes();
            kept.lock().unwrap().extend_from_slice(&bytes);
            Ok::<_, Status>(Status::ok("").into_http::<Body>())
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(service, TcpIncoming::from(listener)));
    (endpoint, seen)
}

#[tokio::test]
async fn spans_and_durations_are_sent_without_anything_personal() {
    let (endpoint, seen) = sink().await;
    child_says(endpoint).await;
    let seen = seen.lock().unwrap();
    let text = String::from_utf8_lossy(&seen);
    for expected in [
        "rpc.system.name",
        "rpc.method",
        "tenure.value.v1.ValueService/ListModels",
        "rpc.response.status_code",
        "rpc.server.call.duration",
        "rpc.client.call.duration",
        "INTERNAL",
        "error.type",
        "service.name",
        "service.namespace",
        "service.version",
        "service.instance.id",
        "internal error",
        "tenure.tenant",
    ] {
        assert!(text.contains(expected), "{expected} is not sent");
    }
    assert!(seen.windows(4).any(|bytes| bytes == [0x4b, 0xf9, 0x2f, 0x35]), "the caller's trace goes on");
}
