//! Erasures: what is done with each record of a person, and how far it is.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{ErasureId, PersonId, RecordId, RetentionRunId, Timestamp};

use super::{
    enriched::is_enrichment,
    fact_class::{Class, is_aml},
    history::{Moment, Versions, summary_at},
    path::is_within,
    right::COMPLAINT_HOLD,
    summary::Summary,
};

/// How long what due diligence gathered is kept after the relationship has ended: five years (Wwft article 33).
const AML_MICROS: i64 = (5 * 365 + 1) * 86_400_000_000;

/// What is done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Erase,
    /// Until a moment, or until what retains it ends.
    Retain(Ground, Option<Timestamp>),
}

/// Why a record is retained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ground {
    AmlRetention,
    LegalHold,
    /// The complaints in it.
    ComplaintRecord,
    /// Its person had the processing restricted, and may need what is there. Only of what had its time: who asks to be erased does not.
    Restriction,
}

/// A record of a person that is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) decision: Decision,
    /// How many facts it has.
    pub(crate) facts: usize,
    /// How many of each class that it has any of.
    pub(crate) classes: BTreeMap<Class, usize>,
    /// When it was deleted here.
    pub(crate) erased_at: Option<Timestamp>,
}

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Erasure {
    pub(crate) id: ErasureId,
    pub(crate) person: PersonId,
    /// The run that found that its data had its time; `None`: it was asked for.
    pub(crate) run: Option<RetentionRunId>,
    /// Those that were the person's when it was asked for.
    pub(crate) records: BTreeMap<RecordId, Judged>,
    pub(crate) asked_at: Timestamp,
}

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Erasing,
    Retaining,
    Done,
}

impl Erasure {
    pub(crate) fn state(&self) -> State {
        let left = || self.records.values().filter(|one| one.erased_at.is_none());
        if left().any(|one| one.decision == Decision::Erase) {
            State::Erasing
        } else if left().next().is_some() {
            State::Retaining
        } else {
            State::Done
        }
    }

    /// The records that are retained still.
    pub(crate) fn retained(&self) -> BTreeSet<RecordId> {
        let retained = self.records.iter().filter(|(_, one)| matches!(one.decision, Decision::Retain(..)));
        retained.map(|(record, _)| *record).collect()
    }

    /// When it has to be looked at again: when the first record may be erased.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let until = |one: &Judged| match one.decision {
            Decision::Retain(_, until) => until,
            Decision::Erase => None,
        };
        self.records.values().filter_map(until).min()
    }

    /// Decides anew on what is retained; answers what may be erased now.
    pub(crate) fn look_again(&mut self, said: &BTreeMap<RecordId, Versions>, now: Timestamp) -> Vec<RecordId> {
        let judged = judge(said, now);
        let mut free = Vec::new();
        for record in self.retained() {
            let (Some(there), Some(now)) = (self.records.get_mut(&record), judged.get(&record)) else { continue };
            there.decision = now.decision;
            if now.decision == Decision::Erase {
                free.push(record);
            }
        }
        free
    }
}

/// What is done with each record of a person. A hold on one of them is a hold on all; what is kept for a complaint is its own records.
pub(crate) fn judge(said: &BTreeMap<RecordId, Versions>, now: Timestamp) -> BTreeMap<RecordId, Judged> {
    let held = hold(said, now);
    let ended = relationship_ended(said, now);
    let judged = said.iter().map(|(record, versions)| {
        let facts = || versions.values().flatten();
        let last = facts().filter(|fact| is_aml(fact)).map(|fact| fact.recorded_at).max();
        let kept = last.map(|last| ended.map(|ended| Timestamp(ended.max(last).0.saturating_add(AML_MICROS))));
        let complained = complaint_hold(versions, now);
        let decision = match (held, complained, kept) {
            (Some(until), ..) => Decision::Retain(Ground::LegalHold, until),
            (None, Some(until), _) => Decision::Retain(Ground::ComplaintRecord, until),
            (None, None, Some(None)) => {
                Decision::Retain(Ground::AmlRetention, Some(Timestamp(now.0.saturating_add(AML_MICROS))))
            }
            (None, None, Some(Some(until))) if now < until => Decision::Retain(Ground::AmlRetention, Some(until)),
            (None, None, _) => Decision::Erase,
        };
        let of = |class: Class| (class, facts().filter(|fact| class.has(fact)).count());
        let classes = Class::ALL.map(of).into_iter().filter(|(_, count)| *count > 0).collect();
        (*record, Judged { decision, facts: facts().count(), classes, erased_at: None })
    });
    judged.collect()
}

