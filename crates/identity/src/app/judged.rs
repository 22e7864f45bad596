//! Reads what stewards judged.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_linkage::{Judge, Scorer, Table, labels::Label};
use tenure_store::StoreError;

use super::{Context, look::look};
use crate::{
    config::JUDGED,
    domain::{
        decision::Decision,
        judged::{labels, pieces},
        portrait::table,
    },
    store::{Place, decision},
};

/// What stewards judged, the newest of it.
pub(crate) struct Judged {
    /// The records of the labels, by place.
    pub(crate) table: Table,
    /// The labels.
    pub(crate) labels: Vec<Label>,
    /// The decisions that they are of.
    pub(crate) decisions: Vec<Decision>,
}

/// The newest decisions, each as the pairs that the model in use holds for likeliest.
pub(crate) async fn judged(context: &Context, place: Place<'_>, scorer: &Scorer) -> Result<Judged, StoreError> {
    let query = &context.store;
    let ids = decision::newest(query, place.tenant, JUDGED).await?;
    let mut decisions = decision::load(query, place.tenant, ids).await?;
    decisions.sort_unstable_by_key(|decision| decision.sequence);
    let named: BTreeSet<RecordId> = decisions.iter().flat_map(|one| pieces(one).into_values().flatten()).collect();
    let portraits = look(query, place, &context.keyring, &named).await?;
    let table = table(portraits.values().map(Some));
    let members: Vec<RecordId> = portraits.into_keys().collect();
    let judge = Judge::new(scorer, &table);
    let labels = labels(&decisions, &members, &judge, |at| !table.is_bare(at));
    Ok(Judged { table, labels, decisions })
}
