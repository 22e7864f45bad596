//! Lists how much happened by day and type, of whomever.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::rights::Rights;
use crate::{domain::activity::Cell, store::activity_count};

/// Which counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListActivityCounts {
    /// Days since 1970-01-01 in UTC, both included.
    pub(crate) first_day: i32,
    pub(crate) last_day: i32,
    pub(crate) size: usize,
}

/// A page of counts.
pub(crate) struct Page {
    pub(crate) counts: Vec<(Cell, i64)>,
    pub(crate) next_page_token: String,
}

const LIST: &str = "tenure.profile.v1.ProfileService/ListActivityCounts";

impl Rights {
    /// Counts by day and type, in order.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_activity_counts(
        &self,
        call: &Call,
        ask: ListActivityCounts,
        token: &str,
    ) -> Result<Page, Refusal> {
        let tenant = call.tenant()?;
        let filter = [ask.first_day.to_be_bytes(), ask.last_day.to_be_bytes()].concat();
        let after = match token {
            "" => (i64::from(ask.first_day), i32::MIN),
            token => place(&self.tokens.decode(tenant, LIST, &filter, token)?),
        };
        let mut counts = activity_count::list(&self.store, tenant, (after, ask.last_day.into()), ask.size + 1).await?;
        let more = counts.len() > ask.size;
        counts.truncate(ask.size);
        let cursor = |(day, kind): Cell| [day.to_be_bytes().as_slice(), &kind.to_be_bytes()].concat();
        let last = counts.last().filter(|_| more).map(|(cell, _)| *cell);
        let next = last.map(|cell| self.tokens.encode(tenant, LIST, &filter, &cursor(cell)));
        Ok(Page { counts, next_page_token: next.unwrap_or_default() })
    }
}

/// A cursor of ours; its tag was checked.
fn place(cursor: &[u8]) -> Cell {
    let (day, kind) = cursor.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    (i64::from_be_bytes(*day), kind.first_chunk().map_or(i32::MIN, |kind| i32::from_be_bytes(*kind)))
}
