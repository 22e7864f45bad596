//! The rules of the contract. Each takes a pool and says what breaks it; each is tested on a sample that does.

use prost_reflect::DescriptorPool;

use crate::{descriptors::contract, sample::sample};

mod documentation;
mod errors;
mod mutations;
mod naming;
mod numbers;
mod paging;
mod requests;
mod sensitivity;

type Rule = fn(&DescriptorPool) -> Vec<String>;

const RULES: &[Rule] = &[
    documentation::everything_is_documented,
    errors::errors_are_named,
    errors::errors_follow_from_fields,
    mutations::mutations_are_repeatable,
    naming::enums_are_prefixed,
    naming::files_follow_packages,
    naming::rpcs_begin_with_a_verb,
    naming::services_have_their_file,
    numbers::money_is_whole,
    paging::lists_are_paged,
    requests::requests_belong_to_one_rpc,
    sensitivity::events_hold_nothing_personal,
    sensitivity::fields_have_a_class,
    sensitivity::rpcs_have_options,
    sensitivity::rpcs_tell_their_class,
];

fn findings(pool: &DescriptorPool) -> Vec<String> {
    RULES.iter().flat_map(|rule| rule(pool)).collect()
}

/// Asserts that a rule, and with it the whole set, finds what the change did to the sample.
fn finds(rule: Rule, from: &str, to: &str, expected: &str) {
    let found = rule(&sample(from, to));
    assert!(found.iter().any(|finding| finding.contains(expected)), "expected {expected:?}, found {found:?}");
}

#[test]
fn the_contract_keeps_every_rule() {
    let found = findings(&contract());
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_sample_keeps_every_rule() {
    let found = findings(&sample("", ""));
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
