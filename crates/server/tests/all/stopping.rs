//! How a server and a process stop.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use tenure_proto::journal::v1::{TailRequest, journal_service_client::JournalServiceClient};
use tenure_server::{Peer, ServerConfig, TaskFailed, Tasks};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::{
    reading::spell,
    ways::{Server, ask, authorized, soon, word},
};

#[tokio::test]
async fn calls_under_way_end_and_streams_are_told_to_come_back() {
    let server = Server::start().await;
    let mut watch =
        HealthClient::new(server.tcp.clone()).watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(soon(watch.message()).await.unwrap().unwrap().status, ServingStatus::Serving as i32);
    let tail = authorized(TailRequest::default(), &server.other_key);
    let mut tail = JournalServiceClient::new(server.tcp.clone()).tail(tail).await.unwrap().into_inner();
    assert!(soon(tail.message()).await.unwrap().is_some());
    let call = tokio::spawn(ask(server.tcp.clone(), server.request(word("wait"))));
    soon(server.dummy.entered.acquire()).await.unwrap().forget();

    server.shutdown.cancel();
    insta::assert_snapshot!("stopping", spell(&soon(tail.message()).await.unwrap_err()));
    assert!(!server.serving.is_finished(), "it waits for the call");
    server.dummy.released.add_permits(1);
    soon(call).await.unwrap().unwrap();
    soon(server.serving).await.unwrap().unwrap();

    let late = ask(Peer::connect(&server.uri).unwrap(), authorized(word(""), &server.key)).await.unwrap_err();
    insta::assert_snapshot!("peer_absent", spell(&late));
    let health = HealthClient::new(server.in_process).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status, ServingStatus::NotServing as i32);
}

#[tokio::test]
async fn a_call_that_does_not_end_is_left_behind() {
    let server = Server::with(ServerConfig { drain_ms: 50, ..ServerConfig::default() }).await;
    let _call = tokio::spawn(ask(server.tcp.clone(), server.request(word("wait"))));
    soon(server.dummy.entered.acquire()).await.unwrap().forget();
    server.shutdown.cancel();
    soon(server.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn tasks_run_until_told_to_stop() {
    let tasks = Tasks::new();
    let stopping = tasks.stopping();
    tasks.spawn("short", async { Ok::<(), TaskFailed>(()) });
    tasks.spawn("long", {
        let stopping = stopping.clone();
        async move {
            stopping.cancelled().await;
            Ok::<(), TaskFailed>(())
        }
    });
    let run = tokio::spawn(tasks.run());
    stopping.cancel();
    assert_eq!(soon(run).await.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_task_that_fails_or_panics_stops_the_process() {
    for (panics, why) in [(false, "disk full"), (true, "panicked")] {
        let tasks = Tasks::new();
        let stopping = tasks.stopping();
        tasks.spawn("other", async move {
            stopping.cancelled().await;
            Err::<(), _>("stopped too soon")
        });
        tasks.spawn("writer", async move { if panics { panic!("boom") } else { Err::<(), _>("disk full") } });
        let failed = TaskFailed { task: "writer".to_owned(), why: why.to_owned() };
        assert_eq!(soon(tasks.run()).await, Err(failed), "the first failure is the one that is told");
    }
}

const MODE: &str = "TENURE_TEST_STOPPING";

/// A process whose one task ends when it is told to, or never.
#[tokio::test]
#[ignore = "run by the test below, as a process of its own"]
async fn child() {
    let Ok(mode) = env::var(MODE) else { return };
    let tasks = Tasks::new();
    let stopping = tasks.stopping();
    tasks.spawn("worker", async move {
        println!("\nrunning");
        stopping.cancelled().await;
        println!("\nstopping");
        if mode == "never" {
            std::future::pending::<()>().await;
        }
        Ok::<(), TaskFailed>(())
    });
    tasks.run().await.unwrap();
}

fn start(mode: &str) -> (Child, impl Iterator<Item = String>) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "stopping::child", "--ignored", "--nocapture"])
        .env(MODE, mode)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    (child, lines)
}

fn signal(child: &Child, name: &str) {
    // The shell has a kill of its own; the program is not on every machine.
    let sent = Command::new("sh").args(["-c", "kill \"$0\" \"$1\"", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn the_first_signal_asks_and_the_second_ends() {
    for name in ["-TERM", "-INT"] {
        let (mut child, mut said) = start("obeys");
        assert!(said.any(|line| line == "running"));
        signal(&child, name);
        assert!(said.any(|line| line == "stopping"));
        assert!(child.wait().unwrap().success());

        let (mut child, mut said) = start("never");
        assert!(said.any(|line| line == "running"));
        signal(&child, name);
        assert!(said.any(|line| line == "stopping"));
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
}
