//! Names that say nothing are refused.

use super::{
    code::{code, words},
    finds, passes,
    workspace::Workspace,
};

/// Names under which anything may be put, and soon is.
const EMPTY: &[&str] = &["base", "common", "helper", "helpers", "misc", "shared", "util", "utils"];

/// No crate, folder, file or module has such a name.
pub(super) fn names_say_something(workspace: &Workspace) -> Vec<String> {
    let crates = workspace.crates.keys().filter(|name| name.split('-').any(|word| EMPTY.contains(&word)));
    let mut found: Vec<_> = crates.map(|name| format!("the crate {name} has a name that says nothing")).collect();
    for (path, text) in workspace.rust_files() {
        let parts = path.trim_end_matches(".rs").split('/').map(str::to_owned);
        let empty = parts.chain(modules(text)).filter(|name| EMPTY.contains(&name.as_str()));
        found.extend(empty.map(|name| format!("{path}: the name {name} says nothing")));
    }
    found
}

/// The modules that a file declares.
fn modules(text: &str) -> Vec<String> {
    let code = code(text);
    let names = words(&code).zip(words(&code).skip(1));
    names.filter(|(keyword, _)| *keyword == "mod").map(|(_, name)| name.to_owned()).collect()
}

#[test]
fn an_empty_name_is_found() {
    let file = |path, text| Workspace::default().with_file(path, text);
    finds(names_say_something, &Workspace::default().with_crate("tenure-common", &[]), "the crate tenure-common");
    finds(names_say_something, &file("crates/value/src/utils.rs", ""), "the name utils says nothing");
    finds(names_say_something, &file("crates/value/tests/helpers/money.rs", ""), "the name helpers says nothing");
    finds(names_say_something, &file("crates/value/src/lib.rs", "mod shared { fn a() {} }"), "the name shared");
    passes(names_say_something, &file("crates/value/src/base_value.rs", "// mod utils\nmod score;"));
}
