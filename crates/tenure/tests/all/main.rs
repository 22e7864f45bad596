//! The command, run as its users run it.
#![expect(clippy::expect_used, reason = "a test that can not go on shall fail")]

mod demo;
mod expectation;
mod kek;
mod link;
mod refused;
mod serve;
mod tenant;
mod value;

use std::{
    path::Path,
    process::{Command, Output},
};

/// The command on a folder of its own, and on a port that is free.
fn tenure(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command.args(args).current_dir(folder).env_remove("TENURE_CONFIG");
    command.env("TENURE__STORE__URL", "sqlite:data").env("TENURE__SERVER__LISTEN", "127.0.0.1:0");
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    tenure(folder, args).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut made = Vec::new();
    for (out, seed) in [("a", "5"), ("b", "5"), ("c", "6")] {
        let done = run(folder.path(), &["simulate", "--customers", "50", "--seed", seed, "--out", out]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        let file = |name: &str| std::fs::read(folder.path().join(out).join(name)).expect("a file");
        made.push((file("touchpoints.binpb"), file("truth.csv")));
    }
    assert!(made[0] == made[1] && made[0].0 != made[2].0 && made[0].0.len() > 10_000);
}

#[test]
fn a_wrong_configuration_is_refused_with_every_wrong_key() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.toml"), "[store]\nurll = \"x\"\n").expect("written");
    let refused = run(folder.path(), &["--config", "t.toml", "check-config"]);
    assert_eq!(refused.status.code(), Some(78));
    assert!(text(&refused.stderr).contains("urll"), "{}", text(&refused.stderr));
    let fine = run(folder.path(), &["check-config"]);
    assert!(fine.status.success(), "{}", text(&fine.stderr));
}

#[test]
fn the_doctor_changes_nothing_and_migrate_makes_the_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let fit = run(folder.path(), &["doctor"]);
    assert!(fit.status.success(), "{}", text(&fit.stdout));
    assert!(!folder.path().join("data").exists(), "nothing was made");
    let migrated = run(folder.path(), &["migrate"]);
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    let fit = run(folder.path(), &["doctor"]);
    assert!(
        fit.status.success() && text(&fit.stdout).matches("tables up to date").count() == 6,
        "{}",
        text(&fit.stdout)
    );
}

#[test]
fn a_minted_key_is_shown_once_and_kept_as_a_hash() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    let args = ["mint-key", "--tenant", "acme", "--principal", "shop", "--scope", "touchpoints.write"];
    let minted = run(folder.path(), &args);
    assert!(minted.status.success(), "{}", text(&minted.stderr));
    let kept = std::fs::read_to_string(folder.path().join("data/api-keys.toml")).expect("a file");
    assert!(kept.contains("acme") && !kept.contains(text(&minted.stdout).trim()), "{kept}");
}
