//! Callers: a bearer "NAME" stands for all scopes of tenant NAME.

use std::collections::BTreeSet;

use tenure_proto::{
    collector::v1::collector_service_client::CollectorServiceClient,
    expectation::v1::expectation_service_client::ExpectationServiceClient,
    identity::v1::identity_service_client::IdentityServiceClient,
    journal::v1::journal_service_client::JournalServiceClient,
    profile::v1::profile_service_client::ProfileServiceClient, value::v1::value_service_client::ValueServiceClient,
};
use tenure_server::{Caller as Known, Credentials, Identity, MAX_MESSAGE_BYTES, Stack};
use tonic::{Request, Status, metadata::MetadataValue, service::Interceptor, service::interceptor::InterceptedService};

/// Knows every tenant by its name.
#[derive(Debug, Clone, Copy)]
pub struct AnyTenant;

impl Credentials for AnyTenant {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let scopes = ["*", "journal.read", "journal.operate"].into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        let tenant = bearer.parse().ok()?;
        Some(Identity::Tenant(Known { tenant, principal: "test".to_owned(), scopes }))
    }
}

/// Sends a bearer along, and the purpose "service" where the request names none.
#[derive(Debug, Clone)]
pub struct Bearer(String);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let value = format!("Bearer {}", self.0).parse().map_err(|_| Status::internal("not a header"))?;
        request.metadata_mut().insert("authorization", value);
        if !request.metadata().contains_key("purpose") {
            request.metadata_mut().insert("purpose", MetadataValue::from_static("service"));
        }
        Ok(request)
    }
}

/// The way of a caller.
pub type Way = InterceptedService<Stack, Bearer>;

/// A tenant's clients.
#[derive(Clone)]
pub struct Caller {
    /// The collector.
    pub collector: CollectorServiceClient<Way>,
    /// The identity service.
    pub identity: IdentityServiceClient<Way>,
    /// The profile service.
    pub profile: ProfileServiceClient<Way>,
    /// The value service.
    pub value: ValueServiceClient<Way>,
    /// The expectation service.
    pub expectation: ExpectationServiceClient<Way>,
    /// The journals.
    pub journal: JournalServiceClient<Way>,
}

impl Caller {
    /// Of a tenant, calling a stack in process.
    #[must_use]
    pub fn new(stack: &Stack, tenant: &str) -> Self {
        let way = || InterceptedService::new(stack.clone(), Bearer(tenant.to_owned()));
        Self {
            collector: CollectorServiceClient::new(way()).max_decoding_message_size(MAX_MESSAGE_BYTES),
            identity: IdentityServiceClient::new(way()).max_decoding_message_size(MAX_MESSAGE_BYTES),
            profile: ProfileServiceClient::new(way()).max_decoding_message_size(MAX_MESSAGE_BYTES),
            value: ValueServiceClient::new(way()).max_decoding_message_size(MAX_MESSAGE_BYTES),
            expectation: ExpectationServiceClient::new(way()).max_decoding_message_size(MAX_MESSAGE_BYTES),
            journal: JournalServiceClient::new(way()).max_decoding_message_size(MAX_MESSAGE_BYTES),
        }
    }
}
