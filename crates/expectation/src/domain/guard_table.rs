//! The guard's decisions, G01 to G28 of the research note. It is Friday 6 November 2026, ten in the morning in Amsterdam.
//!
//! Where the note's rules and its table differ, the table is followed:
//! - Days are days of the customer's calendar, not of 24 hours (G08 spans the change of clocks).
//! - The moment at which dissonance has faded is rounded up to the full hour (G01).
//! - Dissonance counts as high by what is settled; what is open is overdue, which no time heals (G04).
//! - QUIET_TIME is given also where it is what moves the earliest time (G19).
//! - A complaint's end holds back a relational NPS only (G09).

use tenure_kernel::Timestamp;

use super::{
    calendar::amsterdam,
    guard::{Decision, SurveyReason, Until, Verdict, decide},
    promise::{Expected, Facts, Promise, SourceKind},
    scene::*,
    standing::{Feeds, standings},
    survey::{Felt, Invite, Policy, Situation, SurveyKind},
    weights::Weights,
};
use SurveyKind::{ComplaintCsat, Csat, RelationalNps};
use SurveyReason::*;

const NOW: &str = "2026-11-06 10:00";

fn felt(facts: &Facts, feeds: &Feeds, now: &str) -> Felt {
    let (now, weights) = (amsterdam(now), Weights::default());
    let standings = standings(facts, feeds, &super::calendar::Zone::default(), now);
    let assessment = super::dissonance::assess(facts, &standings, &weights, now);
    Felt::of(facts, &standings, feeds, &assessment, &weights, &Policy::default())
}

fn decided(situation: &Situation) -> Decision {
    decide(situation, &Policy::default(), amsterdam(NOW))
}

fn until(at: &str) -> Verdict {
    Verdict::Delay(Until::At(amsterdam(at)))
}

/// Promised for Monday at ten, delivered two days late, an apology a day later.
fn disappointed(kind: SurveyKind, redeemed: Option<&str>) -> Situation {
    let mut facts = facts(vec![delivery(1, "2026-11-02 10:00")], vec![delivered(2, "2026-11-04 10:00")]);
    facts.recoveries.push(voucher("2026-11-05 10:00", redeemed));
    let felt = felt(&facts, &told_through(amsterdam(NOW)), NOW);
    Situation { felt, experience_at: Some(amsterdam("2026-11-04 10:00")), ..Situation::new(kind) }
}

fn nps() -> Situation {
    Situation::new(RelationalNps)
}

fn invited(kind: SurveyKind, at: &str) -> Invite {
    Invite { kind, at: amsterdam(at) }
}

#[track_caller]
fn check(situation: &Situation, verdict: Verdict, reasons: &[SurveyReason], human: bool, score: f64) {
    let decision = decided(situation);
    assert_eq!((decision.verdict, &*decision.reasons), (verdict, reasons));
    assert_eq!((decision.human_followup, tenth(decision.score), decision.policy), (human, score, "v1"));
}

#[test]
fn g01_to_g03_after_a_disappointment() {
    let cooling = [ResolutionCooldown, RecoveryCooldown, DissonanceHigh];
    check(&disappointed(RelationalNps, None), until("2026-11-18 20:00"), &cooling, true, 49.4);
    let redeemed = disappointed(RelationalNps, Some("2026-11-05 18:00"));
    check(&redeemed, until("2026-11-12 10:00"), &cooling[..2], false, 35.7);
    let reasons = [Stale, ResolutionCooldown, RecoveryCooldown, DissonanceHigh];
    check(&disappointed(Csat, None), Verdict::Suppress, &reasons, true, 49.4);
}

#[test]
fn g04_while_the_customer_waits() {
    let facts = facts(vec![delivery(1, "2026-11-02 10:00")], vec![]);
    let waiting = Situation { felt: felt(&facts, &told_through(amsterdam(NOW)), NOW), ..nps() };
    check(&waiting, Verdict::Delay(Until::Resolved), &[PromiseOverdue], true, 73.1);
}

#[test]
fn g05_g06_and_g28_when_all_is_well() {
    let delivered_at = |due, at, now| {
        let facts =
            facts(vec![Promise { made_at: amsterdam("2026-08-01 10:00"), ..delivery(1, due) }], vec![delivered(2, at)]);
        let felt = felt(&facts, &told_through(amsterdam(now)), now);
        Situation { felt, experience_at: Some(amsterdam(at)), ..nps() }
    };
    check(&delivered_at("2026-11-04 10:00", "2026-11-04 10:00", NOW), Verdict::Allow, &[], false, 0.0);
    check(&delivered_at("2026-11-04 10:00", "2026-11-02 10:00", NOW), Verdict::Allow, &[], false, 0.0);
    let long_ago = delivered_at("2026-09-05 10:00", "2026-09-07 10:00", NOW);
    check(&long_ago, Verdict::Allow, &[], false, 16.3);
}

#[test]
fn g07_to_g10_complaints() {
    check(&Situation { open_complaint: true, ..nps() }, Verdict::Suppress, &[OpenComplaint], false, 0.0);
    let closed = |kind, at| Situation { complaint_closed_at: Some(amsterdam(at)), ..Situation::new(kind) };
    let soon = closed(RelationalNps, "2026-10-20 10:00");
    check(&soon, until("2026-11-19 10:00"), &[ComplaintCooldown], false, 0.0);
    check(&closed(ComplaintCsat, "2026-11-04 10:00"), Verdict::Allow, &[], false, 0.0);
    check(&Situation { ombudsman_open: true, ..nps() }, Verdict::Suppress, &[OmbudsmanOpen], false, 0.0);
}

