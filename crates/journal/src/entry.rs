//! Entries, and drafts of them.

use bytes::Bytes;
use prost::{Message, Name};
use tenure_kernel::{EntryId, RecordId, Tenant, Timestamp, partition};
use tenure_proto::journal::v1 as pb;

/// Which partitions an entry goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// To all of them.
    All,
    /// To those of its records; without any, to all.
    Records(Vec<RecordId>),
}

impl Route {
    /// As it is stored: a byte per partition, ascending, each once; empty for all.
    pub(crate) fn partitions(&self) -> Vec<u8> {
        match self {
            Self::All => Vec::new(),
            Self::Records(records) => {
                let mut partitions: Vec<u8> = records.iter().map(|record| partition::of(*record)).collect();
                partitions.sort_unstable();
                partitions.dedup();
                partitions
            }
        }
    }
}

/// An entry to be appended.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its own id; the same when the same conclusion is written again.
    pub id: EntryId,
    /// Whose it is.
    pub tenant: Tenant,
    /// Where it goes.
    pub route: Route,
    /// The payload's full message name.
    pub type_name: String,
    /// The payload's revision, from 1.
    pub revision: i32,
    /// The payload, encoded.
    pub payload: Vec<u8>,
    /// The W3C traceparent of the call behind it; empty if there is none.
    pub traceparent: String,
    /// When.
    pub recorded_at: Timestamp,
}

impl Draft {
    /// An entry with a payload of revision 1.
    #[must_use]
    pub fn new<M: Message + Name>(id: EntryId, tenant: Tenant, route: Route, payload: &M, at: Timestamp) -> Self {
        Self {
            id,
            tenant,
            route,
            type_name: M::full_name(),
            revision: 1,
            payload: payload.encode_to_vec(),
            traceparent: String::new(),
            recorded_at: at,
        }
    }

    /// With the trace of the call behind it.
    #[must_use]
    pub fn traced(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent.unwrap_or_default();
        self
    }
}

/// An entry, as a follower sees it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the journal.
    pub sequence: i64,
    /// Its own id.
    pub id: EntryId,
    /// Whose it is.
    pub tenant: Tenant,
    /// The payload's full message name.
    pub type_name: String,
    /// The payload's revision.
    pub revision: i32,
    /// The payload, encoded.
    pub payload: Bytes,
    /// The W3C traceparent of the call behind it; empty if there is none.
    pub traceparent: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Why an entry can't be read. Holds nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The envelope is broken.
    #[error("the envelope's {0} is not valid")]
    Envelope(&'static str),
    /// The payload is not what its type says.
    #[error("payload {0} can't be decoded")]
    Payload(String),
    /// The payload was written by a newer program.
    #[error("payload {0} has revision {1}, which this program does not know")]
    Revision(String, i32),
}

/// Why an entry is parked. Holds nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A field of it is not what it should be.
    #[error("{0}")]
    Field(&'static str),
}

impl Entry {
    /// Whether the payload is an `M`.
    #[must_use]
    pub fn is<M: Name>(&self) -> bool {
        self.type_name == M::full_name()
    }

    /// The payload as an `M`, up to a revision that the caller knows.
    ///
    /// # Errors
    /// When the bytes are not an `M`, or the revision is newer.
    pub fn decode<M: Message + Name + Default>(&self, known_revision: i32) -> Result<M, Unreadable> {
        if self.revision > known_revision {
            return Err(Unreadable::Revision(self.type_name.clone(), self.revision));
        }
        M::decode(self.payload.clone()).map_err(|_| Unreadable::Payload(self.type_name.clone()))
    }
}

/// The parts of an envelope that can be wrong.
pub(crate) struct Envelope {
    id: EntryId,
    tenant: Tenant,
    recorded_at: Timestamp,
}

impl Envelope {
    pub(crate) fn of(entry: &pb::JournalEntry) -> Result<Self, Unreadable> {
        let time = entry.record_time.unwrap_or_default();
        Ok(Self {
            id: EntryId::from_slice(&entry.entry_id).map_err(|_| Unreadable::Envelope("entry_id"))?,
            tenant: entry.tenant.parse().map_err(|_| Unreadable::Envelope("tenant"))?,
            recorded_at: Timestamp::from_parts(time.seconds, time.nanos).ok_or(Unreadable::Envelope("record_time"))?,
        })
    }

    /// The entry that it is the envelope of.
    pub(crate) fn open(self, entry: pb::JournalEntry) -> Entry {
        Entry {
            sequence: entry.sequence,
            id: self.id,
            tenant: self.tenant,
            type_name: entry.type_name,
            revision: entry.revision,
            payload: entry.payload,
            traceparent: entry.traceparent,
            recorded_at: self.recorded_at,
        }
    }
}

impl TryFrom<pb::JournalEntry> for Entry {
    type Error = Unreadable;

    fn try_from(entry: pb::JournalEntry) -> Result<Self, Unreadable> {
        Envelope::of(&entry).map(|envelope| envelope.open(entry))
    }
}

impl Entry {
    /// As it came, with its partitions.
    pub(crate) fn to_wire(&self, partitions: Vec<u8>) -> pb::JournalEntry {
        let (seconds, nanos) = self.recorded_at.to_parts();
        pb::JournalEntry {
            sequence: self.sequence,
            entry_id: self.id.0.to_vec(),
            tenant: self.tenant.as_str().to_owned(),
            partitions,
            type_name: self.type_name.clone(),
            revision: self.revision,
            payload: self.payload.clone(),
            traceparent: self.traceparent.clone(),
            record_time: Some(prost_types::Timestamp { seconds, nanos }),
        }
    }
}
