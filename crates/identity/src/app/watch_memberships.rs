//! Follows which record belongs to whom.

use futures::{Stream, StreamExt as _};
use tenure_journal::Told;
use tenure_kernel::{Refusal, Tenant};
use tenure_proto::identity::v1::MembershipsChanged;

use super::Context;

/// All changes behind a token, then as they come. Where a page of the journal ends with somebody else's entries, the position
/// alone is told.
pub(crate) async fn watch_memberships(
    context: &Context,
    tenant: &Tenant,
    after: &str,
) -> Result<impl Stream<Item = Result<Told<MembershipsChanged>, Refusal>> + Send + use<>, Refusal> {
    let journal = context.journal.clone();
    let after = journal.position(after).await?;
    Ok(tenure_journal::told(journal, tenant.clone(), after, Some).map(|told| told.map_err(Refusal::from)))
}