#[test]
fn g11_to_g15_g24_and_g25_who_is_not_asked() {
    // G11 objected, G12 never agreed to the channel: in both there is no lawful contact.
    for (situation, reason) in [
        (Situation { no_lawful_contact: true, ..nps() }, NoLawfulContact),
        (Situation { minor: true, ..nps() }, Minor),
        (Situation { deceased: true, ..nps() }, BlockedDeceased),
        (Situation { fraud_hold: true, ..nps() }, BlockedFraud),
        (Situation { already_rated: true, ..nps() }, AlreadyRated),
    ] {
        check(&situation, Verdict::Suppress, &[reason], false, 0.0);
    }
    check(&Situation { vulnerable: true, ..nps() }, Verdict::Suppress, &[Vulnerable], true, 0.0);
}

#[test]
fn g16_g17_and_g26_what_is_looked_at_again_a_day_later() {
    let claim = promise(1, "claim_decision", SourceKind::PolicyTerms, Expected::By(amsterdam("2026-11-20 10:00")));
    let behind = Timestamp(amsterdam(NOW).0 - 30 * 3_600_000_000);
    let stale = felt(&facts(vec![claim], vec![]), &told_through(behind), NOW);
    for (situation, reason) in [
        (Situation { felt: stale, ..nps() }, SourceStale),
        (Situation { identity_pending: true, ..nps() }, IdentityPending),
        (Situation { channel_cap_reached: true, ..nps() }, ChannelCap),
        (Situation { unread: true, ..nps() }, DependencyDown),
    ] {
        check(&situation, until("2026-11-07 10:00"), &[reason], false, 0.0);
    }
}

#[test]
fn p03_a_silent_source_holds_back() {
    let overdue = facts(vec![delivery(1, "2026-11-03 00:00")], vec![]);
    let felt = felt(&overdue, &told_through(amsterdam("2026-11-01 00:00")), NOW);
    check(&Situation { felt, ..nps() }, until("2026-11-07 10:00"), &[SourceStale], false, 0.0);
}

#[test]
fn a_source_that_is_behind_holds_back_only_while_it_is_awaited() {
    let behind = told_through(Timestamp(amsterdam(NOW).0 - 30 * 3_600_000_000));
    let kept = facts(vec![delivery(1, "2026-11-03 00:00")], vec![delivered(2, "2026-11-02 10:00")]);
    check(&Situation { felt: felt(&kept, &behind, NOW), ..nps() }, Verdict::Allow, &[], false, 0.0);
    // A source that never says how far it is holds nobody back before a promise is due.
    let open = facts(vec![delivery(1, "2026-11-13 00:00")], vec![]);
    check(&Situation { felt: felt(&open, &Feeds::default(), NOW), ..nps() }, Verdict::Allow, &[], false, 0.0);
}

#[test]
fn what_nobody_promised_holds_nobody_back() {
    let inferred = Promise { source: SourceKind::SegmentInferred, ..delivery(1, "2026-11-05 10:00") };
    let open = facts(vec![inferred.clone()], vec![]);
    assert_eq!(decided(&Situation { felt: felt(&open, &told_through(amsterdam(NOW)), NOW), ..nps() }).reasons, []);
    let late = facts(vec![inferred], vec![delivered(2, "2026-11-05 18:00")]);
    assert_eq!(decided(&Situation { felt: felt(&late, &told_through(amsterdam(NOW)), NOW), ..nps() }).reasons, []);
}

#[test]
fn g18_to_g20_how_often() {
    let any = Situation { invites: vec![invited(Csat, "2026-10-27 10:00")], ..nps() };
    check(&any, until("2026-11-26 10:00"), &[FreqAny], false, 0.0);
    // Ninety days end on a Sunday.
    let nps_before = Situation { invites: vec![invited(RelationalNps, "2026-09-07 10:00")], ..nps() };
    check(&nps_before, until("2026-12-07 08:00"), &[FreqNps, QuietTime], false, 0.0);
    let asked = ["2026-08-01 10:00", "2025-11-20 10:00", "2026-05-01 10:00", "2026-02-01 10:00"];
    let often = Situation { invites: asked.map(|at| invited(Csat, at)).into(), ..nps() };
    check(&often, until("2026-11-20 10:00"), &[FreqYear], false, 0.0);
    let thrice = Situation { invites: often.invites[1..].to_vec(), ..nps() };
    check(&thrice, Verdict::Allow, &[], false, 0.0);
    let five = [&often.invites[..], &[invited(Csat, "2025-12-24 10:00")]].concat();
    check(&Situation { invites: five, ..nps() }, until("2026-12-24 10:00"), &[FreqYear], false, 0.0);
}

#[test]
fn g21_to_g23_at_what_hour() {
    for (due, earliest) in [
        ("2026-11-06 22:30", "2026-11-07 08:00"),
        ("2026-11-07 22:30", "2026-11-09 08:00"),
        ("2026-12-25 10:00", "2026-12-28 08:00"),
    ] {
        let decision = decide(&nps(), &Policy::default(), amsterdam(due));
        assert_eq!((decision.verdict, &*decision.reasons), (until(earliest), &[QuietTime][..]), "{due}");
    }
}

#[test]
fn g27_all_reasons_are_given() {
    let felt = Felt { overdue: true, ..Felt::default() };
    let invites = vec![invited(Csat, "2026-10-27 10:00")];
    let all = Situation { open_complaint: true, felt, invites, ..nps() };
    check(&all, Verdict::Suppress, &[OpenComplaint, PromiseOverdue, FreqAny], true, 0.0);
}
