//! Retention: how long what is known of persons is kept, whose data has had its time, and what is done with it.

use std::{collections::BTreeMap, ops::RangeInclusive};

use tenure_kernel::{PersonId, RecordId, RetentionRunId, Timestamp};

use super::{
    erasure::{Decision, Ground, Judged, any_goes_on, contracts, judge},
    fact_class::{Class, Fate},
    fact_period::{FactPeriods, Group, Outlived, fate},
    history::Versions,
    path::is_within,
    right,
    summary::Summary,
};

pub(super) const DAY: i64 = 86_400_000_000;

/// Whose data it is: periods are by that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Of whom something is known of [`BINDS`].
    Customers,
    /// Of all others.
    Prospects,
}

/// The numbers of the types that make somebody a customer: contracts; orders, returns, deliveries, payments and invoices; accounts, cards and loans; claims;
/// usage; points.
const BINDS: [RangeInclusive<i32>; 6] = [100..=109, 140..=188, 260..=270, 280..=286, 300..=305, 380..=383];
/// Those among them that don't: a cart that was left, a loan that was applied for, or refused.
const BINDS_NOT: [i32; 3] = [146, 266, 268];

/// Whether a touchpoint of a type makes somebody a customer.
pub(crate) fn binds(kind: i32) -> bool {
    BINDS.iter().any(|types| types.contains(&kind)) && !BINDS_NOT.contains(&kind)
}

impl Kind {
    const ALL: [Self; 2] = [Self::Customers, Self::Prospects];

    /// Its code.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Prospects => "prospects",
        }
    }

    /// The kind of a code.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == code)
    }

    /// Of a person.
    pub(crate) fn of(records: &[&Summary]) -> Self {
        let customer = records.iter().any(|summary| summary.counts.keys().any(|what| binds(what.kind)));
        if customer { Self::Customers } else { Self::Prospects }
    }
}

/// How long what is known is kept; whose kind has no period is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    /// From 1.
    pub(crate) version: i32,
    /// In days.
    pub(crate) periods: BTreeMap<Kind, i32>,
    /// Of what happened, while whose kind has not had its time.
    pub(crate) facts: FactPeriods,
    pub(crate) defined_at: Timestamp,
}

impl Policy {
    /// Of which kind a person is whose data has had its time; `None`: it has not, or a contract goes on.
    ///
    /// The time runs from what happened last, or was said last, or from the end of the last contract, whenever it was told.
    pub(crate) fn due(&self, records: &[&Summary], now: Timestamp) -> Option<Kind> {
        if any_goes_on(&contracts(records.iter().copied(), now)) {
            return None;
        }
        let kind = Kind::of(records);
        let days = self.periods.get(&kind)?;
        let last = records.iter().filter_map(|summary| last(summary)).max()?;
        (last.0.saturating_add(i64::from(*days) * DAY) <= now.0).then_some(kind)
    }
}

/// When something of a record happened last, or was said last by a source.
fn last(summary: &Summary) -> Option<Timestamp> {
    let happened = summary.counts.values().map(|count| count.last);
    let said = summary.entries().map(|(_, entry, _)| entry);
    let by_sources = said.filter(|entry| entry.enriched.is_none() && !right::is_ours(&entry.source));
    happened.chain(by_sources.map(|entry| entry.effective_at)).max()
}

/// Whether the processing of a person is restricted (GDPR article 18).
pub(crate) fn is_restricted(records: &[&Summary], now: Timestamp) -> bool {
    let registers = records.iter().flat_map(|summary| &summary.registers);
    let restrictions = registers.filter(|(key, _)| is_within(&key.path, "restriction"));
    restrictions.filter_map(|(_, register)| register.as_of(now)).any(|entry| {
        let lasts = entry.expires_at.is_none_or(|until| now < until);
        lasts && !entry.value.is_empty()
    })
}

/// What is done with the records of a person whose data had its time: as if it had been asked for, but that a restriction keeps it.
pub(crate) fn judge_due(
    said: &BTreeMap<RecordId, Versions>,
    restricted: bool,
    now: Timestamp,
) -> BTreeMap<RecordId, Judged> {
    let mut judged = judge(said, now);
    for one in judged.values_mut().filter(|one| restricted && one.decision == Decision::Erase) {
        one.decision = Decision::Retain(Ground::Restriction, None);
    }
    judged
}

/// Which facts had their time: all of a class, with their person, or some of a group, before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Class(Class),
    Group(Group),
}

impl What {
    /// Its code.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Class(class) => class.as_str(),
            Self::Group(group) => group.as_str(),
        }
    }

    /// What a code is of.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Class::of_code(code).map(Self::Class).or_else(|| Group::of_code(code).map(Self::Group))
    }
}

/// What is counted apart: facts of a class or group, of a kind of persons, with which the same is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) kind: Kind,
    pub(crate) what: What,
    pub(crate) fate: Fate,
}

/// A run over everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) id: RetentionRunId,
    /// Of the policy; all of a run is by that.
    pub(crate) version: i32,
    /// Whether it only says what would be done.
    pub(crate) dry: bool,
    /// To when periods are counted.
    pub(crate) began_at: Timestamp,
    pub(crate) done_at: Option<Timestamp>,
    /// Persons that were looked at.
    pub(crate) persons: i64,
    /// Of those, whose data had its time.
    pub(crate) due: i64,
    /// How many records have such facts, and how many facts these are.
    pub(crate) lines: BTreeMap<Line, (i64, i64)>,
    /// How many facts that had their time before their persons are forgotten by now.
    pub(crate) forgotten: i64,
    /// The person that was looked at last.
    pub(crate) after: Option<PersonId>,
}

