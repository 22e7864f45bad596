//! `docs/api/` says what the contract says. `TENURE_UPDATE_DOCS=1` writes it.

use std::{collections::BTreeMap, fs, path::PathBuf};

use crate::{
    descriptors::{contract, files},
    sample::sample,
};
use render::package;

mod render;

/// The pages by file name.
fn pages(pool: &prost_reflect::DescriptorPool) -> BTreeMap<String, String> {
    let mut packages: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for file in files(pool) {
        packages.entry(file.package_name().to_owned()).or_default().push(file);
    }
    packages.into_iter().map(|(name, files)| (format!("{name}.md"), package(&name, &files))).collect()
}

/// The pages as they are committed.
fn committed(folder: &PathBuf) -> BTreeMap<String, String> {
    let Ok(items) = fs::read_dir(folder) else { return BTreeMap::new() };
    let names = items.map(|item| item.unwrap().file_name().into_string().unwrap());
    let pages = names.filter(|name| name.starts_with("tenure.") && name.ends_with(".md"));
    pages.map(|name| (name.clone(), fs::read_to_string(folder.join(name)).unwrap())).collect()
}

/// The names of pages that differ, are missing or are left over.
fn stale(written: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> Vec<String> {
    let names = written.keys().chain(wanted.keys()).filter(|name| written.get(*name) != wanted.get(*name));
    let mut names: Vec<_> = names.cloned().collect();
    names.sort();
    names.dedup();
    names
}

fn write(folder: &PathBuf, stale: &[String], wanted: &BTreeMap<String, String>) {
    fs::create_dir_all(folder).unwrap();
    for name in stale {
        match wanted.get(name) {
            Some(page) => fs::write(folder.join(name), page).unwrap(),
            None => fs::remove_file(folder.join(name)).unwrap(),
        }
    }
}

#[test]
fn the_pages_are_up_to_date() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/api");
    let wanted = pages(&contract());
    let stale = stale(&committed(&folder), &wanted);
    if std::env::var_os("TENURE_UPDATE_DOCS").is_some() {
        return write(&folder, &stale, &wanted);
    }
    assert!(stale.is_empty(), "out of date, write them with TENURE_UPDATE_DOCS=1: {stale:?}");
}

#[test]
fn a_stale_page_is_found() {
    let (old, new) = (pages(&sample("", "")), pages(&sample("// Whose.", "// Who gave it.")));
    assert_eq!(stale(&old, &new), ["tenure.sample.v1.md"]);
    assert_eq!(stale(&BTreeMap::new(), &old).len(), old.len());
    assert_eq!(stale(&old, &BTreeMap::new()).len(), old.len());
    assert!(stale(&old, &old).is_empty());
}

#[test]
fn a_page_tells_all_of_its_package() {
    let pages = pages(&sample("", ""));
    let page = &pages["tenure.sample.v1.md"];
    let lines = [
        "# tenure.sample.v1",
        "## SampleService",
        "### ListSamples",
        "[ListSamplesRequest](#listsamplesrequest) → [ListSamplesResponse](#listsamplesresponse)",
        "Scope `sample.read`, data class personal, no side effects.",
        "Errors: FIELDS_INVALID, PAGE_TOKEN_INVALID (of another list), READ_TOKEN_INVALID, DEADLINE.",
        "One of place: Where it is.",
        "| 2 | name | string | personal | Whose. |",
        "| 4 | shelf | string, one of place | pseudonymous | On a shelf. |",
        "| 1 | samples | repeated [Sample](#sample) | pseudonymous | The samples. |",
        "| 1 | KIND_BLOOD | Of blood. |",
    ];
    for line in lines {
        assert!(page.contains(line), "no {line:?} in\n{page}");
    }
}
