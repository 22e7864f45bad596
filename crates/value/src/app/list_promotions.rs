//! Lists the promotions of a tenant.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::{App, Paged, filter};
use crate::{
    domain::{book::Line, promotion::Promotion},
    store,
};

const LIST: &str = "tenure.value.v1.ValueService/ListPromotions";

/// Which page.
#[derive(Debug, Clone)]
pub(crate) struct ListPromotions {
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    /// `None`: those of all lines and of each.
    pub(crate) line: Option<Line>,
}

impl App {
    /// Lists promotions of all currencies, newest first.
    pub(crate) async fn list_promotions(&self, call: &Call, ask: ListPromotions) -> Result<Paged<Promotion>, Refusal> {
        let (tenant, filter) = (call.tenant()?, filter(ask.line.as_ref()));
        let before = match ask.page_token.as_str() {
            "" => i64::MAX,
            // A cursor of ours; its tag was checked.
            token => self.tokens.decode(tenant, LIST, &filter, token)?.try_into().map_or(0, i64::from_be_bytes),
        };
        let mut found = store::promotion::list(&self.store, tenant, ask.line, before, ask.page_size + 1).await?;
        let more = found.len() > ask.page_size;
        found.truncate(ask.page_size);
        let last = found.last().filter(|_| more);
        let next_page_token =
            last.map(|(ordinal, _)| self.tokens.encode(tenant, LIST, &filter, &ordinal.to_be_bytes()));
        let items = found.into_iter().map(|(_, promotion)| promotion).collect();
        Ok(Paged { items, next_page_token: next_page_token.unwrap_or_default() })
    }
}