/// Until when a person is held, if it is; `None` within: until the hold is ended.
fn hold(said: &BTreeMap<RecordId, Versions>, now: Timestamp) -> Option<Option<Timestamp>> {
    let mut ends = Vec::new();
    for versions in said.values() {
        let (summary, _) = summary_at(versions, Moment { effective: now, known: None });
        for (key, register) in summary.registers.iter().filter(|(key, _)| is_within(&key.path, "hold")) {
            debug_assert!(!key.aml, "a hold is nothing of due diligence");
            let holds = register.as_of(now).filter(|entry| !entry.value.is_empty());
            ends.extend(holds.map(|entry| entry.expires_at).filter(|until| until.is_none_or(|until| now < until)));
        }
    }
    // Of several the one that ends last, or not by itself.
    (!ends.is_empty()).then(|| ends.iter().copied().collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max()))
}

/// Until when a record is kept for the complaints in it, if it is; `None` within: as long as one is open.
fn complaint_hold(versions: &Versions, now: Timestamp) -> Option<Option<Timestamp>> {
    let (summary, _) = summary_at(versions, Moment { effective: now, known: None });
    let said = summary.registers.iter().filter(|(key, _)| key.path == COMPLAINT_HOLD);
    let holds = said.filter_map(|(_, register)| register.as_of(now)).filter(|entry| !entry.value.is_empty());
    let mut ends = holds.map(|entry| entry.expires_at);
    ends.find(|until| until.is_none_or(|until| now < until))
}

/// When the relationship with a person ended: when its last contract did, or its last fact was recorded. `None`: it has a contract that goes
/// on.
fn relationship_ended(said: &BTreeMap<RecordId, Versions>, now: Timestamp) -> Option<Timestamp> {
    let moment = Moment { effective: now, known: None };
    let summaries: Vec<Summary> = said.values().map(|versions| summary_at(versions, moment).0).collect();
    let contracts = contracts(&summaries, now);
    if any_goes_on(&contracts) {
        return None;
    }
    // What providers said of a customer goes on when the relationship has ended.
    let facts = said.values().flat_map(BTreeMap::values).flatten().filter(|fact| !is_enrichment(fact));
    let last = contracts.values().map(|(at, _)| *at).chain(facts.map(|fact| fact.recorded_at)).max();
    Some(last.unwrap_or(now))
}

/// What was said last of each contract of a person's, and when.
pub(crate) fn contracts<'a>(
    records: impl IntoIterator<Item = &'a Summary>,
    now: Timestamp,
) -> BTreeMap<String, (Timestamp, String)> {
    let mut contracts: BTreeMap<String, (Timestamp, String)> = BTreeMap::new();
    for (key, register) in records.into_iter().flat_map(|summary| &summary.registers) {
        let contract = key.path.strip_prefix("contract.").and_then(|rest| rest.strip_suffix(".status"));
        if let (Some(contract), Some(entry)) = (contract, register.as_of(now)) {
            let said = (entry.effective_at, entry.value.clone());
            let there = contracts.entry(contract.to_owned()).or_insert_with(|| said.clone());
            *there = said.max(there.clone());
        }
    }
    contracts
}

/// Whether one of them goes on.
pub(crate) fn any_goes_on(contracts: &BTreeMap<String, (Timestamp, String)>) -> bool {
    contracts.values().any(|(_, status)| ["active", "cancel_requested", "dormant"].contains(&status.as_str()))
}
