//! A server with customers who were promised something and got it, and one of them with very many touchpoints.

use tenure_proto::{
    collector::v1::{
        Correlation, RecordTouchpointsRequest, Touchpoint, TouchpointType,
        collector_service_client::CollectorServiceClient,
    },
    expectation::v1::{
        CheckSurveyRequest, ReserveSurveyRequest, Survey, SurveyKind, check_survey_request::By as CheckBy,
        expectation_service_client::ExpectationServiceClient, reserve_survey_request::By as ReserveBy,
    },
};
use tenure_store::testing::TestPlace;
use tenure_tests::touchpoints::touchpoint;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::deployment::Deployment;

/// Touchpoints that go into a call.
const BATCH: usize = 500;
/// Touchpoints of each customer.
const OF_EACH: usize = 4;

pub(super) struct Asked {
    pub(super) deployment: Deployment,
    channel: Channel,
    /// Records of customers with few touchpoints.
    pub(super) customers: Vec<String>,
    /// The record of the one with very many.
    pub(super) busy: String,
}

impl Asked {
    pub(super) async fn start(place: TestPlace, customers: usize, many: usize) -> Self {
        let deployment = Deployment::embedded(place, &[]).await;
        let channel = deployment.connect(0).await;
        let mut asked = Self { deployment, channel, customers: Vec::new(), busy: String::new() };
        let few: Vec<Touchpoint> =
            (0..customers).flat_map(|n| (0..OF_EACH).map(move |k| told(&format!("c{n}"), k))).collect();
        let records = asked.tell(few).await;
        asked.customers = records.into_iter().step_by(OF_EACH).collect();
        let busy = asked.tell((0..many).map(|k| told("busy", k)).collect()).await;
        asked.busy = busy.into_iter().next().expect("a record");
        asked
    }

    /// Records touchpoints; answers their records once expectation knows of them.
    async fn tell(&self, touchpoints: Vec<Touchpoint>) -> Vec<String> {
        let mut client = CollectorServiceClient::new(self.channel.clone());
        let mut records = Vec::new();
        for some in touchpoints.chunks(BATCH) {
            let request = RecordTouchpointsRequest { touchpoints: some.to_vec(), validate_only: false };
            let answer =
                client.record_touchpoints(self.deployment.request(request)).await.expect("recorded").into_inner();
            records.extend(answer.outcomes.into_iter().map(|outcome| outcome.record_id));
            let last = records.last().cloned().expect("a record");
            self.check_after(&last, answer.read_token).await;
        }
        records
    }

    /// One read of the guard.
    pub(super) async fn check(&self, record: &str) {
        self.check_after(record, String::new()).await;
    }

    async fn check_after(&self, record: &str, read_after: String) {
        let by = Some(CheckBy::RecordId(record.to_owned()));
        let request = self.deployment.request(CheckSurveyRequest { by, survey: Some(nps()), read_after });
        let mut client = ExpectationServiceClient::new(self.channel.clone());
        let decision = client.check_survey(request).await.expect("an answer").into_inner().decision;
        assert!(decision.is_some_and(|decision| !decision.policy_version.is_empty()));
    }

    /// One reservation.
    pub(super) async fn reserve(&self, record: &str) {
        let by = Some(ReserveBy::RecordId(record.to_owned()));
        let request_id = record.to_owned();
        let request = ReserveSurveyRequest { request_id, by, survey: Some(nps()), ..Default::default() };
        let mut client = ExpectationServiceClient::new(self.channel.clone());
        let answer = client.reserve_survey(self.deployment.request(request)).await.expect("an answer").into_inner();
        assert!(answer.decision.is_some());
    }

    pub(super) async fn empty(&self) {
        let mut client = HealthClient::new(self.channel.clone());
        client.check(HealthCheckRequest::default()).await.expect("an answer");
    }
}

fn nps() -> Survey {
    Survey { kind: SurveyKind::RelationalNps.into(), ..Survey::default() }
}

/// Deliveries that come: all of them matter to the guard.
fn told(key: &str, number: usize) -> Touchpoint {
    let kind =
        if number.is_multiple_of(2) { TouchpointType::DeliveryPromised } else { TouchpointType::DeliveryDelivered };
    let order_ref = format!("{key}-{}", number / 2);
    let day = i64::try_from(number % 300).unwrap_or_default();
    let correlation = Some(Correlation { order_ref, ..Correlation::default() });
    Touchpoint { correlation, detail: due(kind, day), ..touchpoint(kind, "shop", &format!("{key}-{number}"), key, day) }
}

fn due(kind: TouchpointType, day: i64) -> Option<tenure_proto::collector::v1::touchpoint::Detail> {
    use tenure_proto::collector::v1::{DeliveryDetail, touchpoint::Detail};
    let seconds = tenure_tests::touchpoints::NEW_YEAR + 86_400 * (day + 2);
    let promised_time =
        (kind == TouchpointType::DeliveryPromised).then_some(prost_types::Timestamp { seconds, nanos: 0 });
    promised_time.map(|time| Detail::Delivery(DeliveryDetail { promised_time: Some(time), ..Default::default() }))
}