impl Run {
    /// Counts a person whose data had its time; answers the records that go.
    pub(crate) fn take(&mut self, kind: Kind, mut judged: BTreeMap<RecordId, Judged>) -> BTreeMap<RecordId, Judged> {
        self.due += 1;
        for one in judged.values() {
            for (class, facts) in &one.classes {
                let what = What::Class(*class);
                self.count(Line { kind, what, fate: class.fate(one.decision) }, *facts);
            }
        }
        judged.retain(|_, one| one.decision == Decision::Erase);
        judged
    }

    /// Counts what had its time of a person who has not; answers what goes.
    pub(crate) fn take_facts(
        &mut self,
        kind: Kind,
        (judged, restricted): (&BTreeMap<RecordId, Judged>, bool),
        due: Vec<Outlived>,
    ) -> Vec<Outlived> {
        let fate = |one: &Outlived| fate(judged.get(&one.told.record), restricted);
        let mut counts: BTreeMap<(Line, RecordId), usize> = BTreeMap::new();
        for one in &due {
            let line = Line { kind, what: What::Group(one.group), fate: fate(one) };
            *counts.entry((line, one.told.record)).or_default() += 1;
        }
        counts.into_iter().for_each(|((line, _), facts)| self.count(line, facts));
        due.into_iter().filter(|one| fate(one) == Fate::Anonymise).collect()
    }

    /// How many facts it has decided on that go before their persons.
    pub(crate) fn decided(&self) -> i64 {
        let going = |line: &Line| matches!(line.what, What::Group(_)) && line.fate == Fate::Anonymise;
        self.lines.iter().filter(|(line, _)| going(line)).map(|(_, (_, facts))| facts).sum()
    }

    /// Counts facts of a record.
    fn count(&mut self, line: Line, facts: usize) {
        let (records, sum) = self.lines.entry(line).or_default();
        *records += 1;
        *sum += i64::try_from(facts).unwrap_or(i64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::TouchpointId;

    use super::*;
    use crate::domain::{
        count::Count,
        fact::{Field, Method, Statement},
        summary::Counted,
    };

    const CALL: i32 = 203;
    const ORDER: i32 = 140;

    fn happened(kind: i32, day: i64) -> Summary {
        let mut summary = Summary::default();
        summary.add_count(Counted { kind, aml: false }, Count::once(Timestamp(day * DAY)));
        summary
    }

    fn said(path: &str, value: &str, day: i64, source: &str) -> Summary {
        let mut summary = Summary::default();
        let field = Field { path: path.to_owned(), value: value.to_owned(), ..Field::default() };
        let statement = Statement {
            effective_at: Timestamp(day * DAY),
            planned: false,
            recorded_at: Timestamp(999 * DAY),
            source_rank: 0,
            source: source.to_owned(),
            method: Method::System,
            aml: false,
            fields: vec![],
        };
        summary.add_field(TouchpointId([1; 16]), &statement, &field);
        summary
    }

    fn due(policy: &Policy, records: &[Summary], day: i64) -> Option<Kind> {
        policy.due(&records.iter().collect::<Vec<_>>(), Timestamp(day * DAY))
    }

    #[test]
    fn the_time_runs_from_what_happened_last_and_is_that_of_the_kind() {
        let policy = Policy { periods: [(Kind::Customers, 100), (Kind::Prospects, 10)].into(), ..Policy::default() };
        let order = [happened(CALL, 5), happened(ORDER, 50)];
        assert_eq!((due(&policy, &order, 149), due(&policy, &order, 150)), (None, Some(Kind::Customers)));
        let caller = [happened(CALL, 50), said("name.family_name", "Vries", 55, "crm")];
        let found = (due(&policy, &caller, 64), due(&policy, &caller, 65));
        assert_eq!(found, (None, Some(Kind::Prospects)), "whenever it was recorded");
        for ours in [right::SOURCE, "tenure.complaints"] {
            let stated = [caller[0].clone(), said("objection.marketing", "raised", 70, ours)];
            assert_eq!(
                due(&policy, &stated, 65),
                Some(Kind::Prospects),
                "what is stated here keeps nobody's data longer"
            );
        }
        assert_eq!(due(&policy, &[Summary::default()], 1_000), None, "of whom nothing is known");
    }

    #[test]
    fn who_has_a_contract_is_kept_and_so_is_a_kind_without_period() {
        let policy = Policy { periods: [(Kind::Customers, 1)].into(), ..Policy::default() };
        let contract = |status: &str| [happened(100, 3), said("contract.P-7.status", status, 5, "policies")];
        assert_eq!(due(&policy, &contract("active"), 900), None);
        assert_eq!(due(&policy, &contract("lapsed"), 5), None);
        assert_eq!(due(&policy, &contract("lapsed"), 6), Some(Kind::Customers));
        assert_eq!(due(&policy, &[happened(CALL, 5)], 900), None);
    }

    #[test]
    fn a_restriction_holds_until_it_ends() {
        let restricted = |value: &str| {
            let summary = said("restriction.right_1", value, 5, right::SOURCE);
            is_restricted(&[&summary], Timestamp(6 * DAY))
        };
        assert!(restricted("accuracy_contested") && !restricted(""));
    }
}
