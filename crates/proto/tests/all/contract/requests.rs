//! An RPC has a request and a response of its own, named after it.

use std::collections::BTreeMap;

use prost_reflect::DescriptorPool;

use super::finds;
use crate::descriptors::{fields, methods};

pub(super) fn requests_belong_to_one_rpc(pool: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for method in methods(pool) {
        let package = method.parent_service().package_name().to_owned();
        for (message, ending) in [(method.input(), "Request"), (method.output(), "Response")] {
            *uses.entry(message.full_name().to_owned()).or_default() += 1;
            if message.full_name() != format!("{package}.{}{ending}", method.name()) {
                found.push(format!("{} takes or gives {}", method.full_name(), message.full_name()));
            }
        }
    }
    for message in fields(pool).iter().filter_map(|field| field.kind().as_message().cloned()) {
        uses.entry(message.full_name().to_owned()).and_modify(|count| *count += 1);
    }
    found.extend(uses.iter().filter(|(_, count)| **count > 1).map(|(name, _)| format!("{name} is used twice")));
    found
}

#[test]
fn a_shared_request_is_found() {
    let rule = requests_belong_to_one_rpc;
    finds(rule, "RecordSample(RecordSampleRequest)", "RecordSample(Sample)", "RecordSample takes or gives");
    finds(rule, "returns (RecordSampleResponse)", "returns (ListSamplesResponse)", "ListSamplesResponse is used twice");
    finds(rule, "int32 count = 2", "ListSamplesRequest list = 2", "ListSamplesRequest is used twice");
}
