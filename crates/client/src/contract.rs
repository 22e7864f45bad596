//! What the contract says of every RPC.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, method_options::IdempotencyLevel};
use tenure_proto::FILE_DESCRIPTOR_SET;

/// An RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rpc {
    /// Whether either side may send more than one message.
    pub(crate) streaming: bool,
    /// Whether it may be repeated.
    pub(crate) idempotent: bool,
    /// The number of its request's field `request_id`.
    pub(crate) request_id: Option<u32>,
}

static RPCS: LazyLock<HashMap<String, Rpc>> = LazyLock::new(|| {
    // The build wrote these bytes. Were they unreadable, no call would be repeated.
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default().file;
    let request_ids: BTreeMap<_, _> = files.iter().flat_map(request_ids).collect();
    files.iter().flat_map(|file| rpcs(file, &request_ids)).collect()
});

/// The RPC of a path, such as "/tenure.profile.v1.ProfileService/GetProfile".
pub(crate) fn find(path: &str) -> Option<Rpc> {
    RPCS.get(path).copied()
}

/// The messages that have a `request_id`, and its number.
fn request_ids(file: &FileDescriptorProto) -> Vec<(String, u32)> {
    let messages = file.message_type.iter().flat_map(|message| {
        let fields = message.field.iter().filter(|field| field.name() == "request_id");
        fields.map(|field| (format!(".{}.{}", file.package(), message.name()), field.number().unsigned_abs()))
    });
    messages.collect()
}

fn rpcs(file: &FileDescriptorProto, request_ids: &BTreeMap<String, u32>) -> Vec<(String, Rpc)> {
    let rpc = |method: &MethodDescriptorProto| Rpc {
        streaming: method.client_streaming() || method.server_streaming(),
        idempotent: method
            .options
            .as_ref()
            .is_some_and(|options| options.idempotency_level() != IdempotencyLevel::IdempotencyUnknown),
        request_id: request_ids.get(method.input_type()).copied(),
    };
    let services = file.service.iter().flat_map(|service| {
        let path = format!("/{}.{}/", file.package(), service.name());
        service.method.iter().map(move |method| (format!("{path}{}", method.name()), rpc(method)))
    });
    services.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_may_be_repeated() {
        let rpc = |streaming, request_id| Some(Rpc { streaming, idempotent: true, request_id });
        assert_eq!(find("/tenure.value.v1.ValueService/FitModel"), rpc(false, Some(1)));
        assert_eq!(find("/tenure.profile.v1.ProfileService/GetProfile"), rpc(false, None));
        assert_eq!(find("/tenure.collector.v1.CollectorService/StreamTouchpoints"), rpc(true, None));
        assert_eq!(find("/tenure.journal.v1.JournalService/Tail"), rpc(true, None));
        assert_eq!(find("/elsewhere.Service/Get"), None);
    }
}
