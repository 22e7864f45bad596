//! What tenants define.

use std::sync::Arc;

use tenure_journal::Journal;
use tenure_kernel::{Clock, IdSource};
use tenure_server::PageTokens;
use tenure_store::Store;

use super::definitions::Definitions;

/// What defining works with.
pub(crate) struct Register {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) tokens: PageTokens,
    pub(crate) definitions: Definitions,
}
