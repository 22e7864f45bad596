//! The key-encryption key.

use std::{
    fmt::{self, Write as _},
    fs,
    future::ready,
    io::Write as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use futures::{FutureExt as _, future::BoxFuture};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::Deserialize;

use crate::KeyringError;

/// How many bytes tell which key something was wrapped under.
const ID_LEN: usize = 8;
/// How long a wrapped key is that does not name its key-encryption key: from when there was only one.
const UNNAMED_LEN: usize = NONCE_LEN + 32 + 16;
/// How long a file's keys are used without a look at the file.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// Where the key-encryption key is.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct KeyringConfig {
    /// A file with 64 hexadecimal digits to a line, readable by its owner alone: the first line's key wraps, the others, which
    /// were first once, only unwrap. Empty: `keyring.kek` in the SQLite folder, made at the first start; with PostgreSQL a file
    /// must be named, since every process needs the same.
    pub kek_file: String,
}

/// A key under which something is wrapped, and what that is bound to: it opens in no other context.
#[derive(Debug, Clone)]
pub struct Bound<T> {
    /// The plain or the wrapped key.
    pub key: T,
    /// What it is bound to.
    pub context: Vec<u8>,
}

/// What wraps keys: a file's keys, or a service that never gives its own away.
pub trait KeyEncryption: fmt::Debug + Send + Sync + 'static {
    /// What everything begins with that is wrapped now.
    fn current(&self) -> BoxFuture<'_, Result<Vec<u8>, KeyringError>>;

    /// Wraps keys, in their order, under the present key.
    fn wrap(&self, keys: Vec<Bound<[u8; 32]>>) -> BoxFuture<'_, Result<Vec<Vec<u8>>, KeyringError>>;

    /// Unwraps keys, in their order, that were wrapped under the present or a former key.
    ///
    /// The future fails with [`KeyringError::Unwrap`] when one was wrapped under a key that is not there, or altered.
    fn unwrap(&self, wrapped: Vec<Bound<Vec<u8>>>) -> BoxFuture<'_, Result<Vec<[u8; 32]>, KeyringError>>;
}

/// The key-encryption keys of a file: the first wraps, all unwrap. A file that changes is read anew within a second, and at once
/// when something was wrapped under a key that was not in it.
pub struct Kek {
    file: Option<PathBuf>,
    held: Mutex<Held>,
}

struct Held {
    keys: Arc<[Key]>,
    stamp: Option<Stamp>,
    looked: Instant,
}

/// What tells one content of a file from another.
type Stamp = (SystemTime, u64, u64);

struct Key {
    id: [u8; ID_LEN],
    key: LessSafeKey,
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kek")
    }
}

impl Kek {
    /// From 32 secret bytes.
    ///
    /// # Errors
    /// Never for 32 bytes.
    pub fn new(key: &[u8; 32]) -> Result<Self, KeyringError> {
        Ok(Self::holding(None, None, Arc::new([Key::new(key)?])))
    }

    /// From a file.
    ///
    /// # Errors
    /// When it can't be read, others may read it, or it holds no keys.
    pub fn read(file: &Path) -> Result<Self, KeyringError> {
        let (stamp, keys) = read(file)?;
        Ok(Self::holding(Some(file.to_owned()), Some(stamp), keys))
    }

    fn holding(file: Option<PathBuf>, stamp: Option<Stamp>, keys: Arc<[Key]>) -> Self {
        Self { file, held: Mutex::new(Held { keys, stamp, looked: Instant::now() }) }
    }

    /// From a file, which is made if it is not there.
    ///
    /// # Errors
    /// When it can't be made or read.
    pub fn read_or_make(file: &Path) -> Result<Self, KeyringError> {
        if !file.exists() {
            let mut key = [0; 32];
            random(&mut key)?;
            let text = key.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            let made = make(file, text.as_bytes());
            made.map_err(|error| KeyringError::Kek(format!("{}: {error}", file.display())))?;
        }
        Self::read(file)
    }

    /// The file of a configuration, given the store's URL.
    ///
    /// # Errors
    /// When none is named and the store is not a folder.
    pub fn file(config: &KeyringConfig, store_url: &str) -> Result<PathBuf, KeyringError> {
        if !config.kek_file.is_empty() {
            return Ok(PathBuf::from(&config.kek_file));
        }
        let folder = store_url.strip_prefix("sqlite:");
        let folder =
            folder.ok_or_else(|| KeyringError::Kek("set keyring.kek_file: every process needs the same".to_owned()))?;
        Ok(Path::new(folder).join("keyring.kek"))
    }

