//! A steward's decision is taken back.

use std::collections::BTreeSet;

use tenure_kernel::{DecisionId, RecordId, Refusal, Tenant};

use super::{
    Context,
    steward::{Answer, Request, Session},
};
use crate::store::decision;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Undo<'a> {
    /// The request.
    pub(crate) request: Request<'a>,
    /// The decision.
    pub(crate) decision: DecisionId,
}

/// Undoes; answers the persons of the decision's records, as if it had never been made.
pub(crate) async fn undo_decision(context: &Context, tenant: &Tenant, ask: &Undo<'_>) -> Result<Answer, Refusal> {
    let _turn = context.journal.turn().await?;
    let mut session = Session::begin(context, tenant, &ask.request).await?;
    if let Some(answer) = session.earlier().await? {
        return Ok(answer);
    }
    let id = ask.decision.0;
    if decision::made(&session.tx, tenant, &BTreeSet::from([id])).await?.is_empty() {
        return Err(Refusal::not_found());
    }
    let spoken = decision::load(&session.tx, tenant, BTreeSet::from([id])).await?;
    let records: BTreeSet<RecordId> = spoken.into_iter().flat_map(|decision| decision.places.into_keys()).collect();
    session.undo(id, &records).await?;
    let firsts = session.firsts(&records).await?;
    session.finish(&firsts).await
}
