//! Which steps make up which complaint: one for each matter of a person, and what was merged goes on under its survivor.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::Timestamp;

use super::{
    Complaint, ComplaintId, Policy, fold,
    step::{Action, Step, StepId},
};
use crate::domain::promise::Matter;

/// The steps on one matter.
struct Thread {
    id: ComplaintId,
    names: BTreeSet<ComplaintId>,
    matter: Matter,
    steps: Vec<Step>,
    /// Under which complaint it goes on, and since when.
    merged: Option<(ComplaintId, Timestamp)>,
}

/// The complaints of a person as of a moment, by their ids. Neither order nor repetition of steps means anything.
pub(crate) fn complaints(steps: &[Step], policy: &Policy, now: Timestamp) -> Vec<Complaint> {
    let mut matters: BTreeMap<&Matter, Vec<&Step>> = BTreeMap::new();
    // What was recorded here was done, by whatever clock.
    let done = |step: &&Step| step.at <= now || matches!(step.id, StepId::Recorded(_));
    for step in steps.iter().filter(done) {
        matters.entry(&step.matter).or_default().push(step);
    }
    let mut threads: Vec<Thread> = matters.into_values().filter_map(Thread::of).collect();
    let survivors = survivors(&threads);
    let mut moved: BTreeMap<ComplaintId, Vec<Step>> = BTreeMap::new();
    for thread in &mut threads {
        let Some((_, since)) = thread.merged else { continue };
        let Some(survivor) = survivors.get(&thread.id) else { continue };
        // It came in when it came in: that counts for the survivor. What was told of it since is told of the survivor.
        let of_merged = |step: &Step| matches!(step.action, Action::Merge { .. } | Action::Unmerge);
        let later = |step: &Step| step.at > since || matches!(step.action, Action::Receive(_));
        let goes = thread.steps.iter().filter(|step| later(step) && !of_merged(step)).cloned();
        moved.entry(*survivor).or_default().extend(goes);
        thread.steps.retain(|step| step.at <= since || of_merged(step));
    }
    let mut merged: BTreeMap<ComplaintId, Vec<&Thread>> = BTreeMap::new();
    for thread in &threads {
        if let Some(survivor) = survivors.get(&thread.id) {
            merged.entry(*survivor).or_default().push(thread);
        }
    }
    let mut complaints: Vec<Complaint> = threads
        .iter()
        .map(|thread| {
            let mut steps = thread.steps.clone();
            steps.extend(moved.remove(&thread.id).unwrap_or_default());
            let mut complaint = fold::complaint(thread.id, thread.names.clone(), thread.matter.clone(), steps, policy);
            complaint.merged_into = survivors.get(&thread.id).copied();
            complaint.merged = merged.get(&thread.id).into_iter().flatten().map(|one| one.id).collect();
            complaint
        })
        .collect();
    complaints.sort_by_key(|complaint| complaint.id);
    complaints
}

impl Thread {
    /// None if nobody complained: a case that is none may be reopened too.
    fn of(mut steps: Vec<&Step>) -> Option<Self> {
        steps.sort_by(|one, other| one.order().cmp(&other.order()));
        steps.dedup_by(|one, other| one.order() == other.order());
        let complained = |step: &&&Step| !matches!(step.action, Action::Reopen | Action::Answer);
        let first = *steps.iter().find(complained)?;
        let received = steps.iter().find(|step| matches!(step.action, Action::Receive(_))).unwrap_or(&first);
        let id = ComplaintId::of(received.record, &first.matter);
        let names = steps.iter().map(|step| ComplaintId::of(step.record, &first.matter)).collect();
        let last = steps.iter().rev().find(|step| matches!(step.action, Action::Merge { .. } | Action::Unmerge));
        let merged = last.and_then(|step| match step.action {
            Action::Merge { into } => Some((into, step.at)),
            _ => None,
        });
        let matter = first.matter.clone();
        Some(Self { id, names, matter, steps: steps.into_iter().cloned().collect(), merged })
    }
}

/// Under which complaint each merged one goes on. One whose survivor is not there, as when the person was split, or that would go
/// on under itself, goes on by itself.
fn survivors(threads: &[Thread]) -> BTreeMap<ComplaintId, ComplaintId> {
    let by_name: BTreeMap<ComplaintId, &Thread> =
        threads.iter().flat_map(|thread| thread.names.iter().map(move |name| (*name, thread))).collect();
    let mut survivors = BTreeMap::new();
    for thread in threads {
        let mut passed = BTreeSet::from([thread.id]);
        let mut last = thread;
        while let Some(next) = last.merged.and_then(|(into, _)| by_name.get(&into)) {
            if !passed.insert(next.id) {
                last = thread;
                break;
            }
            last = next;
        }
        if last.id != thread.id {
            survivors.insert(thread.id, last.id);
        }
    }
    survivors
}
