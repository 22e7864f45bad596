//! Reads a descriptor pool: what is ours in it, its comments, its data classes.

use std::collections::BTreeSet;

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    MethodDescriptor, Value,
};
use tenure_proto::contract::v1::DataClass;

/// The contract itself.
pub(crate) fn contract() -> DescriptorPool {
    DescriptorPool::decode(tenure_proto::FILE_DESCRIPTOR_SET).unwrap()
}

/// The files of `tenure.*`, by name.
pub(crate) fn files(pool: &DescriptorPool) -> Vec<FileDescriptor> {
    let mut files: Vec<_> = pool.files().filter(|file| file.package_name().starts_with("tenure.")).collect();
    files.sort_by(|left, right| left.name().cmp(right.name()));
    files
}

/// The messages of a file with those inside them, each before its own.
pub(crate) fn messages_of(file: &FileDescriptor) -> Vec<MessageDescriptor> {
    fn add(message: MessageDescriptor, all: &mut Vec<MessageDescriptor>) {
        if !message.is_map_entry() {
            all.push(message.clone());
            message.child_messages().for_each(|child| add(child, all));
        }
    }
    let mut all = Vec::new();
    file.messages().for_each(|message| add(message, &mut all));
    all
}

/// The enums of a file, those inside messages included.
pub(crate) fn enums_of(file: &FileDescriptor) -> Vec<EnumDescriptor> {
    let nested = messages_of(file).into_iter().flat_map(|message| message.child_enums().collect::<Vec<_>>());
    file.enums().chain(nested).collect()
}

/// Every message of ours.
pub(crate) fn messages(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    files(pool).iter().flat_map(messages_of).collect()
}

/// Every field of ours.
pub(crate) fn fields(pool: &DescriptorPool) -> Vec<FieldDescriptor> {
    messages(pool).iter().flat_map(|message| message.fields().collect::<Vec<_>>()).collect()
}

/// Every RPC of ours.
pub(crate) fn methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    let services = files(pool).into_iter().flat_map(|file| file.services().collect::<Vec<_>>());
    services.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

/// The comment in front of the element at a path of a file, on one line; empty when there is none.
pub(crate) fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let source = file.file_descriptor_proto().source_code_info.as_ref();
    let places = source.map_or(&[][..], |info| info.location.as_slice());
    let text = places.iter().find(|place| place.path == path).map_or("", |place| place.leading_comments());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The value of an option of `tenure.contract.v1`, if it is set.
pub(crate) fn option(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<Value> {
    let extension = pool.get_extension_by_name(&format!("tenure.contract.v1.{name}"))?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}

/// The data class in an option, if it is set to one.
pub(crate) fn class(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<DataClass> {
    let class = DataClass::try_from(option(pool, options, name)?.as_enum_number()?).ok()?;
    (class != DataClass::Unspecified).then_some(class)
}

/// The class of a field: its own, else its message's.
pub(crate) fn field_class(field: &FieldDescriptor) -> Option<DataClass> {
    let (pool, message) = (field.parent_pool(), field.parent_message());
    class(pool, &field.options(), "data_class").or_else(|| class(pool, &message.options(), "message_data_class"))
}

/// The fields of a message and of all messages of ours within it.
pub(crate) fn fields_within(message: &MessageDescriptor) -> Vec<FieldDescriptor> {
    let (mut seen, mut open, mut all) = (BTreeSet::new(), vec![message.clone()], Vec::new());
    while let Some(message) = open.pop() {
        if message.package_name().starts_with("tenure.") && seen.insert(message.full_name().to_owned()) {
            open.extend(message.fields().filter_map(|field| field.kind().as_message().cloned()));
            all.extend(message.fields());
        }
    }
    all
}

/// Whether a message has a field of that name.
pub(crate) fn has(message: &MessageDescriptor, field: &str) -> bool {
    message.get_field_by_name(field).is_some()
}

/// A kind as it is written in a proto file, types with their full name.
pub(crate) fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(enumeration) => enumeration.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}
