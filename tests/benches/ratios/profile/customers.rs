//! A server with customers, who are read and written over TCP.

use tenure_proto::{
    collector::v1::{RecordTouchpointsRequest, collector_service_client::CollectorServiceClient},
    profile::v1::{GetProfileRequest, get_profile_request::By, profile_service_client::ProfileServiceClient},
};
use tenure_store::testing::TestPlace;
use tenure_tests::touchpoints::purchase;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::deployment::Deployment;

/// Keeps no profile in memory when it is 0.
pub(super) const NOT_KEPT: &str = "TENURE__PROFILE__HOT_BYTES";
/// Touchpoints that go into a call.
const BATCH: usize = 500;
/// Touchpoints of each customer.
const OF_EACH: usize = 5;

pub(super) struct Customers {
    pub(super) deployment: Deployment,
    channel: Channel,
    /// Their records.
    pub(super) records: Vec<String>,
}

impl Customers {
    pub(super) async fn start(place: TestPlace, count: usize, settings: &[(&str, String)]) -> Self {
        let deployment = Deployment::embedded(place, settings).await;
        let channel = deployment.connect(0).await;
        let mut customers = Self { deployment, channel, records: Vec::new() };
        let numbers: Vec<usize> = (0..count).collect();
        for some in numbers.chunks(BATCH / OF_EACH) {
            let of = |n: &usize| {
                let n = *n;
                (0..OF_EACH).map(move |k| (format!("c{n}"), format!("c{n}-{k}")))
            };
            let (records, token) = customers.record(some.iter().flat_map(of).collect()).await;
            customers.records.extend(records.into_iter().step_by(OF_EACH));
            let last = customers.records.last().cloned().expect("a record");
            customers.profile(&last, token).await;
        }
        customers
    }

    /// Records purchases, each by a customer's key and an event id; answers the records and a read token.
    pub(super) async fn record(&self, keys: Vec<(String, String)>) -> (Vec<String>, String) {
        let bought = |(place, (key, event)): (usize, &(String, String))| {
            let (day, cents) = (i64::try_from(place % 300).unwrap_or_default(), 1_999);
            purchase("shop", event, key, day, cents)
        };
        let touchpoints = keys.iter().enumerate().map(bought).collect();
        let request = self.deployment.request(RecordTouchpointsRequest { touchpoints, validate_only: false });
        let mut client = CollectorServiceClient::new(self.channel.clone());
        let answer = client.record_touchpoints(request).await.expect("recorded").into_inner();
        (answer.outcomes.into_iter().map(|outcome| outcome.record_id).collect(), answer.read_token)
    }

    /// One read.
    pub(super) async fn profile(&self, record: &str, read_after: String) {
        let by = Some(By::RecordId(record.to_owned()));
        let request = self.deployment.request(GetProfileRequest { by, read_after, ..Default::default() });
        let mut client = ProfileServiceClient::new(self.channel.clone());
        let profile = client.get_profile(request).await.expect("a profile").into_inner().profile;
        assert!(profile.is_some_and(|profile| !profile.touchpoints.is_empty()));
    }

    pub(super) async fn empty(&self) {
        let mut client = HealthClient::new(self.channel.clone());
        client.check(HealthCheckRequest::default()).await.expect("an answer");
    }
}
