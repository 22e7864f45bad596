//! Exports what value holds of source records.

use tenure_kernel::{RecordId, Refusal};
use tenure_server::Call;

use super::App;
use crate::{
    domain::fold::{DayKey, Total},
    store::record_day,
};

impl App {
    /// The days of records, by record and day. Unknown records have none.
    pub(crate) async fn export_records(
        &self,
        call: &Call,
        records: Vec<RecordId>,
    ) -> Result<Vec<(DayKey, Total)>, Refusal> {
        let days = record_day::of_records(&self.store, call.tenant()?, &records).await?;
        let key = |(record, day, currency)| DayKey { record, currency, day };
        Ok(days.into_iter().map(|(place, total)| (key(place), total)).collect())
    }
}
