//! What the guards let through.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use tenure_enrichment::{Limits, domain::outcome::Unavailable};

use crate::fake::{Mood, descriptor, inputs, limits, stage};

#[tokio::test]
async fn equal_questions_are_asked_once_for_all_customers() {
    let stage = stage(Mood::Works, limits());
    let wanted: Vec<_> = (0..25).map(|n| inputs(&format!("{}", n % 5))).collect();
    let replies = stage.guarded.enrich(&descriptor("1"), &wanted).await;
    assert_eq!(replies.len(), 25);
    assert_eq!((stage.calls(), stage.fake.items.load(SeqCst)), (1, 5));
    // The order is that of the questions.
    assert!(replies.iter().zip(replies.iter().skip(5)).all(|(one, other)| one.asked == other.asked));
    stage.guarded.enrich(&descriptor("1"), &wanted).await;
    assert_eq!(stage.calls(), 1);
    // Another version knows other things.
    stage.guarded.enrich(&descriptor("2"), &wanted[..1]).await;
    assert_eq!(stage.calls(), 2);
}

#[tokio::test]
async fn batches_are_no_larger_than_the_provider_takes() {
    let stage = stage(Mood::Works, limits());
    let wanted: Vec<_> = (0..25).map(|n| inputs(&n.to_string())).collect();
    stage.guarded.enrich(&descriptor("1"), &wanted).await;
    assert_eq!((stage.calls(), stage.fake.items.load(SeqCst)), (3, 25));
}

#[tokio::test]
async fn who_asks_what_is_asked_already_waits_for_that_answer() {
    let stage = stage(Mood::Waits, Limits { timeout: Duration::from_secs(60), ..limits() });
    let both = async { tokio::join!(stage.told("1"), stage.told("1")) };
    let release = async {
        while stage.calls() == 0 {
            tokio::task::yield_now().await;
        }
        stage.fake.gate.add_permits(1);
    };
    let (told, ()) = tokio::join!(both, release);
    assert_eq!(told, ("known".to_owned(), "known".to_owned()));
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn who_gives_up_leaves_no_one_waiting() {
    let stage = stage(Mood::Waits, Limits { timeout: Duration::from_secs(60), ..limits() });
    let mut first = Box::pin(stage.told("1"));
    let begun = async {
        while stage.calls() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! { _ = &mut first => panic!("it waits"), () = begun => {} }
    let second = tokio::join!(stage.told("1"), async { drop(first) }).0;
    assert_eq!(second, "error");
    // The question can be asked again.
    stage.fake.gate.add_permits(1);
    assert_eq!(stage.told("1").await, "known");
}

#[tokio::test]
async fn a_provider_that_hangs_is_left_alone_and_tried_again_later() {
    let stage = stage(Mood::Hangs, limits());
    for call in 0..20 {
        assert_eq!(stage.told(&call.to_string()).await, "timeout");
    }
    assert_eq!(stage.told("20").await, "breaker");
    assert_eq!(stage.calls(), 20);
    // One is tried after half a minute; it hangs still.
    stage.at(30);
    assert_eq!(stage.told("21").await, "timeout");
    assert_eq!(stage.told("22").await, "breaker");
    stage.mood(Mood::Works);
    stage.at(60);
    assert_eq!(stage.told("23").await, "known");
    assert_eq!(stage.told("24").await, "known");
    assert_eq!(stage.calls(), 23);
}

#[tokio::test]
async fn repeats_are_a_tenth_of_the_calls() {
    let stage = stage(Mood::Works, limits());
    for call in 0..10 {
        assert_eq!(stage.told(&call.to_string()).await, "known");
    }
    // The tenth of the calls so far that is saved is spent on one repeat, which helps; the next call has none.
    stage.mood(Mood::FailsOnce);
    assert_eq!(stage.told("a").await, "known");
    assert_eq!(stage.calls(), 12);
    stage.mood(Mood::FailsOnce);
    assert_eq!(stage.told("b").await, "error");
    assert_eq!(stage.calls(), 13);
}

#[tokio::test]
async fn what_expired_does_as_long_as_nothing_better_can_be_had_and_says_so() {
    let stage = stage(Mood::Works, Limits { stale_for: Duration::from_secs(500), ..limits() });
    assert_eq!(stage.ask("1").await, ("known".to_owned(), None));
    stage.mood(Mood::Fails);
    // It holds for 1000 seconds, a tenth more or less.
    stage.at(890);
    assert_eq!(stage.ask("1").await, ("known".to_owned(), None));
    assert_eq!(stage.calls(), 1);
    stage.at(1_110);
    assert_eq!(stage.ask("1").await, ("known".to_owned(), Some(Unavailable::Error)));
    stage.at(1_700);
    assert_eq!(stage.ask("1").await, ("error".to_owned(), None));
    stage.mood(Mood::FindsNothing);
    assert_eq!(stage.ask("1").await, ("not_found".to_owned(), None));
}

#[tokio::test]
async fn that_there_is_nothing_is_kept_for_a_while() {
    let stage = stage(Mood::FindsNothing, limits());
    assert_eq!(stage.told("1").await, "not_found");
    stage.at(3_200);
    assert_eq!(stage.told("1").await, "not_found");
    assert_eq!(stage.calls(), 1);
    stage.at(4_000);
    assert_eq!(stage.told("1").await, "not_found");
    assert_eq!(stage.calls(), 2);
}

#[tokio::test]
async fn no_more_is_asked_than_the_quota_and_no_more_at_once_than_may_be() {
    let quota = stage(Mood::Works, Limits { items_per_second: 3, ..limits() });
    let wanted: Vec<_> = (0..5).map(|n| inputs(&n.to_string())).collect();
    let replies = quota.guarded.enrich(&descriptor("1"), &wanted).await;
    let asked = replies.iter().filter(|reply| reply.outcome.as_str() == "found").count();
    assert_eq!((asked, quota.fake.items.load(SeqCst)), (3, 3));
    assert_eq!(quota.told("9").await, "quota");
    quota.at(1);
    assert_eq!(quota.told("9").await, "known");

    let busy = stage(Mood::Waits, Limits { concurrency: 1, timeout: Duration::from_secs(60), ..limits() });
    let second = async {
        while busy.calls() == 0 {
            tokio::task::yield_now().await;
        }
        let told = busy.told("2").await;
        busy.fake.gate.add_permits(1);
        told
    };
    assert_eq!(tokio::join!(busy.told("1"), second), ("known".to_owned(), "busy".to_owned()));
}

#[tokio::test]
async fn an_item_that_is_left_out_is_not_available() {
    let stage = stage(Mood::LeavesOut, limits());
    assert_eq!(stage.told("1").await, "declined");
    stage.mood(Mood::Works);
    assert_eq!(stage.told("1").await, "known");
}

#[tokio::test]
async fn what_it_is_stays_known_while_it_does_not_say() {
    let stage = stage(Mood::Works, limits());
    let version = |version: &str| version.clone_into(&mut stage.fake.version.lock().expect("a version"));
    version("");
    assert!(stage.guarded.descriptor().await.is_none());
    version("1");
    // It is not asked again at once.
    assert!(stage.guarded.descriptor().await.is_none());
    stage.at(10);
    assert_eq!(stage.guarded.descriptor().await.expect("told").version, "1");
    version("2");
    stage.at(309);
    assert_eq!(stage.guarded.descriptor().await.expect("told").version, "1");
    stage.at(310);
    assert_eq!(stage.guarded.descriptor().await.expect("told").version, "2");
    version("");
    stage.at(700);
    assert_eq!(stage.guarded.descriptor().await.expect("told").version, "2");
}
