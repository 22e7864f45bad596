//! The rules of the workspace: who may know whom, what a service looks like inside, what may stand where. Each rule takes a
//! workspace and says what breaks it; each is tested on a made-up one that does.

use workspace::Workspace;

mod code;
mod dependencies;
mod imports;
mod limits;
mod names;
mod reasons;
mod shape;
mod workspace;

/// The crates that are services.
const SERVICES: &[&str] =
    &["tenure-collector", "tenure-identity", "tenure-profile", "tenure-value", "tenure-expectation"];

/// The crates without IO: plain data in, plain data out.
const PURE: &[&str] = &["tenure-clv", "tenure-linkage"];

type Rule = fn(&Workspace) -> Vec<String>;

const RULES: &[Rule] = &[
    dependencies::crates_know_only_what_they_may,
    dependencies::pure_crates_do_no_io,
    imports::domains_are_pure,
    imports::entities_stay_in_stores,
    imports::stores_know_no_rpc,
    limits::files_are_short,
    limits::mains_are_short,
    limits::time_comes_from_the_clock,
    names::names_say_something,
    reasons::reasons_are_shown,
    shape::services_have_one_shape,
];

/// Asserts that a rule finds something in a workspace.
fn finds(rule: Rule, workspace: &Workspace, expected: &str) {
    let found = rule(workspace);
    assert!(found.iter().any(|finding| finding.contains(expected)), "expected {expected:?}, found {found:?}");
}

/// Asserts that a rule finds nothing in a workspace.
fn passes(rule: Rule, workspace: &Workspace) {
    assert_eq!(rule(workspace), Vec::<String>::new());
}

#[test]
fn the_workspace_keeps_every_rule() {
    let workspace = Workspace::read();
    let found: Vec<_> = RULES.iter().flat_map(|rule| rule(&workspace)).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
