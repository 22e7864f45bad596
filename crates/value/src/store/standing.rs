//! What was stated of persons' rights, many persons at a time.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_proto::profile::v1::{Right, right::Kind};
use tenure_records::RestrictionStep;
use tenure_server::wire;
use tenure_store::{Store, StoreError};

use super::{RIGHTS, consent_fact};
use crate::domain::standing::{Audience, Bar, Standing, Word};

/// The standings of the persons of records; of whom nothing was stated there is none.
pub(crate) async fn of_persons(
    store: &Store,
    tenant: &Tenant,
    owners: &BTreeMap<RecordId, PersonId>,
) -> Result<BTreeMap<PersonId, Standing>, StoreError> {
    let mut standings: BTreeMap<PersonId, Standing> = BTreeMap::new();
    for (record, right) in RIGHTS.of_records(store, tenant, owners.keys()).await? {
        let Some(person) = owners.get(&record) else { continue };
        let standing = standings.entry(*person).or_default();
        standing.restrictions.extend(RestrictionStep::of(&right));
        standing.words.extend(objection(right));
    }
    for (record, word) in consent_fact::of_records(store, tenant, owners.keys()).await? {
        if let Some(person) = owners.get(&record) {
            standings.entry(*person).or_default().words.push(word);
        }
    }
    Ok(standings)
}

fn objection(right: Right) -> Option<Word> {
    let at = right.state_time.as_ref().and_then(wire::timestamp).filter(|_| right.kind() == Kind::Objection)?;
    Some(Word { at, objects: true, purpose: right.purpose_code })
}

/// What keeps an audience from persons.
#[derive(Debug, Default)]
pub(crate) struct Barred(BTreeMap<PersonId, Standing>);

impl Barred {
    /// Of the persons of records.
    pub(crate) async fn among(
        store: &Store,
        tenant: &Tenant,
        owners: &BTreeMap<RecordId, PersonId>,
    ) -> Result<Self, StoreError> {
        Ok(Self(of_persons(store, tenant, owners).await?))
    }

    /// What keeps an audience from a person.
    pub(crate) fn bar(&self, person: PersonId, audience: Audience) -> Option<Bar> {
        self.0.get(&person).and_then(|standing| standing.bar(audience))
    }

    /// From whom an audience is kept.
    pub(crate) fn persons(&self, audience: Audience) -> BTreeSet<PersonId> {
        self.0.iter().filter(|(_, one)| one.bar(audience).is_some()).map(|(person, _)| *person).collect()
    }
}
