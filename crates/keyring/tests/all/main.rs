//! The keyring on real databases.
#![expect(clippy::expect_used, reason = "a test that can not go on shall fail")]

use std::os::unix::fs::PermissionsExt;

use tenure_kernel::Tenant;
use tenure_keyring::{Kek, Keyring, KeyringError};
use tenure_store::testing::TestPlace;

async fn open(place: &TestPlace, kek: u8) -> Keyring {
    let kek = Kek::new(&[kek; 32]).expect("a key");
    Keyring::open(&place.config, &place.name("keyring"), kek).await.expect("a keyring")
}

fn tenant(name: &str) -> Tenant {
    name.parse().expect("a tenant")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_opens_after_a_restart_and_for_nobody_else() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let (acme, other) = (tenant("acme"), tenant("other"));
        let keys = open(&place, 1).await.data_keys(&acme, [[1; 16], [2; 16]], true).await?;
        let sealed = keys.seal([1; 16], b"Jan de Vries").expect("sealed");
        assert!(!sealed.ciphertext.windows(3).any(|window| window == b"Jan"));
        assert_ne!(sealed, keys.seal([1; 16], b"Jan de Vries").expect("sealed"), "nonces never repeat");

        let again = open(&place, 1).await;
        let keys = again.data_keys(&acme, [[1; 16], [2; 16]], false).await?;
        assert_eq!(keys.open(&sealed).as_deref(), Some(b"Jan de Vries".as_slice()));
        for place in 0..sealed.ciphertext.len() {
            let mut altered = sealed.clone();
            altered.ciphertext[place] ^= 1;
            assert_eq!(keys.open(&altered), None);
        }
        let mut moved = sealed.clone();
        moved.key_id = vec![2; 16];
        assert_eq!(keys.open(&moved), None, "another record's key");
        assert_eq!(again.data_keys(&other, [[1; 16]], true).await?.open(&sealed), None, "another tenant's key");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_never_comes_back() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        let keyring = open(&place, 1).await;
        let sealed = keyring.data_keys(&acme, [[1; 16]], true).await?.seal([1; 16], b"x").expect("sealed");
        keyring.destroy(&acme, [[1; 16], [9; 16]]).await?;
        for keyring in [keyring, open(&place, 1).await] {
            let keys = keyring.data_keys(&acme, [[1; 16], [9; 16], [3; 16]], true).await?;
            assert!(keys.is_destroyed([1; 16]) && keys.is_destroyed([9; 16]) && !keys.is_destroyed([3; 16]));
            assert_eq!((keys.open(&sealed), keys.seal([1; 16], b"x"), keys.seal([9; 16], b"x")), (None, None, None));
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_make_the_same_key_agree() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        let (left, right) = (open(&place, 1).await, open(&place, 1).await);
        let ids = || (0..200_u8).map(|n| [n; 16]);
        let (left, right) = tokio::join!(left.data_keys(&acme, ids(), true), right.data_keys(&acme, ids(), true));
        let (left, right) = (left?, right?);
        for id in ids() {
            assert!(right.open(&left.seal(id, b"x").expect("sealed")).is_some());
        }
        let (left, right) = (open(&place, 1).await, open(&place, 1).await);
        let (left, right) = tokio::join!(left.id_secret(&acme), right.id_secret(&acme));
        assert_eq!(left?.record("crm", "key", "1"), right?.record("crm", "key", "1"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_encryption_key_is_refused() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        open(&place, 1).await.data_keys(&acme, [[1; 16]], true).await?;
        let error = open(&place, 2).await.data_keys(&acme, [[1; 16]], true).await.expect_err("another key");
        assert!(matches!(error, KeyringError::Unwrap), "{error}");
    }
    Ok(())
}

#[test]
fn the_key_file_is_made_once_and_must_be_private() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keyring.kek");
    Kek::read_or_make(&file).expect("made");
    let first = std::fs::read(&file).expect("read");
    Kek::read_or_make(&file).expect("read again");
    assert_eq!(first, std::fs::read(&file).expect("read"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    assert!(Kek::read(&file).expect_err("public").to_string().contains("chmod 600"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("chmod");
    std::fs::write(&file, "abc").expect("write");
    assert!(Kek::read(&file).expect_err("short").to_string().contains("64 hexadecimal"));
}
