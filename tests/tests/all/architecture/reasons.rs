//! The kernel's reasons are those of the contract, by name, number and status code; and tests show what callers get for each.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DescriptorPool, EnumDescriptor};
use tenure_kernel::Reason;

use super::{finds, passes, workspace::Workspace};

/// Shows a made-up refusal for every reason there is.
const MADE_UP: &str = "every_reason.snap";

/// A reason's number and, where the contract says one, the status code of a call refused for it.
type Meaning = (i32, Option<String>);

/// The contract's reasons; their comments begin with the status code, or with "Field" or "Item" for parts of a call.
fn contract() -> BTreeMap<String, Meaning> {
    let pool = DescriptorPool::decode(tenure_proto::FILE_DESCRIPTOR_SET).unwrap();
    let reasons = pool.get_enum_by_name("tenure.error.v1.Reason").unwrap();
    let values = reasons.values().filter(|value| value.number() != 0);
    let meaning = |path: &[i32], number| (number, code(&reasons, path));
    values.map(|value| (value.name().replacen("REASON_", "", 1), meaning(value.path(), value.number()))).collect()
}

fn code(reasons: &EnumDescriptor, path: &[i32]) -> Option<String> {
    let source = reasons.parent_file_descriptor_proto().source_code_info.as_ref().unwrap();
    let comment = source.location.iter().find(|place| place.path == path).unwrap().leading_comments();
    let word = comment.trim_start().split(':').next().unwrap().to_owned();
    (!["Field", "Item"].contains(&word.as_str())).then_some(word)
}

fn kernel() -> BTreeMap<String, Meaning> {
    let meaning = |reason: &Reason| (reason.number(), Some(upper_snake(&format!("{:?}", reason.code()))));
    Reason::ALL.iter().map(|reason| (reason.as_str().to_owned(), meaning(reason))).collect()
}

fn upper_snake(name: &str) -> String {
    let split =
        |letter: char| if letter.is_ascii_uppercase() { vec!['_', letter] } else { vec![letter.to_ascii_uppercase()] };
    name.chars().flat_map(split).skip(1).collect()
}

/// The reasons that one side lacks or gives another meaning.
fn differences(contract: &BTreeMap<String, Meaning>, kernel: &BTreeMap<String, Meaning>) -> Vec<String> {
    let differs = |name: &&String| match (contract.get(*name), kernel.get(*name)) {
        (Some((number, None)), Some((other, _))) => number != other,
        (left, right) => left != right,
    };
    let lacking = kernel.keys().filter(|name| !contract.contains_key(*name));
    let names = contract.keys().chain(lacking).filter(differs);
    names.map(|name| format!("{name}: {:?} and {:?}", contract.get(name), kernel.get(name))).collect()
}

/// A reason that no caller gets has no place in the contract; one that a caller gets is shown in a snapshot.
pub(super) fn reasons_are_shown(workspace: &Workspace) -> Vec<String> {
    let files = workspace.files.iter().filter(|(path, _)| path.ends_with(".snap") && !path.ends_with(MADE_UP));
    let shown: BTreeSet<&str> = files.flat_map(|(_, text)| text.split(|letter| !in_reason(letter))).collect();
    let missing = contract().into_keys().filter(|name| !shown.contains(name.as_str()));
    missing.map(|name| format!("{name} is in no snapshot of what callers are told")).collect()
}

fn in_reason(letter: char) -> bool {
    letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'
}

#[test]
fn a_reason_that_is_not_shown_is_found() {
    let show = |without: &str| {
        let names = contract().into_keys().filter(|name| name != without);
        names.map(|name| format!("  ErrorInfo {name} tenure.dev {{}}\n  BadRequest x: required ({name})\n")).collect()
    };
    let workspace = |path: &str, without: &str| -> Workspace {
        let text: String = show(without);
        Workspace::default().with_file(&format!("crates/value/tests/all/snapshots/{path}"), &text)
    };
    passes(reasons_are_shown, &workspace("all__refusals__refusals.snap", ""));
    finds(reasons_are_shown, &workspace("all__refusals__refusals.snap", "NOT_FOUND"), "NOT_FOUND");
    finds(reasons_are_shown, &workspace("all__refusals__every_reason.snap", ""), "NOT_FOUND");
    let longer =
        workspace("all__refusals__refusals.snap", "NOT_FOUND").with_file("crates/value/a.snap", "NOT_FOUND_HERE");
    finds(reasons_are_shown, &longer, "NOT_FOUND");
}

#[test]
fn the_kernel_has_the_reasons_of_the_contract() {
    let found = differences(&contract(), &kernel());
    assert!(found.is_empty(), "contract and kernel differ:\n{}", found.join("\n"));
}

#[test]
fn each_difference_is_found() {
    let one =
        |name: &str, number, code: Option<&str>| BTreeMap::from([(name.to_owned(), (number, code.map(str::to_owned)))]);
    let contract = one("GONE", 1, Some("NOT_FOUND"));
    assert!(differences(&contract, &contract).is_empty());
    assert!(differences(&one("GONE", 1, None), &contract).is_empty());
    let others = [
        BTreeMap::new(),
        one("LOST", 1, Some("NOT_FOUND")),
        one("GONE", 2, Some("NOT_FOUND")),
        one("GONE", 1, Some("ABORTED")),
    ];
    for other in others {
        assert!(!differences(&contract, &other).is_empty(), "{other:?}");
        assert!(!differences(&other, &contract).is_empty(), "{other:?}");
    }
}
