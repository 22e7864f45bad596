//! Lists segments.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::register::Register;
use crate::{domain::segment::Segment, store::trait_definition};

const LIST: &str = "tenure.profile.v1.ProfileService/ListSegments";

impl Register {
    /// A page of the segments that are defined, by name, and the token of the next.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_segments(
        &self,
        call: &Call,
        size: usize,
        page_token: &str,
    ) -> Result<(Vec<Segment>, String), Refusal> {
        let tenant = call.tenant()?;
        let after = match page_token {
            "" => Vec::new(),
            token => self.tokens.decode(tenant, LIST, &[], token)?,
        };
        let catalogue = trait_definition::all(&self.store, tenant).await?;
        let mut rest = catalogue.all_segments().filter(|one| one.name.as_bytes() > after.as_slice());
        let page: Vec<Segment> = rest.by_ref().take(size).cloned().collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let next = last.map(|last| self.tokens.encode(tenant, LIST, &[], last.name.as_bytes()));
        Ok((page, next.unwrap_or_default()))
    }
}
