//! What did not fit a transaction is done later, also by a process that was started since.

use std::time::Duration;

use tenure_kernel::identifier::IdentifierKind::Email;
use tenure_store::{Query, testing::TestPlace};
use tokio::time::{Instant, sleep};

use crate::stage::{PATIENCE, Stage, lines, record, said, tenant};

async fn count(stage: &Stage, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let row = stage.identity.journal().store().first(&sql, vec![]).await.expect("a query").expect("a row");
    row.get(0).expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_is_done_when_its_timer_fires() {
    for place in TestPlace::each() {
        let (mut stage, acme) = (Stage::new(place).await, tenant("acme"));
        let known = [said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "a@x.nl")]), said(3, 3, &[])];
        stage.feed(&acme, &known).await;
        assert_eq!(count(&stage, "link_edge").await, 2, "both ways");
        stage.stop_following().await;
        // As if the comparison had been put off.
        let tx = stage.identity.journal().store().begin().await.expect("a transaction");
        tx.execute("DELETE FROM link_edge", vec![]).await.expect("deleted");
        let sql = "INSERT INTO redo (tenant, generation, record_id, after_id) VALUES (?, 1, ?, ?)";
        let none = Vec::<u8>::new();
        let later = vec![acme.as_str().into(), record(1).0.to_vec().into(), none.clone().into()];
        tx.execute(sql, later).await.expect("put off");
        let sql = "INSERT INTO timer (tenant, timer_id, kind, partition_index, due_at, payload)
            VALUES (?, ?, 'redo', 0, 0, ?)";
        tx.execute(sql, vec![acme.as_str().into(), vec![1_u8; 16].into(), none.into()]).await.expect("set");
        tx.commit().await.expect("committed");
        stage.restore_collector().await;
        let until = Instant::now() + PATIENCE;
        while count(&stage, "redo").await > 0 {
            assert!(Instant::now() < until, "not done");
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(count(&stage, "link_edge").await, 2);
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2], &[3]]));
    }
}
