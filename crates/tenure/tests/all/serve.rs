//! A server on a machine that has nothing yet.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use crate::{demo::Running, run, tenure, text};

#[test]
fn a_first_start_makes_its_folder_and_a_key_and_ends_when_told_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = tenure(folder.path(), &["serve"]).stderr(Stdio::piped()).spawn();
    let mut server = Running(server.expect("the server starts"));
    let mut said = BufReader::new(server.0.stderr.take().expect("its output")).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("data/api-key")), "it ended");
    let key = std::fs::read_to_string(folder.path().join("data/api-key")).expect("a key");
    assert!(key.starts_with("tenure_"), "{}", key.len());

    let second = run(folder.path(), &["serve"]);
    assert!(!second.status.success() && text(&second.stderr).contains("another process"), "{}", text(&second.stderr));

    assert!(server.interrupt().success(), "an orderly end");
}
