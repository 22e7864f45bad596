//! Looking at persons again: when something was stated about them, and when time itself changes something.
//!
//! Everybody who is touched gets a timer that is due at once, and the lease holder of its partition refolds it: merges the members, works
//! out which segments the person is in and what its indexed traits are, writes what changed, and sets the timer for the next moment at
//! which anything changes by itself. After a change of traits or segments everybody of a range is swept, some at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::Arc,
};

use tenure_journal::{Draft, Timer};
use tenure_kernel::{Clock, IdSource, PersonId, RecordId, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_store::{StoreError, Tx};

use super::{refolded::Refolded, traits::Traits};
use crate::{
    domain::{bucket::Buckets, change::Cause, summary::Summary, windowed::Names},
    store::{membership, person_segment, person_state, person_trait, trait_definition},
};

const REFOLD: &str = "refold";
const SWEEP: &str = "sweep";

/// How many persons are swept at a time.
const SWEPT: i64 = 500;

/// Now, by any clock: whom something new is known of must not wait because the clock that said so was ahead.
const AT_ONCE: Timestamp = Timestamp(0);

/// The timer of a person: there is one, and setting it anew moves it.
pub(super) fn timer(tenant: &Tenant, person: PersonId, cause: Cause, due_at: Timestamp) -> Timer {
    let payload = [person.0.as_slice(), &[code(cause)]].concat();
    let (kind, partition) = (REFOLD.to_owned(), person.0[0]);
    Timer { tenant: tenant.clone(), id: person.0, kind, partition, due_at, payload }
}

/// Has persons refolded as soon as the transaction has committed.
pub(crate) async fn touch(
    tx: &Tx,
    tenant: &Tenant,
    persons: impl IntoIterator<Item = PersonId>,
    cause: Cause,
) -> Result<(), StoreError> {
    Timer::set(tx, persons.into_iter().map(|person| timer(tenant, person, cause, AT_ONCE)).collect()).await
}

/// The causes, by their codes in timers.
const CAUSES: [Cause; 7] = [
    Cause::Touchpoint,
    Cause::Right,
    Cause::Membership,
    Cause::Erasure,
    Cause::Clock,
    Cause::Definition,
    Cause::Enrichment,
];

fn code(cause: Cause) -> u8 {
    CAUSES.iter().position(|one| *one == cause).and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
}

/// Whom a timer is for, and why it was set.
fn read(timer: &Timer) -> Option<(PersonId, Cause)> {
    let (person, code) = timer.payload.split_at_checked(16)?;
    let cause = CAUSES.get(usize::from(*code.first()?))?;
    Some((PersonId::from_slice(person).ok()?, *cause))
}

/// Has everybody of a range looked at again, because traits or segments of the tenant changed.
pub(crate) async fn sweep(tx: &Tx, tenant: &Tenant, range: &RangeInclusive<u8>) -> Result<(), StoreError> {
    Timer::set(tx, vec![sweep_timer(tenant, *range.start(), *range.end(), &[])]).await
}

/// The timer of the sweep of a range, behind a person.
fn sweep_timer(tenant: &Tenant, first: u8, last: u8, after: &[u8]) -> Timer {
    let mut id = *b"profile sweep  \0";
    id[15] = first;
    let (kind, payload) = (SWEEP.to_owned(), [&[last], after].concat());
    Timer { tenant: tenant.clone(), id, kind, partition: first, due_at: AT_ONCE, payload }
}

/// What refolding works with.
pub(crate) struct Refolder {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keyring: Keyring,
    pub(crate) names: Names,
    pub(crate) ids: Arc<dyn IdSource>,
}

/// What of a tenant is due.
#[derive(Default)]
struct Due<'a> {
    persons: BTreeMap<PersonId, Cause>,
    sweeps: Vec<&'a Timer>,
}

