//! Lists what is in quarantine.

use prost::Message;
use tenure_kernel::{QuarantineId, Reason, Refusal, Tenant, Timestamp};
use tenure_proto::collector::v1 as pb;

use super::App;
use crate::store::quarantine::{self, Page, Quarantined};

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
        let wanted = Page { source, after, limit: size + 1, sealed: open };
        let mut page = quarantine::page(&self.store, tenant, wanted).await?;
        let more = page.len() > fitting(&page, size);
        page.truncate(fitting(&page, size));
        let last = page.last().filter(|_| more);
        let next = last.map_or_else(String::new, |last| {
            let cursor = [last.received_at.0.to_be_bytes().as_slice(), &last.id.0].concat();
            self.tokens.encode(tenant, LIST, &filter, &cursor)
        });
        let items = if open { self.open_items(tenant, page).await? } else { page.into_iter().map(closed).collect() };
        Ok((items, next))
    }

    async fn open_items(&self, tenant: &Tenant, items: Vec<Quarantined>) -> Result<Vec<ListedItem>, Refusal> {
        let keys = self.keyring.data_keys(tenant, items.iter().map(|item| item.id.0), false).await?;
        let open = |item: Quarantined| {
            // An item that alone fills a message is listed without its content.
            let raw = (item.sealed.ciphertext.len() <= MOST_ITEM_BYTES).then(|| keys.open(&item.sealed)).flatten();
            let touchpoint = raw.and_then(|raw| pb::Touchpoint::decode(raw.as_slice()).ok());
            ListedItem { item, touchpoint }
        };
        Ok(items.into_iter().map(open).collect())
    }
}

/// How many items fit a page; one at least.
fn fitting(items: &[Quarantined], size: usize) -> usize {
    let mut bytes = 0;
    let fits = |item: &&Quarantined| {
        bytes += item.sealed.ciphertext.len();
        bytes <= MOST_BYTES
    };
    items.iter().take(size).take_while(fits).count().max(1)
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
