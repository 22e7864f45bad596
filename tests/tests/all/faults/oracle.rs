//! The oracle finds what it is there to find.

use std::time::Duration;

use tenure_store::Query as _;
use tenure_tests::faults::{
    stage::{Setup, Stage},
    table::Kind,
    work::said,
};

use super::case;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_doubled_made_up_or_wrong_is_found() {
    let stage = Stage::start(&case(Kind::Sqlite), Setup::default()).await.expect("a stage");
    let load = stage.load().expect("a load");
    load.acknowledges(100, Duration::from_secs(30)).await.expect("acknowledged");
    load.finish(Duration::from_secs(30)).await.expect("an end");
    let sound = stage.judge().await.expect("a verdict");
    assert!(sound.is_sound() && sound.acknowledged >= 100 && sound.promises > 0, "{sound:?}");

    // Acknowledged, and nowhere; in the journal, and never sent; bought for more than was said.
    stage.ledger.acknowledge(&["ghost".to_owned()]).expect("written");
    stage.ledger.book().sent.remove(&said(1, 0).event_id);
    let witness = stage.witness().await.expect("a witness");
    let value = witness.store("value").expect("a database");
    let tx = value.begin().await.expect("a transaction");
    let changed = "UPDATE record_day SET minor_units = minor_units + 1, purchases = purchases + 1
        WHERE (generation, record_id, day) = (SELECT generation, record_id, day FROM record_day
            ORDER BY generation DESC, record_id, day LIMIT 1)";
    assert_eq!(tx.execute(changed, vec![]).await.expect("changed"), 1);
    tx.commit().await.expect("committed");
    let verdict = stage.judge().await.expect("a verdict");
    assert_eq!((verdict.lost, verdict.phantom, verdict.doubled, verdict.wrong), (1, 1, 1, 1), "{verdict:?}");
    assert!(!verdict.rebuilt && !verdict.is_sound(), "{verdict:?}");

    // An entry that is applied and not counted.
    let tx = value.begin().await.expect("a transaction");
    tx.execute("UPDATE checkpoint SET applied = applied - 1", vec![]).await.expect("changed");
    tx.commit().await.expect("committed");
    let verdict = stage.judge().await.expect("a verdict");
    assert!(verdict.findings.iter().any(|finding| finding.contains("entries are routed to it")), "{verdict:?}");
}
