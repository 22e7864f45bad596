//! Works out the traits of persons.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_kernel::{RecordId, Tenant, Timestamp};
use tenure_store::{Query, StoreError};

use crate::{
    domain::{
        bucket::{Buckets, chunk_of},
        catalogue::Catalogue,
        path,
        person::Profile,
        windowed::Names,
    },
    store::bucket,
};

/// The traits of a tenant, to be worked out.
#[derive(Clone)]
pub(crate) struct Traits {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) names: Names,
}

impl Traits {
    /// What is needed of records, as of a moment.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub(crate) async fn buckets(
        &self,
        query: &impl Query,
        tenant: &Tenant,
        records: &BTreeSet<RecordId>,
        now: Timestamp,
    ) -> Result<BTreeMap<RecordId, Buckets>, StoreError> {
        match self.catalogue.first_hour(now) {
            None => Ok(BTreeMap::new()),
            Some(hour) => bucket::read(query, tenant, records, chunk_of(hour)).await,
        }
    }

    /// Adds every trait to a person, whose buckets are those of its records.
    pub(crate) fn add_to(&self, profile: &mut Profile, buckets: &Buckets, now: Timestamp) {
        let hidden = |path: &str| path::is_private(path) || path::is_special(path);
        let open = profile.fields.iter().filter(|known| !known.aml && !hidden(&known.path));
        let fields = open.map(|known| (known.path.as_str(), known.entry.value.as_str())).collect();
        profile.traits = self.catalogue.values(buckets, &fields, now, self.names);
        profile.until = [profile.until, self.catalogue.until(now)].into_iter().flatten().min();
    }
}
