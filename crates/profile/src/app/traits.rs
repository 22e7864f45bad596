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
        person::Profile,
        windowed::Names,
    },
    store::{bucket, person_segment},
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

    /// Adds every trait, and the segments that it is in, to a person, whose buckets are those of its records.
    pub(crate) fn add_to(&self, profile: &mut Profile, buckets: &Buckets, now: Timestamp) {
        let fields = profile.open_fields(now);
        let traits = self.catalogue.values(buckets, &fields, now, self.names);
        let segments = self.catalogue.belongings(&traits, &fields, now);
        let changes = [profile.until, profile.next_end(now), self.catalogue.until(now)];
        profile.until = changes.into_iter().flatten().min();
        (profile.traits, profile.segments) = (traits, segments);
    }

    /// Notes since when persons are in their segments, of those where that is known.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub(crate) async fn date(
        &self,
        query: &impl Query,
        tenant: &Tenant,
        profiles: Vec<&mut Profile>,
    ) -> Result<(), StoreError> {
        let persons = profiles.iter().filter(|one| !one.segments.is_empty()).filter_map(|one| one.person).collect();
        let known = person_segment::of(query, tenant, &persons).await?;
        for profile in profiles {
            let Some(known) = profile.person.and_then(|person| known.get(&person)) else { continue };
            for one in &mut profile.segments {
                let noted = known.get(&one.segment).filter(|noted| noted.0 == one.version);
                one.since = noted.map(|noted| noted.1);
            }
        }
        Ok(())
    }
}
