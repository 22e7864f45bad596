//! The stream: acknowledged in order, and durably.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use futures::{StreamExt, stream};
use tenure_proto::collector::v1::{self as pb, outcome::Status};
use tonic::Code;

use crate::fixture::{World, order, statuses};

fn piece(client_sequence: i64, touchpoints: Vec<pb::Touchpoint>) -> pb::StreamTouchpointsRequest {
    pb::StreamTouchpointsRequest { client_sequence, touchpoints }
}

async fn send(
    world: &World,
    pieces: Vec<pb::StreamTouchpointsRequest>,
) -> Vec<Result<pb::StreamTouchpointsResponse, tonic::Status>> {
    let request = world.ask("acme", stream::iter(pieces));
    world.client.clone().stream_touchpoints(request).await.unwrap().into_inner().collect().await
}

#[tokio::test]
async fn each_request_is_acknowledged_in_order() {
    for world in World::each().await {
        // Pieces of very different sizes, so that later ones are ready earlier.
        let items = |piece: usize| -> Vec<_> {
            let count = if piece.is_multiple_of(4) { 300 } else { 1 };
            (0..count).map(|number| order(&format!("{piece}-{number}"), "jan")).collect()
        };
        let pieces = (0..30).map(|number| piece(2 * i64::try_from(number).unwrap() + 1, items(number))).collect();
        let answers = send(&world, pieces).await;
        assert_eq!(answers.len(), 30);
        for (number, answer) in answers.into_iter().enumerate() {
            let answer = answer.unwrap();
            assert_eq!(answer.acknowledged_through, 2 * i64::try_from(number).unwrap() + 1);
            assert_eq!(answer.outcomes.len(), items(number).len());
            assert!(statuses(&answer.outcomes).iter().all(|status| *status == Status::Accepted));
            assert!(!answer.read_token.is_empty());
        }
        assert_eq!(world.recorded().await.len(), 8 * 300 + 22);
    }
}

#[tokio::test]
async fn a_number_that_does_not_ascend_ends_the_stream_behind_what_was_acknowledged() {
    for world in World::each().await {
        for wrong in [0, 1] {
            let first = piece(1, vec![order(&format!("{wrong}-a"), "jan")]);
            let later = piece(7, vec![order(&format!("{wrong}-c"), "jan")]);
            let answers = send(&world, vec![first, piece(wrong, vec![order("b", "jan")]), later]).await;
            assert_eq!(answers.len(), 2);
            assert_eq!(answers[0].as_ref().unwrap().acknowledged_through, 1);
            assert_eq!(answers[1].as_ref().unwrap_err().code(), Code::InvalidArgument);
        }
        let answers = send(&world, vec![piece(1, vec![])]).await;
        assert_eq!(answers[0].as_ref().unwrap_err().code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn what_is_acknowledged_survives_a_kill() {
    for mut world in World::each().await {
        let pieces: Vec<_> = (1..=40).map(|n| piece(n, vec![order(&n.to_string(), "jan")])).collect();
        let request = world.ask("acme", stream::iter(pieces.clone()));
        let mut answers = world.client.clone().stream_touchpoints(request).await.unwrap().into_inner();
        let mut acknowledged = 0;
        while acknowledged < 10 {
            acknowledged = answers.next().await.unwrap().unwrap().acknowledged_through;
        }
        world.kill().await;
        drop(answers);
        world.start().await;
        let again = send(&world, pieces).await;
        for answer in again.into_iter().take(usize::try_from(acknowledged).unwrap()) {
            assert_eq!(statuses(&answer.unwrap().outcomes), [Status::Duplicate]);
        }
        assert_eq!(world.recorded().await.len(), 40);
    }
}

#[tokio::test]
async fn no_more_is_read_than_can_be_written() {
    for mut world in World::each().await {
        // Nobody writes.
        world.kill().await;
        let read = Arc::new(AtomicI64::new(0));
        let counted = read.clone();
        let endless = stream::repeat_with(move || {
            let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
            piece(number, (0..400).map(|item| order(&format!("{number}-{item}"), "jan")).collect())
        });
        let mut client = world.client.clone();
        let request = world.ask("acme", endless);
        let answers = tokio::spawn(async move {
            let mut answers = client.stream_touchpoints(request).await.unwrap().into_inner();
            answers.next().await
        });
        // It has come to a stand when many turns bring nothing more.
        let (mut before, mut still) = (0, 0);
        while still < 20_000 {
            tokio::task::yield_now().await;
            let now = read.load(Ordering::Relaxed);
            still = if now == before && now > 0 { still + 1 } else { 0 };
            before = now;
        }
        assert!((1..20).contains(&before), "{before}");
        answers.abort();
    }
}
