//! Counts what came in.

use tenure_kernel::{Refusal, Tenant};

use super::App;
use crate::store::tally::{self, Counts};

impl App {
    /// The counts of a source, or of all when it is empty.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub(crate) async fn statistics(&self, tenant: &Tenant, source: &str) -> Result<Counts, Refusal> {
        Ok(tally::counts(&self.store, tenant, source).await?)
    }
}
