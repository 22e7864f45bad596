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
use crate::{
    domain::{
        block::{BlockId, Link, Sizes},
        portrait::Portrait,
        review::Why,
    },
    store::{
        Place,
        block::{self, Carriers},
    },
};

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
    /// Why somebody should look at what was found too large, and was not before.
    pub(crate) raised: Vec<Why>,
    /// The records that are new to the generation: nothing is stored of them but what this transaction wrote.
    pub(crate) new: BTreeSet<RecordId>,
    /// Portraits looked at: `None` of those that say nothing of themselves.
    gallery: BTreeMap<RecordId, Option<Portrait>>,
    /// Which blocks records are in, and who is in blocks, as far as this transaction wrote or read it.
    links: BTreeMap<RecordId, BTreeSet<Link>>,
    carriers: Carriers,
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
            raised: Vec::new(),
            new: BTreeSet::new(),
            gallery: BTreeMap::new(),
            links: BTreeMap::new(),
            carriers: Carriers::new(),
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
        let unseen: Vec<RecordId> = records.into_iter().filter(|record| !self.gallery.contains_key(record)).collect();
        let stored: BTreeSet<RecordId> = unseen.iter().filter(|record| !self.new.contains(record)).copied().collect();
        let seen = look(self.tx, self.place, self.keyring, &stored).await?;
        self.gallery.extend(unseen.into_iter().map(|record| (record, None)));
        self.gallery.extend(seen.into_iter().map(|(record, portrait)| (record, Some(portrait))));
        Ok(())
    }

    /// Notes which blocks a record is in now.
    pub(crate) fn linked(&mut self, record: RecordId, links: BTreeSet<Link>) {
        self.links.insert(record, links);
    }

    /// The blocks that records are in.
    pub(crate) async fn links(
        &self,
        records: impl IntoIterator<Item = RecordId>,
    ) -> Result<BTreeMap<RecordId, BTreeSet<Link>>, StoreError> {
        let (mut links, mut unknown) = (BTreeMap::new(), BTreeSet::new());
        for record in records {
            match self.links.get(&record) {
                Some(known) => drop(links.insert(record, known.clone())),
                None => drop(unknown.insert(record)),
            }
        }
        links.extend(block::links(self.tx, self.place, &unknown).await?);
        Ok(links)
    }

    /// Looks who is in blocks; of each `most` at least, if there are so many. All records must be where they belong.
    pub(crate) async fn gather(
        &mut self,
        blocks: impl IntoIterator<Item = BlockId>,
        most: usize,
    ) -> Result<(), StoreError> {
        let unknown: BTreeSet<BlockId> =
            blocks.into_iter().filter(|block| !self.carriers.contains_key(block)).collect();
        let found = block::carriers(self.tx, self.place, &unknown, most).await?;
        self.carriers.extend(unknown.into_iter().map(|block| (block, Vec::new())));
        self.carriers.extend(found);
        Ok(())
    }

    /// Who is in a block that was looked at.
    pub(crate) fn carriers(&self, block: &BlockId) -> &[RecordId] {
        self.carriers.get(block).map_or(&[], Vec::as_slice)
    }

    /// How many are in it.
    pub(crate) fn size(&self, block: &BlockId) -> i64 {
        i64::try_from(self.carriers(block).len()).unwrap_or(i64::MAX)
    }

    /// How many are in blocks that were looked at.
    pub(crate) fn sizes(&self, blocks: impl IntoIterator<Item = BlockId>) -> Sizes {
        blocks.into_iter().map(|block| (block, self.size(&block))).collect()
    }

    /// Those of the records of which something may be stored.
    pub(crate) fn stored(&self, records: impl IntoIterator<Item = RecordId>) -> BTreeSet<RecordId> {
        records.into_iter().filter(|record| !self.new.contains(record)).collect()
    }
}
