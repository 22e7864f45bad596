//! Events that are lost, doubled, or take others down with them.

use futures::StreamExt as _;
use tenure_proto::{
    collector::v1::{
        GetIntakeStatisticsRequest, ListQuarantinedRequest, ReplayQuarantinedRequest, Touchpoint,
        outcome::Status as Outcome,
    },
    journal::v1::TailRequest,
};
use tenure_tests::touchpoints::purchase;

use super::stage::{Stage, count};

fn bought(n: i64) -> Touchpoint {
    purchase("shop", &format!("e{n}"), &format!("c{n}"), n % 90, 1_000 + n)
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_in_production() {
    let mut stage = Stage::start().await;
    let said = vec![purchase("shop", "e1", "c1", 3, 1_999), purchase("shop", "e2", "c1", 4, 2_999)];
    let first = stage.record(said.clone()).await;
    assert!(first.outcomes.iter().all(|outcome| outcome.status() == Outcome::Accepted));
    // A retry, a backfill of the same file, and one inside of a larger batch.
    let mut larger = said.clone();
    larger.push(purchase("shop", "e3", "c1", 5, 999));
    stage.record(said).await;
    let again = stage.record(larger).await;
    let statuses: Vec<_> = again.outcomes.iter().map(|outcome| outcome.status()).collect();
    assert_eq!(statuses, [Outcome::Duplicate, Outcome::Duplicate, Outcome::Accepted]);
    assert_eq!(count(&stage.profile(&again.records[0], &again.token).await), 3);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_as_one_unit_and_whose_recovery_makes_duplicates() {
    let mut stage = Stage::start().await;
    let mut said: Vec<Touchpoint> = (0..5).map(bought).collect();
    said[2].amount.as_mut().expect("set").currency_code = "euro".to_owned();
    let answer = stage.record(said).await;
    let statuses: Vec<_> = answer.outcomes.iter().map(|outcome| outcome.status()).collect();
    let bad = Outcome::Quarantined;
    assert_eq!(statuses, [Outcome::Accepted, Outcome::Accepted, bad, Outcome::Accepted, Outcome::Accepted]);
    // It is kept whole, with the reason; mended it goes through the same door, and twice is once.
    let list = ListQuarantinedRequest::default();
    let items = stage.caller.collector.list_quarantined(list).await.expect("a page").into_inner().items;
    assert_eq!(items.len(), 1);
    let replay = ReplayQuarantinedRequest { quarantine_id: items[0].quarantine_id.clone(), corrected: Some(bought(2)) };
    let replayed = stage.caller.collector.replay_quarantined(replay.clone()).await.expect("replayed").into_inner();
    assert_eq!(replayed.outcome.expect("set").status(), Outcome::Accepted);
    let _ = stage.caller.collector.replay_quarantined(replay).await;
    let whole = stage.record((0..5).map(bought).collect()).await;
    assert!(whole.outcomes.iter().all(|outcome| outcome.status() == Outcome::Duplicate), "{:?}", whole.outcomes);
    for record in &whole.records {
        assert_eq!(count(&stage.profile(record, &whole.token).await), 1);
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_lost_after_an_outage_and_nobody_knows_where_they_went() {
    let mut stage = Stage::start().await;
    let mut said: Vec<Touchpoint> = (0..200).map(bought).collect();
    said[7].source.clear();
    let records = stage.record(said.clone()).await.records;
    // Nothing was followed for sure when it ended.
    let Stage { host, .. } = stage;
    let host = host.restart().await;
    let mut stage = Stage { caller: host.caller("acme"), host };
    let again = stage.record(said).await;
    for (n, record) in records.iter().enumerate().filter(|(n, _)| *n != 7) {
        assert_eq!(count(&stage.profile(record, &again.token).await), 1, "{n}");
    }
    let ask = GetIntakeStatisticsRequest::default();
    let told = stage.caller.collector.get_intake_statistics(ask).await.expect("counts").into_inner();
    let parts = told.accepted + told.duplicate + told.quarantined + told.suppressed + told.refused;
    assert_eq!((told.received, told.received, told.accepted), (400, parts, 199), "{told:?}");
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slow_consumer_stalls_everyone() {
    let mut stage = Stage::start().await;
    let tail = TailRequest { journal: "collector".to_owned(), ..Default::default() };
    let mut slow = stage.caller.journal.tail(tail).await.expect("a stream").into_inner();
    // It takes one frame and then nothing more.
    slow.next().await.expect("a frame").expect("a frame");
    let mut last = None;
    for batch in 0..8 {
        last = Some(stage.record((500 * batch..500 * (batch + 1)).map(bought).collect()).await);
    }
    let last = last.expect("recorded");
    assert_eq!(
        count(&stage.profile(&last.records[499], &last.token).await),
        1,
        "others follow as if it were not there"
    );
    drop(slow);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hot_key_that_floods_the_pipeline() {
    let mut stage = Stage::start().await;
    let flood =
        |batch: i64| (500 * batch..500 * (batch + 1)).map(|n| purchase("shop", &format!("f{n}"), "hot", n % 90, 1));
    for batch in 0..4 {
        let mut said: Vec<Touchpoint> = flood(batch).take(499).collect();
        said.push(bought(batch));
        let answer = stage.record(said).await;
        assert!(answer.outcomes.iter().all(|outcome| outcome.status() == Outcome::Accepted));
        assert_eq!(count(&stage.profile(&answer.records[499], &answer.token).await), 1);
        let hot = stage.profile(&answer.records[0], &answer.token).await;
        assert_eq!(count(&hot), 499 * (batch + 1), "nothing of it was dropped either");
    }
    stage.stop().await;
}
