//! A client in another language, made from nothing but `proto/`: what it sees is what an integrator gets.

use std::{
    env,
    ffi::OsString,
    io::Write as _,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;
use tenure_store::testing::TestPlace;
use tenure_tests::host::Host;

/// Names a Python that has the packages of `tests/env/requirements.txt`.
const PYTHON: &str = "TENURE_TEST_PYTHON";

/// Runs the client to its end. It generates its stubs into a folder, which goes away.
fn run(python: OsString, address: &str) -> Output {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stubs = TempDir::new().unwrap();
    Command::new(python)
        .arg(here.join("tests/all/foreign/client.py"))
        .args(["--address", address])
        .arg("--proto")
        .arg(here.join("../proto"))
        .arg("--stubs")
        .arg(stubs.path())
        .env("TENURE_KEY", "foreign")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_made_from_the_contract_works() {
    let Some(python) = env::var_os(PYTHON) else {
        // Not captured, as what a test prints is: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: the Python client; {PYTHON} is not set; `make test` sets it");
        return;
    };
    for place in TestPlace::each() {
        let served = Host::start(place).await.serve().await;
        let (python, address) = (python.clone(), served.address.to_string());
        let client = tokio::task::spawn_blocking(move || run(python, &address)).await.unwrap();
        served.stop().await;
        let said = format!("{}{}", String::from_utf8_lossy(&client.stdout), String::from_utf8_lossy(&client.stderr));
        println!("{said}");
        assert!(client.status.success(), "the Python client failed:\n{said}");
    }
}
