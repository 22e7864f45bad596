//! The keyring on real databases.
#![expect(clippy::expect_used, reason = "a test that can not go on shall fail")]

use std::{
    collections::{HashMap, HashSet},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use futures::{FutureExt as _, future::BoxFuture};
use tenure_kernel::Tenant;
use tenure_keyring::{Bound, Kek, KeyEncryption, Keyring, KeyringError, Migrator};
use tenure_store::{Query, StoreError, testing::TestPlace};

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
async fn many_that_make_keys_at_once_each_have_theirs_though_some_go_away() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let (keyring, tenants) = (open(&place, 1).await, [tenant("acme"), tenant("other")]);
        let mut callers = Vec::new();
        for caller in 0..64_u8 {
            let (keyring, tenant) = (keyring.clone(), tenants[usize::from(caller % 2)].clone());
            // One of its own, and one that others make too.
            let make = async move { keyring.data_keys(&tenant, [[caller; 16], [200 + caller % 5; 16]], true).await };
            callers.push(tokio::spawn(make));
        }
        callers.iter().step_by(3).for_each(|caller| caller.abort());
        let mut sealed = Vec::new();
        for (caller, keys) in (0..64_u8).zip(callers) {
            let Ok(keys) = keys.await else { continue };
            for id in [[caller; 16], [200 + caller % 5; 16]] {
                sealed.push((
                    usize::from(caller % 2),
                    id,
                    keys.as_ref().expect("keys").seal(id, b"x").expect("sealed"),
                ));
            }
        }
        assert!(sealed.len() >= 42);
        let keyring = open(&place, 1).await;
        for (of, id, sealed) in sealed {
            let keys = keyring.data_keys(&tenants[of], [id], false).await?;
            assert_eq!(keys.open(&sealed).as_deref(), Some(b"x".as_slice()), "{id:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_encryption_key_is_refused() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let acme = tenant("acme");
        let (name, file) = (place.name("keyring"), Path::new("the.kek"));
        let check = async |kek: Option<u8>| {
            let kek = kek.map(|kek| Kek::new(&[kek; 32]).expect("a key"));
            Keyring::check(&place.config, &name, kek.as_ref().map(|kek| kek as &dyn KeyEncryption), file).await
        };
        let no_tables = check(None).await.expect_err("no tables yet");
        assert!(matches!(no_tables, KeyringError::Store(StoreError::Pending { .. })), "{no_tables}");
        // The first to open it decides, before there is any key.
        open(&place, 1).await;
        let other = Keyring::open(&place.config, &name, Kek::new(&[2; 32])?).await.expect_err("another key");
        assert!(matches!(other, KeyringError::OtherKek), "{other}");
        // So no new id can get a key under it; and the right one still can.
        assert!(!open(&place, 1).await.data_keys(&acme, [[1; 16]], true).await?.is_destroyed([1; 16]));
        check(Some(1)).await?;
        assert!(matches!(check(Some(2)).await, Err(KeyringError::OtherKek)));
        let lost = check(None).await.expect_err("there are keys");
        assert!(lost.to_string().starts_with("the.kek: not there"), "{lost}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_from_before_the_check_gets_one_if_its_keys_open() -> Result<(), KeyringError> {
    for but in ["tenant = ''", "tenant >= ''"] {
        for place in TestPlace::each() {
            let (acme, name) = (tenant("acme"), place.name("keyring"));
            let keyring = open(&place, 1).await;
            keyring.id_secret(&acme).await?;
            keyring.data_keys(&acme, [[1; 16]], true).await?;
            let tx = place.open::<Migrator>("keyring").await.begin().await?;
            tx.execute(&format!("DELETE FROM tenant_secret WHERE {but} /* few */"), vec![]).await?;
            tx.commit().await?;
            let other = Keyring::open(&place.config, &name, Kek::new(&[2; 32])?).await;
            assert!(matches!(other, Err(KeyringError::OtherKek)));
            open(&place, 1).await.destroy(&acme, [[1; 16]]).await?;
            let other = Keyring::open(&place.config, &name, Kek::new(&[2; 32])?).await;
            assert!(matches!(other, Err(KeyringError::OtherKek)), "it has its check, and nothing else that is wrapped");
        }
    }
    Ok(())
}

/// A file of key-encryption keys, each of one digit.
fn write_keks(file: &Path, digits: &[&str]) {
    let text: String = digits.iter().map(|digit| digit.repeat(64) + "\n").collect();
    let draft = file.with_extension("draft");
    std::fs::write(&draft, text).expect("written");
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o600)).expect("private");
    std::fs::rename(draft, file).expect("in place");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_wrapped_anew_while_others_make_read_and_destroy_keys() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let (acme, name) = (tenant("acme"), place.name("keyring"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("the.kek");
        write_keks(&file, &["1"]);
        let open = async || Keyring::open(&place.config, &name, Kek::read(&file)?).await;
        let (serving, tool) = (open().await?, open().await?);
        let ids: Vec<[u8; 16]> = (0..2_500_u128).map(u128::to_be_bytes).collect();
        let keys = serving.data_keys(&acme, ids.iter().copied(), true).await?;
        let sealed: Vec<_> = ids.iter().map(|id| keys.seal(*id, b"Jan de Vries").expect("sealed")).collect();
        let id_secret = serving.id_secret(&acme).await?.derive("x", &[b"y"]);
        serving.destroy(&acme, [ids[0]]).await?;

        write_keks(&file, &["2", "1"]);
        let made = tokio::spawn({
            let (serving, acme) = (serving.clone(), acme.clone());
            async move {
                for n in 10_000..10_200_u128 {
                    serving.data_keys(&acme, [n.to_be_bytes()], true).await?;
                    serving.destroy(&acme, [(n - 9_000).to_be_bytes()]).await?;
                }
                Ok::<_, KeyringError>(())
            }
        });
        let rewrapped = tool.rewrap().await?;
        assert!(rewrapped >= 2_200, "{rewrapped}");
        made.await.expect("made")?;
        assert_eq!(tool.rewrap().await?, 0, "what was made under the former key meanwhile was found");

        write_keks(&file, &["2"]);
        let after = open().await?;
        let keys = after.data_keys(&acme, ids.iter().copied().chain([10_100_u128.to_be_bytes()]), false).await?;
        for (n, (id, sealed)) in ids.iter().zip(&sealed).enumerate() {
            let gone = n == 0 || (1_000..1_200).contains(&n);
            assert_eq!((keys.open(sealed).is_some(), keys.is_destroyed(*id)), (!gone, gone), "{n}");
        }
        assert!(keys.seal(10_100_u128.to_be_bytes(), b"x").is_some(), "made meanwhile");
        assert_eq!(after.id_secret(&acme).await?.derive("x", &[b"y"]), id_secret);
        write_keks(&file, &["1"]);
        assert!(matches!(open().await, Err(KeyringError::OtherKek)), "the former key opens nothing any more");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_in_the_file_any_more_is_missed_before_anything_is_lost() -> Result<(), KeyringError> {
    let (place, acme) = (TestPlace::sqlite(), tenant("acme"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("the.kek");
    write_keks(&file, &["1"]);
    let keyring = Keyring::open(&place.config, "keyring", Kek::read(&file)?).await?;
    let sealed = keyring.data_keys(&acme, [[1; 16]], true).await?.seal([1; 16], b"x").expect("sealed");
    write_keks(&file, &["2"]);
    let only_new = Kek::read(&file)?;
    assert!(matches!(only_new.current().await, Ok(id) if !id.is_empty()));
    assert!(matches!(Keyring::open(&place.config, "keyring", only_new).await, Err(KeyringError::OtherKek)));
    assert!(matches!(keyring.rewrap().await, Err(KeyringError::Unwrap)));
    write_keks(&file, &["2", "1"]);
    assert!(keyring.rewrap().await? > 0);
    assert!(keyring.data_keys(&acme, [[1; 16]], false).await?.open(&sealed).is_some());
    Ok(())
}

type Held = HashMap<Vec<u8>, Bound<[u8; 32]>>;

/// A service that wraps keys, never gives its own away, and may be away.
#[derive(Debug, Clone, Default)]
struct Kms {
    version: Arc<AtomicU64>,
    away: Arc<AtomicBool>,
    held: Arc<Mutex<Held>>,
}

impl Kms {
    async fn answers(&self) -> Result<String, KeyringError> {
        tokio::task::yield_now().await;
        let away = self.away.load(Ordering::SeqCst).then(|| KeyringError::Kek("the service is away".to_owned()));
        away.map_or(Ok(format!("kms:v{}:", self.version.load(Ordering::SeqCst))), Err)
    }
}

impl KeyEncryption for Kms {
    fn current(&self) -> BoxFuture<'_, Result<Vec<u8>, KeyringError>> {
        async { Ok(self.answers().await?.into_bytes()) }.boxed()
    }

    fn wrap(&self, keys: Vec<Bound<[u8; 32]>>) -> BoxFuture<'_, Result<Vec<Vec<u8>>, KeyringError>> {
        async {
            let current = self.answers().await?;
            let mut held = self.held.lock().expect("no panic");
            let mut keep = |key| {
                let wrapped = format!("{current}{}", held.len()).into_bytes();
                held.insert(wrapped.clone(), key);
                wrapped
            };
            Ok(keys.into_iter().map(&mut keep).collect())
        }
        .boxed()
    }

    fn unwrap(&self, wrapped: Vec<Bound<Vec<u8>>>) -> BoxFuture<'_, Result<Vec<[u8; 32]>, KeyringError>> {
        async move {
            self.answers().await?;
            let held = self.held.lock().expect("no panic");
            let find = |one: &Bound<Vec<u8>>| held.get(&one.key).filter(|held| held.context == one.context);
            wrapped.iter().map(|one| find(one).map(|held| held.key).ok_or(KeyringError::Unwrap)).collect()
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_hold_the_key_encryption_key_and_be_away_for_a_while() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let (acme, kms, name) = (tenant("acme"), Kms::default(), place.name("keyring"));
        let keyring = Keyring::open(&place.config, &name, kms.clone()).await?;
        let sealed = keyring.data_keys(&acme, [[1; 16]], true).await?.seal([1; 16], b"x").expect("sealed");
        kms.away.store(true, Ordering::SeqCst);
        assert!(keyring.data_keys(&acme, [[1; 16]], false).await?.open(&sealed).is_some(), "at hand for a while");
        assert!(matches!(keyring.data_keys(&acme, [[2; 16]], true).await, Err(KeyringError::Kek(_))));
        kms.away.store(false, Ordering::SeqCst);
        assert!(keyring.data_keys(&acme, [[2; 16]], false).await?.seal([2; 16], b"x").is_none(), "nothing half made");
        kms.version.fetch_add(1, Ordering::SeqCst);
        // The check and the key.
        assert_eq!(keyring.rewrap().await?, 2);
        let again = Keyring::open(&place.config, &name, kms).await?;
        assert!(again.data_keys(&acme, [[1; 16]], false).await?.open(&sealed).is_some());
        assert!(matches!(Keyring::open(&place.config, &name, Kms::default()).await, Err(KeyringError::OtherKek)));
    }
    Ok(())
}

/// What is in the files of a place, all of it.
fn bytes(place: &TestPlace) -> Vec<u8> {
    let folder = place.config.url.strip_prefix("sqlite:").expect("a folder");
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    files.flat_map(|file| std::fs::read(file).expect("its bytes")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_destroyed_key_stays_in_the_files() -> Result<(), KeyringError> {
    let (place, acme) = (TestPlace::sqlite(), tenant("acme"));
    let keyring = open(&place, 1).await;
    let ids: Vec<[u8; 16]> = (0..600_u128).map(|n| (n << 64).to_be_bytes()).collect();
    keyring.data_keys(&acme, ids.clone(), true).await?;
    let store = place.open::<Migrator>("keyring").await;
    let rows = store.all("SELECT wrapped FROM data_key ORDER BY key_id", vec![]).await?;
    store.close().await;
    let wrapped: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let found = |files: &[u8]| {
        let starts: HashSet<&[u8]> = files.windows(32).collect();
        wrapped.iter().map(|wrapped| starts.contains(&wrapped[12..44])).collect::<Vec<bool>>()
    };
    assert!(found(&bytes(&place)).iter().all(|found| *found), "a test that finds nothing shows nothing");
    for batch in ids[..400].chunks(100) {
        keyring.destroy(&acme, batch.iter().copied()).await?;
    }
    let found = found(&bytes(&place));
    assert_eq!(found.iter().filter(|found| **found).count(), 200, "those that were not destroyed");
    assert!(found[..400].iter().all(|found| !*found));
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
    assert!(Kek::read_or_make(&file).is_err(), "what is there is never replaced");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "no draft is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matching_secret_rotates_and_the_id_secret_does_not() -> Result<(), KeyringError> {
    for place in TestPlace::each() {
        let (acme, other, keyring) = (tenant("acme"), tenant("other"), open(&place, 1).await);
        let hash = async |keyring: &Keyring, tenant: &Tenant, version: i64| {
            Ok::<_, KeyringError>(keyring.matching_secret(tenant, version).await?.derive("x", &[b"y"]))
        };
        assert_eq!(keyring.matching_version(&acme).await?, 0);
        let (first, id) = (hash(&keyring, &acme, 0).await?, keyring.id_secret(&acme).await?.derive("x", &[b"y"]));
        assert_eq!(keyring.rotate_matching(&acme).await?, 1);
        let second = hash(&keyring, &acme, 1).await?;
        assert_ne!(first, second);
        let again = open(&place, 1).await;
        assert_eq!(again.matching_version(&acme).await?, 1, "others know of it");
        assert_eq!((hash(&again, &acme, 0).await?, hash(&again, &acme, 1).await?), (first, second));
        assert_eq!(again.id_secret(&acme).await?.derive("x", &[b"y"]), id);
        assert_eq!(keyring.matching_version(&other).await?, 0);

        keyring.retire_matching(&acme, 1).await?;
        let again = open(&place, 1).await;
        assert_eq!((again.matching_version(&acme).await?, hash(&again, &acme, 1).await?), (1, second));
        assert_ne!(hash(&again, &acme, 0).await?, first, "it is gone");
        assert_eq!(again.rotate_matching(&acme).await?, 2);
    }
    Ok(())
}
