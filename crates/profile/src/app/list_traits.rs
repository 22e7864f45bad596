//! Lists traits.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::register::Register;
use crate::{domain::catalogue::Definition, store::trait_definition};

const LIST: &str = "tenure.profile.v1.ProfileService/ListTraits";

impl Register {
    /// A page of the traits that are defined, by name, and the token of the next.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_traits(
        &self,
        call: &Call,
        size: usize,
        page_token: &str,
    ) -> Result<(Vec<Definition>, String), Refusal> {
        let tenant = call.tenant()?;
        let after = match page_token {
            "" => Vec::new(),
            token => self.tokens.decode(tenant, LIST, &[], token)?,
        };
        let catalogue = trait_definition::all(&self.store, tenant).await?;
        let mut rest = catalogue.all().filter(|one| one.name.as_bytes() > after.as_slice());
        let page: Vec<Definition> = rest.by_ref().take(size).cloned().collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let next = last.map(|last| self.tokens.encode(tenant, LIST, &[], last.name.as_bytes()));
        Ok((page, next.unwrap_or_default()))
    }
}
