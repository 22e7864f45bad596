//! What the server knows of every RPC, from the contract.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use prost::Message;
use prost_types::FileDescriptorSet;
use tenure_proto::{FILE_DESCRIPTOR_SET, METHODS};

/// Who may call an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone: health and reflection.
    Open,
    /// Callers that hold a scope.
    Scope(&'static str),
}

/// An RPC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rpc {
    /// Its path, such as "/tenure.profile.v1.ProfileService/GetProfile".
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// Whether either side may send more than one message, so that the call may last.
    pub(crate) streaming: bool,
}

const OPEN: [Rpc; 5] = [
    Rpc { path: "/grpc.health.v1.Health/Check", access: Access::Open, streaming: false },
    Rpc { path: "/grpc.health.v1.Health/List", access: Access::Open, streaming: false },
    Rpc { path: "/grpc.health.v1.Health/Watch", access: Access::Open, streaming: true },
    Rpc { path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", access: Access::Open, streaming: true },
    Rpc {
        path: "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        access: Access::Open,
        streaming: true,
    },
];

static RPCS: LazyLock<HashMap<&'static str, Rpc>> = LazyLock::new(|| {
    let streaming = streaming();
    let of_the_contract = METHODS.iter().map(|method| Rpc {
        path: method.path,
        access: Access::Scope(method.scope),
        streaming: streaming.contains(method.path),
    });
    OPEN.into_iter().chain(of_the_contract).map(|rpc| (rpc.path, rpc)).collect()
});

/// The RPC of a path, if it is one.
pub(crate) fn find(path: &str) -> Option<&'static Rpc> {
    RPCS.get(path)
}

/// Whether some RPC needs a scope.
pub(crate) fn scope_exists(scope: &str) -> bool {
    METHODS.iter().any(|method| method.scope == scope)
}

fn streaming() -> HashSet<String> {
    let mut paths = HashSet::new();
    // The build wrote these bytes; were they unreadable, every RPC would be taken for unary, the stricter of the two.
    for file in FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default().file {
        for service in &file.service {
            for method in &service.method {
                if method.client_streaming() || method.server_streaming() {
                    paths.insert(format!("/{}.{}/{}", file.package(), service.name(), method.name()));
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
    fn knows_what_streams_and_what_it_needs() {
        let tail = find("/tenure.journal.v1.JournalService/Tail").unwrap();
        assert!(tail.streaming);
        assert_eq!(tail.access, Access::Scope("journal.read"));
        assert!(!find("/tenure.value.v1.ValueService/ListModels").unwrap().streaming);
        assert!(find("/tenure.value.v1.ValueService/Nothing").is_none());
        assert!(scope_exists("touchpoints.write") && !scope_exists("touchpoints.fly"));
    }
}
