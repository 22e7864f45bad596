//! Reads all that was ever said of a person's records.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_store::Store;

use super::traits::Traits;
use crate::{
    domain::{
        bucket::Buckets,
        history::{Evidence, Moment, Question, Versions, explain, summary_at},
        person::Profile,
    },
    hot::{Asked, HOPS},
    store::{history, membership},
};

/// The person that is asked for, and all that was ever said of its records.
pub(crate) struct Past {
    person: PersonId,
    members: BTreeMap<RecordId, Versions>,
}

/// Looks up whose profile is asked for, and reads all of it.
///
/// # Errors
/// `NOT_FOUND`; when the database can't be reached.
pub(crate) async fn look_back(
    store: &Store,
    keyring: &Keyring,
    tenant: &Tenant,
    asked: Asked,
) -> Result<Past, Refusal> {
    let (person, records) = whose(store, tenant, asked).await?;
    Ok(Past { person, members: history::read(store, keyring, tenant, &records).await? })
}

/// The person that is asked for, and its records.
///
/// # Errors
/// `NOT_FOUND`; when the database can't be reached.
pub(crate) async fn whose(
    store: &Store,
    tenant: &Tenant,
    asked: Asked,
) -> Result<(PersonId, BTreeSet<RecordId>), Refusal> {
    let mut next = match asked {
        Asked::Person(person) => Some(person),
        Asked::Record(record) => membership::person_of(store, tenant, record).await?,
    };
    for _ in 0..HOPS {
        let Some(person) = next else { break };
        let records = membership::records(store, tenant, person).await?;
        if !records.is_empty() {
            return Ok((person, records));
        }
        next = membership::redirect_of(store, tenant, person).await?;
    }
    Err(Refusal::not_found())
}

impl Past {
    /// The person.
    pub(crate) fn person(&self) -> PersonId {
        self.person
    }

    /// Its records.
    pub(crate) fn records(&self) -> impl Iterator<Item = RecordId> {
        self.members.keys().copied()
    }

    /// The profile as of a moment, with what its traits were then, as they are defined now.
    pub(crate) fn profile(&self, moment: Moment, traits: &Traits) -> Profile {
        let (mut members, mut buckets) = (BTreeMap::new(), Buckets::default());
        for (record, versions) in &self.members {
            let (summary, happened) = summary_at(versions, moment);
            members.insert(*record, summary);
            buckets.merge(happened);
        }
        let mut profile = Profile::of(Some(self.person), &members, moment.effective);
        traits.add_to(&mut profile, &buckets, moment.effective);
        profile
    }

    /// What was said of fields.
    pub(crate) fn explain(&self, question: &Question<'_>, now: Timestamp) -> Vec<Evidence> {
        explain(&self.members, question, now)
    }
}
