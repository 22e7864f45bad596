//! The key-encryption key.

use std::{
    fmt::{self, Write as _},
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::Deserialize;

use crate::KeyringError;

/// Where the key-encryption key is.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct KeyringConfig {
    /// A file with 64 hexadecimal digits, readable by its owner alone. Empty: `keyring.kek` in the SQLite folder, made at the
    /// first start; with PostgreSQL a file must be named, since every process needs the same.
    pub kek_file: String,
}

/// A key under which data keys are wrapped.
pub struct Kek {
    key: LessSafeKey,
    derive: hmac::Key,
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
        let derive = hmac::Key::new(hmac::HMAC_SHA256, key);
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| KeyringError::Kek("not a key".to_owned()))?;
        Ok(Self { key: LessSafeKey::new(key), derive })
    }

    /// A secret for another purpose, the same in every process that has this key.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut secret = [0; 32];
        secret.copy_from_slice(hmac::sign(&self.derive, purpose.as_bytes()).as_ref());
        secret
    }

    /// From a file.
    ///
    /// # Errors
    /// When it can't be read, others may read it, or it holds no key.
    pub fn read(file: &Path) -> Result<Self, KeyringError> {
        let fail = |why: &str| KeyringError::Kek(format!("{}: {why}", file.display()));
        let mode = fs::metadata(file).map_err(|error| fail(&error.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(fail("others may read it; chmod 600"));
        }
        let text = fs::read_to_string(file).map_err(|error| fail(&error.to_string()))?;
        let key = unhex(text.trim()).ok_or_else(|| fail("it must hold 64 hexadecimal digits"))?;
        Self::new(&key)
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

    pub(crate) fn wrap(&self, key: &[u8; 32], context: &[u8]) -> Result<Vec<u8>, KeyringError> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        let mut sealed = key.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed)
            .map_err(|_| KeyringError::Kek("wrapping failed".to_owned()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<[u8; 32], KeyringError> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(KeyringError::Unwrap)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyringError::Unwrap)?;
        let mut sealed = sealed.to_vec();
        let plain = self.key.open_in_place(nonce, Aad::from(context), &mut sealed).map_err(|_| KeyringError::Unwrap)?;
        (&*plain).try_into().map_err(|_| KeyringError::Unwrap)
    }
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
