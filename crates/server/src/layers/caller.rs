//! Who calls, and whether they may.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use tenure_kernel::{
    Purpose,
    refusal::{Reason, Refusal},
    tenant::Tenant,
};
use tracing::Span;

use super::{Layer, Next, Request, Response, asked, deadline::Until, outcome};
use crate::{
    call::{Call, Identity, credential_missing},
    credentials::Credentials,
    peer::TENANT,
    refuse,
    rpc::{Access, Priority, Rpc},
    telemetry,
};

pub(super) struct Known(Arc<dyn Credentials>);

impl Known {
    pub(super) fn new(credentials: Arc<dyn Credentials>) -> Self {
        Self(credentials)
    }

    /// The call, or none for an RPC that is open to all.
    fn admit(&self, request: &Request, rpc: Option<&Rpc>) -> Result<Option<Call>, Refusal> {
        // An RPC that is not in the contract has no scope, so nobody may call it.
        let Access::Scope(scope) = rpc.ok_or_else(outcome::method_unknown)?.access else { return Ok(None) };
        let headers = request.headers();
        let bearer = bearer(headers).ok_or_else(credential_missing)?;
        let identity = self
            .0
            .identify(bearer)
            .ok_or_else(|| Refusal::new(Reason::CredentialUnknown, "the credential is not known"))?;
        if let Identity::Tenant(caller) = &identity {
            Span::current().record("tenure.tenant", caller.tenant.as_str());
        }
        if !identity.holds(scope) {
            return Err(scope_missing(scope));
        }
        let purpose = purpose(headers, rpc.is_some_and(|rpc| rpc.purpose_bound))?;
        if let Some(scope) = purpose.and_then(Purpose::scope).filter(|scope| !identity.holds(scope)) {
            return Err(scope_missing(scope));
        }
        let tenant = acts_for(&identity, headers)?;
        let said = priority(headers)?;
        let until = request.extensions().get::<Until>().and_then(|until| until.0);
        let priority = rpc.map_or(Priority::Bulk, |rpc| rpc.priority(said));
        let call = Call::new(identity).with_scope(scope).with_purpose(purpose).with_deadline(until);
        let call = call.with_priority(priority).for_tenant(tenant);
        Ok(Some(call.with_traceparent(telemetry::traceparent().or_else(|| text(headers, "traceparent")))))
    }
}

impl Layer for Known {
    async fn handle(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        match self.admit(&request, asked(&request)) {
            Ok(call) => {
                if let Some(call) = call {
                    request.extensions_mut().insert(call);
                }
                // No handler has a use for the key, so none can let it slip.
                request.headers_mut().remove(AUTHORIZATION);
                next(request).await
            }
            Err(refusal) => refuse(refusal).into_http(),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

fn scope_missing(scope: &'static str) -> Refusal {
    Refusal::new(Reason::ScopeMissing, "the credential lacks a scope").with("scope", scope)
}

/// What the caller reads for.
fn purpose(headers: &HeaderMap, required: bool) -> Result<Option<Purpose>, Refusal> {
    let refusal = |reason, words| Err(Refusal::new(reason, words).with("purposes", Purpose::codes()));
    match headers.get("purpose").map(|value| value.to_str().unwrap_or_default().parse()) {
        Some(Ok(purpose)) => Ok(Some(purpose)),
        Some(Err(_)) => refusal(Reason::PurposeUnknown, "metadata \"purpose\" is none that there is"),
        None if required => refusal(Reason::PurposeRequired, "say in metadata \"purpose\" what this is read for"),
        None => Ok(None),
    }
}

/// What the caller says of its request.
fn priority(headers: &HeaderMap) -> Result<Option<Priority>, Refusal> {
    match headers.get("tenure-priority").map(HeaderValue::as_bytes) {
        None => Ok(None),
        Some(b"urgent") => Ok(Some(Priority::Urgent)),
        Some(b"bulk") => Ok(Some(Priority::Bulk)),
        Some(_) => {
            let words = "metadata \"tenure-priority\" takes \"urgent\" or \"bulk\"";
            Err(Refusal::field("tenure-priority", Reason::FieldMalformed, words))
        }
    }
}

/// The tenant that one of our services works for. A tenant's caller works for its own, whatever it says.
fn acts_for(identity: &Identity, headers: &HeaderMap) -> Result<Option<Tenant>, Refusal> {
    let (Identity::Service(_), Some(tenant)) = (identity, text(headers, TENANT)) else { return Ok(None) };
    let tenant: Tenant = tenant
        .parse()
        .map_err(|_| Refusal::field(TENANT, Reason::FieldMalformed, "metadata \"tenure-tenant\" takes a tenant"))?;
    Span::current().record("tenure.tenant", tenant.as_str());
    Ok(Some(tenant))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
