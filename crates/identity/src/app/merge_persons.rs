//! A steward declares that persons are one.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant};
use tenure_proto::identity::v1::memberships_changed::Cause;

use super::{
    Context,
    desk::Desk,
    steward::{Answer, Request, Session},
};
use crate::domain::{decision::Decision, neighbourhood::Neighbourhood};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Merge<'a> {
    /// The request.
    pub(crate) request: Request<'a>,
    /// The persons, by ids past or present.
    pub(crate) persons: Vec<PersonId>,
    /// The etag of each, empty where it is not checked; none at all: none is checked.
    pub(crate) etags: &'a [String],
}

/// Merges; answers the one person.
pub(crate) async fn merge_persons(context: &Context, tenant: &Tenant, ask: &Merge<'_>) -> Result<Answer, Refusal> {
    let _turn = context.journal.turn().await?;
    let mut session = Session::begin(context, tenant, &ask.request).await?;
    if let Some(answer) = session.earlier().await? {
        return Ok(answer);
    }
    let persons = session.persons(&ask.persons, ask.etags).await?;
    let members = session.members(&persons).await?;
    // Ids that lead to one person already need no decision.
    if members.len() > 1 {
        let (id, sequence) = session.next_decision().await?;
        let all = members.values().flatten().copied().collect();
        let decide = |_: &Desk<'_>, around: &Neighbourhood| {
            let persons: Vec<BTreeSet<RecordId>> = members.values().map(|records| around.own(records)).collect();
            Decision::merge(id, sequence, &persons)
        };
        session.decide(all, decide, Cause::Merged).await?;
    }
    let first = members.values().flatten().min().copied().ok_or_else(Refusal::not_found)?;
    session.finish(&[first]).await
}
