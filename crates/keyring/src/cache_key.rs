//! The key of what is kept outside the databases for a while and can always be had anew.

use std::fmt;

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};

/// Seals what is cached outside the process, the same in every process that has the key-encryption key. Under another one
/// nothing opens, which for a cache is no more than a miss. Cheap to clone.
#[derive(Clone)]
pub struct CacheKey(hmac::Key);

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheKey")
    }
}

impl CacheKey {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// Each context has a key of its own, so that no key ever seals as many values as random nonces allow (2^32).
    fn key(&self, context: &[u8]) -> Option<LessSafeKey> {
        let key = hmac::sign(&self.0, context);
        Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).ok()?))
    }

    /// Seals a value for a context; it opens in no other. `None` if it is too long.
    #[must_use]
    pub fn seal(&self, context: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = Vec::with_capacity(plaintext.len() + AES_256_GCM.tag_len() + NONCE_LEN);
        sealed.extend_from_slice(plaintext);
        let (nonce_used, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(context));
        self.key(context)?.seal_in_place_append_tag(nonce_used, aad, &mut sealed).ok()?;
        sealed.extend_from_slice(&nonce);
        Some(sealed)
    }

    /// Opens a value; `None` when it is not what was sealed under this key for this context.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (sealed, nonce) = sealed.split_last_chunk::<NONCE_LEN>()?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.key(context)?.open_in_place(nonce, Aad::from(context), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_under_its_key_and_in_its_context_only() {
        let (ours, other) = (CacheKey::new(&[1; 32]), CacheKey::new(&[2; 32]));
        let sealed = ours.seal(b"here", b"Jan de Vries");
        let sealed = sealed.as_deref().unwrap_or_default();
        assert_eq!(ours.open(b"here", sealed).as_deref(), Some(b"Jan de Vries".as_slice()));
        assert_eq!(ours.open(b"there", sealed), None);
        assert_eq!(other.open(b"here", sealed), None);
        assert!(!sealed.windows(5).any(|window| window == b"Vries"));
        for place in 0..sealed.len() {
            let mut altered = sealed.to_vec();
            altered[place] ^= 1;
            assert_eq!(ours.open(b"here", &altered), None, "{place}");
            assert_eq!(ours.open(b"here", &sealed[..place]), None, "{place}");
        }
        assert_ne!(ours.seal(b"here", b"").as_deref(), ours.seal(b"here", b"").as_deref(), "each has its nonce");
    }
}
