//! Many callers at once: every touchpoint once, nobody's work lost.

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;
use tenure_collector::CollectorConfig;
use tenure_proto::collector::v1::{self as pb, outcome::Status};
use tenure_server::testing::show;
use tenure_store::testing::TestPlace;
use tokio::time::timeout;

use crate::fixture::{World, correction, order, statuses};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_send_the_same_at_once_take_it_in_once() {
    for world in World::each().await {
        let batch = |caller: usize| -> Vec<_> {
            (0..50).map(|number| order(&((caller * 7 + number * 3) % 80).to_string(), "jan")).collect()
        };
        let answers = join_all((0..40).map(|caller| world.record(batch(caller)))).await;
        let outcomes: Vec<_> = answers.into_iter().flatten().collect();
        let accepted: Vec<_> = outcomes.iter().filter(|outcome| outcome.status() == Status::Accepted).collect();
        let distinct: HashSet<_> = outcomes.iter().map(|outcome| &outcome.touchpoint_id).collect();
        assert_eq!(accepted.len(), distinct.len());
        assert_eq!(accepted.len(), 80);
        assert_eq!(world.recorded().await.len(), 80);
        assert_eq!(world.counts().await, [2_000, 80, 1_920, 0, 0, 0]);
        let sequences: Vec<i64> = world.journal().await.iter().map(|entry| entry.sequence).collect();
        assert_eq!(sequences, (1..=80).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_body_of_an_id_wins_whoever_comes_first() {
    for world in World::each().await {
        let answers = join_all((0..32).map(|caller| {
            let keys = ["jan", "piet", "klaas", "kees"];
            world.record((0..5).map(|number| order(&number.to_string(), keys[caller % 4])).collect())
        }))
        .await;
        let outcomes: Vec<_> = answers.into_iter().flatten().collect();
        let count = |status| outcomes.iter().filter(|outcome| outcome.status() == status).count();
        // Of four bodies of an id one is accepted and three are set aside, each once.
        assert_eq!((count(Status::Accepted), count(Status::Quarantined)), (5, 15));
        assert_eq!(count(Status::Duplicate), 32 * 5 - 20);
        assert_eq!(world.quarantine().await.len(), 15);
        assert_eq!(world.counts().await, [160, 5, 140, 15, 0, 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn original_and_amendments_that_come_at_once_are_about_one_record() {
    for world in World::each().await {
        let item = |caller: usize, number: usize| {
            let key = ["jan", "piet"][(caller / 4 + number) % 2];
            match caller % 4 {
                0 => order(&format!("o-{number}"), key),
                revision => {
                    let id = format!("c-{number}-{key}-{revision}");
                    correction(&id, &format!("o-{number}"), key, i32::try_from(revision).unwrap())
                }
            }
        };
        let calls = (0..16).map(|caller| world.record((0..20).map(|number| item(caller, number)).collect()));
        join_all(calls).await;
        let mut records: std::collections::BTreeMap<Vec<u8>, HashSet<Vec<u8>>> = Default::default();
        for entry in world.recorded().await {
            records.entry(entry.fact_id).or_default().insert(entry.subjects[0].record_id.clone());
        }
        assert_eq!(records.len(), 20);
        assert!(records.values().all(|records| records.len() == 1));
        let [received, accepted, duplicate, quarantined, suppressed, refused] = world.counts().await;
        assert_eq!(received, 320);
        assert_eq!(received, accepted + duplicate + quarantined + suppressed + refused);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_takes_nobody_with_it() {
    for world in World::each().await {
        let impatient = (0..30).map(|caller| {
            let items = (0..20).map(|number| order(&format!("gone-{caller}-{number}"), "jan")).collect();
            let call = world.record(items);
            async move {
                // Polled a few times and dropped, wherever it is then.
                let mut call = Box::pin(call);
                for _ in 0..=caller {
                    if futures::poll!(&mut call).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
        });
        let patient = (0..30).map(|caller| world.record(vec![order(&format!("kept-{caller}"), "jan")]));
        let (_, kept) = futures::join!(join_all(impatient), join_all(patient));
        assert!(kept.iter().all(|outcomes| statuses(outcomes) == [Status::Accepted]));
        // Whatever became of the others, a repeat ends with all of them once.
        for caller in 0..30 {
            world.record((0..20).map(|number| order(&format!("gone-{caller}-{number}"), "jan")).collect()).await;
        }
        assert_eq!(world.recorded().await.len(), 630);
        let [received, accepted, duplicate, ..] = world.counts().await;
        assert_eq!((accepted, received), (630, accepted + duplicate));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_leaves_all_or_nothing_of_a_batch() {
    for mut world in World::each().await {
        let batch =
            |call: usize| -> Vec<_> { (0..100).map(|number| order(&format!("{call}-{number}"), "jan")).collect() };
        for round in 0..5 {
            let request = pb::RecordTouchpointsRequest { touchpoints: batch(round), validate_only: false };
            let request = world.ask("acme", request);
            let mut client = world.client.clone();
            let call = tokio::spawn(async move { client.record_touchpoints(request).await });
            for _ in 0..round * 20 {
                tokio::task::yield_now().await;
            }
            world.kill().await;
            // A call that nobody had taken up yet gets no answer from a process that is gone.
            let answered = matches!(timeout(Duration::from_millis(500), call).await, Ok(Ok(Ok(_))));
            world.start().await;
            let stored = world.recorded().await.len();
            assert!(stored == round * 100 || stored == (round + 1) * 100);
            assert!(!answered || stored == (round + 1) * 100);
            world.record(batch(round)).await;
            assert_eq!(world.recorded().await.len(), (round + 1) * 100);
        }
    }
}

#[tokio::test]
async fn a_full_queue_refuses_with_a_hint() {
    for place in TestPlace::each() {
        let config = CollectorConfig { queue_limit: 500, ..CollectorConfig::default() };
        let mut world = World::with(place, config).await;
        // Nobody writes: what comes in waits.
        world.kill().await;
        let request = |event: &str, count| {
            let touchpoints = (0..count).map(|number| order(&format!("{event}-{number}"), "jan")).collect();
            world.ask("acme", pb::RecordTouchpointsRequest { touchpoints, validate_only: false })
        };
        let mut waiting = Box::pin({
            let (mut client, request) = (world.client.clone(), request("a", 400));
            async move { client.record_touchpoints(request).await }
        });
        // Until it waits in the queue.
        let status = loop {
            assert!(futures::poll!(&mut waiting).is_pending(), "nobody writes");
            let mut refused = Box::pin({
                let (mut client, request) = (world.client.clone(), request("b", 200));
                async move { client.record_touchpoints(request).await }
            });
            if let std::task::Poll::Ready(Err(status)) = futures::poll!(&mut refused) {
                break status;
            }
        };
        insta::assert_snapshot!("full_queue", show("RecordTouchpoints", &status));
    }
}
