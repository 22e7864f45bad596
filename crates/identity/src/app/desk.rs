//! What a transaction over one tenant's records works with, and the portraits that it has seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_kernel::{
    RecordId,
    record::{IdSecret, MatchingSecret},
};
use tenure_keyring::Keyring;
use tenure_linkage::Scorer;
use tenure_store::{StoreError, Tx};

use super::{look::look, model::Models};
use crate::{domain::portrait::Portrait, store::Place};

/// A transaction under the tenant's lock.
pub(crate) struct Desk<'a> {
    pub(crate) tx: &'a Tx,
    pub(crate) place: Place<'a>,
    pub(crate) keyring: &'a Keyring,
    pub(crate) ids: Arc<IdSecret>,
    pub(crate) matching: Arc<MatchingSecret>,
    /// Of the matching secret.
    pub(crate) version: i64,
    pub(crate) scorer: Arc<Scorer>,
    /// Pairs of records that were compared.
    pub(crate) compared: u64,
    /// Portraits looked at: `None` of those that say nothing of themselves.
    gallery: BTreeMap<RecordId, Option<Portrait>>,
}

impl<'a> Desk<'a> {
    /// Take the tenant's lock before.
    pub(crate) async fn new(
        tx: &'a Tx,
        place: Place<'a>,
        keyring: &'a Keyring,
        models: &Models,
    ) -> Result<Self, StoreError> {
        let standing = models.standing(tx, place).await?;
        let scorer = models.scorer(tx, place.tenant, standing.model).await?;
        let ids = keyring.id_secret(place.tenant).await?;
        let matching = keyring.matching_secret(place.tenant, standing.secret).await?;
        Ok(Self {
            tx,
            place,
            keyring,
            ids,
            matching,
            version: standing.secret,
            scorer,
            compared: 0,
            gallery: BTreeMap::new(),
        })
    }

    /// A record's portrait as it was looked at.
    pub(crate) fn portrait(&self, record: RecordId) -> Option<&Portrait> {
        self.gallery.get(&record).and_then(Option::as_ref)
    }

    /// Hangs a portrait.
    pub(crate) fn hang(&mut self, record: RecordId, portrait: Option<Portrait>) {
        self.gallery.insert(record, portrait);
    }

    /// Looks at the portraits of records.
    pub(crate) async fn look(&mut self, records: impl IntoIterator<Item = RecordId>) -> Result<(), StoreError> {
        let new: BTreeSet<RecordId> = records.into_iter().filter(|record| !self.gallery.contains_key(record)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let seen = look(self.tx, self.place, self.keyring, &new).await?;
        self.gallery.extend(new.into_iter().map(|record| (record, None)));
        self.gallery.extend(seen.into_iter().map(|(record, portrait)| (record, Some(portrait))));
        Ok(())
    }
}
