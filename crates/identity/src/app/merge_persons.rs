//! A steward declares that persons are one.

use tenure_kernel::{PersonId, Refusal, Tenant};
use tenure_proto::identity::v1::memberships_changed::Cause;

use super::{
    Context, settle,
    steward::{Answer, Request, Session},
};
use crate::domain::decision::Decision;

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
        let records = members.values().flatten().copied();
        let around = settle::explore(&session.tx, session.place(), records).await?;
        let (id, sequence) = session.next_decision().await?;
        session.decide(around, Decision::merge(id, sequence, members.values()), Cause::Merged).await?;
    }
    let first = members.values().flatten().min().copied().ok_or_else(Refusal::not_found)?;
    session.finish(&[first]).await
}
