//! What the server knows of every RPC, from the contract.

use std::{collections::HashMap, sync::LazyLock};

use prost::Message;
use prost_types::FileDescriptorSet;
use tenure_kernel::Purpose;
use tenure_proto::{FILE_DESCRIPTOR_SET, METHODS, contract::v1 as pb};

/// Who may call an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone: health and reflection.
    Open,
    /// Callers that hold a scope.
    Scope(&'static str),
}

/// Who goes first when more is asked for than can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Refused first.
    Bulk,
    /// People wait for the answer.
    Interactive,
    /// Served as long as anything is.
    Urgent,
}

impl Priority {
    /// Its name in metadata and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Interactive => "interactive",
            Self::Urgent => "urgent",
        }
    }
}

/// An RPC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rpc {
    /// Its path, such as "/tenure.profile.v1.ProfileService/GetProfile".
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// Whether either side may send more than one message, so that the call may last.
    pub(crate) streaming: bool,
    /// Whether only the server sends on, for as long as it is listened to.
    pub(crate) endless: bool,
    pub(crate) priority: pb::Priority,
    /// Whether the caller must say what it reads for.
    pub(crate) purpose_bound: bool,
}

impl Rpc {
    /// Who goes first, with what the caller says of its request: anyone may stand back, and claim urgency where the service
    /// looks whether it is true.
    pub(crate) fn priority(&self, said: Option<Priority>) -> Priority {
        match (self.priority, said) {
            (pb::Priority::Bulk, _) | (_, Some(Priority::Bulk)) => Priority::Bulk,
            (pb::Priority::Urgent, _) | (pb::Priority::UrgentOnClaim, Some(Priority::Urgent)) => Priority::Urgent,
            (pb::Priority::Unspecified | pb::Priority::UrgentOnClaim, _) => Priority::Interactive,
        }
    }
}

/// Health and reflection: a path, whether either side may send more than one message, whether only the server does.
const OPEN: [(&str, bool, bool); 5] = [
    ("/grpc.health.v1.Health/Check", false, false),
    ("/grpc.health.v1.Health/List", false, false),
    ("/grpc.health.v1.Health/Watch", true, true),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", true, false),
    ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", true, false),
];

static RPCS: LazyLock<HashMap<&'static str, Rpc>> = LazyLock::new(|| {
    let streaming = streaming();
    let open = OPEN.map(|(path, streaming, endless)| {
        let priority = pb::Priority::Unspecified;
        Rpc { path, access: Access::Open, streaming, endless, priority, purpose_bound: false }
    });
    let of_the_contract = METHODS.iter().map(|method| Rpc {
        path: method.path,
        access: Access::Scope(method.scope),
        streaming: streaming.contains_key(method.path),
        endless: streaming.get(method.path).is_some_and(|endless| *endless),
        priority: pb::Priority::try_from(method.priority).unwrap_or_default(),
        purpose_bound: method.purpose_bound,
    });
    open.into_iter().chain(of_the_contract).map(|rpc| (rpc.path, rpc)).collect()
});

/// The RPC of a path, if it is one.
pub(crate) fn find(path: &str) -> Option<&'static Rpc> {
    RPCS.get(path)
}

/// Whether some RPC or some purpose needs a scope.
pub(crate) fn scope_exists(scope: &str) -> bool {
    METHODS.iter().any(|method| method.scope == scope)
        || Purpose::ALL.iter().any(|purpose| purpose.scope() == Some(scope))
}

/// The RPCs in which either side may send more than one message, and whether only the server does.
fn streaming() -> HashMap<String, bool> {
    let mut paths = HashMap::new();
    // The build wrote these bytes; were they unreadable, every RPC would be taken for unary, the stricter of the two.
    for file in FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default().file {
        for service in &file.service {
            for method in &service.method {
                if method.client_streaming() || method.server_streaming() {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    paths.insert(path, !method.client_streaming());
                }
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anyone_may_stand_back_and_few_may_claim_to_be_urgent() {
        let of = |path| move |said| find(path).unwrap().priority(said);
        let record = of("/tenure.collector.v1.CollectorService/RecordTouchpoints");
        assert_eq!(record(None), Priority::Interactive);
        assert_eq!(record(Some(Priority::Urgent)), Priority::Urgent);
        assert_eq!(record(Some(Priority::Bulk)), Priority::Bulk);
        let profile = of("/tenure.profile.v1.ProfileService/GetProfile");
        assert_eq!(profile(Some(Priority::Urgent)), Priority::Interactive);
        let erase = of("/tenure.collector.v1.CollectorService/EraseRecords");
        assert_eq!(erase(None), Priority::Urgent);
        let export = of("/tenure.profile.v1.ProfileService/ExportRecords");
        assert_eq!(export(Some(Priority::Urgent)), Priority::Bulk);
    }

    #[test]
    fn knows_what_streams_and_what_it_needs() {
        let tail = find("/tenure.journal.v1.JournalService/Tail").unwrap();
        assert!(tail.streaming && tail.endless);
        let stream = find("/tenure.collector.v1.CollectorService/StreamTouchpoints").unwrap();
        assert!(stream.streaming && !stream.endless);
        assert_eq!(tail.access, Access::Scope("journal.read"));
        assert!(!find("/tenure.value.v1.ValueService/ListModels").unwrap().streaming);
        assert!(find("/tenure.value.v1.ValueService/Nothing").is_none());
        assert!(scope_exists("touchpoints.write") && scope_exists("purpose.aml") && !scope_exists("touchpoints.fly"));
    }
}
