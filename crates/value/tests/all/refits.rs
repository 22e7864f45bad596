//! Fits on schedule: they come when they are due, promote what is no worse, and survive a restart.

use tenure_kernel::Timestamp;
use tenure_proto::value::v1 as pb;
use tenure_store::testing::TestPlace;
use tenure_value::ValueConfig;

use crate::{
    entries::{DAY_ZERO, Touch, tenant},
    persons::{at, fit, with_model},
    stage::{Stage, eventually, of},
};

const WEEKLY: ValueConfig = ValueConfig { fits_at_once: 1, refit_every_days: 7 };

async fn open(place: &TestPlace, day: i32, config: &ValueConfig) -> Stage {
    Stage::open_with(place, 1, config, Timestamp::from_day(DAY_ZERO + day)).await
}

/// Oldest first.
async fn models(stage: &Stage) -> Vec<pb::Model> {
    let list = stage.client.clone().list_models(of("acme", pb::ListModelsRequest::default())).await;
    let mut models = list.expect("a list").into_inner().models;
    models.reverse();
    models
}

/// The versions that were promoted, oldest first.
async fn promoted(stage: &Stage) -> Vec<i32> {
    let list = stage.client.clone().list_promotions(of("acme", pb::ListPromotionsRequest::default())).await;
    list.expect("a list").into_inner().promotions.iter().rev().map(|one| one.version).collect()
}

async fn timers(stage: &Stage) -> Vec<i64> {
    use tenure_store::Query as _;
    let rows = stage.store.all("SELECT due_at FROM timer WHERE tenant = ? AND due_at > 0 LIMIT 9", vec!["acme".into()]);
    rows.await.expect("timers").iter().map(|row| row.get(0).expect("a time")).collect()
}

fn day(number: i32) -> i64 {
    Timestamp::from_day(DAY_ZERO + number).0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_after_the_last_fit_the_model_is_fitted_anew() {
    for place in TestPlace::each() {
        let (stage, acme) = (open(&place, 300, &WEEKLY).await, tenant("acme"));
        let first = with_model(&stage, &acme).await;
        assert_eq!((timers(&stage).await, models(&stage).await), (vec![day(307)], vec![first.clone()]));
        stage.clock.set(Timestamp(day(307) - 1));
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(models(&stage).await.len(), 1, "it is not due");
        stage.clock.set(Timestamp(day(307)));
        eventually("a second model", async || models(&stage).await.len() == 2).await;
        let all = models(&stage).await;
        assert_eq!((all[1].version, all[1].period_end), (2, at_midnight(307)));
        assert!(all[1].candidates.len() == 3 && !all[1].backtests.is_empty(), "the best of all, with its backtests");
        let no_worse = all[1].comparison.as_ref().expect("compared").is_no_worse;
        assert_eq!(promoted(&stage).await, if no_worse { vec![1, 2] } else { vec![1] });
        assert_eq!(timers(&stage).await, [day(314)]);

        // A fit in between puts the next one off.
        stage.clock.set(Timestamp(day(310)));
        stage
            .client
            .clone()
            .fit_model(of("acme", pb::FitModelRequest { period_end: at(309), ..fit("own") }))
            .await
            .expect("fitted");
        assert_eq!((timers(&stage).await, models(&stage).await.len()), (vec![day(317)], 3));
    }
}

fn at_midnight(number: i32) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: i64::from(DAY_ZERO + number) * 86_400, nanos: 0 })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refit_that_a_restart_broke_off_begins_anew() {
    for place in TestPlace::each() {
        let (stage, acme) = (open(&place, 300, &WEEKLY).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let journal = stage.value.journal().clone();
        // Whoever keeps a model waits for a turn, and all are taken.
        let mut turns = Vec::new();
        while let Ok(turn) = tokio::time::timeout(std::time::Duration::from_millis(200), journal.turn()).await {
            turns.push(turn.expect("a turn"));
        }
        stage.clock.set(Timestamp(day(307)));
        let again = day(307) + 3_600_000_000;
        eventually("it is begun", async || timers(&stage).await == [again]).await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(models(&stage).await.len(), 1);
        drop(stage);
        // Until it has noticed.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        drop(turns);

        let stage = open(&place, 307, &WEEKLY).await;
        assert_eq!((models(&stage).await.len(), timers(&stage).await), (1, vec![again]), "nothing of it was kept");
        stage.clock.set(Timestamp(again));
        eventually("a second model", async || models(&stage).await.len() == 2).await;
        assert_eq!(timers(&stage).await, [again + 7 * 86_400_000_000]);
        assert_eq!(promoted(&stage).await[0], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_fitted_is_tried_again_a_week_later_and_without_a_schedule_nothing_is() {
    let place = TestPlace::sqlite();
    let (stage, acme) = (open(&place, 300, &WEEKLY).await, tenant("acme"));
    with_model(&stage, &acme).await;
    let all: Vec<u64> = (100..400).collect();
    stage.settle(&stage.collect(vec![crate::entries::erased(&acme, &all)]).await).await;
    stage.clock.set(Timestamp(day(307)));
    eventually("it is put off", async || timers(&stage).await == [day(314)]).await;
    assert_eq!(models(&stage).await.len(), 1);
    drop(stage);

    let never = ValueConfig { refit_every_days: 0, ..WEEKLY };
    let stage = open(&place, 314, &never).await;
    let mark = Touch::purchase(77_000, 900, 10, "EUR", 5).draft(&acme);
    stage.settle(&stage.collect(vec![mark]).await).await;
    eventually("the timer is dropped", async || timers(&stage).await.is_empty()).await;
    assert_eq!(models(&stage).await.len(), 1);
}
