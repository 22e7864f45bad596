//! The demo: its figures agree with the truth, every time, and what it prints works.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use crate::{run, tenure, text};

#[test]
fn the_figures_agree_with_the_truth_every_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = ["demo", "--customers", "300", "--exit"];
    let mut ways = vec![demo.to_vec(), demo.to_vec()];
    if std::env::var_os("TENURE_TEST_POSTGRES_URL").is_some() {
        ways.push([&demo[..], &["--postgres"]].concat());
    }
    for arguments in ways {
        let shown = run(folder.path(), &arguments);
        let report = text(&shown.stdout);
        assert!(shown.status.success(), "{report}\n{}", text(&shown.stderr));
        for line in [
            "These counts are exactly as simulated",
            "to the cent as simulated",
            "in truth there are 300",
            "Worth most",
            "exactly as simulated: ",
            "WHOM NOT TO ASK NOW",
        ] {
            assert!(report.contains(line), "{line}\n{report}");
        }
    }
}

/// Ends the command also when the test fails.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Tells the command to end, as Ctrl-C does, and waits until it has. `kill` is built into every shell, but not every
    /// machine has it as a program.
    pub(crate) fn interrupt(&mut self) -> ExitStatus {
        let told = Command::new("sh").args(["-c", "kill -INT \"$0\"", &self.0.id().to_string()]).status();
        assert!(told.expect("a shell").success());
        self.0.wait().expect("its end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_printed_python_runs_and_the_demo_ends_when_told_to() {
    let Ok(python) = std::env::var("TENURE_TEST_PYTHON") else {
        // Not captured, as what a test prints is: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: TENURE_TEST_PYTHON is not set; `make test` sets it");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    // Paths in the snippet are those of the checkout, as for somebody who started the demo there.
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = tenure(folder.path(), &["demo", "--customers", "150"]);
    command.current_dir(&checkout).env("TENURE__STORE__URL", format!("sqlite:{}", folder.path().display()));
    let mut demo = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the demo starts"));
    // Read from to the end of the test: the demo ends when nobody listens to it.
    let mut lines = BufReader::new(demo.0.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let snippet: Vec<String> = lines
        .by_ref()
        .skip_while(|line| !line.starts_with("# ---- Python"))
        .skip(1)
        .take_while(|line| !line.starts_with("# ---- end"))
        .collect();
    let called = Command::new(python).arg("-c").arg(snippet.join("\n")).output().expect("Python runs");
    assert!(called.status.success(), "{}\n{}", snippet.join("\n"), text(&called.stderr));
    assert!(text(&called.stdout).contains("person_"), "{}", text(&called.stdout));

    assert!(demo.interrupt().success(), "an orderly end");
}