    /// The keys, read anew when the file has changed. One that can't be read leaves those that are held.
    fn keys(&self, at_once: bool) -> Arc<[Key]> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = self.file.as_ref().filter(|_| at_once || held.looked.elapsed() > LOOK) else {
            return held.keys.clone();
        };
        held.looked = Instant::now();
        if held.stamp == stamp(file).ok() {
            return held.keys.clone();
        }
        match read(file) {
            Ok((stamp, keys)) => (held.stamp, held.keys) = (Some(stamp), keys),
            Err(error) => tracing::warn!(%error, "the changed file of key-encryption keys is not taken over"),
        }
        held.keys.clone()
    }

    fn wrap_one(key: &Key, bound: &Bound<[u8; 32]>) -> Result<Vec<u8>, KeyringError> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        let mut sealed = bound.key.to_vec();
        key.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&bound.context), &mut sealed)
            .map_err(|_| KeyringError::Kek("wrapping failed".to_owned()))?;
        Ok([key.id.as_slice(), nonce.as_slice(), &sealed].concat())
    }

    fn unwrap_one(&self, bound: &Bound<Vec<u8>>) -> Result<[u8; 32], KeyringError> {
        if bound.key.len() == UNNAMED_LEN {
            let keys = self.keys(false);
            let opened = keys.iter().find_map(|key| key.open(&bound.key, &bound.context));
            return opened.ok_or(KeyringError::Unwrap);
        }
        let (id, rest) = bound.key.split_first_chunk::<ID_LEN>().ok_or(KeyringError::Unwrap)?;
        let of = |keys: &Arc<[Key]>| keys.iter().position(|key| key.id == *id);
        let mut keys = self.keys(false);
        if of(&keys).is_none() {
            keys = self.keys(true);
        }
        let key = &keys[of(&keys).ok_or(KeyringError::Unwrap)?];
        key.open(rest, &bound.context).ok_or(KeyringError::Unwrap)
    }
}

impl KeyEncryption for Kek {
    fn current(&self) -> BoxFuture<'_, Result<Vec<u8>, KeyringError>> {
        let keys = self.keys(true);
        ready(keys.first().map(|key| key.id.to_vec()).ok_or(KeyringError::Unwrap)).boxed()
    }

    fn wrap(&self, keys: Vec<Bound<[u8; 32]>>) -> BoxFuture<'_, Result<Vec<Vec<u8>>, KeyringError>> {
        let held = self.keys(false);
        let wrapped = held.first().ok_or(KeyringError::Unwrap);
        ready(wrapped.and_then(|key| keys.iter().map(|bound| Self::wrap_one(key, bound)).collect())).boxed()
    }

    fn unwrap(&self, wrapped: Vec<Bound<Vec<u8>>>) -> BoxFuture<'_, Result<Vec<[u8; 32]>, KeyringError>> {
        ready(wrapped.iter().map(|bound| self.unwrap_one(bound)).collect()).boxed()
    }
}

impl Key {
    fn new(key: &[u8; 32]) -> Result<Self, KeyringError> {
        let mark = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"key-encryption key");
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&mark.as_ref()[..ID_LEN]);
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| KeyringError::Kek("not a key".to_owned()))?;
        Ok(Self { id, key: LessSafeKey::new(key) })
    }

    /// A nonce and what was sealed with it.
    fn open(&self, wrapped: &[u8], context: &[u8]) -> Option<[u8; 32]> {
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_LEN>()?;
        let (nonce, mut sealed) = (Nonce::assume_unique_for_key(*nonce), sealed.to_vec());
        let plain = self.key.open_in_place(nonce, Aad::from(context), &mut sealed).ok()?;
        (&*plain).try_into().ok()
    }
}

/// The keys of a file, one to a line.
fn read(file: &Path) -> Result<(Stamp, Arc<[Key]>), KeyringError> {
    let fail = |why: &str| KeyringError::Kek(format!("{}: {why}", file.display()));
    let stamp = stamp(file).map_err(|error| fail(&error.to_string()))?;
    let mode = fs::metadata(file).map_err(|error| fail(&error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(fail("others may read it; chmod 600"));
    }
    let text = fs::read_to_string(file).map_err(|error| fail(&error.to_string()))?;
    let mut keys = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let key = unhex(line).ok_or_else(|| fail("each line must hold 64 hexadecimal digits"))?;
        keys.push(Key::new(&key)?);
    }
    if keys.is_empty() {
        return Err(fail("it must hold 64 hexadecimal digits"));
    }
    Ok((stamp, keys.into()))
}

fn stamp(file: &Path) -> std::io::Result<Stamp> {
    let about = fs::metadata(file)?;
    Ok((about.modified()?, about.len(), about.ino()))
}

pub(crate) fn random(bytes: &mut [u8]) -> Result<(), KeyringError> {
    SystemRandom::new().fill(bytes).map_err(|_| KeyringError::Kek("the system gives no randomness".to_owned()))
}

/// Makes a file whole or not at all, unless it is there; on disk when it answers, before any key is wrapped under it.
fn make(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut draft = tempfile::Builder::new().prefix(".kek-").tempfile_in(folder)?;
    draft.write_all(text)?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(file) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error.error),
        _ => {}
    }
    fs::File::open(folder)?.sync_all()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_wrapped_before_keys_were_named_opens_in_its_context() -> Result<(), KeyringError> {
        let kek = Kek::new(&[1; 32])?;
        let bound = |key| Bound { key, context: b"acme".to_vec() };
        let plain = Bound { key: [7; 32], context: b"acme".to_vec() };
        let mut wrapped = kek.wrap(vec![plain]).await?.remove(0);
        assert!(wrapped.starts_with(&kek.current().await?));
        let unnamed = wrapped.split_off(ID_LEN);
        assert_eq!(kek.unwrap(vec![bound(unnamed.clone())]).await?, [[7; 32]]);
        let elsewhere = Bound { key: unnamed.clone(), context: b"other".to_vec() };
        assert!(matches!(kek.unwrap(vec![elsewhere]).await, Err(KeyringError::Unwrap)));
        assert!(matches!(Kek::new(&[2; 32])?.unwrap(vec![bound(unnamed)]).await, Err(KeyringError::Unwrap)));
        Ok(())
    }
}
