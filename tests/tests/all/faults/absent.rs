//! What is released has no failpoint.

use std::process::Command;

/// How a package comes to the crate of failpoints, with the features that are on.
fn way(package: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["tree", "--locked", "--offline", "-e", "normal,features", "-i", "tenure-failpoint", "-p", package];
    let output = Command::new(cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_command_is_built_without_failpoints() {
    assert!(way("tenure").contains("tenure-store"), "the command has no way to the crate at all");
    assert!(!way("tenure").contains("\"armed\""), "{}", way("tenure"));
    assert!(way("tenure-tests").contains("\"armed\""), "the tests have none either");
}
