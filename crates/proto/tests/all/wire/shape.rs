//! The shape of a contract: every element that a reader relies on, and what it relies on.

use std::collections::BTreeMap;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto,
};

/// Elements by kind, owner and number or name.
pub(super) struct Shape {
    pub(super) elements: BTreeMap<String, String>,
}

impl Shape {
    /// Whether a field or value that is gone has its number and its name reserved. Its name is its shape's first word.
    pub(super) fn is_reserved(&self, element: &str, was: &str) -> bool {
        let words: Vec<_> = element.split(' ').collect();
        let &["field" | "value", owner, number] = words.as_slice() else { return false };
        let name = was.split(' ').next().unwrap_or_default();
        self.elements.contains_key(&format!("reserved name {owner} {name}")) && self.is_number_reserved(owner, number)
    }

    fn is_number_reserved(&self, owner: &str, number: &str) -> bool {
        let prefix = format!("reserved number {owner} ");
        let ranges = self.elements.keys().filter_map(|element| element.strip_prefix(&prefix)?.split_once(".."));
        let number: i32 = number.parse().unwrap();
        ranges.into_iter().any(|(start, end)| (start.parse().unwrap()..=end.parse().unwrap()).contains(&number))
    }

    fn add(&mut self, element: String, is: impl Into<String>) {
        self.elements.insert(element, is.into());
    }
}

pub(super) fn shape(set: &FileDescriptorSet) -> Shape {
    let mut shape = Shape { elements: BTreeMap::new() };
    for file in set.file.iter().filter(|file| file.package().starts_with("tenure.")) {
        file.message_type.iter().for_each(|message| add_message(&mut shape, file.package(), message));
        file.enum_type.iter().for_each(|enumeration| add_enum(&mut shape, file.package(), enumeration));
        add_services(&mut shape, file);
    }
    shape
}

fn add_message(shape: &mut Shape, owner: &str, message: &DescriptorProto) {
    let name = format!("{owner}.{}", message.name());
    shape.add(format!("message {name}"), "");
    for field in &message.field {
        shape.add(format!("field {name} {}", field.number()), field_shape(message, field));
    }
    message.nested_type.iter().for_each(|nested| add_message(shape, &name, nested));
    message.enum_type.iter().for_each(|nested| add_enum(shape, &name, nested));
    for range in &message.reserved_range {
        shape.add(format!("reserved number {name} {}..{}", range.start(), range.end() - 1), "");
    }
    message.reserved_name.iter().for_each(|reserved| shape.add(format!("reserved name {name} {reserved}"), ""));
}

/// Such as `cost_minor_units optional int64`.
fn field_shape(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let kind = if field.type_name().is_empty() { field.r#type().as_str_name() } else { field.type_name() };
    let label = match (field.proto3_optional(), field.label()) {
        (true, _) => "optional",
        (false, label) => label.as_str_name(),
    };
    let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
    let oneof = oneof.map(|index| format!(" in {}", message.oneof_decl[usize::try_from(index).unwrap()].name()));
    format!("{} {label} {kind}{}", field.name(), oneof.unwrap_or_default())
}

fn add_enum(shape: &mut Shape, owner: &str, enumeration: &EnumDescriptorProto) {
    let name = format!("{owner}.{}", enumeration.name());
    shape.add(format!("enum {name}"), "");
    for value in &enumeration.value {
        shape.add(format!("value {name} {}", value.number()), value.name());
    }
    for range in &enumeration.reserved_range {
        shape.add(format!("reserved number {name} {}..{}", range.start(), range.end()), "");
    }
    enumeration.reserved_name.iter().for_each(|reserved| shape.add(format!("reserved name {name} {reserved}"), ""));
}

fn add_services(shape: &mut Shape, file: &FileDescriptorProto) {
    for service in &file.service {
        for method in &service.method {
            let element = format!("rpc {}.{}/{}", file.package(), service.name(), method.name());
            shape.add(element, method_shape(method));
        }
    }
}

fn method_shape(method: &MethodDescriptorProto) -> String {
    let stream = |streaming| if streaming { "stream " } else { "" };
    let (takes, gives) = (stream(method.client_streaming()), stream(method.server_streaming()));
    format!("{takes}{} returns {gives}{}", method.input_type(), method.output_type())
}
