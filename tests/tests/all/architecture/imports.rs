//! What may be used where in a crate.

use super::{SERVICES, code::names_crate, finds, passes, workspace::Workspace};

/// What a service's domain does without.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "tonic", "prost", "sea_orm", "sqlx", "tenure_proto"];

/// The crates that speak to a database.
const DATABASE: &[&str] = &["tenure-store", "tenure-journal", "tenure-keyring"];

/// Whether a path below `src/` is a module or within it.
fn within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// What uses of the names a service makes within a module, such as "tenure-value: domain/score.rs uses tokio".
fn uses(workspace: &Workspace, module: &str, names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for service in SERVICES {
        for (path, text) in workspace.sources(service).filter(|(path, _)| within(path, module)) {
            let used = names.iter().filter(|name| names_crate(text, name));
            found.extend(used.map(|name| format!("{service}: {path} uses {name}")));
        }
    }
    found
}

pub(super) fn domains_are_pure(workspace: &Workspace) -> Vec<String> {
    uses(workspace, "domain", NOT_IN_DOMAIN)
}

pub(super) fn stores_know_no_rpc(workspace: &Workspace) -> Vec<String> {
    uses(workspace, "store", &["tonic"])
}

/// `sea_orm` is used by the crates of the database and in the `store` of a service.
pub(super) fn entities_stay_in_stores(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for name in workspace.crates.keys().filter(|name| !DATABASE.contains(&name.as_str())) {
        let outside =
            workspace.sources(name).filter(|(path, _)| !(SERVICES.contains(&name.as_str()) && within(path, "store")));
        let used = outside.filter(|(_, text)| names_crate(text, "sea_orm"));
        found.extend(used.map(|(path, _)| format!("{name}: {path} uses sea_orm")));
    }
    found
}

/// A service with one file.
fn value(path: &str, text: &str) -> Workspace {
    Workspace::default().with_crate("tenure-value", &[]).with_file(&format!("crates/value/src/{path}"), text)
}

#[test]
fn an_impure_domain_is_found() {
    for name in NOT_IN_DOMAIN {
        for path in ["domain/score.rs", "domain.rs", "domain/score/fold.rs"] {
            let workspace = value(path, &format!("use {name}::Thing;"));
            finds(domains_are_pure, &workspace, &format!("tenure-value: {path} uses {name}"));
        }
    }
    passes(domains_are_pure, &value("app/score.rs", "use tokio::time;"));
    passes(domains_are_pure, &value("domain/score.rs", "// not tokio\nuse tenure_kernel::Money;"));
}

#[test]
fn an_rpc_in_a_store_is_found() {
    finds(stores_know_no_rpc, &value("store/row.rs", "fn f() -> tonic::Status {}"), "store/row.rs uses tonic");
    passes(stores_know_no_rpc, &value("api/grpc.rs", "use tonic::Status;"));
}

#[test]
fn an_entity_outside_a_store_is_found() {
    let text = "#[sea_orm(table_name = \"a\")]";
    finds(entities_stay_in_stores, &value("app/fit.rs", text), "app/fit.rs uses sea_orm");
    passes(entities_stay_in_stores, &value("store/row.rs", text));
    let server = Workspace::default().with_crate("tenure-server", &[]).with_file("crates/server/src/store/a.rs", text);
    finds(entities_stay_in_stores, &server, "tenure-server: store/a.rs uses sea_orm");
    let store = Workspace::default().with_crate("tenure-store", &[]).with_file("crates/store/src/pool.rs", text);
    passes(entities_stay_in_stores, &store);
}
