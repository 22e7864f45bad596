//! What the quarantine holds of records.

use prost::Message;
use tenure_kernel::{QuarantineId, Refusal, Timestamp, record::IdSecret};
use tenure_proto::collector::v1 as pb;

use super::{App, Cursor, Export, Exported, MOST_BYTES};
use crate::{
    app::intake,
    domain::subject::is_primary,
    store::quarantine::{self, Place, fitting},
};

/// Items that are looked for at once.
const AT_ONCE: usize = 500;

impl App {
    /// Goes through the items about the records behind a place, but for so many subjects of the first that were exported
    /// before. Answers where to go on when the page is full.
    pub(super) async fn export_quarantined(
        &self,
        export: &mut Export<'_>,
        mut after: Place,
        mut skip: usize,
    ) -> Result<Option<Cursor>, Refusal> {
        let records: Vec<_> = export.records.iter().copied().collect();
        let secret = self.id_secret(export.tenant).await?;
        loop {
            let mut items = quarantine::about(&self.store, export.tenant, &records, after, AT_ONCE).await?;
            let Some((_, first)) = items.first() else { return Ok(None) };
            if !export.fits(*first) {
                return Ok(Some(Cursor::Quarantine { after, skip }));
            }
            items.truncate(fitting(items.iter().map(|(_, bytes)| *bytes), export.bytes, MOST_BYTES));
            let ids: Vec<QuarantineId> = items.iter().map(|((_, id), _)| *id).collect();
            let keys = self.keyring.data_keys(export.tenant, ids.iter().map(|id| id.0), false).await?;
            let mut sealed = quarantine::sealed(&self.store, export.tenant, &ids).await?;
            for (place, bytes) in items {
                let raw = sealed.remove(&place.1).and_then(|sealed| keys.open(&sealed));
                let opened = raw.and_then(|raw| pb::Touchpoint::decode(raw.as_slice()).ok());
                let exported = opened.map(|touchpoint| of_records(export, &secret, place.0, touchpoint));
                for (number, exported) in exported.unwrap_or_default().into_iter().enumerate().skip(skip) {
                    if !export.add(bytes, exported) {
                        return Ok(Some(Cursor::Quarantine { after, skip: number }));
                    }
                }
                (after, skip) = (place, 0);
            }
        }
    }
}

/// An item once for each of the records that it is about, with that subject alone; what belongs to all of it goes with the
/// primary one.
fn of_records(
    export: &Export<'_>,
    secret: &IdSecret,
    received_at: Timestamp,
    touchpoint: pb::Touchpoint,
) -> Vec<Exported> {
    let (id, records) = intake::identify(&touchpoint, secret);
    let of_subject = |(subject, record): (&pb::Subject, Option<_>)| {
        let record = record.filter(|record| export.records.contains(record))?;
        let mut touchpoint = pb::Touchpoint { subjects: vec![subject.clone()], ..touchpoint.clone() };
        if !is_primary(subject.role) {
            touchpoint.note.clear();
            if let Some(pb::touchpoint::Detail::Custom(custom)) = &mut touchpoint.detail {
                custom.json.clear();
            }
        }
        Some(Exported { id, record, received_at, touchpoint })
    };
    touchpoint.subjects.iter().zip(records).filter_map(of_subject).collect()
}
