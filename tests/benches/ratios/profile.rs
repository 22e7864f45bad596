//! A hot `GetProfile` against an empty unary call, both over TCP.

use futures::{StreamExt, stream};
use tenure_proto::{
    collector::v1::RecordTouchpointsRequest,
    profile::v1::{GetProfileRequest, get_profile_request::By, profile_service_client::ProfileServiceClient},
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    host::Host,
    touchpoints::{purchase, with_attributes, with_identifier},
};
use tokio::time::Instant;
use tonic::{Request, transport::Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{ROUNDS, table::Row};

const CALLS: usize = 5_000;
const IN_FLIGHT: usize = 16;

pub(crate) async fn measure(place: TestPlace) -> Row {
    let served = Host::start(place).await.serve().await;
    let (record_id, token) = seed(&mut served.caller("bench")).await;
    let endpoint = Endpoint::from_shared(format!("http://{}", served.address)).expect("an address").tcp_nodelay(true);
    let channel = endpoint.connect().await.expect("connected");
    let (profiles, health) = (ProfileServiceClient::new(channel.clone()), HealthClient::new(channel));

    let profile = |read_after: String| {
        let (mut client, by) = (profiles.clone(), Some(By::RecordId(record_id.clone())));
        async move {
            let mut request = Request::new(GetProfileRequest { by, read_after });
            request.metadata_mut().insert("authorization", "Bearer bench".parse().expect("a header"));
            let profile = client.get_profile(request).await.expect("a profile").into_inner().profile;
            assert!(profile.is_some_and(|profile| profile.fields.len() >= 4));
        }
    };
    let empty = || {
        let mut client = health.clone();
        async move {
            client.check(HealthCheckRequest::default()).await.expect("an answer");
        }
    };
    profile(token).await;
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let ours = timed(|| profile(String::new())).await;
        let theirs = timed(empty).await;
        if round > 0 {
            rounds.push((ours, theirs));
        }
    }
    served.stop().await;
    Row {
        what: "hot GetProfile, time per call".to_owned(),
        baseline: "an empty unary call",
        rounds,
        unit: "us",
        aim: "<= 2.00",
    }
}

async fn timed<F: Future<Output = ()>>(call: impl Fn() -> F) -> f64 {
    let begun = Instant::now();
    stream::iter(0..CALLS).map(|_| call()).buffer_unordered(IN_FLIGHT).for_each(|()| async {}).await;
    begun.elapsed().as_secs_f64() * 1e6 / CALLS as f64
}

async fn seed(caller: &mut tenure_tests::caller::Caller) -> (String, String) {
    use tenure_proto::collector::v1::{IdentifierKind, SubjectAttributes};
    let name = SubjectAttributes {
        given_name: "Jan".to_owned(),
        family_name: "Vries".to_owned(),
        family_name_prefix: "de".to_owned(),
        ..SubjectAttributes::default()
    };
    let bought = with_attributes(purchase("shop", "e1", "k1", 3, 1_999), name);
    let touchpoints = vec![with_identifier(bought, IdentifierKind::Email, "jan@example.nl")];
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    (answer.outcomes[0].record_id.clone(), answer.read_token)
}
