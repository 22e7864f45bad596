//! What the journal holds of records.

use std::collections::BTreeSet;

use prost::{Message, Name};
use tenure_journal::read_page;
use tenure_kernel::{QuarantineId, Reason, RecordId, Refusal, Timestamp, TouchpointId};
use tenure_proto::{collector::v1 as pb, journal::v1::JournalEntry};
use tenure_server::wire;

use super::{App, Cursor, Export, Exported};

/// Pages of the journal that one call reads at most; then it answers what it has.
const PAGES: usize = 100;

impl App {
    /// Reads on until the page is full, the journal ends or the call has read enough. Answers where to go on.
    pub(super) async fn export_entries(
        &self,
        export: &mut Export<'_>,
        partitions: &BTreeSet<u8>,
        mut after: i64,
        mut skip: usize,
    ) -> Result<Cursor, Refusal> {
        for _ in 0..PAGES {
            let page = read_page(&self.store, after, partitions).await?;
            for entry in &page.entries {
                if let Some(skip) = export.take(entry, skip)? {
                    return Ok(Cursor::Journal { after, skip });
                }
                (after, skip) = (entry.sequence, 0);
            }
            (after, skip) = (page.high_water, 0);
            if !page.full {
                return Ok(Cursor::Quarantine { after: (Timestamp::MIN, QuarantineId::default()), skip: 0 });
            }
        }
        Ok(Cursor::Journal { after, skip })
    }
}

impl Export<'_> {
    /// Takes what an entry holds of the records, behind what was taken before. Answers how much was taken when the page is
    /// full.
    fn take(&mut self, entry: &JournalEntry, skip: usize) -> Result<Option<usize>, Refusal> {
        if entry.tenant != self.tenant.as_str() || entry.type_name != pb::TouchpointRecorded::full_name() {
            return Ok(None);
        }
        let unreadable = || Refusal::new(Reason::Internal, "a journal entry can't be read");
        let recorded = pb::TouchpointRecorded::decode(entry.payload.clone()).map_err(|_| unreadable())?;
        let id = Some(TouchpointId::from_slice(&recorded.touchpoint_id).map_err(|_| unreadable())?);
        let received_at = recorded.receive_time.as_ref().and_then(wire::timestamp).ok_or_else(unreadable)?;
        for (place, subject) in recorded.subjects.iter().enumerate().skip(skip) {
            let record = RecordId::from_slice(&subject.record_id).map_err(|_| unreadable())?;
            if self.records.contains(&record) {
                let touchpoint = self.open(&recorded, subject);
                if !self.add(entry.payload.len(), Exported { id, record, received_at, touchpoint }) {
                    return Ok(Some(place));
                }
            }
        }
        Ok(None)
    }

    /// The touchpoint in clear, with one of its subjects.
    fn open(&self, recorded: &pb::TouchpointRecorded, subject: &pb::RecordedSubject) -> pb::Touchpoint {
        let plain = subject.sealed.as_ref().and_then(|sealed| self.keys.open(sealed)).unwrap_or_default();
        let private = pb::SubjectPrivate::decode(plain.as_slice()).unwrap_or_default();
        let mut touchpoint = recorded.touchpoint.clone().unwrap_or_default();
        touchpoint.subjects = vec![pb::Subject {
            role: subject.role,
            key: private.key,
            identifiers: private.identifiers,
            attributes: private.attributes,
        }];
        touchpoint.note = private.note;
        if let Some(pb::touchpoint::Detail::Custom(custom)) = &mut touchpoint.detail {
            custom.json = private.custom_json;
        }
        touchpoint
    }
}
