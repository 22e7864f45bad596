//! The journeys again, where each service runs in processes of its own, on PostgreSQL and Redis: one suite for all, each journey a
//! tenant of its own. The journey of sealed values: `telemetry/processes.rs`.

use std::process::Command;

use tenure_tests::{
    cluster::{Cluster, Shape, binary},
    door::Door,
};

use super::{cdnow, erase_person, export_person, isolation, merge_and_split, permutation};
use crate::foreign;

#[tokio::test(flavor = "multi_thread")]
async fn every_journey_works_on_processes_of_their_own() {
    // Unoptimised and side by side with other tests, processes are slow without being too busy.
    let settings = vec![("TENURE__SERVER__LATENCY_TARGET_MS", "0".to_owned())];
    let Some(cluster) = Cluster::start(Shape { settings, ..Shape::default() }).await else { return };
    let (stack, door) = (cluster.stack(), cluster.door());
    if let Some(python) = foreign::python() {
        begins("the Python client");
        foreign::foreign(python, door.clone()).await;
    }
    begins("merge and split");
    merge_and_split::merge_and_split(&stack).await;
    begins("erase_person");
    erase_person::erase_person(&stack).await;
    begins("export_person");
    export_person::export_person(&stack).await;
    begins("isolation");
    isolation::isolation(&stack).await;
    begins("permutation");
    permutation::orders_of_tenants(&cluster).await;
    begins("the demo");
    let (shown, way) = (door.clone(), door.clone());
    tokio::task::spawn_blocking(move || demo(&shown)).await.expect("no panic");
    if let Some(set) = cdnow::Set::find() {
        begins("CDNOW");
        cdnow::cdnow(&set, &way, &mut cluster.caller("cdnow")).await;
    }
    cluster.stop().await;
}

/// For the reader of a failed test.
fn begins(journey: &str) {
    println!("{journey}");
}

/// The demo's figures are as simulated, or it fails.
fn demo(door: &Door) {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = folder.path().join("api-key");
    std::fs::write(&key_file, door.key("demo")).expect("written");
    let mut command = Command::new(binary());
    command.args(["demo", "--customers", "300", "--exit", "--peers", "--key-file"]).arg(key_file);
    command.current_dir(folder.path()).env_remove("TENURE_CONFIG");
    for service in door.addresses.keys() {
        let key = format!("TENURE__PEERS__{}", service.name().to_uppercase());
        command.env(key, format!("{:?}", door.uris(*service)));
    }
    command.env("TENURE__PEERS__TLS__CA_FILE", &door.tls.ca_file);
    command.env("TENURE__PEERS__TLS__CERT_FILE", &door.tls.cert_file);
    command.env("TENURE__PEERS__TLS__KEY_FILE", &door.tls.key_file);
    let shown = command.output().expect("the demo runs");
    let report = format!("{}{}", String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.status.success() && report.contains("in truth there are 300"), "{report}");
}
