//! Gets the profile of a person.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_store::{Store, StoreError};

use crate::{
    domain::person::Profile,
    hot::{Asked, Watched},
    store::{
        membership,
        summary::{self, Kept},
    },
};

/// How many redirects are followed: each stands for a merge.
const HOPS: usize = 64;

/// A profile, and the ids whose change would change it.
pub(crate) struct Found {
    pub(crate) profile: Profile,
    pub(crate) watched: Watched,
}

/// The profile of the person that an id leads to.
///
/// # Errors
/// `NOT_FOUND` when there is no such person, or none of the tenant's.
pub(crate) async fn get_profile(
    store: &Store,
    keyring: &Keyring,
    tenant: &Tenant,
    asked: Asked,
    now: Timestamp,
) -> Result<Found, Refusal> {
    let mut watched = Watched::default();
    let first = match asked {
        Asked::Person(person) => Some(person),
        Asked::Record(record) => {
            watched.add(record.0);
            membership::person_of(store, tenant, record).await?
        }
    };
    let first = first.ok_or_else(Refusal::not_found)?;
    let found = present(store, tenant, first, &mut watched).await?;
    let (person, members) = found.ok_or_else(Refusal::not_found)?;
    members.keys().for_each(|record| watched.add(record.0));
    let members = summary::open(keyring, tenant, members).await?;
    Ok(Found { profile: Profile::of(Some(person), &members, now), watched })
}

/// The person that an id leads to now, and its records. An id that has records is a person; one without may be redirected.
async fn present(
    store: &Store,
    tenant: &Tenant,
    mut person: PersonId,
    watched: &mut Watched,
) -> Result<Option<(PersonId, BTreeMap<RecordId, Kept>)>, StoreError> {
    for _ in 0..HOPS {
        watched.add(person.0);
        let members = membership::members(store, tenant, person).await?;
        if !members.is_empty() {
            return Ok(Some((person, members)));
        }
        match membership::redirect_of(store, tenant, person).await? {
            Some(next) => person = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}