impl Refolder {
    /// Refolds the persons whose timers are due; what changed of them goes into the journal.
    pub(crate) async fn refold(&self, tx: &Tx, fired: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        let mut drafts = Vec::new();
        let mut tenants: BTreeMap<&Tenant, Due<'_>> = BTreeMap::new();
        for timer in fired {
            let due = tenants.entry(&timer.tenant).or_default();
            match (timer.kind.as_str(), read(timer)) {
                (SWEEP, _) => due.sweeps.push(timer),
                (REFOLD, Some((person, cause))) => {
                    due.persons.insert(person, cause);
                }
                _ => {}
            }
        }
        for (tenant, mut due) in tenants {
            // One at a time for each tenant: whoever knows the traits and segments of before has written when the sweep begins.
            tx.lock(&format!("profile-refold-{tenant}")).await?;
            let catalogue = Arc::new(trait_definition::all(tx, tenant).await?.kept());
            let traits = Traits { catalogue, names: self.names };
            for timer in due.sweeps {
                for person in swept(tx, tenant, timer, &traits).await? {
                    due.persons.entry(person).or_insert(Cause::Definition);
                }
            }
            if !due.persons.is_empty() {
                let now = self.clock.now();
                let refolded = self.conclude(tx, tenant, &traits, (&due.persons, now)).await?;
                drafts.extend(refolded.save(tx, tenant, self.ids.as_ref(), now).await?);
            }
        }
        Ok(drafts)
    }

    async fn conclude(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        traits: &Traits,
        (due, now): (&BTreeMap<PersonId, Cause>, Timestamp),
    ) -> Result<Refolded, StoreError> {
        let persons: &BTreeSet<PersonId> = &due.keys().copied().collect();
        let members = self.members(tx, tenant, persons).await?;
        let owners: BTreeMap<RecordId, PersonId> =
            members.iter().flat_map(|(person, all)| all.keys().map(|record| (*record, *person))).collect();
        let mut buckets: BTreeMap<PersonId, Buckets> = BTreeMap::new();
        for (record, found) in traits.buckets(tx, tenant, &owners.keys().copied().collect(), now).await? {
            if let Some(person) = owners.get(&record) {
                buckets.entry(*person).or_default().merge(found);
            }
        }
        let mut refolded = Refolded::new(
            person_state::load(tx, tenant, persons).await?,
            person_segment::of(tx, tenant, persons).await?,
            person_trait::of(tx, tenant, persons).await?,
        );
        for (person, cause) in due {
            match members.get(person) {
                Some(members) => {
                    let buckets = buckets.remove(person).unwrap_or_default();
                    refolded.fold((tenant, *person, *cause), members, &buckets, traits, now);
                }
                None => refolded.gone(*person, *cause),
            }
        }
        Ok(refolded)
    }

    /// The records of persons, each with what is said of it.
    async fn members(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        persons: &BTreeSet<PersonId>,
    ) -> Result<BTreeMap<PersonId, BTreeMap<RecordId, Summary>>, StoreError> {
        let kept = membership::members(tx, tenant, persons).await?;
        let sealed = kept.values().flatten().filter(|(_, kept)| kept.is_sealed()).map(|(record, _)| record.0);
        let keys = self.keyring.data_keys(tenant, sealed, false).await?;
        let mut opened: BTreeMap<PersonId, BTreeMap<RecordId, Summary>> = BTreeMap::new();
        for (person, members) in kept {
            let of = opened.entry(person).or_default();
            for (record, kept) in members {
                of.insert(record, kept.open(&keys)?.0);
            }
        }
        Ok(opened)
    }
}

/// The next persons of a range that were not looked at since the last change; those behind them wait for the timer that is set.
async fn swept(tx: &Tx, tenant: &Tenant, timer: &Timer, traits: &Traits) -> Result<Vec<PersonId>, StoreError> {
    let unreadable = || StoreError::Row("timer.payload".to_owned());
    let (last, after) = timer.payload.split_first().ok_or_else(unreadable)?;
    let nothing = traits.catalogue.is_empty();
    if nothing && !person_segment::any(tx, tenant).await? && !person_trait::any(tx, tenant).await? {
        return Ok(Vec::new());
    }
    let first = [timer.partition];
    let after = if after.is_empty() { &first[..] } else { after };
    let mut end = [u8::MAX; 16];
    end[0] = *last;
    let page = person_state::after(tx, tenant, (after, &end), SWEPT).await?;
    if let Some((person, _)) = page.last() {
        Timer::set(tx, vec![sweep_timer(tenant, timer.partition, *last, &person.0)]).await?;
    }
    let change = traits.catalogue.change;
    Ok(page.into_iter().filter(|(_, looked)| *looked < change).map(|(person, _)| person).collect())
}
