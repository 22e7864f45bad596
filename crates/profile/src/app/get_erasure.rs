//! Reads erasures, and signs what they came to.

use prost::Message;
use ring::signature::{Ed25519KeyPair, KeyPair};
use tenure_kernel::{ErasureId, Reason, Refusal, Timestamp};
use tenure_server::Call;

use super::rights::Rights;
use crate::{domain::erasure::Erasure, event, store::erasure};

/// An erasure as it was signed.
pub(crate) struct Receipt {
    pub(crate) document: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
}

/// A page of erasures.
pub(crate) struct Page {
    pub(crate) erasures: Vec<Erasure>,
    pub(crate) next_page_token: String,
}

const LIST: &str = "tenure.profile.v1.ProfileService/ListErasures";

impl Rights {
    /// An erasure, and its receipt.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn get_erasure(&self, call: &Call, id: ErasureId) -> Result<(Erasure, Receipt), Refusal> {
        let tenant = call.tenant()?;
        let erasure = erasure::get(&self.store, tenant, id).await?.ok_or_else(Refusal::not_found)?;
        let seed = self.keyring.receipt_secret(tenant).await?;
        let key = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|_| Refusal::new(Reason::Internal, "the receipts' key is none"))?;
        let document = event::erasure(&erasure).encode_to_vec();
        let signature = key.sign(&document).as_ref().to_vec();
        let public_key = key.public_key().as_ref().to_vec();
        Ok((erasure, Receipt { document, signature, public_key }))
    }

    /// Erasures, the newest first.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_erasures(&self, call: &Call, size: usize, token: &str) -> Result<Page, Refusal> {
        let tenant = call.tenant()?;
        let before = match token {
            "" => None,
            token => place(&self.tokens.decode(tenant, LIST, &[], token)?),
        };
        let mut erasures = erasure::list(&self.store, tenant, before, size + 1).await?;
        let more = erasures.len() > size;
        erasures.truncate(size);
        let last = erasures.last().filter(|_| more);
        let cursor = |last: &Erasure| [last.asked_at.0.to_be_bytes().as_slice(), &last.id.0].concat();
        let next = last.map(|last| self.tokens.encode(tenant, LIST, &[], &cursor(last)));
        Ok(Page { erasures, next_page_token: next.unwrap_or_default() })
    }
}

/// A cursor of ours; its tag was checked.
fn place(cursor: &[u8]) -> Option<(Timestamp, ErasureId)> {
    let (at, id) = cursor.split_first_chunk::<8>()?;
    Some((Timestamp(i64::from_be_bytes(*at)), ErasureId::from_slice(id).ok()?))
}
