//! Lists registered schemas.

use tenure_kernel::{Reason, Refusal, Tenant};

use super::App;
use crate::store::schema::{self, Registered};

const LIST: &str = "tenure.collector.v1.CollectorService/ListSchemas";

impl App {
    /// A page of schemas by name and revision, and the next page's token.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`; `UNAVAILABLE`.
    pub(crate) async fn list_schemas(
        &self,
        tenant: &Tenant,
        size: usize,
        token: &str,
    ) -> Result<(Vec<Registered>, String), Refusal> {
        let after = if token.is_empty() {
            (String::new(), 0)
        } else {
            cursor(&self.tokens.decode(tenant, LIST, &[], token)?).ok_or_else(unreadable)?
        };
        let mut page = schema::page(&self.store, tenant, (&after.0, after.1), size + 1).await?;
        let more = page.len() > size;
        page.truncate(size);
        let last = page.last().filter(|_| more);
        let next = last.map_or_else(String::new, |last| {
            let cursor = [&last.revision.to_be_bytes(), last.name.as_bytes()].concat();
            self.tokens.encode(tenant, LIST, &[], &cursor)
        });
        Ok((page, next))
    }
}

fn unreadable() -> Refusal {
    Refusal::new(Reason::PageTokenInvalid, "the page token is not from this list")
}

fn cursor(bytes: &[u8]) -> Option<(String, i32)> {
    let (revision, name) = bytes.split_first_chunk()?;
    Some((String::from_utf8(name.to_vec()).ok()?, i32::from_be_bytes(*revision)))
}
