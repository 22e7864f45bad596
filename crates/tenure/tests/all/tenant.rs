//! What an export and an import of a tenant refuse. That a tenant is known after a move as before is shown by the journey `moved`.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use serde_json::Value as Json;
use tenure_journal::Journal;
use tenure_kernel::Tenant;
use tenure_keyring::{Kek, Keyring};
use tenure_store::{Query as _, Store, StoreConfig};

use crate::{run, tenure, text};

fn store(folder: &Path, data: &str) -> StoreConfig {
    StoreConfig { url: format!("sqlite:{}", folder.join(data).display()), ..StoreConfig::default() }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(work)
}

async fn collector(folder: &Path, data: &str) -> Store {
    Store::open::<tenure_collector::Migrator>(&store(folder, data), "collector").await.expect("a store")
}

/// Of two tenants: a schema, two keys, one of them destroyed, and a secret.
fn fill(folder: &Path) {
    fs::create_dir(folder.join("data")).expect("a folder");
    let migrated = run(folder, &["migrate"]);
    assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    wait(async {
        let kek = Kek::read_or_make(&folder.join("data/keyring.kek")).expect("a key");
        let keyring = Keyring::open(&store(folder, "data"), "keyring", kek).await.expect("a keyring");
        let store = collector(folder, "data").await;
        for tenant in ["acme", "neighbour"] {
            let id: Tenant = tenant.parse().expect("a tenant");
            keyring.data_keys(&id, [[1; 16], [2; 16]], true).await.expect("keys");
            keyring.destroy(&id, [[2; 16]]).await.expect("destroyed");
            keyring.id_secret(&id).await.expect("a secret");
            let tx = store.begin().await.expect("a transaction");
            let sql =
                "INSERT INTO custom_schema (tenant, name, revision, json_schema, registered_at) VALUES (?, ?, 1, ?, 5)";
            let name = format!("visit of {tenant}");
            tx.execute(sql, vec![tenant.into(), name.into(), "{}".into()]).await.expect("written");
            tx.commit().await.expect("committed");
        }
        store.close().await;
    });
}

fn export(folder: &Path) {
    let exported = run(folder, &["export-tenant", "acme", "away"]);
    assert!(exported.status.success(), "{}", text(&exported.stderr));
}

/// The command on another folder of data.
fn there(folder: &Path, args: &[&str]) -> Result<String, String> {
    let mut command = tenure(folder, args);
    let output = command.env("TENURE__STORE__URL", "sqlite:there").output().expect("the command runs");
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// A new deployment; with the key-encryption key that the export needs.
fn prepare(folder: &Path) {
    let _ = fs::remove_dir_all(folder.join("there"));
    fs::create_dir(folder.join("there")).expect("a folder");
    fs::copy(folder.join("data/keyring.kek"), folder.join("there/keyring.kek")).expect("copied");
}

#[test]
fn a_tenant_alone_moves_with_its_keys_and_tombstones() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fill(folder);
    export(folder);
    let mode = |path: &str| fs::metadata(folder.join(path)).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode("away"), mode("away/manifest.json"), mode("away/keyring.data_key.jsonl")), (0o700, 0o600, 0o600));
    for file in fs::read_dir(folder.join("away")).expect("files") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("text");
        assert!(!text.contains("neighbour"), "{text}");
    }
    let schemas = fs::read_to_string(folder.join("away/collector.custom_schema.jsonl")).expect("lines");
    let schema: Json = serde_json::from_str(&schemas).expect("one line");
    assert_eq!((&schema["name"], &schema["registered_at"]), (&"visit of acme".into(), &5.into()));

    prepare(folder);
    let said = there(folder, &["import-tenant", "away"]).expect("imported");
    assert!(said.starts_with("acme: 4 rows of "), "{said}");
    wait(async {
        let kek = Kek::read(&folder.join("there/keyring.kek")).expect("a key");
        let keyring = Keyring::open(&store(folder, "there"), "keyring", kek).await.expect("a keyring");
        let here = Kek::read(&folder.join("data/keyring.kek")).expect("a key");
        let before = Keyring::open(&store(folder, "data"), "keyring", here).await.expect("a keyring");
        let acme: Tenant = "acme".parse().expect("a tenant");
        let sealed =
            before.data_keys(&acme, [[1; 16]], false).await.expect("keys").seal([1; 16], b"Jan").expect("sealed");
        let keys = keyring.data_keys(&acme, [[1; 16], [2; 16]], true).await.expect("keys");
        assert_eq!(keys.open(&sealed).as_deref(), Some(b"Jan".as_slice()));
        assert!(keys.is_destroyed([2; 16]), "a destroyed key is never made again");
        let other = keyring.data_keys(&"neighbour".parse().expect("a tenant"), [[1; 16]], false).await.expect("keys");
        assert_eq!(other.seal([1; 16], b"Jan"), None, "nobody else came along");
    });
    let again = there(folder, &["import-tenant", "away"]).expect_err("refused");
    assert!(
        again.contains("knows somebody already (keyring.data_key, keyring.tenant_secret, collector.custom_schema)"),
        "{again}"
    );
}

