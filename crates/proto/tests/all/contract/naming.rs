//! Names of packages, files, services, RPCs and enums.

use prost_reflect::{DescriptorPool, EnumDescriptor};

use super::finds;
use crate::descriptors::{enums_of, files, methods};

/// The verbs that an RPC may begin with. A new one is added with thought: would one of these do?
const VERBS: &[&str] = &[
    "Apply", "Audit", "Backtest", "Batch", "Check", "Decide", "Define", "Delete", "Describe", "End", "Enrich", "Erase",
    "Evaluate", "Explain", "Export", "Fit", "Get", "Hold", "List", "Merge", "Object", "Promote", "Rebuild", "Record",
    "Redeem", "Register", "Replay", "Report", "Reserve", "Resolve", "Restrict", "Score", "Split", "Stream", "Tail",
    "Train", "Undo", "Watch", "What",
];

/// A package is `tenure.<word>.v1`, and its files lie in the folder that says so.
pub(super) fn files_follow_packages(pool: &DescriptorPool) -> Vec<String> {
    let misplaced = |package: &str, file: &str| {
        let parts: Vec<_> = package.split('.').collect();
        let word = parts.get(1).is_some_and(|word| word.chars().all(|letter| letter.is_ascii_lowercase()));
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        parts.len() != 3 || !word || parts[2] != "v1" || folder != package.replace('.', "/")
    };
    let found = files(pool).into_iter().filter(|file| misplaced(file.package_name(), file.name()));
    found.map(|file| format!("{}: package {} is not its folder", file.name(), file.package_name())).collect()
}

/// A package has one service, `<Word>Service` in `<word>_service.proto`.
pub(super) fn services_have_their_file(pool: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(pool) {
        let word = file.package_name().split('.').nth(1).unwrap_or_default();
        for service in file.services() {
            let name = service.name().to_lowercase();
            if name != format!("{word}service") || !file.name().ends_with(&format!("/{word}_service.proto")) {
                found.push(format!("{}: {} is not this package's service", file.name(), service.name()));
            }
        }
    }
    found
}

pub(super) fn rpcs_begin_with_a_verb(pool: &DescriptorPool) -> Vec<String> {
    let begins = |name: &str| {
        let rest = VERBS.iter().find_map(|verb| name.strip_prefix(verb));
        rest.is_some_and(|rest| rest.chars().next().is_none_or(|next| next.is_ascii_uppercase()))
    };
    let found = methods(pool).into_iter().filter(|method| !begins(method.name()));
    found.map(|method| format!("{} does not begin with a known verb", method.full_name())).collect()
}

/// The zero value is `<ENUM>_UNSPECIFIED`, and all values begin with `<ENUM>_`.
pub(super) fn enums_are_prefixed(pool: &DescriptorPool) -> Vec<String> {
    files(pool).iter().flat_map(enums_of).flat_map(|enumeration| badly_named_values(&enumeration)).collect()
}

fn badly_named_values(enumeration: &EnumDescriptor) -> Vec<String> {
    let prefix = format!("{}_", upper_snake(enumeration.name()));
    let wrong = |name: &str, number: i32| {
        !name.starts_with(&prefix) || (number == 0) != (name == format!("{prefix}UNSPECIFIED"))
    };
    let found = enumeration.values().filter(|value| wrong(value.name(), value.number()));
    found.map(|value| format!("{} is not named by {prefix}", value.full_name())).collect()
}

fn upper_snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

#[test]
fn a_package_beside_its_folder_is_found() {
    for package in ["tenure.sample.v2", "tenure.sample", "tenure.Sample.v1"] {
        let expected = format!("package {package} is not its folder");
        finds(files_follow_packages, "package tenure.sample.v1;", &format!("package {package};"), &expected);
    }
}

#[test]
fn a_service_of_another_name_is_found() {
    finds(services_have_their_file, "service SampleService", "service Samples", "Samples is not");
    let second = "// Another.\nservice SampleService2 {}\n// A sample was recorded.";
    finds(services_have_their_file, "// A sample was recorded.", second, "SampleService2 is not");
}

#[test]
fn an_rpc_without_verb_is_found() {
    finds(rpcs_begin_with_a_verb, "rpc RecordSample(", "rpc SampleRecord(", "SampleRecord does not begin");
    finds(rpcs_begin_with_a_verb, "rpc RecordSample(", "rpc Recordings(", "Recordings does not begin");
}

#[test]
fn a_badly_named_value_is_found() {
    finds(enums_are_prefixed, "KIND_BLOOD = 1", "BLOOD = 1", "BLOOD is not named");
    finds(enums_are_prefixed, "KIND_UNSPECIFIED = 0", "KIND_NONE = 0", "KIND_NONE is not named");
}
