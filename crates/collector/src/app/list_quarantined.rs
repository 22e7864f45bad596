//! Lists what is in quarantine.

use prost::Message;
use tenure_kernel::{QuarantineId, Reason, Refusal, Tenant, Timestamp};
use tenure_proto::collector::v1 as pb;

use super::App;
use crate::store::quarantine::{self, Page, Quarantined, fitting};

const LIST: &str = "tenure.collector.v1.CollectorService/ListQuarantined";

/// How much the items of a page hold at most, in bytes: a message is limited.
const MOST_BYTES: usize = 8 << 20;
/// How much one item may hold to be returned, in bytes.
const MOST_ITEM_BYTES: usize = 15 << 20;

/// An item in quarantine, and the item itself when it was asked for.
#[derive(Debug)]
pub(crate) struct ListedItem {
    pub(crate) item: Quarantined,
    pub(crate) touchpoint: Option<pb::Touchpoint>,
}

impl App {
    /// A page of the quarantine of a source, or of all, oldest first; and the next page's token.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`; `UNAVAILABLE`.
    pub(crate) async fn list_quarantined(
        &self,
        tenant: &Tenant,
        source: &str,
        open: bool,
        size: usize,
        token: &str,
    ) -> Result<(Vec<ListedItem>, String), Refusal> {
        let filter = [&[u8::from(open)], source.as_bytes()].concat();
        let after = if token.is_empty() {
            (Timestamp::MIN, QuarantineId::default())
        } else {
            cursor(&self.tokens.decode(tenant, LIST, &filter, token)?).ok_or_else(unreadable)?
        };
        let wanted = Page { source, after, limit: size + 1 };
        let mut page = quarantine::page(&self.store, tenant, wanted).await?;
        let sizes = page.iter().map(|item| item.bytes);
        let fit = if open { fitting(sizes, 0, MOST_BYTES).min(size) } else { size };
        let more = page.len() > fit;
        page.truncate(fit);
        let last = page.last().filter(|_| more);
        let next = last.map_or_else(String::new, |last| {
            let cursor = [last.received_at.0.to_be_bytes().as_slice(), &last.id.0].concat();
            self.tokens.encode(tenant, LIST, &filter, &cursor)
        });
        let items = if open { self.open_items(tenant, page).await? } else { page.into_iter().map(closed).collect() };
        Ok((items, next))
    }

    async fn open_items(&self, tenant: &Tenant, items: Vec<Quarantined>) -> Result<Vec<ListedItem>, Refusal> {
        // An item that alone fills a message is listed without its content.
        let openable = items.iter().filter(|item| item.bytes <= MOST_ITEM_BYTES);
        let ids: Vec<QuarantineId> = openable.map(|item| item.id).collect();
        let keys = self.keyring.data_keys(tenant, ids.iter().map(|id| id.0), false).await?;
        let mut sealed = quarantine::sealed(&self.store, tenant, &ids).await?;
        let open = |item: Quarantined| {
            let raw = sealed.remove(&item.id).and_then(|sealed| keys.open(&sealed));
            let touchpoint = raw.and_then(|raw| pb::Touchpoint::decode(raw.as_slice()).ok());
            ListedItem { item, touchpoint }
        };
        Ok(items.into_iter().map(open).collect())
    }
}

fn closed(item: Quarantined) -> ListedItem {
    ListedItem { item, touchpoint: None }
}

fn unreadable() -> Refusal {
    Refusal::new(Reason::PageTokenInvalid, "the page token is not from this list")
}

fn cursor(bytes: &[u8]) -> Option<(Timestamp, QuarantineId)> {
    let (at, id) = bytes.split_first_chunk()?;
    Some((Timestamp(i64::from_be_bytes(*at)), QuarantineId::from_slice(id).ok()?))
}