#[test]
fn an_export_names_whom_it_does_not_know_and_what_is_in_its_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let refused = |args: &[&str]| {
        let output = run(folder, args);
        assert!(!output.status.success());
        text(&output.stderr)
    };
    let said = refused(&["export-tenant", "acme", "away"]);
    assert!(said.contains("there is no data at sqlite:data") && !folder.join("data").exists(), "{said}");
    fill(folder);
    let said = refused(&["export-tenant", "nobody", "away"]);
    assert!(said.contains("nobody: nothing is known of this tenant here") && !folder.join("away").exists(), "{said}");
    let lock = File::create(folder.join("data/lock")).expect("a file");
    lock.lock().expect("held");
    let said = refused(&["export-tenant", "acme", "away"]);
    assert!(said.contains("another process serves the data"), "{said}");
    drop(lock);
    export(folder);
    let said = refused(&["export-tenant", "acme", "away"]);
    assert!(said.contains("away is there already"), "{said}");
}

/// What is refused of an export that was changed, and how.
#[test]
fn an_import_refuses_what_is_not_whole_or_does_not_fit() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fill(folder);
    export(folder);
    prepare(folder);
    let schemas = folder.join("away/collector.custom_schema.jsonl");
    let manifest = folder.join("away/manifest.json");
    let changes: [(&Path, &str, &str, &str); 6] = [
        (&schemas, "visit", "visits", "collector.custom_schema.jsonl is not the file that was written"),
        (&schemas, "\"revision\":1", "\"revision\":true", "line 1 is no row of the table"),
        (&manifest, "\"format\": 1", "\"format\": 9", "the export has the form 9"),
        (
            &manifest,
            "m20261122_000001_collector",
            "m20991122_000001_collector",
            "collector: the export is of another version",
        ),
        (&manifest, "\"name\": \"json_schema\"", "\"name\": \"old_schema\"", "is not the file that was written"),
        (&manifest, "\"rows\": 2", "\"rows\": 3", "keyring.data_key.jsonl is not the file that was written"),
    ];
    for (file, from, to, expected) in changes {
        let right = fs::read_to_string(file).expect("text");
        assert!(right.contains(from), "{from}");
        fs::write(file, right.replacen(from, to, 1)).expect("written");
        let said = there(folder, &["import-tenant", "away"]).expect_err(expected);
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("visit"), "nothing of what stands in it: {said}");
        fs::write(file, right).expect("written");
    }
    let right = fs::read(&manifest).expect("a manifest");
    fs::remove_file(&manifest).expect("removed");
    let said = there(folder, &["import-tenant", "away"]).expect_err("cut off");
    assert!(said.contains("it is no export, or one that was cut off"), "{said}");
    fs::write(&manifest, right).expect("written");
    assert!(there(folder, &["import-tenant", "away"]).is_ok(), "nothing was written until now");
}

#[test]
fn an_import_needs_the_key_encryption_key_and_says_where_it_looks() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fill(folder);
    export(folder);
    let said = there(folder, &["import-tenant", "away"]).expect_err("no key");
    assert!(said.contains("this deployment needs the key-encryption key") && !folder.join("there").exists(), "{said}");
    fs::create_dir(folder.join("there")).expect("a folder");
    let kek = folder.join("there/keyring.kek");
    Kek::read_or_make(&kek).expect("another key");
    let said = there(folder, &["import-tenant", "away"]).expect_err("another key");
    assert!(said.contains("a key-encryption key that is not in there/keyring.kek"), "{said}");
    // With both the tenant's keys are opened, and can be wrapped under the first.
    let both = format!(
        "{}\n{}",
        fs::read_to_string(&kek).expect("a key"),
        fs::read_to_string(folder.join("data/keyring.kek")).expect("a key")
    );
    fs::write(&kek, both).expect("written");
    there(folder, &["import-tenant", "away"]).expect("imported");
    // The key and the secret; a tombstone has none. Nobody made a check yet.
    assert!(there(folder, &["rewrap-keys"]).expect("wrapped").starts_with("2 keys wrapped anew"));
}

#[test]
fn an_import_that_was_cut_off_is_noticed_by_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fill(folder);
    export(folder);
    prepare(folder);
    wait(async {
        let store = collector(folder, "there").await;
        Journal::bar(&store).await.expect("barred");
        store.close().await;
    });
    for args in [&["import-tenant", "away"][..], &["export-tenant", "acme", "again"], &["serve"]] {
        let said = there(folder, args).expect_err("refused");
        assert!(said.contains("collector: an import into this database was cut off"), "{args:?}: {said}");
    }
    prepare(folder);
    there(folder, &["import-tenant", "away"]).expect("on a new one it goes");
}
