//! Whole bases, a page of persons at a time.

use std::future::Future;

use tenure_kernel::PersonId;
use tenure_store::{Store, StoreError};

use super::person::Purchases;
use crate::domain::{deal::Told, ledger::Ledger, summary::PersonSummary};

/// Some of a base, and the last person that was looked through; `None`: there are no more.
pub(crate) type Page<T> = (Vec<T>, Option<PersonId>);

/// A base that is read page by page, by person id.
pub(crate) trait Pages: Sync {
    /// What is read of a person.
    type One: Send + 'static;

    /// The page behind a person; `None`: the first.
    fn page(
        &self,
        store: &Store,
        after: Option<PersonId>,
    ) -> impl Future<Output = Result<Page<Self::One>, StoreError>> + Send;
}

/// Those with a purchase.
pub(crate) struct Buyers<'a>(pub(crate) Purchases<'a>);

impl Pages for Buyers<'_> {
    type One = PersonSummary;

    async fn page(&self, store: &Store, after: Option<PersonId>) -> Result<Page<PersonSummary>, StoreError> {
        self.0.window(store, after).await
    }
}

/// Those with a purchase, each with what was told of them, if that is wanted.
pub(crate) struct BuyersTold<'a>(pub(crate) Purchases<'a>, pub(crate) bool);

impl Pages for BuyersTold<'_> {
    type One = (PersonSummary, Vec<Told>);

    async fn page(&self, store: &Store, after: Option<PersonId>) -> Result<Page<Self::One>, StoreError> {
        self.0.window_with_deals(store, after, self.1).await
    }
}

/// Everybody, with all that is known.
pub(crate) struct Ledgers<'a>(pub(crate) Purchases<'a>);

impl Pages for Ledgers<'_> {
    type One = Ledger;

    async fn page(&self, store: &Store, after: Option<PersonId>) -> Result<Page<Ledger>, StoreError> {
        self.0.ledgers(store, after).await
    }
}
