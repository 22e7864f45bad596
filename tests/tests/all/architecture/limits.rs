//! Limits of files, and the one door to the time.

use super::{code::code, finds, passes, workspace::Workspace};

/// The most lines of a file; a guide is 120.
const FILE_LINES: usize = 500;

/// The most lines of a `main.rs`: what it starts stands in the library, where it can be tested.
const MAIN_LINES: usize = 15;

/// Where the time is read.
const CLOCK: &str = "crates/kernel/src/clock.rs";

/// What reads the time.
const READS_TIME: &[&str] = &["SystemTime::now", "now_utc", "now_local", "UNIX_EPOCH.elapsed"];

pub(super) fn files_are_short(workspace: &Workspace) -> Vec<String> {
    longer(workspace, FILE_LINES, |_| true)
}

pub(super) fn mains_are_short(workspace: &Workspace) -> Vec<String> {
    longer(workspace, MAIN_LINES, |path| path.ends_with("/src/main.rs"))
}

fn longer(workspace: &Workspace, most: usize, counted: fn(&str) -> bool) -> Vec<String> {
    let files = workspace.rust_files().filter(|(path, _)| counted(path));
    let long = files.map(|(path, text)| (path, text.lines().count())).filter(|(_, lines)| *lines > most);
    long.map(|(path, lines)| format!("{path} has {lines} lines, more than {most}")).collect()
}

pub(super) fn time_comes_from_the_clock(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in workspace.rust_files().filter(|(path, _)| *path != CLOCK) {
        let code = code(text);
        let read = READS_TIME.iter().filter(|name| code.contains(*name));
        found.extend(read.map(|name| format!("{path} reads the time by {name}, not from the clock")));
    }
    found
}

#[test]
fn a_long_file_is_found() {
    let file = |path, lines| Workspace::default().with_file(path, &"//\n".repeat(lines));
    finds(files_are_short, &file("crates/value/tests/all/score.rs", 501), "score.rs has 501 lines");
    passes(files_are_short, &file("crates/value/tests/all/score.rs", 500));
    finds(mains_are_short, &file("crates/value/src/main.rs", 16), "main.rs has 16 lines");
    passes(mains_are_short, &file("crates/value/src/main.rs", 15));
    passes(mains_are_short, &file("crates/value/tests/all/main.rs", 16));
}

#[test]
fn another_clock_is_found() {
    for name in READS_TIME {
        let text = format!("fn now() {{ std::time::{name}() }}");
        finds(time_comes_from_the_clock, &Workspace::default().with_file("crates/value/src/a.rs", &text), name);
        passes(time_comes_from_the_clock, &Workspace::default().with_file(CLOCK, &text));
    }
    passes(
        time_comes_from_the_clock,
        &Workspace::default().with_file("crates/value/src/a.rs", "/// Not SystemTime::now."),
    );
}
