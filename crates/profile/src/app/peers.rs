//! What the other services hold of records: the port behind which they are, in this process or others.

use std::collections::BTreeSet;

use prost::Message;
use tenure_kernel::{PersonId, Purpose, Reason, Refusal, Tenant};
use tenure_proto::{
    collector::v1::{self as collector, collector_service_client::CollectorServiceClient},
    expectation::v1::{self as expectation, expectation_service_client::ExpectationServiceClient},
    identity::v1::{self as identity, identity_service_client::IdentityServiceClient},
    value::v1::{self as value, value_service_client::ValueServiceClient},
};
use tenure_server::{MAX_MESSAGE_BYTES, Peer, on_behalf, wire};
use tonic::{Code, Request, Status};

/// The services whose data an export holds beside our own.
#[derive(Clone)]
pub struct Peers {
    /// What came in.
    pub collector: Peer,
    /// Who is who.
    pub identity: Peer,
    /// What customers are worth.
    pub value: Peer,
    /// What they were promised.
    pub expectation: Peer,
}

impl Default for Peers {
    /// Services that are not there.
    fn default() -> Self {
        let none = || Peer::later().0;
        Self { collector: none(), identity: none(), value: none(), expectation: none() }
    }
}

/// How many touchpoints the collector is asked for at once.
const TOUCHPOINTS: i32 = 500;

/// Something that a service holds, encoded.
pub(crate) struct Item {
    pub(crate) service: &'static str,
    pub(crate) message_name: &'static str,
    pub(crate) message: Vec<u8>,
}

impl Item {
    pub(crate) fn new(service: &'static str, message_name: &'static str, message: &impl Message) -> Self {
        Self { service, message_name, message: message.encode_to_vec() }
    }
}

/// Whose data is asked for.
pub(crate) struct Asking<'a> {
    pub(crate) peers: &'a Peers,
    pub(crate) tenant: &'a Tenant,
}

