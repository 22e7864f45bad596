//! A client in another language, made from nothing but `proto/`: what it sees is what an integrator gets.

mod enrichment;

use std::{
    env,
    ffi::OsString,
    io::Write as _,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;
use tenure_store::testing::TestPlace;
use tenure_tests::{door::Door, host::Host};

/// Names a Python that has the packages of `tests/env/requirements.txt`.
const PYTHON: &str = "TENURE_TEST_PYTHON";

/// Runs the client to its end. It generates its stubs into a folder, which goes away.
fn run(python: OsString, door: &Door) -> Output {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stubs = TempDir::new().unwrap();
    let mut command = Command::new(python);
    command.arg(here.join("tests/all/foreign/client.py"));
    for (service, addresses) in &door.addresses {
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        command.arg("--address").arg(format!("{service}={}", addresses.join(",")));
    }
    if door.is_tls() {
        let files =
            [("--roots", &door.tls.ca_file), ("--cert", &door.tls.cert_file), ("--cert-key", &door.tls.key_file)];
        for (option, file) in files {
            command.arg(option).arg(file);
        }
    }
    command
        .arg("--proto")
        .arg(here.join("../proto"))
        .arg("--stubs")
        .arg(stubs.path())
        .env("TENURE_KEY", door.key("foreign"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap()
}

/// The Python to run; `None`, said loudly, where none is named.
pub(crate) fn python() -> Option<OsString> {
    let python = env::var_os(PYTHON);
    if python.is_none() {
        // Not captured, as what a test prints is: a skipped test must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: the Python client; {PYTHON} is not set; `make test` sets it");
    }
    python
}

/// The journey, of tenant "foreign".
pub(crate) async fn foreign(python: OsString, door: Door) {
    let client = tokio::task::spawn_blocking(move || run(python, &door)).await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&client.stdout), String::from_utf8_lossy(&client.stderr));
    println!("{said}");
    assert!(client.status.success(), "the Python client failed:\n{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_made_from_the_contract_works() {
    let Some(python) = python() else { return };
    for place in TestPlace::each() {
        let served = Host::start(place).await.serve().await;
        foreign(python.clone(), served.door()).await;
        served.stop().await;
    }
}
