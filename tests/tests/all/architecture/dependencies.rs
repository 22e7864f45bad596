//! Who may know whom.

use super::{PURE, SERVICES, finds, passes, workspace::Workspace};

/// What any crate above the vocabulary may know.
const VOCABULARY: &[&str] = &["tenure-kernel", "tenure-proto"];

/// Nothing at all but in tests, so whoever does IO may have it.
const FAILPOINT: &[&str] = &["tenure-failpoint"];

/// What a service may know beside pure crates.
const PLATFORM: &[&str] = &[
    "tenure-kernel",
    "tenure-proto",
    "tenure-server",
    "tenure-store",
    "tenure-journal",
    "tenure-keyring",
    "tenure-records",
    "tenure-enrichment",
];

/// What does IO, or belongs to the wire or a database.
const IO: &[&str] = &["tokio", "tonic", "prost", "prost-types", "sea-orm", "sqlx", "tracing"];

/// The crates of ours that a crate may know; none if the crate is not known here.
fn may_know(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "tenure-kernel" | "tenure-proto" | "tenure-failpoint" => Vec::new(),
        "tenure-server" | "tenure-client" | "tenure-simulator" | "tenure-enrichment" => VOCABULARY.to_vec(),
        "tenure-store" => [VOCABULARY, FAILPOINT].concat(),
        "tenure-journal" => [VOCABULARY, FAILPOINT, &["tenure-server", "tenure-store"]].concat(),
        "tenure-records" => [VOCABULARY, &["tenure-server", "tenure-store", "tenure-journal"]].concat(),
        "tenure-keyring" => [VOCABULARY, &["tenure-store"]].concat(),
        pure if PURE.contains(&pure) => Vec::new(),
        service if SERVICES.contains(&service) => [PLATFORM, FAILPOINT, PURE].concat(),
        _ => return None,
    })
}

/// The command and the tests may know all; every other crate has its list, also for building and testing.
pub(super) fn crates_know_only_what_they_may(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for (name, one) in workspace.crates.iter().filter(|(name, _)| !["tenure", "tenure-tests"].contains(&name.as_str()))
    {
        let Some(allowed) = may_know(name) else {
            found.push(format!("{name} has no rule yet: say in dependencies.rs what it may know"));
            continue;
        };
        let ours = one.dependencies.iter().filter(|other| workspace.crates.contains_key(*other) && *other != name);
        let refused = ours.filter(|other| !allowed.contains(&other.as_str()));
        found.extend(refused.map(|other| format!("{name} may not know {other}")));
    }
    found
}

pub(super) fn pure_crates_do_no_io(workspace: &Workspace) -> Vec<String> {
    let pure = workspace.crates.iter().filter(|(name, _)| PURE.contains(&name.as_str()) || *name == "tenure-kernel");
    let refused = pure.flat_map(|(name, one)| {
        let refused = one.dependencies.iter().filter(|other| IO.contains(&other.as_str()));
        refused.map(move |other| format!("{name} is pure and may not use {other}"))
    });
    refused.collect()
}

#[test]
fn a_forbidden_dependency_is_found() {
    let cases = [
        ("tenure-kernel", "tenure-proto"),
        ("tenure-proto", "tenure-kernel"),
        ("tenure-server", "tenure-store"),
        ("tenure-store", "tenure-journal"),
        ("tenure-keyring", "tenure-journal"),
        ("tenure-clv", "tenure-kernel"),
        ("tenure-client", "tenure-server"),
        ("tenure-simulator", "tenure-client"),
        ("tenure-enrichment", "tenure-server"),
        ("tenure-profile", "tenure-identity"),
        ("tenure-value", "tenure-client"),
    ];
    for (name, other) in cases {
        let workspace = Workspace::default().with_crate(other, &[]).with_crate(name, &["serde", other]);
        finds(crates_know_only_what_they_may, &workspace, &format!("{name} may not know {other}"));
    }
}

#[test]
fn an_allowed_dependency_passes() {
    let cases = [("tenure-journal", "tenure-server"), ("tenure-value", "tenure-clv"), ("tenure-tests", "tenure-value")];
    for (name, other) in cases {
        let workspace = Workspace::default().with_crate(other, &[]).with_crate(name, &[name, other]);
        passes(crates_know_only_what_they_may, &workspace);
    }
}

#[test]
fn a_crate_without_rule_is_found() {
    let workspace = Workspace::default().with_crate("tenure-gossip", &[]);
    finds(crates_know_only_what_they_may, &workspace, "tenure-gossip has no rule yet");
}

#[test]
fn io_in_a_pure_crate_is_found() {
    for name in ["tenure-clv", "tenure-kernel"] {
        let workspace = Workspace::default().with_crate(name, &["thiserror", "tokio"]);
        finds(pure_crates_do_no_io, &workspace, &format!("{name} is pure and may not use tokio"));
    }
}
