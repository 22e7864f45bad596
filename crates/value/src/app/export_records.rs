//! Exports what value holds of source records.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, Refusal};
use tenure_server::Call;

use super::App;
use crate::{
    domain::{
        deal::Deal,
        purchase::{DayKey, Total},
        service::{Served, ServiceKey},
    },
    store::{deal_fact, record_day, record_service},
};

/// What is held of records.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) days: Vec<(DayKey, Total)>,
    pub(crate) services: BTreeMap<ServiceKey, Served>,
    /// By record and day.
    pub(crate) deals: Vec<(RecordId, Deal)>,
}

impl App {
    /// The days of records, by record and day. Unknown records have none.
    pub(crate) async fn export_records(&self, call: &Call, records: Vec<RecordId>) -> Result<Held, Refusal> {
        let tenant = call.tenant()?;
        let days = record_day::of_records(&self.store, tenant, &records).await?;
        let key = |(record, day, book)| DayKey { record, book, day };
        let days = days.into_iter().map(|(place, total)| (key(place), total)).collect();
        let services = record_service::of_records(&self.store, tenant, &records).await?;
        let mut told = deal_fact::of_records(&self.store, tenant, i32::MAX, &records).await?;
        told.sort_unstable_by_key(|(record, (fact, deal))| (*record, deal.day, *fact));
        let deals = told.into_iter().map(|(record, (_, deal))| (record, deal)).collect();
        Ok(Held { days, services, deals })
    }
}
