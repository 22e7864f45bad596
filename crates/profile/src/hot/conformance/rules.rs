//! The rules, one function each. Each uses persons and records of its own.

use super::stage::{Stage, entry, person, record};
use crate::hot::{Found, KEPT_FOR};

pub(super) async fn all(stage: &Stage) {
    what_is_kept_is_found_by_its_tenant_alone(stage).await;
    what_will_not_do_is_replaced(stage).await;
    a_slow_reader_brings_nothing_back(stage).await;
    nothing_is_kept_while_it_is_written(stage).await;
    the_last_of_several_writers_decides(stage).await;
    a_write_that_nobody_ends_leaves_nothing(stage).await;
    a_record_concerns_whoever_owns_it(stage).await;
    a_move_concerns_both_owners(stage).await;
    a_record_that_moves_during_a_write_is_seen(stage).await;
    many_are_kept(stage).await;
    who_was_warm_is_told_of_after_the_write(stage).await;
    what_is_kept_for_a_while_is_gone_then(stage).await;
}

async fn what_is_kept_is_found_by_its_tenant_alone(stage: &Stage) {
    assert_eq!(stage.kept(person(1)).await, None);
    stage.put(person(1), "Jan", &[]).await;
    let other = "other".parse().expect("a tenant");
    let found = stage.hot.find(&other, person(1), &|_| true).await;
    assert!(matches!(found, Found::Nothing(_)), "another tenant's");
    assert_eq!(stage.kept(person(1)).await.as_deref(), Some("Jan"));
}

async fn what_will_not_do_is_replaced(stage: &Stage) {
    stage.put(person(2), "old", &[]).await;
    let claim = stage.claim(person(2)).await;
    assert_eq!(stage.kept(person(2)).await.as_deref(), Some("old"), "it stays until another comes");
    stage.keep(person(2), claim, &entry("new", &[])).await;
    assert_eq!(stage.kept(person(2)).await.as_deref(), Some("new"));
}

async fn a_slow_reader_brings_nothing_back(stage: &Stage) {
    let claim = stage.claim(person(3)).await;
    stage.begin(&[], &[person(3)]).await.done();
    stage.put(person(3), "new", &[]).await;
    stage.keep(person(3), claim, &entry("old", &[])).await;
    assert_eq!(stage.kept(person(3)).await.as_deref(), Some("new"));
}

async fn nothing_is_kept_while_it_is_written(stage: &Stage) {
    stage.put(person(4), "old", &[]).await;
    let before = stage.claim(person(4)).await;
    let writing = stage.begin(&[], &[person(4)]).await;
    assert_eq!(stage.kept(person(4)).await, None);
    stage.keep(person(4), before, &entry("old", &[])).await;
    if let Found::Nothing(Some(claim)) = stage.hot.find(&stage.tenant, person(4), &|_| true).await {
        stage.keep(person(4), claim, &entry("half", &[])).await;
    }
    assert_eq!(stage.kept(person(4)).await, None);
    writing.done();
    assert_eq!(stage.kept(person(4)).await, None);
    stage.put(person(4), "new", &[]).await;
}

async fn the_last_of_several_writers_decides(stage: &Stage) {
    for first_ends_first in [true, false] {
        let first = stage.begin(&[], &[person(5)]).await;
        let second = stage.begin(&[], &[person(5)]).await;
        let (ends, stays) = if first_ends_first { (first, second) } else { (second, first) };
        ends.done();
        // Long enough for an end that is on its way to arrive, had it done harm.
        for _ in 0..20 {
            if let Found::Nothing(Some(claim)) = stage.hot.find(&stage.tenant, person(5), &|_| true).await {
                stage.keep(person(5), claim, &entry("half", &[])).await;
            }
            assert_eq!(stage.kept(person(5)).await, None);
        }
        stays.done();
        stage.put(person(5), "new", &[]).await;
    }
}