impl Asking<'_> {
    /// A page of the touchpoints of records, and the token of the next. What was gathered for due diligence is left out.
    pub(crate) async fn touchpoints(
        &self,
        record_ids: &[String],
        page_token: String,
    ) -> Result<(Vec<Item>, String), Refusal> {
        let client = CollectorServiceClient::new(self.peers.collector.clone());
        let ask =
            collector::ExportRecordsRequest { record_ids: record_ids.to_vec(), page_size: TOUCHPOINTS, page_token };
        let mut client = client.max_decoding_message_size(MAX_MESSAGE_BYTES);
        let page = client.export_records(self.request(ask)).await.map_err(|status| refusal("collector", &status))?;
        let page = page.into_inner();
        let is_told = |one: &&collector::ExportedTouchpoint| !one.touchpoint.as_ref().is_some_and(wire::is_aml_only);
        let item = |one| Item::new("collector", "tenure.collector.v1.ExportedTouchpoint", one);
        Ok((page.touchpoints.iter().filter(is_told).map(item).collect(), page.next_page_token))
    }

    /// What identity holds of records.
    pub(crate) async fn identity(&self, record_ids: &[String]) -> Result<Vec<Item>, Refusal> {
        let client = IdentityServiceClient::new(self.peers.identity.clone());
        let ask = identity::ExportRecordsRequest { record_ids: record_ids.to_vec() };
        let mut client = client.max_decoding_message_size(MAX_MESSAGE_BYTES);
        let held = client.export_records(self.request(ask)).await.map_err(|status| refusal("identity", &status))?;
        let item = |one| Item::new("identity", "tenure.identity.v1.SourceRecord", one);
        Ok(held.into_inner().records.iter().map(item).collect())
    }

    /// What value holds of records, and the currencies of it.
    pub(crate) async fn value(&self, record_ids: &[String]) -> Result<(Vec<Item>, BTreeSet<String>), Refusal> {
        let client = ValueServiceClient::new(self.peers.value.clone());
        let ask = value::ExportRecordsRequest { record_ids: record_ids.to_vec() };
        let mut client = client.max_decoding_message_size(MAX_MESSAGE_BYTES);
        let held = client.export_records(self.request(ask)).await.map_err(|status| refusal("value", &status))?;
        let held = held.into_inner();
        let currencies = held.days.iter().map(|day| day.currency_code.clone()).collect();
        let days = held.days.iter().map(|one| Item::new("value", "tenure.value.v1.PurchaseDay", one));
        let services = held.services.iter().map(|one| Item::new("value", "tenure.value.v1.ServiceDay", one));
        let deals = held.deals.iter().map(|one| Item::new("value", "tenure.value.v1.CustomerDeal", one));
        Ok((days.chain(services).chain(deals).collect(), currencies))
    }

    /// What a person is expected to be worth, where there is a model that tells.
    pub(crate) async fn score(&self, person: PersonId, currency_code: &str) -> Result<Option<Item>, Refusal> {
        let client = ValueServiceClient::new(self.peers.value.clone());
        let ask = value::ScoreCustomerRequest {
            by: Some(value::score_customer_request::By::PersonId(person.to_string())),
            currency_code: currency_code.to_owned(),
            ..Default::default()
        };
        let mut client = client.max_decoding_message_size(MAX_MESSAGE_BYTES);
        let score = if_there("value", client.score_customer(self.request(ask)).await)?;
        Ok(score.map(|score| Item::new("value", "tenure.value.v1.ScoreCustomerResponse", &score)))
    }

    /// What expectation holds of records.
    pub(crate) async fn expectations(&self, record_ids: &[String]) -> Result<Vec<Item>, Refusal> {
        let client = ExpectationServiceClient::new(self.peers.expectation.clone());
        let ask = expectation::ExportRecordsRequest { record_ids: record_ids.to_vec() };
        let mut client = client.max_decoding_message_size(MAX_MESSAGE_BYTES);
        let held = client.export_records(self.request(ask)).await.map_err(|status| refusal("expectation", &status))?;
        let item = |one| Item::new("expectation", "tenure.expectation.v1.RecordExpectations", one);
        Ok(held.into_inner().records.iter().map(item).collect())
    }

    /// How let down a person feels, as far as expectation knows the person.
    pub(crate) async fn dissonance(&self, person: PersonId) -> Result<Option<Item>, Refusal> {
        let client = ExpectationServiceClient::new(self.peers.expectation.clone());
        let ask = expectation::GetDissonanceRequest {
            by: Some(expectation::get_dissonance_request::By::PersonId(person.to_string())),
            ..Default::default()
        };
        let mut client = client.max_decoding_message_size(MAX_MESSAGE_BYTES);
        let dissonance = if_there("expectation", client.get_dissonance(self.request(ask)).await)?;
        Ok(dissonance.map(|one| Item::new("expectation", "tenure.expectation.v1.GetDissonanceResponse", &one)))
    }

    fn request<T>(&self, message: T) -> Request<T> {
        on_behalf(self.tenant, Purpose::Privacy, message)
    }
}

/// An answer, unless there is nothing to answer with.
fn if_there<T>(service: &'static str, answer: Result<tonic::Response<T>, Status>) -> Result<Option<T>, Refusal> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if matches!(status.code(), Code::NotFound | Code::FailedPrecondition) => Ok(None),
        Err(status) => Err(refusal(service, &status)),
    }
}

/// Whatever keeps a service from answering, nothing of the caller's is wrong.
fn refusal(service: &'static str, status: &Status) -> Refusal {
    tracing::warn!(service, code = ?status.code(), "a service does not answer, so an export is not whole");
    match status.code() {
        Code::DeadlineExceeded => {
            Refusal::new(Reason::Deadline, format!("{service} did not answer in time")).with("resource", service)
        }
        _ => Refusal::unavailable(service),
    }
}
