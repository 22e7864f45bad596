//! Every RPC says who may call it, every field how sensitive it is, and journals hold nothing personal in clear.

use prost_reflect::{DescriptorPool, FieldDescriptor, FileDescriptor};
use prost_types::method_options::IdempotencyLevel;
use tenure_proto::contract::v1::DataClass;

use super::finds;
use crate::descriptors::{class, contract, field_class, fields, fields_within, files, messages_of, methods, option};

/// Fields of events that hold a message with personal fields, each with the reason that nothing personal is in it.
const STRIPPED: &[(&str, &str)] = &[(
    "tenure.collector.v1.TouchpointRecorded.touchpoint",
    "the collector takes subjects, note and custom document out of it and seals them with the subjects",
)];

pub(super) fn rpcs_have_options(pool: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    for method in methods(pool) {
        let options = method.options();
        let scope =
            option(pool, &options, "scope").is_some_and(|scope| scope.as_str().is_some_and(|text| !text.is_empty()));
        let proto = method.method_descriptor_proto();
        let level =
            proto.options.as_ref().map_or(IdempotencyLevel::IdempotencyUnknown, |options| options.idempotency_level());
        let set = [
            ("scope", scope),
            ("rpc_data_class", class(pool, &options, "rpc_data_class").is_some()),
            ("idempotency_level", level != IdempotencyLevel::IdempotencyUnknown),
        ];
        found.extend(
            set.iter().filter(|(_, set)| !set).map(|(name, _)| format!("{} has no {name}", method.full_name())),
        );
    }
    found
}

pub(super) fn fields_have_a_class(pool: &DescriptorPool) -> Vec<String> {
    let found = fields(pool).into_iter().filter(|field| field_class(field).is_none());
    found.map(|field| format!("{} has no data class", field.full_name())).collect()
}

/// The class of an RPC is that of its most sensitive field.
pub(super) fn rpcs_tell_their_class(pool: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    for method in methods(pool) {
        let within = fields_within(&method.input()).into_iter().chain(fields_within(&method.output()));
        let highest = within.filter_map(|field| field_class(&field)).max().unwrap_or(DataClass::Operational);
        let told = class(pool, &method.options(), "rpc_data_class").unwrap_or_default();
        if told != highest {
            found.push(format!("{} is {} and says {}", method.full_name(), highest.as_str_name(), told.as_str_name()));
        }
    }
    found
}

/// What is written to a journal or kept beside the keys is sealed: no field of its own or within is personal.
pub(super) fn events_hold_nothing_personal(pool: &DescriptorPool) -> Vec<String> {
    let stored = files(pool).into_iter().filter(is_stored);
    let fields = stored.flat_map(|file| messages_of(&file)).flat_map(|message| message.fields().collect::<Vec<_>>());
    let found =
        fields.filter(|field| is_personal(field) && !STRIPPED.iter().any(|(name, _)| *name == field.full_name()));
    found.map(|field| format!("{} is personal, in a journal", field.full_name())).collect()
}

fn is_stored(file: &FileDescriptor) -> bool {
    let package = file.package_name();
    file.name().ends_with("_event.proto") || package == "tenure.journal.v1" || package == "tenure.keyring.v1"
}

fn is_personal(field: &FieldDescriptor) -> bool {
    let within = field.kind().as_message().map(fields_within).unwrap_or_default();
    within.iter().chain([field]).any(|field| field_class(field) == Some(DataClass::Personal))
}

#[test]
fn no_exception_is_out_of_date() {
    let all = fields(&contract());
    for (name, reason) in STRIPPED {
        let field = all.iter().find(|field| field.full_name() == *name);
        assert!(field.is_some_and(is_personal) && !reason.is_empty(), "{name} needs no exception");
    }
}

#[test]
fn a_missing_option_is_found() {
    finds(rpcs_have_options, "option (tenure.contract.v1.scope) = \"sample.read\";", "", "ListSamples has no scope");
    finds(rpcs_have_options, "\"sample.read\"", "\"\"", "ListSamples has no scope");
    let class = "option (tenure.contract.v1.rpc_data_class) = DATA_CLASS_PERSONAL;";
    finds(rpcs_have_options, class, "", "ListSamples has no rpc_data_class");
    finds(rpcs_have_options, "option idempotency_level = IDEMPOTENT;", "", "RecordSample has no idempotency_level");
}

#[test]
fn a_field_without_class_is_found() {
    let class = "option (tenure.contract.v1.message_data_class) = DATA_CLASS_OPERATIONAL;";
    finds(fields_have_a_class, class, "", "ListSamplesRequest.page_size has no data class");
    finds(
        fields_have_a_class,
        "class) = DATA_CLASS_OPERATIONAL",
        "class) = DATA_CLASS_UNSPECIFIED",
        "has no data class",
    );
}

#[test]
fn an_rpc_of_another_class_is_found() {
    let rule = rpcs_tell_their_class;
    finds(rule, "DATA_CLASS_PERSONAL;", "DATA_CLASS_PSEUDONYMOUS;", "ListSamples is DATA_CLASS_PERSONAL and says");
    finds(rule, "int32 count = 2", "Sample sample = 2", "RecordSample is DATA_CLASS_PERSONAL");
    finds(rule, "DATA_CLASS_PSEUDONYMOUS;", "DATA_CLASS_PERSONAL;", "RecordSample is DATA_CLASS_PSEUDONYMOUS");
}

#[test]
fn a_personal_field_in_a_journal_is_found() {
    let rule = events_hold_nothing_personal;
    finds(rule, "Sample.Kind kind = 1", "Sample sample = 1", "SampleRecorded.sample is personal");
    let own = "string name = 1 [(tenure.contract.v1.data_class) = DATA_CLASS_PERSONAL]";
    finds(rule, "Sample.Kind kind = 1", own, "SampleRecorded.name is personal");
}
