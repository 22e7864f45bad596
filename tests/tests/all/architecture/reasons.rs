//! The kernel's reasons are those of the contract, by name, number and status code.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, EnumDescriptor};
use tenure_kernel::Reason;

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
