//! Lists are paged (AIP-158).

use prost_reflect::{DescriptorPool, MessageDescriptor};

use super::finds;
use crate::descriptors::{has, kind_name, methods};

/// `List*`, and whatever else takes a page token, has all of paging.
pub(super) fn lists_are_paged(pool: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    for method in methods(pool) {
        let (request, response) = (method.input(), method.output());
        let paged =
            method.name().starts_with("List") || has(&request, "page_token") || has(&response, "next_page_token");
        let wanted = [
            (&request, "page_size", "int32"),
            (&request, "page_token", "string"),
            (&response, "next_page_token", "string"),
        ];
        let lacking = wanted.into_iter().filter(|(message, name, kind)| paged && !has_of(message, name, kind));
        found.extend(lacking.map(|(message, name, kind)| format!("{} has no {kind} {name}", message.full_name())));
        if paged && response.fields().filter(|field| field.is_list()).count() != 1 {
            found.push(format!("{} does not have one list", response.full_name()));
        }
    }
    found
}

fn has_of(message: &MessageDescriptor, name: &str, kind: &str) -> bool {
    message.get_field_by_name(name).is_some_and(|field| kind_name(&field.kind()) == kind && !field.is_list())
}

#[test]
fn a_list_without_pages_is_found() {
    finds(lists_are_paged, "int32 page_size", "int64 page_size", "ListSamplesRequest has no int32 page_size");
    finds(lists_are_paged, "string page_token", "string start", "ListSamplesRequest has no string page_token");
    finds(
        lists_are_paged,
        "string next_page_token",
        "string rest",
        "ListSamplesResponse has no string next_page_token",
    );
    finds(lists_are_paged, "int32 count = 2", "string page_token = 2", "RecordSampleRequest has no int32 page_size");
    finds(lists_are_paged, "repeated Sample samples", "Sample samples", "ListSamplesResponse does not have one list");
}
