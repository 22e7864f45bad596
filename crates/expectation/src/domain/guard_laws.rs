//! What holds of the guard in every situation.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tenure_kernel::Timestamp;

use super::{
    calendar::Zone,
    guard::{SurveyReason, Until, Verdict, decide},
    survey::{Felt, Invite, Policy, Situation, SurveyKind},
};

/// 6 November 2026, 09:00 UTC.
const NOW: Timestamp = Timestamp(1_793_955_600_000_000);
const HOUR: i64 = 3_600_000_000;

fn hours(from_now: i64) -> Timestamp {
    Timestamp(NOW.0 + from_now * HOUR)
}

/// One thing that may bear on a survey.
#[derive(Debug, Clone, Copy)]
enum Cause {
    Experience(i64),
    Falls(i64),
    Overdue,
    SourceStale,
    Resolved(i64),
    Recovered(i64),
    Invited(SurveyKind, i64),
    OpenComplaint,
    Ombudsman,
    ComplaintClosed(i64),
    Deceased,
    Fraud,
    NoLawfulContact,
    Minor,
    Vulnerable,
    Rated,
    IdentityPending,
    ChannelCap,
    Unread,
}

fn kind() -> impl Strategy<Value = SurveyKind> {
    prop::sample::select(vec![
        SurveyKind::RelationalNps,
        SurveyKind::TransactionalNps,
        SurveyKind::Csat,
        SurveyKind::Ces,
        SurveyKind::ComplaintCsat,
    ])
}

fn cause() -> impl Strategy<Value = Cause> {
    let past = -1_500..0_i64;
    let waits = prop_oneof![
        past.clone().prop_map(Cause::Experience),
        (1..900_i64).prop_map(Cause::Falls),
        past.clone().prop_map(Cause::Resolved),
        past.clone().prop_map(Cause::Recovered),
        past.prop_map(Cause::ComplaintClosed),
        (kind(), -9_000..0_i64).prop_map(|(kind, at)| Cause::Invited(kind, at)),
        (kind(), -9_000..0_i64).prop_map(|(kind, at)| Cause::Invited(kind, at)),
        Just(Cause::SourceStale),
        Just(Cause::IdentityPending),
        Just(Cause::ChannelCap),
        Just(Cause::Unread),
    ];
    let blocks = prop_oneof![
        Just(Cause::Overdue),
        Just(Cause::OpenComplaint),
        Just(Cause::Ombudsman),
        Just(Cause::Deceased),
        Just(Cause::Fraud),
        Just(Cause::NoLawfulContact),
        Just(Cause::Minor),
        Just(Cause::Vulnerable),
        Just(Cause::Rated),
    ];
    prop_oneof![6 => waits, 1 => blocks]
}

fn situation(kind: SurveyKind, zone: &Zone, causes: &[Cause]) -> Situation {
    let mut situation = Situation { zone: zone.clone(), ..Situation::new(kind) };
    for cause in causes {
        match *cause {
            Cause::Experience(at) => situation.experience_at = Some(hours(at)),
            Cause::Falls(at) => situation.felt.falls_at = Some(Timestamp(hours(at).0 + 1)),
            Cause::Overdue => situation.felt.overdue = true,
            Cause::SourceStale => situation.felt.source_stale = true,
            Cause::Resolved(at) => situation.felt.resolved_at = Some(hours(at)),
            Cause::Recovered(at) => situation.felt.recovered_at = Some(hours(at)),
            Cause::Invited(kind, at) => situation.invites.push(Invite { kind, at: hours(at) }),
            Cause::OpenComplaint => situation.open_complaint = true,
            Cause::Ombudsman => situation.ombudsman_open = true,
            Cause::ComplaintClosed(at) => situation.complaint_closed_at = Some(hours(at)),
            Cause::Deceased => situation.deceased = true,
            Cause::Fraud => situation.fraud_hold = true,
            Cause::NoLawfulContact => situation.no_lawful_contact = true,
            Cause::Minor => situation.minor = true,
            Cause::Vulnerable => situation.vulnerable = true,
            Cause::Rated => situation.already_rated = true,
            Cause::IdentityPending => situation.identity_pending = true,
            Cause::ChannelCap => situation.channel_cap_reached = true,
            Cause::Unread => situation.unread = true,
        }
    }
    situation
}

/// Causes that don't overwrite each other: one of each sort, but any number of invitations.
fn causes() -> impl Strategy<Value = Vec<Cause>> {
    prop::collection::vec(cause(), 0..9).prop_map(|causes| {
        let mut sorts = BTreeSet::new();
        let sort = |cause: &Cause| format!("{cause:?}").split('(').next().unwrap_or_default().to_owned();
        causes.into_iter().filter(|cause| matches!(cause, Cause::Invited(..)) || sorts.insert(sort(cause))).collect()
    })
}

fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(vec!["Europe/Amsterdam", "America/St_Johns", "Pacific/Auckland", "Asia/Kathmandu"])
        .prop_map(|name| Zone::named(name).expect("a zone"))
}

