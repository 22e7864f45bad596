//! Data keys in memory, for one batch of work.

use std::{collections::HashMap, fmt, sync::Arc};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tenure_kernel::Tenant;
use tenure_proto::keyring::v1::Sealed;

/// A data key ready for use, or the tombstone of a destroyed one.
#[derive(Clone)]
pub(crate) enum DataKey {
    Ready(Arc<LessSafeKey>),
    Destroyed,
}

impl DataKey {
    pub(crate) fn new(key: &[u8; 32]) -> Option<Self> {
        Some(Self::Ready(Arc::new(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?))))
    }
}

/// The data keys of some records of a tenant.
#[derive(Clone)]
pub struct DataKeys {
    pub(crate) tenant: Tenant,
    pub(crate) keys: HashMap<[u8; 16], DataKey>,
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKeys({})", self.keys.len())
    }
}

impl DataKeys {
    fn ready(&self, id: [u8; 16]) -> Option<&LessSafeKey> {
        match self.keys.get(&id)? {
            DataKey::Ready(key) => Some(key),
            DataKey::Destroyed => None,
        }
    }

    fn context(&self, id: [u8; 16]) -> Vec<u8> {
        [id.as_slice(), self.tenant.as_str().as_bytes()].concat()
    }

    /// Seals a value; `None` when there is no such key, as after its destruction.
    #[must_use]
    pub fn seal(&self, id: [u8; 16], plaintext: &[u8]) -> Option<Sealed> {
        let key = self.ready(id)?;
        // 96 random bits from a generator that the system seeds: a key seals far fewer than the 2^32 values that allows.
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut ciphertext = Vec::with_capacity(plaintext.len() + AES_256_GCM.tag_len());
        ciphertext.extend_from_slice(plaintext);
        let aad = Aad::from(self.context(id));
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut ciphertext).ok()?;
        Some(Sealed { key_id: id.to_vec(), nonce: nonce.to_vec(), ciphertext })
    }

    /// Opens a value; `None` when its key is destroyed or not among these, or it was altered.
    #[must_use]
    pub fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        let id = sealed.key_id.as_slice().try_into().ok()?;
        let key = self.ready(id)?;
        let nonce = Nonce::try_assume_unique_for_key(&sealed.nonce).ok()?;
        let mut bytes = sealed.ciphertext.clone();
        let length = key.open_in_place(nonce, Aad::from(self.context(id)), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// Whether a key was destroyed: what it sealed is gone for good.
    #[must_use]
    pub fn is_destroyed(&self, id: [u8; 16]) -> bool {
        matches!(self.keys.get(&id), Some(DataKey::Destroyed))
    }
}
