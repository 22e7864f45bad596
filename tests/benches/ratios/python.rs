//! Environments of Python with what is measured against.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::results;

/// The Python of an environment that has pinned packages. It is made once for each set of them.
pub(crate) fn environment(name: &str, requirements: &str) -> Result<PathBuf, String> {
    let absent =
        |why: String| format!("ABSENT: {name} could not be installed, so there is nothing to compare with: {why}");
    let environment = results::folder().join(name);
    let (python, done) = (environment.join("bin/python"), environment.join("requirements.txt"));
    let wanted = std::fs::read(requirements).map_err(|error| error.to_string())?;
    if std::fs::read(&done).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    let base = std::env::var_os("TENURE_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&environment)).map_err(absent)?;
    let pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:", "-r"];
    run(Command::new(&python).args(pip).arg(requirements)).map_err(absent)?;
    std::fs::copy(requirements, done).map_err(|error| absent(error.to_string()))?;
    Ok(python)
}

/// Runs a command to its end; what it said on the way to failing is the error.
pub(crate) fn run(command: &mut Command) -> Result<Output, String> {
    let output =
        command.output().map_err(|error| format!("{}: {error}", Path::new(command.get_program()).display()))?;
    let why = || format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    if output.status.success() { Ok(output) } else { Err(why()) }
}

/// What it printed.
pub(crate) fn text(output: Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// CPU seconds and KiB at most of a command and its children, and what it printed.
pub(crate) fn spent(python: &Path, folder: &Path, command: &Command) -> Result<([f64; 2], String), String> {
    let output = folder.join("output");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ratios/spent.py");
    let mut measured = Command::new(python);
    measured.arg(script).arg(&output).arg(command.get_program()).args(command.get_args());
    let told = text(run(&mut measured)?);
    let spent: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let spent = spent.try_into().map_err(|_| format!("spent.py said: {told}"))?;
    Ok((spent, std::fs::read_to_string(output).map_err(|error| error.to_string())?))
}
