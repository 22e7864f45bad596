//! A suite that was stopped holds nothing any more.

use std::time::Duration;

use tenure_store::{Query as _, testing::TestPlace};
use tenure_tests::host::Host;
use tokio::time::{Instant, sleep};

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_suite_lets_go_of_its_connections() {
    let Some(place) = TestPlace::postgres() else { return };
    let watcher = TestPlace::postgres().expect("the same").open::<tenure_keyring::Migrator>("watcher").await;
    let names = format!("tenure-{}", place.name(""));
    let connections = async || {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE starts_with(application_name, ?)";
        let row = watcher.first(sql, vec![names.as_str().into()]).await.expect("a query").expect("a row");
        row.get::<i64>(0).expect("a count")
    };
    let host = Host::start(place).await;
    assert!(connections().await > 0, "connections named {names}… are found");
    host.stop().await;
    let patience = Instant::now() + Duration::from_secs(20);
    while connections().await > 0 {
        assert!(Instant::now() < patience, "{} connections are still held", connections().await);
        sleep(Duration::from_millis(50)).await;
    }
}