fn reasons(situation: &Situation, at: Timestamp) -> BTreeSet<SurveyReason> {
    decide(situation, &Policy::default(), at).reasons.into_iter().collect()
}

/// What comes from causes together: when it could be asked is too late, or at night.
const TOGETHER: [SurveyReason; 2] = [SurveyReason::Stale, SurveyReason::QuietTime];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_reasons_are_those_of_each_cause_alone(kind in kind(), zone in zone(), causes in causes(), at in 0..48_i64) {
        let at = hours(at);
        let all = reasons(&situation(kind, &zone, &causes), at);
        // How often is a question of all invitations at once.
        let (invited, others): (Vec<_>, Vec<_>) = causes.iter().partition(|cause| matches!(cause, Cause::Invited(..)));
        let groups = others.into_iter().map(|cause| vec![cause]).chain([invited]);
        let alone: BTreeSet<_> = groups.flat_map(|causes| reasons(&situation(kind, &zone, &causes), at)).collect();
        let apart = |reasons: &BTreeSet<SurveyReason>| -> BTreeSet<SurveyReason> {
            reasons.iter().filter(|reason| !TOGETHER.contains(reason)).copied().collect()
        };
        prop_assert_eq!(apart(&all), apart(&alone));
        let now: BTreeSet<_> = reasons(&situation(kind, &zone, &[]), at);
        prop_assert!(now.is_subset(&all));
    }

    #[test]
    fn the_earliest_time_is_the_first_that_is_allowed(
        kind in kind(), zone in zone(), causes in causes(), at in 0..48_i64, share in 0.0..1.0_f64,
    ) {
        let (at, policy) = (hours(at), Policy::default());
        let asked = situation(kind, &zone, &causes);
        let decision = decide(&asked, &policy, at);
        prop_assert_eq!(decision.verdict == Verdict::Allow, decision.reasons.is_empty());
        let Verdict::Delay(Until::At(earliest)) = decision.verdict else { return Ok(()) };
        prop_assert!(earliest > at);
        // What was to be looked at again turned out well.
        let felt = Felt { source_stale: false, ..asked.felt.clone() };
        let then = Situation { felt, identity_pending: false, channel_cap_reached: false, unread: false, ..asked.clone() };
        prop_assert_eq!(decide(&then, &policy, earliest).reasons, []);
        if then == asked {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any moment between will do")]
            let between = Timestamp(at.0 + ((earliest.0 - at.0) as f64 * share) as i64);
            prop_assert_ne!(decide(&asked, &policy, between).verdict, Verdict::Allow);
        }
    }

    #[test]
    fn suppressing_outranks_delaying(kind in kind(), zone in zone(), causes in causes(), at in 0..48_i64) {
        let decision = decide(&situation(kind, &zone, &causes), &Policy::default(), hours(at));
        let blocked = decision.reasons.iter().any(|reason| *reason <= SurveyReason::Stale);
        prop_assert_eq!(decision.verdict == Verdict::Suppress, blocked);
        let resolved = decision.verdict == Verdict::Delay(Until::Resolved);
        prop_assert_eq!(resolved, !blocked && decision.reasons.contains(&SurveyReason::PromiseOverdue));
        prop_assert!(decision.reasons.is_sorted());
    }

    #[test]
    fn reasons_stay_until_the_first_of_them_ends(
        kind in kind(), zone in zone(), causes in causes(), at in 0..48_i64, share in 0.0..1.0_f64,
    ) {
        let (asked, at) = (situation(kind, &zone, &causes), hours(at));
        let decision = decide(&asked, &Policy::default(), at);
        let Some(changes) = decision.changes_at else { return Ok(()) };
        prop_assert!(changes > at);
        let lasting = |reasons: BTreeSet<SurveyReason>| -> Vec<SurveyReason> {
            reasons.into_iter().filter(|reason| !TOGETHER.contains(reason)).collect()
        };
        let now = lasting(reasons(&asked, at));
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any moment between will do")]
        let between = Timestamp(at.0 + ((changes.0 - 1 - at.0) as f64 * share) as i64);
        prop_assert_eq!(lasting(reasons(&asked, between)), now.clone());
        let retried = asked.identity_pending || asked.channel_cap_reached || asked.unread || asked.felt.source_stale;
        if !retried {
            prop_assert_ne!(lasting(reasons(&asked, changes)), now);
        }
    }
}

#[test]
fn a_policy_without_a_year_cap_or_an_open_hour_still_answers() {
    let policy = Policy { year_cap: 0, ..Policy::default() };
    let invites = vec![Invite { kind: SurveyKind::Csat, at: hours(-24 * 100) }];
    let asked = Situation { invites, ..Situation::new(SurveyKind::Ces) };
    assert!(matches!(decide(&asked, &policy, NOW).verdict, Verdict::Delay(Until::At(_))));
    let mut closed = Policy::default();
    closed.quiet.from = 0;
    assert!(matches!(decide(&Situation::new(SurveyKind::Ces), &closed, NOW).verdict, Verdict::Delay(Until::At(_))));
}
