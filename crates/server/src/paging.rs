//! Pages of a list (AIP-158).

use ring::hmac;
use tenure_kernel::{
    refusal::{Reason, Refusal, Violation},
    tenant::Tenant,
};

use crate::base64url;

const TAG_BYTES: usize = 16;

/// Makes and reads page tokens. A token holds the cursor and a keyed hash over tenant, list, filter and cursor, so that it
/// works for nothing but the page it was given for. The cursor is not secret: put ids and positions in it, nothing personal.
#[derive(Clone)]
pub struct PageTokens(hmac::Key);

impl PageTokens {
    /// From a secret that all replicas share and that outlives restarts, or tokens break with it.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &secret))
    }

    /// The token of the page that starts at a cursor. `list` is the RPC's full name; `filter` is any encoding of what the
    /// request asks for, without page size and token.
    #[must_use]
    pub fn encode(&self, tenant: &Tenant, list: &str, filter: &[u8], cursor: &[u8]) -> String {
        let mut bytes = self.tag(tenant, list, filter, cursor).to_vec();
        bytes.extend_from_slice(cursor);
        base64url::encode(&bytes)
    }

    /// The cursor of a token.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID` when it was not given for this tenant, list and filter.
    pub fn decode(&self, tenant: &Tenant, list: &str, filter: &[u8], token: &str) -> Result<Vec<u8>, Refusal> {
        let bytes = base64url::decode(token).ok_or_else(invalid)?;
        let (tag, cursor) = bytes.split_at_checked(TAG_BYTES).ok_or_else(invalid)?;
        let expected = self.tag(tenant, list, filter, cursor);
        // Compared without an early end, so that a tag can't be guessed byte by byte.
        let differing = expected.iter().zip(tag).fold(0, |sum, (left, right)| sum | (left ^ right));
        if differing == 0 { Ok(cursor.to_vec()) } else { Err(invalid()) }
    }

    /// Each part is preceded by its length, so that no two lists of parts read alike.
    fn tag(&self, tenant: &Tenant, list: &str, filter: &[u8], cursor: &[u8]) -> [u8; TAG_BYTES] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [tenant.as_str().as_bytes(), list.as_bytes(), filter, cursor] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&context.sign().as_ref()[..TAG_BYTES]);
        tag
    }
}

impl std::fmt::Debug for PageTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageTokens")
    }
}

fn invalid() -> Refusal {
    Refusal::new(Reason::PageTokenInvalid, "the page token is not from this list, or its filter changed")
}

/// How many items a page holds: what was asked for, or `default` when that is zero.
///
/// # Errors
/// `FIELD_OUT_OF_RANGE` on `page_size` when it is negative or above `max`.
pub fn page_size(requested: i32, default: usize, max: usize) -> Result<usize, Violation> {
    match usize::try_from(requested) {
        Ok(0) => Ok(default),
        Ok(size) if size <= max => Ok(size),
        _ => {
            Err(Violation::new("page_size", Reason::FieldOutOfRange, format!("must be 1 to {max}, or 0 for {default}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tenant(name: &str) -> Tenant {
        name.parse().unwrap()
    }

    #[test]
    fn a_token_is_good_for_its_own_page_only() {
        let tokens = PageTokens::new([1; 32]);
        let acme = tenant("acme");
        let token = tokens.encode(&acme, "List", b"filter", b"cursor");
        assert_eq!(tokens.decode(&acme, "List", b"filter", &token), Ok(b"cursor".to_vec()));
        let others = [
            tokens.decode(&tenant("other"), "List", b"filter", &token),
            tokens.decode(&acme, "ListOthers", b"filter", &token),
            tokens.decode(&acme, "List", b"filte", &token),
            tokens.decode(&acme, "Listf", b"ilter", &token),
            tokens.decode(&acme, "List", b"filter", &format!("{token}AA")),
            tokens.decode(&acme, "List", b"filter", ""),
            tokens.decode(&acme, "List", b"filter", "Zm9v"),
            PageTokens::new([2; 32]).decode(&acme, "List", b"filter", &token),
        ];
        for other in others {
            assert_eq!(other.map_err(|refusal| refusal.reason), Err(Reason::PageTokenInvalid));
        }
    }

    #[test]
    fn page_sizes_have_a_default_and_bounds() {
        assert_eq!(page_size(0, 100, 500), Ok(100));
        assert_eq!(page_size(500, 100, 500), Ok(500));
        for wrong in [-1, 501, i32::MIN, i32::MAX] {
            assert_eq!(page_size(wrong, 100, 500).map_err(|violation| violation.reason), Err(Reason::FieldOutOfRange));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(token: String, cursor: Vec<u8>) {
            let tokens = PageTokens::new([1; 32]);
            prop_assert!(tokens.decode(&tenant("acme"), "List", b"", &token).is_err());
            let given = tokens.encode(&tenant("acme"), "List", b"", &cursor);
            prop_assert_eq!(tokens.decode(&tenant("acme"), "List", b"", &given), Ok(cursor));
        }
    }
}
