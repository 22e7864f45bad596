//! Loads everything that a change can reach: a few queries a round, however many records.
//!
//! Every query looks rows up by a list of keys, which the store has PostgreSQL do by an index whatever its statistics say. A
//! join of whole tables would be fewer round trips, but is planned by them, and they know nothing of a tenant that is new.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::{StoreError, Tx};

use super::{Place, decision, key, membership};
use crate::domain::{key::MatchKey, neighbourhood::Neighbourhood};

/// Explores until nothing new turns up.
pub(crate) async fn explore(tx: &Tx, place: Place<'_>, around: &mut Neighbourhood) -> Result<(), StoreError> {
    loop {
        let frontier: BTreeSet<RecordId> = around.frontier().into_iter().collect();
        if frontier.is_empty() {
            return Ok(());
        }
        let persons = membership::persons(tx, place.tenant, &frontier).await?.into_values();
        let persons = persons.filter(|person| !around.knows_person(*person)).collect();
        for (record, membership) in membership::members(tx, place.tenant, &persons).await? {
            around.belongs(record, membership);
        }
        let keys = key::strong(tx, place, &frontier).await?;
        let keys: BTreeSet<MatchKey> = keys.into_iter().filter(|key| !around.knows_key(*key)).collect();
        let keys = key::linking(tx, place, keys).await?;
        for (key, record) in key::carriers(tx, place, &keys).await? {
            around.carries(record, key);
        }
        let decisions = decision::naming(tx, place.tenant, &frontier).await?;
        let decisions = decisions.into_iter().filter(|id| !around.decisions.contains_key(id)).collect();
        for decision in decision::load(tx, place.tenant, decisions).await? {
            around.decided(decision);
        }
    }
}
