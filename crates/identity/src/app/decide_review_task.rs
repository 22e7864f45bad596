//! A steward says whether two records are one person's, or that all of a person's are.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Refusal, Tenant};
use tenure_proto::identity::v1::memberships_changed::Cause;

use super::{
    Context,
    desk::Desk,
    settle,
    steward::{Answer, Request, Session},
};
use crate::{
    domain::{
        decision::Decision,
        neighbourhood::Neighbourhood,
        review::{Pair, sides},
    },
    store::membership,
};

/// What is said.
#[derive(Debug)]
pub(crate) struct Decide<'a> {
    /// The request.
    pub(crate) request: Request<'a>,
    /// Of which records.
    pub(crate) of: Of,
    /// Whether they are one person's.
    pub(crate) same: bool,
}

/// What something is said of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// Two records, the smaller first.
    Pair(Pair),
    /// All records of the person that this one belongs to.
    Person(RecordId),
}

/// Decides; answers the persons of the records.
pub(crate) async fn decide_review_task(
    context: &Context,
    tenant: &Tenant,
    ask: &Decide<'_>,
) -> Result<Answer, Refusal> {
    let _turn = context.journal.turn().await?;
    let mut session = Session::begin(context, tenant, &ask.request).await?;
    if let Some(answer) = session.earlier().await? {
        return Ok(answer);
    }
    let (left, right) = match ask.of {
        Of::Pair(pair) => pair,
        Of::Person(record) => (record, record),
    };
    let homes = membership::persons(&session.tx, tenant, &BTreeSet::from([left, right])).await?;
    let (Some(one), Some(other)) = (homes.get(&left), homes.get(&right)) else { return Err(Refusal::not_found()) };
    let members = async |person| membership::members(&session.tx, tenant, &BTreeSet::from([person])).await;
    let (lefts, rights): (BTreeSet<RecordId>, BTreeSet<RecordId>) =
        (members(*one).await?.into_keys().collect(), members(*other).await?.into_keys().collect());
    let all: BTreeSet<RecordId> = lefts.union(&rights).copied().collect();
    let (id, sequence) = session.next_decision().await?;
    let decide = |desk: &Desk<'_>, around: &Neighbourhood| {
        let outcome = |decision: &Decision| settle::outcome(desk, around, decision);
        if ask.same {
            let alone = |record: &RecordId| BTreeSet::from([*record]);
            let parts = match ask.of {
                Of::Person(_) => all.iter().map(alone).collect(),
                Of::Pair(_) if one == other => vec![alone(&left), alone(&right)],
                Of::Pair(_) => vec![lefts, rights],
            };
            let own: Vec<BTreeSet<RecordId>> =
                parts.iter().map(|part| around.own(part)).filter(|own| !own.is_empty()).collect();
            return Decision::merge(id, sequence, &own);
        }
        let (lefts, rights) = if one == other { parts((left, right), &all, around) } else { (lefts, rights) };
        let sides = [&around.own(&lefts), &around.own(&rights)];
        Decision::split(id, sequence, sides, &around.records, outcome)
    };
    session.decide(all.clone(), decide, if ask.same { Cause::Merged } else { Cause::Split }).await?;
    let firsts = session.firsts(&BTreeSet::from([left, right])).await?;
    session.finish(&firsts).await
}

/// Which records of one person go with either record: those that hang together without the pair, or the record alone.
fn parts(pair: Pair, all: &BTreeSet<RecordId>, around: &Neighbourhood) -> (BTreeSet<RecordId>, BTreeSet<RecordId>) {
    let (reached, rest) = sides(pair, all, &around.web.edges);
    if rest.contains(&pair.1) {
        return (reached, rest);
    }
    let left = all.iter().copied().filter(|record| *record != pair.1).collect();
    (left, BTreeSet::from([pair.1]))
}
