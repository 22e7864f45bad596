//! A provider elsewhere: calls it by the public contract, and reads what it says without believing it.

use std::time::Duration;

use http_body::Body as HttpBody;
use tenure_kernel::{Purpose, Timestamp};
use tenure_proto::enrichment::v1::{self as pb, enrichment_service_client::EnrichmentServiceClient};
use tonic::{
    Code, Request, Status,
    body::Body,
    client::GrpcService,
    codegen::{Bytes, StdError},
};

use crate::{
    domain::{
        descriptor::{Descriptor, Input, Output},
        fact::{Method, Said, Value, ValueType},
        outcome::{Answered, Outcome},
    },
    provider::{Answer, Failed, Provider, Question},
};

/// How large an answer may be.
const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// A provider elsewhere, by some way to it.
pub struct Remote<T> {
    way: T,
    timeout: Duration,
}

impl<T> Remote<T> {
    /// By a way; the time limit is told to the provider too.
    #[must_use]
    pub fn new(way: T, timeout: Duration) -> Self {
        Self { way, timeout }
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }
}

#[tonic::async_trait]
impl<T> Provider for Remote<T>
where
    T: GrpcService<Body> + Clone + Send + Sync + 'static,
    T::Future: Send,
    T::Error: Into<StdError>,
    T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    async fn describe(&self) -> Result<Descriptor, Failed> {
        let mut client = EnrichmentServiceClient::new(self.way.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let told = client.describe_provider(self.request(pb::DescribeProviderRequest {})).await;
        descriptor(told.map_err(|status| failed(&status))?.into_inner().provider.unwrap_or_default())
            .ok_or(Failed::Error)
    }

    async fn enrich(&self, questions: &[Question]) -> Result<Vec<Answer>, Failed> {
        let mut client = EnrichmentServiceClient::new(self.way.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let request = pb::EnrichRequest { items: questions.iter().map(item).collect() };
        let told = client.enrich(self.request(request)).await.map_err(|status| failed(&status))?;
        Ok(told.into_inner().results.into_iter().map(answer).collect())
    }
}

/// A status as a failure. Its message is left out: nobody knows what stands in it.
fn failed(status: &Status) -> Failed {
    tracing::debug!(code = ?status.code(), "a provider failed");
    // The time limit is kept on both sides: whoever is first says so.
    match status.code() {
        Code::DeadlineExceeded | Code::Cancelled => Failed::Timeout,
        _ => Failed::Error,
    }
}

fn item(question: &Question) -> pb::EnrichItem {
    let input = |(path, value): (&String, &String)| pb::InputValue { path: path.clone(), value: value.clone() };
    pb::EnrichItem {
        item_id: question.id.clone(),
        inputs: question.inputs.iter().map(input).collect(),
        purpose_codes: question.purposes.iter().map(Purpose::to_string).collect(),
    }
}

fn descriptor(told: pb::ProviderDescriptor) -> Option<Descriptor> {
    let output = |output: pb::ProviderOutput| {
        let kind = match output.r#type() {
            pb::ValueType::Unspecified => return None,
            pb::ValueType::Text => ValueType::Text,
            pb::ValueType::Code => ValueType::Code,
            pb::ValueType::Integer => ValueType::Integer,
            pb::ValueType::Decimal => ValueType::Decimal,
            pb::ValueType::Truth => ValueType::Truth,
            pb::ValueType::Date => ValueType::Date,
        };
        Some(Output { path: output.path, kind, ttl: duration(output.default_ttl)? })
    };
    Some(Descriptor {
        id: told.provider_id,
        version: told.version,
        inputs: told.inputs.into_iter().map(|one| Input { path: one.path, required: one.required }).collect(),
        outputs: told.outputs.into_iter().map(output).collect::<Option<_>>()?,
        purposes: told.purpose_codes.iter().map(|code| code.parse().ok()).collect::<Option<_>>()?,
        max_batch: usize::try_from(told.max_batch).ok()?,
    })
}

fn duration(told: Option<prost_types::Duration>) -> Option<Duration> {
    told.and_then(|told| Duration::try_from(told).ok())
}

fn answer(told: pb::EnrichResult) -> Answer {
    let without = |outcome| Answered::Without(outcome, duration(told.negative_ttl));
    let answered = match told.status() {
        pb::ItemStatus::Unspecified => None,
        pb::ItemStatus::Found => Some(Answered::Found(told.facts.into_iter().map(said).collect())),
        _ if !told.facts.is_empty() => None,
        pb::ItemStatus::NotFound => Some(without(Outcome::NotFound)),
        pb::ItemStatus::Ambiguous => Some(without(Outcome::Ambiguous)),
        pb::ItemStatus::RefusedPurpose => Some(without(Outcome::RefusedPurpose)),
        pb::ItemStatus::InvalidInput => Some(without(Outcome::InvalidInput)),
        pb::ItemStatus::Unavailable => Some(Answered::Declined),
    };
    Answer { id: told.item_id, answered }
}

fn said(told: pb::EnrichedFact) -> Said {
    use pb::enriched_value::Kind;
    let method = Method::from_number(told.method);
    let value = told.value.and_then(|value| value.kind).map(|kind| match kind {
        Kind::Text(text) => Value::Text(text),
        Kind::Integer(number) => Value::Integer(number),
        Kind::Decimal(number) => Value::Decimal(number),
        Kind::Truth(truth) => Value::Truth(truth),
        Kind::Date(day) => Value::Date(day),
    });
    let mut bad_time = false;
    let mut time = |told: Option<prost_types::Timestamp>| {
        let at = told.and_then(|told| Timestamp::from_parts(told.seconds, told.nanos));
        bad_time |= told.is_some() && at.is_none();
        at
    };
    let (observed_at, valid_from) = (time(told.observe_time), time(told.valid_from_time));
    let (valid_to, expires_at) = (time(told.valid_to_time), time(told.expire_time));
    Said {
        path: told.path,
        value,
        observed_at,
        valid_from,
        valid_to,
        expires_at,
        bad_time,
        provider: told.provider_id,
        provider_version: told.provider_version,
        dataset_version: told.dataset_version,
        confidence: told.confidence,
        method,
        licence: told.licence,
        evidence_ref: told.evidence_ref,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_have_the_numbers_of_the_contract() {
        let names =
            |method: Method| pb::EnrichmentMethod::try_from(method.number()).map(|wire| wire.as_str_name().to_owned());
        let named = Method::ALL.map(names);
        let expected = ["MODEL", "AREA_STATISTIC", "DERIVED", "EXACT", "DECLARED"];
        assert_eq!(named, expected.map(|name| Ok(format!("ENRICHMENT_METHOD_{name}"))));
        assert_eq!(Method::from_number(0), None);
    }
}