async fn a_write_that_nobody_ends_leaves_nothing(stage: &Stage) {
    stage.put(person(6), "old", &[]).await;
    let claim = stage.claim(person(6)).await;
    drop(stage.begin(&[], &[person(6)]).await);
    stage.keep(person(6), claim, &entry("old", &[])).await;
    assert_eq!(stage.kept(person(6)).await, None);
}

async fn a_record_concerns_whoever_owns_it(stage: &Stage) {
    stage.belong(person(7), &[record(7)], 1).await;
    stage.put(person(7), "old", &[record(7)]).await;
    stage.begin(&[record(7)], &[]).await.done();
    assert_eq!(stage.kept(person(7)).await, None, "a touchpoint, or an erasure");
}

async fn a_move_concerns_both_owners(stage: &Stage) {
    stage.belong(person(8), &[record(8)], 1).await;
    stage.put(person(8), "both", &[record(8)]).await;
    stage.put(person(9), "one", &[]).await;
    let merge = stage.begin(&[record(8)], &[person(9)]).await;
    assert_eq!((stage.kept(person(8)).await, stage.kept(person(9)).await), (None, None));
    stage.belong(person(9), &[record(8)], 2).await;
    merge.done();
    assert_eq!((stage.kept(person(8)).await, stage.kept(person(9)).await), (None, None));
}

async fn a_record_that_moves_during_a_write_is_seen(stage: &Stage) {
    stage.belong(person(10), &[record(10)], 1).await;
    let touch = stage.begin(&[record(10)], &[]).await;
    let merge = stage.begin(&[record(10)], &[person(11)]).await;
    stage.belong(person(11), &[record(10)], 2).await;
    merge.done();
    // Its new owner is read before the touch is committed, and kept if the store does not know better.
    let claim = match stage.hot.find(&stage.tenant, person(11), &|_| true).await {
        Found::Nothing(claim) => claim,
        Found::Kept(_) => None,
    };
    if let Some(claim) = claim {
        stage.keep(person(11), claim, &entry("old", &[record(10)])).await;
    }
    touch.done();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while stage.kept(person(11)).await.is_some() {
        assert!(tokio::time::Instant::now() < deadline, "what was read before the write stays");
    }
}

async fn many_are_kept(stage: &Stage) {
    let all: Vec<_> = (120..220).map(person).collect();
    for one in &all {
        stage.put(*one, "many", &[]).await;
    }
    stage.begin(&[], &all).await.done();
    for one in &all {
        assert_eq!(stage.kept(*one).await, None);
        stage.put(*one, "anew", &[]).await;
    }
}

async fn who_was_warm_is_told_of_after_the_write(stage: &Stage) {
    stage.belong(person(12), &[record(12)], 1).await;
    stage.put(person(12), "old", &[record(12)]).await;
    stage.put(person(14), "other", &[]).await;
    stage.begin(&[], &[person(13)]).await.done();
    let writing = stage.begin(&[record(12)], &[]).await;
    stage.begin(&[], &[person(14)]).await.done();
    let before = stage.cooled(person(14)).await;
    assert!(before.iter().all(|(one, _)| *one != person(12)), "it is not told of before it can be read");
    writing.done();
    let told = stage.cooled(person(12)).await;
    let lasts = told.last().map(|(_, lasts)| *lasts).unwrap_or_default();
    assert!(!lasts.is_zero() && lasts <= KEPT_FOR, "{lasts:?}");
    assert!(before.iter().chain(&told).all(|(one, _)| *one != person(13)), "nobody had read it");
}

async fn what_is_kept_for_a_while_is_gone_then(stage: &Stage) {
    let short = std::time::Duration::from_millis(150);
    let claim = stage.claim(person(15)).await;
    stage.keep_for(person(15), (claim, short), &entry("short", &[])).await;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while stage.kept(person(15)).await.is_some() {
        assert!(tokio::time::Instant::now() < deadline, "it stays");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    stage.put(person(15), "long", &[]).await;
}
