//! Who calls, and what travels with the call.

use std::{collections::BTreeSet, sync::Arc};

use tenure_kernel::{
    Purpose,
    refusal::{Reason, Refusal},
    tenant::Tenant,
};
use tokio::time::Instant;
use tonic::{Request, Status};

use crate::{quota::TenantQuota, refuse, rpc::Priority};

/// A caller that works for a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The tenant; nothing of another tenant is ever shown to it.
    pub tenant: Tenant,
    /// Which system or person of the tenant this is, such as "core-banking". For audit, never for access.
    pub principal: String,
    /// What it may do, such as "touchpoints.write"; "*" is every scope but those of `journal`.
    pub scopes: BTreeSet<String>,
}

impl Caller {
    /// Whether it may do what needs a scope.
    #[must_use]
    pub fn holds(&self, scope: &str) -> bool {
        self.scopes.contains(scope) || (self.scopes.contains("*") && !scope.starts_with("journal."))
    }
}

/// Who a credential stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A caller of a tenant.
    Tenant(Caller),
    /// One of our own services, by name. It holds every scope and has no tenant.
    Service(String),
}

impl Identity {
    /// Whether it may do what needs a scope.
    #[must_use]
    pub fn holds(&self, scope: &str) -> bool {
        match self {
            Self::Tenant(caller) => caller.holds(scope),
            Self::Service(_) => true,
        }
    }
}

/// A call under way. The server puts it into the extensions of every request that needs a scope.
#[derive(Debug, Clone)]
pub struct Call(Arc<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    identity: Identity,
    acts_for: Option<Tenant>,
    scope: Option<&'static str>,
    purpose: Option<Purpose>,
    deadline: Option<Instant>,
    traceparent: Option<String>,
    priority: Priority,
    quota: Option<TenantQuota>,
}

impl Call {
    /// A call of someone, without scope, purpose, deadline or trace.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self(Arc::new(Parts {
            identity,
            acts_for: None,
            scope: None,
            purpose: None,
            deadline: None,
            traceparent: None,
            priority: Priority::Interactive,
            quota: None,
        }))
    }

    /// The same call of an RPC that needs a scope.
    #[must_use]
    pub fn with_scope(mut self, scope: &'static str) -> Self {
        Arc::make_mut(&mut self.0).scope = Some(scope);
        self
    }

    /// The same call of a service that works for a tenant. To a tenant's own caller it means nothing.
    #[must_use]
    pub fn for_tenant(mut self, tenant: Option<Tenant>) -> Self {
        Arc::make_mut(&mut self.0).acts_for = tenant;
        self
    }

    /// The same call for a purpose.
    #[must_use]
    pub fn with_purpose(mut self, purpose: Option<Purpose>) -> Self {
        Arc::make_mut(&mut self.0).purpose = purpose;
        self
    }

    /// The same call with a deadline.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        Arc::make_mut(&mut self.0).deadline = deadline;
        self
    }

    /// The same call in a trace.
    #[must_use]
    pub fn with_traceparent(mut self, traceparent: Option<String>) -> Self {
        Arc::make_mut(&mut self.0).traceparent = traceparent;
        self
    }

    /// The same call with a priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        Arc::make_mut(&mut self.0).priority = priority;
        self
    }

    /// The same call of a tenant that has a quota.
    #[must_use]
    pub(crate) fn with_quota(mut self, quota: TenantQuota) -> Self {
        Arc::make_mut(&mut self.0).quota = Some(quota);
        self
    }

    /// The call that a request came in.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING` when the request did not pass the server's layers.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        request.extensions().get::<Self>().cloned().ok_or_else(|| refuse(credential_missing()))
    }

    /// Who calls.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The tenant that the call is for: that of the caller's credential, or the one that a service says it works for.
    ///
    /// # Errors
    /// `SCOPE_MISSING` when a service calls that works for no tenant.
    pub fn tenant(&self) -> Result<&Tenant, Refusal> {
        match (&self.0.identity, &self.0.acts_for) {
            (Identity::Tenant(caller), _) => Ok(&caller.tenant),
            (Identity::Service(_), Some(tenant)) => Ok(tenant),
            (Identity::Service(_), None) => Err(self.tenantless()),
        }
    }

    /// The caller of a tenant.
    ///
    /// # Errors
    /// `SCOPE_MISSING` when a service calls.
    pub fn caller(&self) -> Result<&Caller, Refusal> {
        match &self.0.identity {
            Identity::Tenant(caller) => Ok(caller),
            Identity::Service(_) => Err(self.tenantless()),
        }
    }

    fn tenantless(&self) -> Refusal {
        let refusal = Refusal::new(Reason::ScopeMissing, "the credential belongs to no tenant");
        match self.0.scope {
            Some(scope) => refusal.with("scope", scope),
            None => refusal,
        }
    }

    /// What the caller reads for, from metadata "purpose", if it said so.
    #[must_use]
    pub fn said_purpose(&self) -> Option<Purpose> {
        self.0.purpose
    }

    /// What the caller reads for.
    ///
    /// # Errors
    /// `PURPOSE_REQUIRED`; never in an RPC that is bound to a purpose by its contract.
    pub fn purpose(&self) -> Result<Purpose, Refusal> {
        self.0.purpose.ok_or_else(|| Refusal::new(Reason::PurposeRequired, "the call has no purpose"))
    }

    /// When the caller stops waiting.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// Who goes first; urgent where the caller claims it, so that the handler has to look whether that is true.
    #[must_use]
    pub fn priority(&self) -> Priority {
        self.0.priority
    }

    /// The quota of the tenant in this process, if it has one.
    #[must_use]
    pub fn quota(&self) -> Option<&TenantQuota> {
        self.0.quota.as_ref()
    }

    /// The W3C trace context of the server's span of this call, to be kept with what the call causes.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.0.traceparent.as_deref()
    }
}

pub(crate) fn credential_missing() -> Refusal {
    Refusal::new(Reason::CredentialMissing, "send a credential as \"authorization: Bearer KEY\"")
}
