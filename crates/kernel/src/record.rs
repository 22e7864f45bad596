//! The ids that the collector derives: keyed hashes, so that the same thing always gets the same id and nobody can guess it.

use ring::hmac;

use crate::id::{PersonId, QuarantineId, RecordId, TouchpointId};

/// A tenant's id-secret. It never rotates: every id of the tenant rests on it.
#[derive(Debug, Clone)]
pub struct IdSecret(hmac::Key);

impl IdSecret {
    /// From 32 secret bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The first 128 bits of HMAC-SHA-256 over a purpose and parts, each preceded by its length so that no two lists of
    /// parts read alike.
    #[must_use]
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&context.sign().as_ref()[..16]);
        id
    }

    /// The record of a source's own key (`kind` "key"), of an identifier (its kind and canonical value), or of an event
    /// (`kind` "event").
    #[must_use]
    pub fn record(&self, source: &str, kind: &str, value: &str) -> RecordId {
        RecordId(self.derive("record", &[source.as_bytes(), kind.as_bytes(), value.as_bytes()]))
    }

    /// The touchpoint that a source sends under an event id.
    #[must_use]
    pub fn touchpoint(&self, source: &str, event_id: &str) -> TouchpointId {
        TouchpointId(self.derive("touchpoint", &[source.as_bytes(), event_id.as_bytes()]))
    }

    /// The digest of a touchpoint's body.
    #[must_use]
    pub fn body(&self, encoded: &[u8]) -> [u8; 16] {
        self.derive("body", &[encoded])
    }

    /// The quarantined item of a touchpoint with a body.
    #[must_use]
    pub fn quarantine(&self, touchpoint: TouchpointId, body: [u8; 16]) -> QuarantineId {
        QuarantineId(self.derive("quarantine", &[&touchpoint.0, &body]))
    }

    /// The id of the `n`th person that a record founds, from 0.
    #[must_use]
    pub fn person(&self, founder: RecordId, n: u32) -> PersonId {
        PersonId(self.derive("person", &[&founder.0, &n.to_be_bytes()]))
    }
}

/// A tenant's matching secret, which identifiers are hashed under for look-up. Not the id-secret: it may rotate.
#[derive(Debug, Clone)]
pub struct MatchingSecret(IdSecret);

impl MatchingSecret {
    /// From 32 secret bytes.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(IdSecret::new(secret))
    }

    /// The key under which an identifier is looked up.
    #[must_use]
    pub fn key(&self, kind: &str, issuer: &str, canonical: &str) -> [u8; 16] {
        self.0.derive("match", &[kind.as_bytes(), issuer.as_bytes(), canonical.as_bytes()])
    }

    /// The key of anything else that is looked up, as [`IdSecret::derive`].
    #[must_use]
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 16] {
        self.0.derive(purpose, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_every_part_and_on_where_parts_end() {
        let secret = IdSecret::new(&[7; 32]);
        let base = secret.record("crm", "key", "42");
        assert_eq!(base, secret.record("crm", "key", "42"));
        assert_ne!(base, secret.record("crmk", "ey", "42"));
        assert_ne!(base, secret.record("crm", "key4", "2"));
        assert_ne!(base, IdSecret::new(&[8; 32]).record("crm", "key", "42"));
        assert_ne!(base.0, secret.touchpoint("crm", "42").0);
    }
}
