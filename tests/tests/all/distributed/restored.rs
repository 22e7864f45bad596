//! One service's database is restored while the others run.

use std::time::Duration;

use tenure::Service;
use tenure_proto::journal::v1::{
    ListFollowersRequest, RebuildProjectionRequest, journal_service_client::JournalServiceClient,
};
use tenure_server::Peer;
use tenure_tests::cluster::{Cluster, Shape};
use tokio::time::{Instant, sleep};

use super::{profile_after, record};

const PATIENCE: Duration = Duration::from_secs(60);
/// Those who follow identity.
const FOLLOWERS: [Service; 3] = [Service::Profile, Service::Value, Service::Expectation];

/// A service's journals and followers, as its operator sees them.
fn operator(cluster: &Cluster, service: Service) -> JournalServiceClient<Peer> {
    JournalServiceClient::new(cluster.peer(service).with_credential(&cluster.credential()))
}

/// What the followers of identity in a service are alarmed about; empty: nothing.
async fn alarms(cluster: &Cluster, service: Service) -> Vec<String> {
    let answer = operator(cluster, service).list_followers(ListFollowersRequest::default()).await.expect("followers");
    let followers = answer.into_inner().followers.into_iter().filter(|follower| follower.journal == "identity");
    followers.map(|follower| follower.alarm).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn running_followers_of_a_restored_service_stop_with_an_alarm_and_a_rebuild_heals_them() {
    let Some(mut cluster) = Cluster::start(Shape::default()).await else { return };
    let mut caller = cluster.caller("acme");
    let before = record(&mut caller, "before").await.expect("recorded");
    profile_after(&mut caller, &before).await.expect("a profile");

    // While its processes run, their memory and the database would tell different stories.
    let restored = ["migrate", "--restored", "identity"];
    let refused = cluster.replica(Service::Identity, 0).command(&restored);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("identity runs"), "{said}");
    for service in FOLLOWERS {
        assert!(alarms(&cluster, service).await.iter().all(String::is_empty), "nothing was changed");
    }

    for number in 0..2 {
        assert!(cluster.replica(Service::Identity, number).terminate().await.success());
    }
    let renewed = cluster.replica(Service::Identity, 0).command(&restored);
    let said = format!("{}{}", String::from_utf8_lossy(&renewed.stdout), String::from_utf8_lossy(&renewed.stderr));
    assert!(renewed.status.success() && said.matches("new epoch").count() == 1, "of identity alone: {said}");
    cluster.start_all();
    cluster.healthy().await;
    for service in FOLLOWERS {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = alarms(&cluster, service).await;
            if !found.is_empty() && found.iter().all(|alarm| alarm == "JOURNAL_EPOCH_CHANGED") {
                break;
            }
            assert!(Instant::now() < until, "{service} did not notice: {found:?}");
            sleep(Duration::from_millis(50)).await;
        }
        let said = (0..2).map(|number| cluster.replica(service, number).log()).collect::<String>();
        assert!(said.contains("rebuild the projection"), "{service} says nothing of it");
    }

    for service in FOLLOWERS {
        let request = RebuildProjectionRequest { projection: service.name().to_owned() };
        operator(&cluster, service).rebuild_projection(request).await.expect("begun");
        let until = Instant::now() + PATIENCE;
        while alarms(&cluster, service).await.iter().any(|alarm| !alarm.is_empty()) {
            assert!(Instant::now() < until, "{service} is not healed");
            sleep(Duration::from_millis(50)).await;
        }
    }
    let after = record(&mut caller, "after").await.expect("recorded");
    profile_after(&mut caller, &after).await.expect("a profile");
    cluster.stop().await;
}
