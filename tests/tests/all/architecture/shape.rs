//! Every service has the same inside.

use super::{SERVICES, finds, passes, workspace::Workspace};

/// What each service has, from its own folder.
const FILES: &[&str] =
    &["README.md", "src/lib.rs", "src/config.rs", "src/wiring.rs", "src/metrics.rs", "src/api/grpc.rs"];

/// The folders that each service has something in.
const FOLDERS: &[&str] = &["src/domain", "src/app", "src/store", "src/api/convert"];

pub(super) fn services_have_one_shape(workspace: &Workspace) -> Vec<String> {
    let services = workspace.crates.iter().filter(|(name, _)| SERVICES.contains(&name.as_str()));
    services.flat_map(|(name, one)| misshapen(workspace, name, &one.folder)).collect()
}

fn misshapen(workspace: &Workspace, name: &str, folder: &str) -> Vec<String> {
    let has = |path: &str| workspace.files.contains_key(&format!("{folder}/{path}"));
    let holds = |path: &str| workspace.files.keys().any(|file| file.starts_with(&format!("{folder}/{path}/")));
    let files = FILES.iter().filter(|path| !has(path));
    let missing = files.chain(FOLDERS.iter().filter(|path| !holds(path)));
    let missing = missing.map(|path| format!("{name} has no {path}"));
    let odd = workspace.sources(name).filter_map(|(path, _)| path.strip_prefix("follow/"));
    let odd = odd.filter(|file| !file.starts_with("on_") && *file != "mod.rs");
    missing.chain(odd.map(|file| format!("{name}: follow/{file} is not named after an event, on_<event>.rs"))).collect()
}

/// A service with all that it must have but the given path.
fn service_without(without: &str) -> Workspace {
    let folders = FOLDERS.iter().map(|folder| format!("{folder}/score.rs"));
    let paths = FILES.iter().map(|&file| file.to_owned()).chain(folders).filter(|path| !path.starts_with(without));
    let text = "//\n".repeat(5);
    let empty = Workspace::default().with_crate("tenure-value", &[]);
    paths.fold(empty, |workspace, path| workspace.with_file(&format!("crates/value/{path}"), &text))
}

#[test]
fn a_missing_part_is_found() {
    passes(services_have_one_shape, &service_without("nothing"));
    for part in FILES.iter().chain(FOLDERS) {
        finds(services_have_one_shape, &service_without(part), &format!("tenure-value has no {part}"));
    }
}

#[test]
fn a_follower_without_event_is_found() {
    let odd = service_without("nothing").with_file("crates/value/src/follow/purchases.rs", "");
    finds(services_have_one_shape, &odd, "follow/purchases.rs is not named");
    passes(
        services_have_one_shape,
        &service_without("nothing").with_file("crates/value/src/follow/on_touchpoint.rs", ""),
    );
}

#[test]
fn a_stub_is_found() {
    let stub = Workspace::default().with_crate("tenure-value", &[]).with_file("crates/value/src/lib.rs", "//\n");
    finds(services_have_one_shape, &stub, "tenure-value has no src/wiring.rs");
}
