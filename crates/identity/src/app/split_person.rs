//! A steward declares that some records of a person are another's.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, Reason, RecordId, Refusal, Tenant};
use tenure_proto::identity::v1::memberships_changed::Cause;

use super::{
    Context,
    desk::Desk,
    settle,
    steward::{Answer, Request, Session},
};
use crate::{
    domain::{decision::Decision, neighbourhood::Neighbourhood},
    store::membership,
};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Split<'a> {
    /// The request.
    pub(crate) request: Request<'a>,
    /// The person, by an id past or present.
    pub(crate) person: PersonId,
    /// The records that are another's.
    pub(crate) records: BTreeSet<RecordId>,
    /// The person's etag; empty: not checked.
    pub(crate) etag: &'a str,
}

/// Splits; answers where the rest is, and where the named records are.
pub(crate) async fn split_person(context: &Context, tenant: &Tenant, ask: &Split<'_>) -> Result<Answer, Refusal> {
    let _turn = context.journal.turn().await?;
    let mut session = Session::begin(context, tenant, &ask.request).await?;
    if let Some(answer) = session.earlier().await? {
        return Ok(answer);
    }
    let persons = session.persons(&[ask.person], &[ask.etag.to_owned()]).await?;
    let members: BTreeSet<RecordId> = session.members(&persons).await?.into_values().flatten().collect();
    let rest = proper(&session, &members, &ask.records).await?;
    let (id, sequence) = session.next_decision().await?;
    let decide = |desk: &Desk<'_>, around: &Neighbourhood| {
        let sides = [&around.own(&ask.records), &around.own(&rest)];
        Decision::split(id, sequence, sides, &around.records, |decision| settle::outcome(desk, around, decision))
    };
    session.decide(members, decide, Cause::Split).await?;
    let firsts: Vec<RecordId> = [&rest, &ask.records].into_iter().filter_map(|side| side.first().copied()).collect();
    session.finish(&firsts).await
}

/// The rest of the person, if the records are a proper part of it.
async fn proper(
    session: &Session<'_>,
    members: &BTreeSet<RecordId>,
    named: &BTreeSet<RecordId>,
) -> Result<BTreeSet<RecordId>, Refusal> {
    if membership::persons(&session.tx, session.tenant, named).await?.len() < named.len() {
        return Err(Refusal::not_found());
    }
    let rest: BTreeSet<RecordId> = members.difference(named).copied().collect();
    if rest.is_empty() || !named.is_subset(members) {
        return Err(Refusal::new(Reason::SplitNotProper, "the records are not a proper part of the person"));
    }
    Ok(rest)
}
