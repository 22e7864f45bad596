//! Counts the base, from sums that are kept up to date.

use std::collections::BTreeMap;

use tenure_journal::Timer;
use tenure_kernel::Refusal;
use tenure_server::Call;

use super::{App, tally};
use crate::{api::convert::overview, store::base_count};

impl App {
    /// The overview of a tenant.
    pub(crate) async fn get_overview(&self, call: &Call, read_after: &str) -> Result<tally::Counts, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(read_after, call.deadline()).await?;
        // Before the sums: who is refolded in between is counted as pending rather than as done.
        let pending = Timer::due(&self.store, tenant, self.refolder.now()).await?;
        let sums: BTreeMap<(String, i32), i64> = base_count::of(&self.store, tenant).await?;
        Ok(overview::message(&sums, pending))
    }
}
