//! Writes a package as a page.

use prost_reflect::{
    EnumDescriptor, ExtensionDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    ServiceDescriptor,
};
use prost_types::method_options::IdempotencyLevel;
use tenure_proto::contract::v1::DataClass;

use crate::descriptors::{class, comment, field_class, kind_name, messages_of, option};

/// The tag of a file's `package` line in its descriptor.
const PACKAGE: i32 = 2;

/// The page of a package.
pub(super) fn package(name: &str, files: &[FileDescriptor]) -> String {
    let mut page = format!("# {name}\n\nGenerated from `proto/{}/`.\n", name.replace('.', "/"));
    for text in files.iter().map(|file| comment(file, &[PACKAGE])).filter(|text| !text.is_empty()) {
        page += &format!("\n{text}\n");
    }
    files.iter().flat_map(FileDescriptor::services).for_each(|item| page += &service(&item));
    page += &options(files);
    for file in files {
        file.enums().for_each(|item| page += &enumeration(&item));
        messages_of(file).iter().for_each(|item| page += &message(item));
    }
    page
}

fn service(service: &ServiceDescriptor) -> String {
    let text = comment(&service.parent_file(), service.path());
    let mut section = format!("\n## {}\n\n{text}\n", service.name());
    service.methods().for_each(|item| section += &method(&item));
    section
}

fn method(method: &MethodDescriptor) -> String {
    let service = method.parent_service();
    let stream = |streaming| if streaming { "stream of " } else { "" };
    let link = |message: &MessageDescriptor| link(message.full_name(), message.package_name(), service.package_name());
    let takes = format!("{}{}", stream(method.is_client_streaming()), link(&method.input()));
    let gives = format!("{}{}", stream(method.is_server_streaming()), link(&method.output()));
    let text = comment(&service.parent_file(), method.path()).replace(" Errors: ", "\n\nErrors: ");
    format!("\n### {}\n\n{takes} → {gives}\n\n{text}\n\n{}\n", method.name(), access(method))
}

/// Such as "Scope `value.read`, data class operational, no side effects."
fn access(method: &MethodDescriptor) -> String {
    let (pool, options) = (method.parent_pool(), method.options());
    let scope = option(pool, &options, "scope").and_then(|scope| scope.as_str().map(str::to_owned)).unwrap_or_default();
    let class = class_name(class(pool, &options, "rpc_data_class"));
    let options = method.method_descriptor_proto().options.as_ref();
    let level = match options.map(|options| options.idempotency_level()) {
        Some(IdempotencyLevel::NoSideEffects) => "no side effects",
        Some(IdempotencyLevel::Idempotent) => "idempotent",
        _ => "not idempotent",
    };
    format!("Scope `{scope}`, data class {class}, {level}.")
}

fn message(message: &MessageDescriptor) -> String {
    let text = comment(&message.parent_file(), message.path());
    let mut section = format!("\n## {}\n\n{text}\n", short(message.full_name(), message.package_name()));
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        section += &format!("\nOne of {}: {}\n", oneof.name(), comment(&message.parent_file(), oneof.path()));
    }
    if message.fields().len() > 0 {
        section += "\n| # | field | type | data class | meaning |\n|---|---|---|---|---|\n";
    }
    message.fields().for_each(|item| section += &field(&item));
    message.child_enums().for_each(|item| section += &enumeration(&item));
    section
}

fn field(field: &FieldDescriptor) -> String {
    let message = field.parent_message();
    let row = [
        field.number().to_string(),
        field.name().to_owned(),
        field_type(field, message.package_name()),
        class_name(field_class(field)),
        comment(&message.parent_file(), field.path()).replace('|', "\\|"),
    ];
    format!("| {} |\n", row.join(" | "))
}

fn field_type(field: &FieldDescriptor, package: &str) -> String {
    let name = linked(&field.kind(), package);
    match field.containing_oneof() {
        _ if field.is_list() => format!("repeated {name}"),
        Some(oneof) if oneof.is_synthetic() => format!("optional {name}"),
        Some(oneof) => format!("{name}, one of {}", oneof.name()),
        None => name,
    }
}

fn enumeration(enumeration: &EnumDescriptor) -> String {
    let file = enumeration.parent_file();
    let name = short(enumeration.full_name(), enumeration.package_name()).to_owned();
    let mut section = format!("\n## {name}\n\n{}\n", comment(&file, enumeration.path()));
    section += "\n| # | value | meaning |\n|---|---|---|\n";
    for value in enumeration.values() {
        section += &format!("| {} | {} | {} |\n", value.number(), value.name(), comment(&file, value.path()));
    }
    section
}

fn options(files: &[FileDescriptor]) -> String {
    let row = |option: ExtensionDescriptor| {
        let kind = linked(&option.kind(), option.package_name());
        let text = comment(&option.parent_file(), option.path());
        format!(
            "| {} | {} | {kind} | {} | {text} |\n",
            option.number(),
            option.name(),
            option.containing_message().name()
        )
    };
    let rows: String = files.iter().flat_map(FileDescriptor::extensions).map(row).collect();
    let head = "\n## Options\n\n| # | option | type | of | meaning |\n|---|---|---|---|---|\n";
    if rows.is_empty() { rows } else { format!("{head}{rows}") }
}

fn class_name(class: Option<DataClass>) -> String {
    class.map_or("", |class| class.as_str_name()).trim_start_matches("DATA_CLASS_").to_lowercase()
}

/// A kind, with a link if it is ours.
fn linked(kind: &Kind, from: &str) -> String {
    let package = match kind {
        Kind::Message(message) => message.package_name().to_owned(),
        Kind::Enum(enumeration) => enumeration.package_name().to_owned(),
        _ => String::new(),
    };
    link(&kind_name(kind), &package, from)
}

fn link(name: &str, package: &str, from: &str) -> String {
    if !package.starts_with("tenure.") {
        return name.trim_start_matches("google.protobuf.").to_owned();
    }
    let short = short(name, package);
    let page = if package == from { String::new() } else { format!("{package}.md") };
    format!("[{short}]({page}#{})", short.replace('.', "").to_lowercase())
}

/// A full name without its package.
fn short<'a>(name: &'a str, package: &str) -> &'a str {
    name.strip_prefix(package).map_or(name, |rest| rest.trim_start_matches('.'))
}
