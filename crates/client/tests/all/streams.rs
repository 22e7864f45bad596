//! Streams of touchpoints, with a collector that breaks off.

mod collector;

use std::time::Duration;

use proptest::prelude::*;
use tenure_client::{Acknowledgement, Client, ClientError, Settings, StreamSettings};
use tenure_proto::collector::v1::{Touchpoint, outcome::Status as Became};
use tonic::{Code, Status};

use collector::{Collector, Fault};

fn touchpoints(count: usize) -> impl Iterator<Item = Touchpoint> {
    (0..count).map(|number| Touchpoint { event_id: number.to_string(), ..Touchpoint::default() })
}

async fn upload(
    client: &Client,
    settings: StreamSettings,
    touchpoints: impl Iterator<Item = Touchpoint>,
) -> Result<Vec<Acknowledgement>, ClientError> {
    let mut stream = client.touchpoint_stream(settings);
    let mut acknowledged = Vec::new();
    for touchpoint in touchpoints {
        acknowledged.extend(stream.send(touchpoint).await?);
    }
    while let Some(one) = stream.next().await? {
        acknowledged.push(one);
    }
    Ok(acknowledged)
}

fn small() -> StreamSettings {
    StreamSettings { window: 3, batch: 10, ..StreamSettings::default() }
}

/// The outcomes' event ids, which the collector puts in place of touchpoint ids.
fn ids(acknowledged: &[Acknowledgement]) -> Vec<&str> {
    acknowledged.iter().flat_map(|one| &one.outcomes).map(|outcome| outcome.touchpoint_id.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn outcomes_come_in_order() {
    let collector = Collector::default();
    let acknowledged = upload(&collector.client(), small(), touchpoints(95)).await.unwrap();
    let expected: Vec<_> = (0..95).map(|number| number.to_string()).collect();
    assert_eq!(ids(&acknowledged), expected);
    assert_eq!(
        acknowledged.iter().map(|one| one.outcomes.len()).collect::<Vec<_>>(),
        [10, 10, 10, 10, 10, 10, 10, 10, 10, 5]
    );
    assert_eq!(acknowledged.last().unwrap().read_token, "95");
    assert_eq!(collector.streams(), 1);
    assert!(upload(&collector.client(), small(), touchpoints(0)).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_more_is_under_way_than_the_window_holds() {
    let collector = Collector::default();
    upload(&collector.client(), small(), touchpoints(200)).await.unwrap();
    assert!((2..=3).contains(&collector.most_under_way()), "{}", collector.most_under_way());
}

#[tokio::test(start_paused = true)]
async fn large_requests_are_closed_early() {
    let collector = Collector::default();
    let note = "x".repeat(1024 * 1024);
    let large = touchpoints(20).map(|touchpoint| Touchpoint { note: note.clone(), ..touchpoint });
    let acknowledged = upload(&collector.client(), StreamSettings::default(), large).await.unwrap();
    assert_eq!(acknowledged.iter().map(|one| one.outcomes.len()).collect::<Vec<_>>(), [7, 7, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_it() {
    let collector = Collector::failing([Fault::refuse(0, Status::permission_denied("no"))]);
    let error = upload(&collector.client(), small(), touchpoints(95)).await.unwrap_err();
    assert_eq!((error.code, collector.stored()), (Code::PermissionDenied, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_away_is_given_up() {
    let faults = (0..100).map(|_| Fault::refuse(0, Status::unavailable("down")));
    let collector = Collector::failing(faults);
    let client = collector.client().with_settings(Settings { attempts: 3, ..Settings::default() });
    let error = upload(&client, small(), touchpoints(5)).await.unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert!((3..=4).contains(&collector.streams()), "{}", collector.streams());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_left() {
    let collector = Collector::failing([Fault::silence(1)]);
    let acknowledged = upload(&collector.client(), small(), touchpoints(50)).await.unwrap();
    assert_eq!((ids(&acknowledged).len(), collector.stored(), collector.streams()), (50, 50, 2));
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_of_something_else_is_an_error() {
    let collector = Collector::failing([Fault::lie(1)]);
    let error = upload(&collector.client(), small(), touchpoints(50)).await.unwrap_err();
    assert_eq!(error.code, Code::Internal);
}

#[test]
fn nothing_is_lost_and_nothing_twice_however_it_breaks() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let fault = prop_oneof![
        (0_usize..6).prop_map(|after| Fault::refuse(after, Status::unavailable("stopping"))),
        (0_usize..6).prop_map(Fault::lost_acknowledgement),
        (0_usize..6).prop_map(Fault::end),
        (0_usize..6).prop_map(Fault::silence),
    ];
    let input = (0_usize..150, 1_usize..6, 1_usize..20, prop::collection::vec(fault, 0..5));
    proptest!(|((count, window, batch, faults) in input)| {
        let collector = Collector::failing(faults);
        let settings = StreamSettings { window, batch, attempts: 20, ..StreamSettings::default() };
        let client = collector.client().with_settings(Settings { attempts: 20, ..Settings::default() });
        let acknowledged = runtime.block_on(upload(&client, settings, touchpoints(count))).unwrap();
        let expected: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        prop_assert_eq!(ids(&acknowledged), expected);
        prop_assert_eq!(collector.stored(), count);
        let outcomes = acknowledged.iter().flat_map(|one| &one.outcomes);
        prop_assert!(outcomes.into_iter().all(|one| matches!(one.status(), Became::Accepted | Became::Duplicate)));
    });
}

#[tokio::test]
async fn a_server_that_starts_again_gets_the_rest() {
    let collector = Collector::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(collector.clone().serve(listener));

    let settings =
        Settings { backoff: Duration::from_millis(1), backoff_limit: Duration::from_millis(50), ..Settings::default() };
    let client = Client::connect(&format!("http://{address}"), "key").unwrap().with_settings(settings);
    let settings = StreamSettings { attempts: 200, ..small() };
    let mut stream = client.touchpoint_stream(settings);
    let mut acknowledged = Vec::new();
    let mut running = Some(server);
    for (number, touchpoint) in touchpoints(200).enumerate() {
        acknowledged.extend(stream.send(touchpoint).await.unwrap());
        if number == 100
            && let Some(server) = running.take()
        {
            server.abort();
            let _ = server.await;
            collector.hang_up();
            let listener = tokio::net::TcpListener::bind(address).await.unwrap();
            tokio::spawn(collector.clone().serve(listener));
        }
    }
    while let Some(one) = stream.next().await.unwrap() {
        acknowledged.push(one);
    }
    assert_eq!((ids(&acknowledged).len(), collector.stored()), (200, 200));
    assert!(collector.streams() >= 2);
}
