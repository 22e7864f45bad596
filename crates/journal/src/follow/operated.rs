//! What an operator is shown of followers and parked entries, page by page. Page tokens are plain places in the list: these
//! lists belong to no tenant and have no filter to bind.

use std::sync::Arc;

use futures::future::BoxFuture;
use tenure_kernel::{EntryId, Reason, Refusal};
use tenure_proto::journal::v1 as pb;
use tenure_server::wire;
use tenure_store::Store;

use super::{checkpoint, parking, projection::Projection, supervisor::Following};

/// What an operator can do with a projection.
pub trait Operate: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its database.
    fn store(&self) -> &Store;
    /// Builds a new generation and swaps it in: the generation's number.
    fn rebuild(&self) -> BoxFuture<'_, Result<i64, Refusal>>;
    /// Applies what is parked once more: how many went through, and how many did not.
    fn replay(&self) -> BoxFuture<'_, Result<(i64, i64), Refusal>>;
}

impl<P: Projection> Operate for Following<P> {
    fn name(&self) -> &'static str {
        Self::name(self)
    }

    fn store(&self) -> &Store {
        Self::store(self)
    }

    fn rebuild(&self) -> BoxFuture<'_, Result<i64, Refusal>> {
        Box::pin(self.start_rebuild())
    }

    fn replay(&self) -> BoxFuture<'_, Result<(i64, i64), Refusal>> {
        Box::pin(self.replay_parked())
    }
}

fn unreadable() -> Refusal {
    Refusal::new(Reason::PageTokenInvalid, "the page token is not from this list")
}

/// The followers of every projection, from the place that the token names on.
pub(crate) async fn list_followers(
    projections: &[Arc<dyn Operate>],
    size: usize,
    token: &str,
) -> Result<pb::ListFollowersResponse, Refusal> {
    let from = if token.is_empty() { 0 } else { token.parse::<usize>().map_err(|_| unreadable())? };
    let mut all = Vec::new();
    for projection in projections {
        all.extend(checkpoint::list(projection.store(), projection.name()).await?);
    }
    let next = from.saturating_add(size);
    let next_page_token = if next < all.len() { next.to_string() } else { String::new() };
    Ok(pb::ListFollowersResponse { followers: all.into_iter().skip(from).take(size).collect(), next_page_token })
}

/// What a projection has parked, behind the entry that the token names.
pub(crate) async fn list_parked(
    projection: &dyn Operate,
    size: usize,
    token: &str,
) -> Result<pb::ListParkedResponse, Refusal> {
    let after = cursor(token)?;
    // One more than asked for says whether there is another page.
    let limit = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut page = parking::list(projection.store(), projection.name(), after, limit).await?;
    let more = page.len() > size;
    page.truncate(size);
    let last = page.last().filter(|_| more);
    let next_page_token = last.map_or_else(String::new, |last| format!("{}.{}", last.entry.sequence, EntryId(last.id)));
    let entries = page.into_iter().map(|parked| pb::ParkedEntry {
        parked_id: parked.id.to_vec(),
        projection: projection.name().to_owned(),
        journal: parked.journal,
        sequence: parked.entry.sequence,
        type_name: parked.entry.type_name,
        reason: parked.reason,
        park_time: Some(wire::to_wire(parked.at)),
    });
    Ok(pb::ListParkedResponse { entries: entries.collect(), next_page_token })
}

fn cursor(token: &str) -> Result<(i64, Vec<u8>), Refusal> {
    if token.is_empty() {
        return Ok((0, Vec::new()));
    }
    let (sequence, id) = token.split_once('.').ok_or_else(unreadable)?;
    let id: EntryId = id.parse().map_err(|_| unreadable())?;
    Ok((sequence.parse().map_err(|_| unreadable())?, id.0.to_vec()))
}
