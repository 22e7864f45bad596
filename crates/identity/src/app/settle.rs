//! Decides who is who around the records that were touched.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, record::IdSecret};
use tenure_store::{StoreError, Tx};

use super::observe::Touched;
use crate::{
    domain::{
        cluster::clusters,
        neighbourhood::Neighbourhood,
        person::{self, Settlement},
    },
    store::{self, Place, decision, membership, neighbourhood},
};

/// Everything that a change of these records can reach. Needs the tenant's lock.
pub(crate) async fn explore(
    tx: &Tx,
    place: Place<'_>,
    records: impl IntoIterator<Item = RecordId>,
) -> Result<Neighbourhood, StoreError> {
    let mut around = Neighbourhood::around(records);
    neighbourhood::explore(tx, place, &mut around).await?;
    Ok(around)
}

/// Settles what was touched: writes memberships and persons. Needs the tenant's lock.
pub(crate) async fn settle(
    tx: &Tx,
    place: Place<'_>,
    secret: &IdSecret,
    mut touched: Touched,
) -> Result<Settlement, StoreError> {
    if touched.records.is_empty() {
        return Ok(Settlement::default());
    }
    if !touched.gone.is_empty() {
        // What held the others of a decision together may have been said of a record that is gone.
        let decisions = decision::naming(tx, place.tenant, &touched.gone).await?;
        for decision in decision::load(tx, place.tenant, decisions).await? {
            touched.records.extend(decision.places.keys());
        }
        decision::forget(tx, place.tenant, &touched.gone).await?;
        store::person::forget_founders(tx, place.tenant, &touched.gone).await?;
    }
    let around = explore(tx, place, touched.records).await?;
    conclude(tx, place, secret, &around, &touched.gone).await
}

/// Settles a neighbourhood.
pub(crate) async fn conclude(
    tx: &Tx,
    place: Place<'_>,
    secret: &IdSecret,
    around: &Neighbourhood,
    gone: &BTreeSet<RecordId>,
) -> Result<Settlement, StoreError> {
    let present: BTreeSet<RecordId> = around.records.difference(gone).copied().collect();
    let clusters = clusters(&present, &around.blocks, &around.decisions());
    if person::is_settled(&around.memberships, &clusters) {
        return Ok(Settlement::default());
    }
    let former = around.memberships.values().map(|membership| membership.person);
    let persons = store::person::load_around(tx, place.tenant, former, &around.records).await?;
    let mint = |founder, ordinal| secret.person(founder, ordinal);
    let settlement = person::settle(&around.memberships, &clusters, persons, mint);
    membership::write(tx, place.tenant, &settlement.moves).await?;
    let changed = settlement.changed.iter().filter_map(|id| settlement.persons.get(id));
    store::person::write(tx, place.tenant, changed).await?;
    Ok(settlement)
}
