//! A data folder without the key-encryption key that belongs to it.

use std::{fs, path::Path};

use tenure_keyring::{Kek, Keyring};
use tenure_store::StoreConfig;

use crate::{run, text};

/// Makes a keyring with a key in it, as a server does.
fn fill(folder: &Path) {
    let data = folder.join("data");
    fs::create_dir(&data).expect("a folder");
    let store = StoreConfig { url: format!("sqlite:{}", data.display()), ..StoreConfig::default() };
    let kek = Kek::read_or_make(&data.join("keyring.kek")).expect("a key");
    let work = async {
        let keyring = Keyring::open(&store, "keyring", kek).await.expect("a keyring");
        keyring.data_keys(&"acme".parse().expect("a tenant"), [[1; 16]], true).await.expect("keys");
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(work);
}

#[test]
fn a_lost_or_foreign_key_encryption_key_is_noticed_and_none_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path());
    let kek = folder.path().join("data/keyring.kek");
    let doctor = || text(&run(folder.path(), &["doctor"]).stdout);
    assert!(doctor().contains("ok    key-encryption key: readable by its owner alone, and that of the keyring"));

    let right = fs::read(&kek).expect("a key");
    fs::remove_file(&kek).expect("lost");
    let said = doctor();
    assert!(said.contains("WRONG key-encryption key") && said.contains("not there"), "{said}");
    let served = run(folder.path(), &["serve"]);
    assert!(!served.status.success() && text(&served.stderr).contains("not there"), "{}", text(&served.stderr));
    assert!(!kek.exists(), "a new one would make it worse");

    Kek::read_or_make(&kek).expect("another key");
    let said = doctor();
    assert!(said.contains("WRONG key-encryption key") && said.contains("another key-encryption key"), "{said}");
    let served = run(folder.path(), &["serve"]);
    assert!(!served.status.success(), "{}", text(&served.stdout));
    assert!(text(&served.stderr).contains("another key-encryption key"), "{}", text(&served.stderr));

    fs::write(&kek, right).expect("restored");
    assert!(doctor().contains("and that of the keyring"));
}

#[test]
fn the_matching_secret_of_a_tenant_rotates() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path());
    let rotated = || text(&run(folder.path(), &["rotate-matching-secret", "--tenant", "acme"]).stdout);
    assert_eq!(rotated(), "acme: matching secret 1; rebuild the projection \"identity\" to hash under it\n");
    assert!(rotated().starts_with("acme: matching secret 2;"));
    fs::remove_file(folder.path().join("data/keyring.kek")).expect("lost");
    let refused = run(folder.path(), &["rotate-matching-secret", "--tenant", "acme"]);
    assert!(!refused.status.success() && !folder.path().join("data/keyring.kek").exists());
}

#[test]
fn keys_are_wrapped_under_the_first_key_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path());
    let kek = folder.path().join("data/keyring.kek");
    let former = fs::read_to_string(&kek).expect("a key");
    fs::write(&kek, format!("{}\n{former}\n", "ab".repeat(32))).expect("written");
    let rewrapped = || text(&run(folder.path(), &["rewrap-keys"]).stdout);
    // The check and the data key.
    assert_eq!(rewrapped(), "2 keys wrapped anew; all are under the first key of the file\n");
    assert!(rewrapped().starts_with("0 keys"));
    fs::write(&kek, "ab".repeat(32)).expect("written");
    assert!(text(&run(folder.path(), &["doctor"]).stdout).contains("and that of the keyring"));
    fs::write(&kek, former).expect("written");
    assert!(text(&run(folder.path(), &["doctor"]).stdout).contains("another key-encryption key"));
}
