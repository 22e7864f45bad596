//! Loads everything that a change can reach: a few queries a round, however many records.
//!
//! Every query looks rows up by a list of keys, which the store has PostgreSQL do by an index whatever its statistics say. A
//! join of whole tables would be fewer round trips, but is planned by them, and they know nothing of a tenant that is new.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::{StoreError, Tx};

use super::{Place, decision, edge, membership};
use crate::domain::neighbourhood::Neighbourhood;

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
        for ((record, other), edge) in edge::holding(tx, place, &frontier).await? {
            around.holds(record, other, edge);
        }
        let decisions = decision::naming(tx, place.tenant, &frontier).await?;
        let decisions = decisions.into_iter().filter(|id| !around.decisions.contains_key(id)).collect();
        for decision in decision::load(tx, place.tenant, decisions).await? {
            around.decided(decision);
        }
    }
}
