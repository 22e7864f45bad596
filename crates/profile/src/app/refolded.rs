//! What came of refolding a tenant's persons, until it is written.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::Timer;
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_store::{StoreError, Tx};

use super::{refold::timer, traits::Traits};
use crate::{
    domain::{bucket::Buckets, catalogue::Catalogue, condition, person::Profile, summary::Summary},
    store::{
        person_segment::{self, Segments},
        person_state::{self, Stamp},
        person_trait::{self, Keys},
    },
};

pub(super) struct Refolded {
    stamps: BTreeMap<PersonId, Stamp>,
    /// As they were written before, and once a person was folded as they are to be written.
    segments: BTreeMap<PersonId, Segments>,
    traits: BTreeMap<PersonId, Keys>,
    stamped: BTreeMap<PersonId, Stamp>,
    rewritten: BTreeSet<PersonId>,
    gone: BTreeSet<PersonId>,
    timers: Vec<Timer>,
}

impl Refolded {
    /// From what was written before.
    pub(super) fn new(
        stamps: BTreeMap<PersonId, Stamp>,
        segments: BTreeMap<PersonId, Segments>,
        traits: BTreeMap<PersonId, Keys>,
    ) -> Self {
        let (stamped, rewritten, gone) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { stamps, segments, traits, stamped, rewritten, gone, timers: Vec::new() }
    }

    /// A person as it is now.
    pub(super) fn fold(
        &mut self,
        (tenant, person): (&Tenant, PersonId),
        members: &BTreeMap<RecordId, Summary>,
        buckets: &Buckets,
        traits: &Traits,
        now: Timestamp,
    ) {
        let mut profile = Profile::of(Some(person), members, now);
        let planned = profile.until;
        traits.add_to(&mut profile, buckets, now);
        let catalogue = &traits.catalogue;
        if !catalogue.is_empty() {
            let fields = profile.open_fields(now);
            let changes = catalogue.next_change(&profile.traits, buckets, &fields, now);
            let next = [planned, profile.next_end(now), changes].into_iter().flatten().min();
            self.timers.extend(next.map(|at| timer(tenant, person, at)));
        }
        let before = self.stamps.get(&person).copied();
        let (was_in, had) = (self.segments.remove(&person).unwrap_or_default(), self.traits.remove(&person));
        let (segments, keys) = (belongings(&was_in, &profile, now), keys(&profile, catalogue));
        let differs = before.is_none() || was_in != segments || had.unwrap_or_default() != keys;
        let revision = before.map_or(0, |stamp| stamp.revision) + i64::from(differs);
        let stamp = Stamp { revision, change: catalogue.change };
        if before != Some(stamp) {
            self.stamped.insert(person, stamp);
        }
        if differs {
            self.rewritten.insert(person);
            self.segments.insert(person, segments);
            self.traits.insert(person, keys);
        }
    }

    /// A person that has no records any more.
    pub(super) fn gone(&mut self, person: PersonId) {
        self.segments.remove(&person);
        self.traits.remove(&person);
        if self.stamps.contains_key(&person) {
            self.rewritten.insert(person);
            self.gone.insert(person);
        }
    }

    pub(super) async fn save(self, tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
        person_segment::replace(tx, tenant, &self.rewritten, &self.segments).await?;
        person_trait::replace(tx, tenant, &self.rewritten, &self.traits).await?;
        person_state::save(tx, tenant, &self.stamped).await?;
        person_state::drop(tx, tenant, &self.gone).await?;
        Timer::set(tx, self.timers).await
    }
}

/// The segments that a person is in, since when it was first seen in them under their definition.
fn belongings(before: &Segments, profile: &Profile, now: Timestamp) -> Segments {
    let since = |segment: &str, version: i32| {
        let known = before.get(segment).filter(|known| known.0 == version);
        known.map_or(now, |known| known.1)
    };
    let belonging = profile.segments.iter();
    belonging.map(|one| (one.segment.clone(), (one.version, since(&one.segment, one.version)))).collect()
}

/// The keys of a person's indexed traits.
fn keys(profile: &Profile, catalogue: &Catalogue) -> Keys {
    let indexed = profile.traits.iter().filter(|one| catalogue.get(&one.name).is_some_and(|found| found.indexed));
    indexed.filter_map(|one| Some((one.name.clone(), (one.version, condition::key(one.value.as_ref()?))))).collect()
}
