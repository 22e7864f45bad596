//! What the quarantine holds of records.

use prost::Message;
use tenure_kernel::{Refusal, record::IdSecret};
use tenure_proto::collector::v1 as pb;

use super::{App, Cursor, Export, Exported};
use crate::{
    app::intake,
    domain::subject::is_primary,
    store::quarantine::{self, Quarantined},
};

impl App {
    /// Goes through the items about the records, behind those that were exported before. Answers where to go on when the page
    /// is full.
    pub(super) async fn export_quarantined(
        &self,
        export: &mut Export<'_>,
        skip: usize,
    ) -> Result<Option<Cursor>, Refusal> {
        let records: Vec<_> = export.records.iter().copied().collect();
        let mut items = quarantine::about(&self.store, export.tenant, &records).await?;
        items.sort_unstable_by_key(|item| (item.received_at, item.id));
        let secret = self.id_secret(export.tenant).await?;
        let keys = self.keyring.data_keys(export.tenant, items.iter().map(|item| item.id.0), false).await?;
        let mut passed = 0;
        for item in items {
            let bytes = item.sealed.ciphertext.len();
            let opened = keys.open(&item.sealed).and_then(|raw| pb::Touchpoint::decode(raw.as_slice()).ok());
            for exported in opened.map(|touchpoint| of_records(export, &secret, &item, touchpoint)).unwrap_or_default()
            {
                passed += 1;
                if passed > skip && !export.add(bytes, exported) {
                    return Ok(Some(Cursor::Quarantine { skip: passed - 1 }));
                }
            }
        }
        Ok(None)
    }
}

/// An item once for each of the records that it is about, with that subject alone; what belongs to all of it goes with the
/// primary one.
fn of_records(export: &Export<'_>, secret: &IdSecret, item: &Quarantined, touchpoint: pb::Touchpoint) -> Vec<Exported> {
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
        Some(Exported { id, record, received_at: item.received_at, touchpoint })
    };
    touchpoint.subjects.iter().zip(records).filter_map(of_subject).collect()
}
