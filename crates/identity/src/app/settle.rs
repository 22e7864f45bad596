//! Decides who is who around the records that were touched.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::StoreError;

use super::{desk::Desk, mark::mark};
use crate::{
    domain::{
        cluster::clusters,
        decision::Decision,
        joined::joined,
        neighbourhood::Neighbourhood,
        oversize::{least, oversize},
        person::{self, Settlement},
    },
    store::{self, decision, membership, neighbourhood},
};

/// The records whose person may have to change.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// All of them.
    pub(crate) records: BTreeSet<RecordId>,
    /// Those of them that are gone.
    pub(crate) gone: BTreeSet<RecordId>,
}

/// Everything that a change of these records can reach, with the portraits of those that may hang together.
pub(crate) async fn explore(
    desk: &mut Desk<'_>,
    records: impl IntoIterator<Item = RecordId>,
) -> Result<Neighbourhood, StoreError> {
    let mut around = Neighbourhood::around(records);
    neighbourhood::explore(desk.tx, desk.place, &mut around).await?;
    let faces = around.faces();
    face(desk, &mut around, faces).await?;
    Ok(around)
}

/// Looks at more portraits.
pub(crate) async fn face(
    desk: &mut Desk<'_>,
    around: &mut Neighbourhood,
    records: BTreeSet<RecordId>,
) -> Result<(), StoreError> {
    desk.look(records.iter().copied()).await?;
    let portraits = records.into_iter().filter_map(|record| Some((record, desk.portrait(record)?.clone())));
    around.web.portraits.extend(portraits);
    Ok(())
}

/// Settles what was touched: writes memberships and persons.
pub(crate) async fn settle(desk: &mut Desk<'_>, mut touched: Touched) -> Result<Settlement, StoreError> {
    if touched.records.is_empty() {
        return Ok(Settlement::default());
    }
    let (tx, tenant) = (desk.tx, desk.place.tenant);
    if !touched.gone.is_empty() {
        // What held the others of a decision together may have been said of a record that is gone.
        let decisions = decision::naming(tx, tenant, &touched.gone).await?;
        for decision in decision::load(tx, tenant, decisions).await? {
            touched.records.extend(decision.places.keys());
        }
        decision::forget(tx, tenant, &touched.gone).await?;
        store::person::forget(tx, tenant, &touched.gone).await?;
        store::pending::forget(tx, tenant, &touched.gone).await?;
    }
    let around = explore(desk, touched.records).await?;
    conclude(desk, &around, &touched.gone).await
}

/// Who is who in a neighbourhood if one more decision is made.
pub(crate) fn outcome(desk: &Desk<'_>, around: &Neighbourhood, decision: &Decision) -> Vec<BTreeSet<RecordId>> {
    let mut decisions = around.decisions();
    decisions.push(decision.clone());
    clusters(&around.records, &around.web, &desk.scorer, &decisions)
}

/// Settles a neighbourhood, and marks what is to be looked at in it.
pub(crate) async fn conclude(
    desk: &mut Desk<'_>,
    around: &Neighbourhood,
    gone: &BTreeSet<RecordId>,
) -> Result<Settlement, StoreError> {
    let present: BTreeSet<RecordId> = around.records.difference(gone).copied().collect();
    let clusters = clusters(&present, &around.web, &desk.scorer, &around.decisions());
    let mut settlement = persons(desk, around, &clusters).await?;
    settlement.pending = mark(desk, around, &settlement).await?;
    // What is noted of fewer records than that is of them all.
    if around.records.len() >= least() {
        let now = oversize(&present, &around.web, &around.decisions(), &clusters);
        let before = store::oversize::load(desk.tx, desk.place, &around.records).await?;
        if now != before {
            store::oversize::replace(desk.tx, desk.place, &before, &now).await?;
        }
        desk.raised.extend(now.into_keys().filter(|what| !before.contains_key(what)).map(|(_, why)| why));
    }
    Ok(settlement)
}

async fn persons(
    desk: &Desk<'_>,
    around: &Neighbourhood,
    clusters: &[BTreeSet<RecordId>],
) -> Result<Settlement, StoreError> {
    let (tx, tenant) = (desk.tx, desk.place.tenant);
    if person::is_settled(&around.memberships, clusters) {
        return Ok(Settlement::default());
    }
    let former = around.memberships.values().map(|membership| membership.person);
    let known = match person::only_grow(&around.memberships, clusters) {
        true => BTreeSet::new(),
        false => around.memberships.keys().copied().collect(),
    };
    let persons = store::person::load_around(tx, tenant, former, &known).await?;
    let mint = |founder, ordinal| desk.ids.person(founder, ordinal);
    let mut settlement = person::settle(&around.memberships, clusters, persons, mint);
    settlement.joined = joined(&around.memberships, clusters, &around.web.edges);
    membership::write(tx, tenant, &settlement.moves).await?;
    let changed = settlement.changed.iter().filter_map(|id| settlement.persons.get(id));
    store::person::write(tx, tenant, changed).await?;
    Ok(settlement)
}
