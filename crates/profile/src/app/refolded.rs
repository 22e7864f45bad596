//! What came of refolding a tenant's persons, until it is written.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::{Draft, Route, Timer};
use tenure_kernel::{EntryId, IdSource, PersonId, RecordId, Tenant, Timestamp};
use tenure_store::{StoreError, Tx};

use super::{refold::timer, traits::Traits};
use crate::{
    domain::{
        bucket::Buckets,
        catalogue::Catalogue,
        change::{Cause, Change},
        condition,
        kept::{self, KeptFields},
        person::Profile,
        summary::Summary,
    },
    event,
    store::{
        person_segment::{self, Segments},
        person_state::{self, Stamp},
        person_trait::{self, Keys},
    },
};

/// How many persons an entry tells of.
const TOLD: usize = 100;

pub(super) struct Refolded {
    stamps: BTreeMap<PersonId, Stamp>,
    /// As they were written before, and once a person was folded as they are to be written.
    segments: BTreeMap<PersonId, Segments>,
    traits: BTreeMap<PersonId, Keys>,
    stamped: BTreeMap<PersonId, Stamp>,
    rewritten: BTreeSet<PersonId>,
    changes: Vec<Change>,
    gone: BTreeSet<PersonId>,
    /// A record of each person that changed, which routes what is told of it.
    records: BTreeMap<PersonId, RecordId>,
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
        let (changes, records, timers) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { stamps, segments, traits, stamped, rewritten, changes, gone, records, timers }
    }

    /// A person as it is now.
    pub(super) fn fold(
        &mut self,
        (tenant, person, cause): (&Tenant, PersonId, Cause),
        members: &BTreeMap<RecordId, Summary>,
        buckets: &Buckets,
        traits: &Traits,
        now: Timestamp,
    ) {
        let mut profile = Profile::of(Some(person), members, now);
        let planned = profile.until;
        traits.add_to(&mut profile, buckets, now);
        let catalogue = &traits.catalogue;
        let changes = catalogue.next_change(&profile.traits, buckets, &profile.open_fields(now), now);
        let next = [planned, kept::next_end(&profile, now), changes].into_iter().flatten().min();
        self.timers.extend(next.map(|at| timer(tenant, person, Cause::Clock, at)));
        let before = self.stamps.remove(&person);
        let (was_in, had) = (self.segments.remove(&person).unwrap_or_default(), self.traits.remove(&person));
        let (segments, keys) = (belongings(&was_in, &profile, now), keys(&profile, catalogue));
        let had = had.unwrap_or_default();
        let fields = KeptFields::of(&profile, now);
        let nothing = KeptFields::default();
        let paths = fields.differing(before.as_ref().map_or(&nothing, |stamp| &stamp.fields));
        let (entered, left) = (beyond(&segments, &was_in), beyond(&was_in, &segments));
        let traits = differing(&had, &keys);
        let differs =
            before.is_none() || [&paths, &traits, &entered, &left].into_iter().any(|changed| !changed.is_empty());
        let revision = before.as_ref().map_or(0, |stamp| stamp.revision) + i64::from(differs);
        let stamp = Stamp { revision, change: catalogue.change, fields };
        if before.as_ref() != Some(&stamp) {
            self.stamped.insert(person, stamp);
        }
        if differs {
            self.records.extend(members.keys().next().map(|record| (person, *record)));
            self.changes.push(Change { person, revision, cause, paths, traits, entered, left, gone: false });
        }
        if was_in != segments || had != keys {
            self.rewritten.insert(person);
            self.segments.insert(person, segments);
            self.traits.insert(person, keys);
        }
    }

    /// A person that has no records any more.
    pub(super) fn gone(&mut self, person: PersonId, cause: Cause) {
        self.segments.remove(&person);
        self.traits.remove(&person);
        if let Some(stamp) = self.stamps.remove(&person) {
            self.rewritten.insert(person);
            self.gone.insert(person);
            self.changes.push(Change::gone(person, stamp.revision + 1, cause));
        }
    }

    /// Writes it; answers what is to be told.
    pub(super) async fn save(
        self,
        tx: &Tx,
        tenant: &Tenant,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Result<Vec<Draft>, StoreError> {
        person_segment::replace(tx, tenant, &self.rewritten, &self.segments).await?;
        person_trait::replace(tx, tenant, &self.rewritten, &self.traits).await?;
        person_state::save(tx, tenant, &self.stamped).await?;
        person_state::drop(tx, tenant, &self.gone).await?;
        // Whoever was swept had its timer left in place, which may have been moved since because something of it was written.
        Timer::set_if_sooner(tx, self.timers).await?;
        let drafts = self.changes.chunks(TOLD).map(|changes| {
            let records = changes.iter().filter_map(|change| self.records.get(&change.person)).copied().collect();
            let (id, payload) = (EntryId(ids.next()), event::profiles_changed(changes));
            Draft::new(id, tenant.clone(), Route::Records(records), &payload, now)
        });
        Ok(drafts.collect())
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

/// The names of segments that are in one and not in another.
fn beyond(one: &Segments, other: &Segments) -> Vec<String> {
    one.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
}

/// The names of traits that are not the same in both.
fn differing(one: &Keys, other: &Keys) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let value = |keys: &Keys, name: &String| keys.get(name).map(|(_, key)| key.clone());
    names.into_iter().filter(|name| value(one, name) != value(other, name)).cloned().collect()
}

/// The keys of a person's indexed traits.
fn keys(profile: &Profile, catalogue: &Catalogue) -> Keys {
    let indexed = profile.traits.iter().filter(|one| catalogue.get(&one.name).is_some_and(|found| found.indexed));
    indexed.filter_map(|one| Some((one.name.clone(), (one.version, condition::key(one.value.as_ref()?))))).collect()
}
