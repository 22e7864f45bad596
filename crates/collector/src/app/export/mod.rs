//! Exports what the collector holds of source records: what is in the journal, then what is in quarantine.

mod entries;
mod quarantined;

use std::collections::HashSet;

use tenure_kernel::{QuarantineId, Reason, RecordId, Refusal, Tenant, Timestamp, TouchpointId, partition};
use tenure_keyring::DataKeys;
use tenure_proto::collector::v1 as pb;

use super::App;
use crate::store::{erased, quarantine::Place};

const LIST: &str = "tenure.collector.v1.CollectorService/ExportRecords";
/// How much a page holds at most, in bytes as it is stored: a message is limited.
const MOST_BYTES: usize = 8 << 20;

/// A touchpoint of a record, in clear.
#[derive(Debug)]
pub(crate) struct Exported {
    /// Its id; one that is in quarantine may have none.
    pub(crate) id: Option<TouchpointId>,
    pub(crate) record: RecordId,
    pub(crate) received_at: Timestamp,
    /// With that record's subject alone.
    pub(crate) touchpoint: pb::Touchpoint,
}

/// Where an export goes on: behind what, and how much of the next entry or item was exported before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Journal { after: i64, skip: usize },
    Quarantine { after: Place, skip: usize },
}

impl Cursor {
    fn encode(self) -> Vec<u8> {
        let (number, id, skip) = match &self {
            Self::Journal { after, skip } => (*after, [].as_slice(), *skip),
            Self::Quarantine { after, skip } => (after.0.0, after.1.0.as_slice(), *skip),
        };
        [number.to_be_bytes().as_slice(), &u32::try_from(skip).unwrap_or(u32::MAX).to_be_bytes(), id].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        let (skip, id) = rest.split_first_chunk()?;
        let (after, skip) = (i64::from_be_bytes(*number), u32::from_be_bytes(*skip) as usize);
        if id.is_empty() {
            return Some(Self::Journal { after, skip });
        }
        Some(Self::Quarantine { after: (Timestamp(after), QuarantineId::from_slice(id).ok()?), skip })
    }
}

/// An export under way.
struct Export<'a> {
    tenant: &'a Tenant,
    records: HashSet<RecordId>,
    /// The keys of the records.
    keys: DataKeys,
    size: usize,
    bytes: usize,
    found: Vec<Exported>,
}

impl Export<'_> {
    /// Adds a touchpoint of a stored size; false when the page is full, and it must go to the next.
    fn add(&mut self, bytes: usize, exported: Exported) -> bool {
        let fits = self.fits(bytes);
        if fits {
            self.bytes += bytes;
            self.found.push(exported);
        }
        fits
    }

    /// Whether there is room for a touchpoint of a stored size.
    fn fits(&self, bytes: usize) -> bool {
        self.found.len() < self.size && (self.bytes + bytes <= MOST_BYTES || self.found.is_empty())
    }
}

impl App {
    /// A page of the touchpoints of records, oldest first, and the next page's token. Reads the journal from its beginning:
    /// a call reads 100,000 entries at most, so that a page may be short, or empty, with more behind it.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`; `UNAVAILABLE`.
    pub(crate) async fn export(
        &self,
        tenant: &Tenant,
        mut records: Vec<RecordId>,
        size: usize,
        token: &str,
    ) -> Result<(Vec<Exported>, String), Refusal> {
        records.sort_unstable();
        records.dedup();
        let filter: Vec<u8> = records.iter().flat_map(|record| record.0).collect();
        let mut next = Some(self.export_cursor(tenant, &filter, token)?);
        // Of all that were asked for: a page must go on where the last one ended, also when one was erased meanwhile.
        let partitions = records.iter().map(|record| partition::of(*record)).collect();
        let erased = erased::among(&self.store, tenant, records.iter().copied()).await?;
        records.retain(|record| !erased.contains(record));
        let keys = self.keyring.data_keys(tenant, records.iter().map(|record| record.0), false).await?;
        let records = records.into_iter().collect();
        let mut export = Export { tenant, records, keys, size, bytes: 0, found: Vec::new() };
        if let Some(Cursor::Journal { after, skip }) = next {
            next = Some(self.export_entries(&mut export, &partitions, after, skip).await?);
        }
        if let Some(Cursor::Quarantine { after, skip }) = next {
            next = self.export_quarantined(&mut export, after, skip).await?;
        }
        let token = next.map(|next| self.tokens.encode(tenant, LIST, &filter, &next.encode())).unwrap_or_default();
        Ok((export.found, token))
    }

    fn export_cursor(&self, tenant: &Tenant, filter: &[u8], token: &str) -> Result<Cursor, Refusal> {
        if token.is_empty() {
            return Ok(Cursor::Journal { after: 0, skip: 0 });
        }
        let bytes = self.tokens.decode(tenant, LIST, filter, token)?;
        Cursor::decode(&bytes)
            .ok_or_else(|| Refusal::new(Reason::PageTokenInvalid, "the page token is not from this list"))
    }
}
