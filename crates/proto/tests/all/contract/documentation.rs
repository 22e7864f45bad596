//! Everything has a comment in front of it.

use prost_reflect::{DescriptorPool, FileDescriptor};

use super::finds;
use crate::descriptors::{comment, enums_of, files, messages_of};

/// The full name of an element and its path in its file.
type Element = (String, Vec<i32>);

pub(super) fn everything_is_documented(pool: &DescriptorPool) -> Vec<String> {
    let bare = |file: &FileDescriptor| {
        let elements = services(file).into_iter().chain(types(file)).chain(extensions(file));
        elements.filter(|(_, path)| comment(file, path).is_empty()).map(|(name, _)| name).collect::<Vec<_>>()
    };
    files(pool).iter().flat_map(bare).map(|name| format!("{name} has no comment")).collect()
}

fn services(file: &FileDescriptor) -> Vec<Element> {
    let mut all = Vec::new();
    for service in file.services() {
        all.push((service.full_name().to_owned(), service.path().to_vec()));
        all.extend(service.methods().map(|method| (method.full_name().to_owned(), method.path().to_vec())));
    }
    all
}

fn types(file: &FileDescriptor) -> Vec<Element> {
    let mut all = Vec::new();
    for message in messages_of(file) {
        all.push((message.full_name().to_owned(), message.path().to_vec()));
        all.extend(message.fields().map(|field| (field.full_name().to_owned(), field.path().to_vec())));
        let oneofs = message.oneofs().filter(|oneof| !oneof.is_synthetic());
        all.extend(oneofs.map(|oneof| (oneof.full_name().to_owned(), oneof.path().to_vec())));
    }
    for enumeration in enums_of(file) {
        all.push((enumeration.full_name().to_owned(), enumeration.path().to_vec()));
        all.extend(enumeration.values().map(|value| (value.full_name().to_owned(), value.path().to_vec())));
    }
    all
}

fn extensions(file: &FileDescriptor) -> Vec<Element> {
    file.extensions().map(|extension| (extension.full_name().to_owned(), extension.path().to_vec())).collect()
}

#[test]
fn a_missing_comment_is_found() {
    let elements = [
        ("// Keeps samples.", "SampleService"),
        ("// Records a sample.\n  // Errors: FIELDS_INVALID, REQUEST_ID_REUSED.", "SampleService.RecordSample"),
        ("// A sample.", "Sample"),
        ("// Whose.", "Sample.name"),
        ("// Where it is.", "Sample.place"),
        ("// What it is.\n  enum", "Sample.Kind"),
        ("// Of blood.", "Sample.KIND_BLOOD"),
        ("// A sample was recorded.", "SampleRecorded"),
    ];
    for (text, name) in elements {
        let rest = if text.ends_with("enum") { "enum" } else { "" };
        finds(everything_is_documented, text, rest, &format!("tenure.sample.v1.{name} has no comment"));
    }
}
