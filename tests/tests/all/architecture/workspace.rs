//! The workspace as the rules see it.

use std::{collections::BTreeMap, env, fs, path::Path, process::Command};

use serde_json::Value;

/// A crate of ours.
#[derive(Default)]
pub(crate) struct Crate {
    /// Its folder, such as `crates/value`.
    pub(crate) folder: String,
    /// The names of all that it depends on, for building and testing too.
    pub(crate) dependencies: Vec<String>,
}

/// The crates by name, and their Rust, README and snapshot files by path from the root, such as `crates/value/src/lib.rs`.
#[derive(Default)]
pub(crate) struct Workspace {
    pub(crate) crates: BTreeMap<String, Crate>,
    pub(crate) files: BTreeMap<String, String>,
}

impl Workspace {
    /// Reads this workspace.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut workspace = Self { crates: crates(root), ..Self::default() };
        for folder in ["crates", "tests"] {
            workspace.add_files(&root.join(folder), folder);
        }
        workspace
    }

    /// A crate in its usual folder, for tests of rules.
    pub(crate) fn with_crate(mut self, name: &str, dependencies: &[&str]) -> Self {
        let folder = format!("crates/{}", name.trim_start_matches("tenure-"));
        let dependencies = dependencies.iter().map(|&name| name.to_owned()).collect();
        self.crates.insert(name.to_owned(), Crate { folder, dependencies });
        self
    }

    /// A file, for tests of rules.
    pub(crate) fn with_file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// The Rust files, without READMEs and snapshots.
    pub(crate) fn rust_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter(|(path, _)| path.ends_with(".rs")).map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The Rust files below `src/` of a crate, by their path from there.
    pub(crate) fn sources<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let prefix = self.crates.get(name).map_or(String::new(), |one| format!("{}/src/", one.folder));
        self.rust_files().filter_map(move |(path, text)| Some((path.strip_prefix(&prefix)?, text)))
    }

    fn add_files(&mut self, folder: &Path, path: &str) {
        for item in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = item.file_name().into_string().unwrap();
            let path = format!("{path}/{name}");
            if item.file_type().unwrap().is_dir() {
                self.add_files(&item.path(), &path);
            } else if name.ends_with(".rs") || name.ends_with(".snap") || name == "README.md" {
                self.files.insert(path, fs::read_to_string(item.path()).unwrap());
            }
        }
    }
}

fn crates(root: &Path) -> BTreeMap<String, Crate> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = Command::new(cargo).args(arguments).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = metadata["workspace_root"].as_str().unwrap();
    metadata["packages"].as_array().unwrap().iter().map(|package| read_crate(package, root)).collect()
}

fn read_crate(package: &Value, root: &str) -> (String, Crate) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let manifest = text(&package["manifest_path"]);
    let folder = manifest.strip_prefix(root).unwrap().trim_start_matches('/').trim_end_matches("/Cargo.toml");
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    let dependencies = dependencies.map(|dependency| text(&dependency["name"])).collect();
    (text(&package["name"]), Crate { folder: folder.to_owned(), dependencies })
}

#[test]
fn this_workspace_is_read() {
    let workspace = Workspace::read();
    assert_eq!(workspace.crates["tenure-value"].folder, "crates/value");
    assert!(workspace.crates["tenure-value"].dependencies.contains(&"tenure-clv".to_owned()));
    assert_eq!(workspace.crates["tenure-tests"].folder, "tests");
    assert!(workspace.sources("tenure-value").any(|(path, _)| path == "lib.rs"));
    assert!(workspace.files.contains_key("tests/tests/all/architecture/workspace.rs"));
}
