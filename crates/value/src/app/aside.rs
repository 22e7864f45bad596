//! Work that takes a while, and not on a thread that serves.

use tenure_clv::gamma_gamma::SpendError;
use tenure_kernel::{Reason, Refusal};

use super::App;
use crate::store::pages::Pages;

/// Works something out where it holds nobody up.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let working = tokio::task::spawn_blocking(work);
    working.await.map_err(|_| Refusal::new(Reason::Internal, "the work panicked"))?
}

/// Amounts are checked on the way in and models before they are kept.
pub(super) fn unvalued(error: SpendError) -> Refusal {
    Refusal::new(Reason::Internal, error.to_string())
}

impl App {
    /// Shows everybody of a base to what is kept of them. The base is read page by page, so that its size does not matter, and each page
    /// is looked through aside; a merge that comes in between may be seen in part.
    pub(super) async fn look_through<P: Pages, K: Send + 'static>(
        &self,
        base: P,
        mut kept: K,
        take: impl Fn(&mut K, P::One) -> Result<(), SpendError> + Send + Clone + 'static,
    ) -> Result<K, Refusal> {
        let mut after = None;
        loop {
            let (page, last) = base.page(&self.store, after).await?;
            let take = take.clone();
            let work = move || page.into_iter().try_for_each(|one| take(&mut kept, one)).map(|()| kept);
            kept = aside(|| work().map_err(unvalued)).await?;
            if last.is_none() {
                return Ok(kept);
            }
            after = last;
        }
    }
}
