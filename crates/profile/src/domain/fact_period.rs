//! How long what happened is kept, by what it was, while its person goes on being known.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use tenure_kernel::{RecordId, Timestamp};

use super::{
    activity::{Cell, cell},
    erasure::{Decision, Ground, Judged},
    fact::{Fact, Happened, Told},
    fact_class::{Fate, is_aml},
    history::{Versions, winner},
    retention::{DAY, binds},
    summary::Summary,
};

/// What happened, by the groups of the catalogue. What is of none says something of contracts, consent or life, is a complaint or an investigation, or is
/// due diligence: it goes with the person, or when the law has it go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Onboarding,
    Orders,
    Deliveries,
    Payments,
    Contacts,
    Service,
    Promises,
    Claims,
    Usage,
    Digital,
    Feedback,
    Points,
    Custom,
}

/// The groups, their codes and the numbers of their types.
const GROUPS: [(Group, &str, &[RangeInclusive<i32>]); 13] = [
    (Group::Onboarding, "onboarding", &[120..=122]),
    (Group::Orders, "orders", &[140..=147]),
    (Group::Deliveries, "deliveries", &[160..=164]),
    (Group::Payments, "payments", &[180..=188]),
    (Group::Contacts, "contacts", &[200..=208]),
    // Without complaints.
    (Group::Service, "service", &[220..=223, 228..=234]),
    (Group::Promises, "promises", &[240..=242]),
    (Group::Claims, "claims", &[280..=286]),
    (Group::Usage, "usage", &[300..=305]),
    (Group::Digital, "digital", &[320..=327]),
    (Group::Feedback, "feedback", &[360..=363]),
    // Without tiers.
    (Group::Points, "points", &[380..=382]),
    (Group::Custom, "custom", &[900..=900]),
];

impl Group {
    /// Its code.
    pub(crate) fn as_str(self) -> &'static str {
        GROUPS.iter().find(|one| one.0 == self).map_or("", |one| one.1)
    }

    /// The group of a code.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        GROUPS.iter().find(|one| one.1 == code).map(|one| one.0)
    }

    /// The group of a type, if it has one.
    pub(crate) fn of_type(kind: i32) -> Option<Self> {
        GROUPS.iter().find(|one| one.2.iter().any(|types| types.contains(&kind))).map(|one| one.0)
    }
}

/// The periods, in days; what is of a group without one is kept with its person.
pub(crate) type FactPeriods = BTreeMap<Group, i32>;

/// A fact that had its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outlived {
    pub(crate) told: Told,
    pub(crate) group: Group,
    /// Where it counts.
    pub(crate) cell: Option<Cell>,
}

/// Whether something of a record may have had its time: then its facts are worth a look.
pub(crate) fn may_be_due(periods: &FactPeriods, summary: &Summary, now: Timestamp) -> bool {
    let counts = summary.counts.iter().filter(|(what, _)| !what.aml);
    counts.into_iter().any(|(what, count)| is_over(periods, what.kind, count.first, now).is_some())
}

/// The group of what happened, if it had its time.
fn is_over(periods: &FactPeriods, kind: i32, at: Timestamp, now: Timestamp) -> Option<Group> {
    let group = Group::of_type(kind)?;
    let days = i64::from(*periods.get(&group)?);
    (at.0.saturating_add(days * DAY) <= now.0).then_some(group)
}

/// What of a person's had its time. What happened to them last is kept, and what last made them a customer: the person's own period runs from that.
pub(crate) fn due(periods: &FactPeriods, said: &BTreeMap<RecordId, Versions>, now: Timestamp) -> Vec<Outlived> {
    let winners = || said.values().flat_map(BTreeMap::values).filter_map(|versions| winner(versions, None));
    let happened = || winners().filter_map(|fact| fact.happened.as_ref());
    let last = happened().map(|one| one.at).max();
    let bound = happened().filter(|one| binds(one.kind)).map(|one| one.at).max();
    let kept = |one: &Happened| Some(one.at) == last || (binds(one.kind) && Some(one.at) == bound);
    let facts = said.iter().flat_map(|(record, versions)| versions.iter().map(|(fact, all)| (*record, *fact, all)));
    let due = facts.filter_map(|(record, fact, versions)| {
        let group = of(periods, versions, now)?;
        let counts = winner(versions, None)?.happened.as_ref();
        if counts.is_some_and(&kept) {
            return None;
        }
        let sequences: BTreeSet<i64> = versions.iter().map(|one| one.sequence).filter(|one| *one > 0).collect();
        let told = Told { record, fact, sequences: sequences.into_iter().collect() };
        Some(Outlived { told, group, cell: counts.and_then(cell) })
    });
    due.collect()
}

/// The group of a fact that had its time by whatever was ever said of it.
fn of(periods: &FactPeriods, versions: &[Fact], now: Timestamp) -> Option<Group> {
    if versions.iter().any(is_aml) {
        return None;
    }
    let happened = versions.iter().filter_map(|one| one.happened.as_ref());
    let groups: Option<Vec<Group>> = happened.map(|one| is_over(periods, one.kind, one.at, now)).collect();
    groups?.into_iter().max()
}

/// What is done with what had its time in a record, as the record itself would be judged. Due diligence keeps itself only; a restriction keeps all,
/// whatever else keeps the record.
pub(crate) fn fate(judged: Option<&Judged>, restricted: bool) -> Fate {
    match judged.map(|one| one.decision) {
        Some(Decision::Retain(ground @ (Ground::LegalHold | Ground::ComplaintRecord | Ground::Restriction), _)) => {
            Fate::Retain(ground)
        }
        _ if restricted => Fate::Retain(Ground::Restriction),
        Some(Decision::Retain(Ground::AmlRetention, _) | Decision::Erase) | None => Fate::Anonymise,
    }
}

#[cfg(test)]
mod tests;
