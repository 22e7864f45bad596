//! What goes wrong, and whom it struck when.

use std::collections::BTreeMap;

use jiff::civil::date;
use tenure_kernel::Timestamp;

use crate::domain::{
    calendar::Zone,
    complaint::{self, Complaint},
    standing::{Standing, State},
    weights::Weights,
};

/// What a cause is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum CauseKind {
    /// A kind of promise that was broken.
    Promise = 1,
    /// What complaints come from.
    Complaint = 2,
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cause {
    pub(crate) kind: CauseKind,
    /// Of promises the attribute, of complaints the root cause.
    pub(crate) code: String,
    /// Empty: none was named.
    pub(crate) product: String,
}

/// How often a cause struck somebody on a day, among how many occasions, and whether they have kept silent since. Of complaints nobody
/// knows how many there might have been.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Struck {
    pub(crate) count: i64,
    pub(crate) exposure: i64,
    pub(crate) silent: bool,
}

/// The causes that somebody met, by day.
pub(crate) type Causes = BTreeMap<(i32, Cause), Struck>;

/// Days since 1970 by the local clock.
pub(crate) fn day(zone: &Zone, at: Timestamp) -> i32 {
    date(1970, 1, 1).until(zone.day(at)).map_or(0, |days| days.get_days())
}

/// The causes that a person met. A promise counts on the day that it was decided on: that it was broken, else that it was kept. What
/// nobody promised, was called off or is still open or unknown counts for nothing. A complaint counts on the day that it came in, once
/// it is known what it comes from.
pub(crate) fn causes(standings: &[Standing], complaints: &[Complaint], weights: &Weights, zone: &Zone) -> Causes {
    let complained_at = complaints.iter().map(|complaint| complaint.received_at).max();
    let mut causes = Causes::new();
    for standing in standings.iter().filter(|one| one.promise.source.confidence() >= weights.least_confidence) {
        let decided = matches!(standing.state, State::Kept | State::KeptLate | State::Broken);
        let Some(at) = standing.broken_at.or(standing.settled_at.filter(|_| decided)) else { continue };
        let (code, product) = (standing.promise.attribute.clone(), standing.promise.product.clone());
        let cause = Cause { kind: CauseKind::Promise, code, product };
        let fresh = Struck { count: 0, exposure: 0, silent: true };
        let struck = causes.entry((day(zone, at), cause)).or_insert(fresh);
        struck.exposure += 1;
        if standing.broken_at.is_some() {
            struck.count += 1;
            struck.silent &= complained_at.is_none_or(|complained| complained < at);
        }
    }
    causes.values_mut().for_each(|struck| struck.silent &= struck.count > 0);
    for complaint in complaints.iter().filter(|complaint| complaint.state != complaint::State::Merged) {
        let Some(code) = complaint.assessment.as_ref().map(|assessment| assessment.cause.clone()) else { continue };
        let cause = Cause { kind: CauseKind::Complaint, code, product: complaint.product.clone() };
        let struck = causes.entry((day(zone, complaint.received_at), cause)).or_default();
        struck.count += 1;
        struck.exposure += 1;
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_kernel::RecordId;

    use crate::domain::{
        calendar::amsterdam,
        complaint::{
            Policy, complaints,
            step::{Action, Assessment, Receipt, Step, StepId},
        },
        promise::{Facts, Matter, MatterKind, Promise, SourceKind},
        scene::*,
    };

    fn met(facts: &Facts, complained: Option<&str>) -> Causes {
        let now = amsterdam("2026-11-20 10:00");
        let steps: Vec<Step> =
            complained.map(|at| step(1, "a", at, Action::Receive(Receipt::default()))).into_iter().collect();
        let complaints = complaints(&steps, &Policy::default(), now);
        causes(&standing_at(facts, now), &complaints, &Weights::default(), &Zone::default())
    }

    fn step(number: u8, case: &str, at: &str, action: Action) -> Step {
        let matter = Matter { kind: MatterKind::Case, reference: case.to_owned() };
        let id = StepId::Recorded([number; 16]);
        Step { id, record: RecordId([1; 16]), matter, at: amsterdam(at), actor: "eva".to_owned(), action }
    }

    fn on(text: &str) -> i32 {
        day(&Zone::default(), amsterdam(text))
    }

    fn only(causes: &Causes) -> (i32, Struck) {
        let ((day, cause), struck) = causes.iter().next().expect("a cause");
        assert_eq!((causes.len(), &*cause.code, &*cause.product), (1, "delivery", "sofa"));
        (*day, *struck)
    }

    #[test]
    fn a_promise_counts_when_it_is_decided() {
        let one = |outcomes| met(&facts(vec![delivery(1, "2026-11-02 10:00")], outcomes), None);
        let struck = |count, silent| Struck { count, exposure: 1, silent };
        assert_eq!(only(&one(vec![delivered(2, "2026-10-30 10:00")])), (on("2026-10-30 10:00"), struck(0, false)));
        assert_eq!(only(&one(vec![delivered(2, "2026-11-05 10:00")])), (on("2026-11-02 10:00"), struck(1, true)));
        assert_eq!(only(&one(vec![])), (on("2026-11-02 10:00"), struck(1, true)));
        let open = facts(vec![delivery(1, "2026-12-02 10:00")], vec![]);
        assert_eq!(met(&open, None), Causes::new());
        let inferred = Promise { source: SourceKind::SegmentInferred, ..delivery(1, "2026-11-02 10:00") };
        assert_eq!(met(&facts(vec![inferred], vec![]), None), Causes::new());
    }

    #[test]
    fn who_complained_since_is_not_silent() {
        let late = facts(vec![delivery(1, "2026-11-02 10:00")], vec![]);
        for (complained, silent) in
            [("2026-11-02 09:59", true), ("2026-11-02 10:00", false), ("2026-11-09 10:00", false)]
        {
            assert_eq!(only(&met(&late, Some(complained))).1.silent, silent, "{complained}");
        }
    }

    #[test]
    fn a_complaint_counts_once_it_is_known_what_it_comes_from() {
        let receipt = || Action::Receive(Receipt { product: "sofa".to_owned(), ..Receipt::default() });
        let mut steps = vec![step(1, "a", "2026-11-02 10:00", receipt()), step(2, "b", "2026-11-02 11:00", receipt())];
        let of = |steps: &[Step]| {
            let complaints = complaints(steps, &Policy::default(), amsterdam("2026-11-20 10:00"));
            causes(&[], &complaints, &Weights::default(), &Zone::default())
        };
        assert_eq!(of(&steps), Causes::new());
        let late = || Action::Assess(Assessment { cause: "payment.late".to_owned(), gap: None, promise: None });
        steps.extend([step(3, "a", "2026-11-05 10:00", late()), step(4, "b", "2026-11-06 10:00", late())]);
        let cause = Cause { kind: CauseKind::Complaint, code: "payment.late".to_owned(), product: "sofa".to_owned() };
        let expected = Struck { count: 2, exposure: 2, silent: false };
        assert_eq!(
            of(&steps),
            Causes::from([((on("2026-11-02 10:00"), cause), expected)]),
            "on the day that it came in"
        );
    }

    #[test]
    fn days_are_those_of_the_local_clock() {
        assert_eq!(on("2026-11-02 00:00"), on("2026-11-01 23:59") + 1);
        assert_eq!(on("1970-01-02 12:00"), 1);
    }
}
