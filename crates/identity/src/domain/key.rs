//! Match keys: identifiers under a keyed hash, so that equal ones are looked up without being kept.

use std::collections::BTreeSet;

use tenure_kernel::{identifier::IdentifierKind, record::MatchingSecret};

/// An identifier's key. Sorted strongest kind first, so that a national number decides before an e-mail address does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MatchKey {
    /// What the identifier is.
    pub(crate) kind: IdentifierKind,
    /// The keyed hash over kind, issuer and canonical value.
    pub(crate) hash: [u8; 16],
}

/// The most records that may carry a key for it to find anybody. A key that more carry is generic, such as the address of a
/// front desk.
pub(crate) const MAX_BLOCK: usize = 50;

/// How long a key is when it is packed.
const PACKED: usize = 17;

impl MatchKey {
    /// The key of an identifier. Kinds that mean the same whoever issued them have no issuer in the key.
    pub(crate) fn of(secret: &MatchingSecret, kind: IdentifierKind, issuer: &str, canonical: &str) -> Self {
        let issuer = if kind.has_issuer() { issuer } else { "" };
        Self { kind, hash: secret.key(kind.as_str(), issuer, canonical) }
    }

    /// Whether it says where someone came from, a browser or a device, and not who they are.
    pub(crate) fn is_visit(&self) -> bool {
        matches!(self.kind, IdentifierKind::Cookie | IdentifierKind::Device)
    }
}

/// Keys as one value: a byte for the kind and sixteen for the hash, each.
pub(crate) fn pack(keys: &BTreeSet<MatchKey>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(keys.len() * PACKED);
    for key in keys {
        bytes.push(u8::try_from(key.kind.number()).unwrap_or_default());
        bytes.extend_from_slice(&key.hash);
    }
    bytes
}

/// The keys of a packed value; `None` when it is not one.
pub(crate) fn unpack(bytes: &[u8]) -> Option<BTreeSet<MatchKey>> {
    let (chunks, rest) = bytes.as_chunks::<PACKED>();
    if !rest.is_empty() {
        return None;
    }
    let key = |chunk: &[u8; PACKED]| {
        let (number, hash) = chunk.split_first()?;
        Some(MatchKey { kind: IdentifierKind::from_number(i32::from(*number))?, hash: hash.try_into().ok()? })
    };
    chunks.iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_counts_only_where_the_kind_has_one() {
        let secret = MatchingSecret::new(&[1; 32]);
        let key = |kind, issuer| MatchKey::of(&secret, kind, issuer, "x");
        assert_eq!(key(IdentifierKind::Email, "crm"), key(IdentifierKind::Email, "webshop"));
        assert_ne!(key(IdentifierKind::CustomerNumber, "crm"), key(IdentifierKind::CustomerNumber, "webshop"));
        assert!(key(IdentifierKind::NationalId, "") < key(IdentifierKind::Email, ""));
    }

    #[test]
    fn packed_keys_read_back() {
        let secret = MatchingSecret::new(&[1; 32]);
        let keys: BTreeSet<_> = IdentifierKind::ALL.iter().map(|kind| MatchKey::of(&secret, *kind, "", "x")).collect();
        assert_eq!(unpack(&pack(&keys)), Some(keys));
        assert_eq!(unpack(&[]), Some(BTreeSet::new()));
        assert_eq!(unpack(&[1; 16]), None);
        assert_eq!(unpack(&[0; 17]), None);
    }
}
