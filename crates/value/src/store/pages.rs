//! Whole bases, a page of persons at a time.

use std::future::Future;

use tenure_kernel::{PersonId, Refusal};
use tenure_store::Store;

use super::person::Purchases;
use crate::domain::{ledger::Ledger, summary::PersonSummary, worth::Scorers};

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
    ) -> impl Future<Output = Result<Page<Self::One>, Refusal>> + Send;
}

/// Those with a purchase.
pub(crate) struct Buyers<'a>(pub(crate) Purchases<'a>);

impl Pages for Buyers<'_> {
    type One = PersonSummary;

    async fn page(&self, store: &Store, after: Option<PersonId>) -> Result<Page<PersonSummary>, Refusal> {
        Ok(self.0.window(store, after).await?)
    }
}

/// Everybody, with all that is known.
pub(crate) struct Ledgers<'a>(pub(crate) Purchases<'a>);

impl Pages for Ledgers<'_> {
    type One = Ledger;

    async fn page(&self, store: &Store, after: Option<PersonId>) -> Result<Page<Ledger>, Refusal> {
        Ok(self.0.ledgers(store, after).await?)
    }
}

/// How much is read of a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Those with a purchase, and what they bought.
    Bought,
    /// The same, with what was told of how they came and stayed.
    Told,
    /// Everybody, with all that is known.
    All,
}

impl Depth {
    /// As deep as models need that score a book.
    pub(crate) fn of(scorers: &Scorers) -> Self {
        if scorers.contracts.is_some() { Self::All } else { Self::Bought }
    }
}

/// A base as deep as is needed; what is not read is empty.
pub(crate) struct Base<'a>(pub(crate) Purchases<'a>, pub(crate) Depth);

impl Pages for Base<'_> {
    type One = Ledger;

    async fn page(&self, store: &Store, after: Option<PersonId>) -> Result<Page<Ledger>, Refusal> {
        let Self(purchases, depth) = self;
        if *depth == Depth::All {
            return Ok(purchases.ledgers(store, after).await?);
        }
        Ok(purchases.window_with_deals(store, after, *depth == Depth::Told).await?)
    }
}
