//! Surveys: their kinds, the policy for sending them, and what bears on whether one may go out.

use tenure_kernel::Timestamp;

use super::{
    calendar::{Holidays, QuietTimes, Zone},
    dissonance::Assessment,
    promise::{Expected, Facts},
    standing::{Feeds, Standing, State},
    weights::Weights,
};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SurveyKind {
    /// Would you recommend us, on the whole?
    RelationalNps,
    /// Would you recommend us, after this?
    TransactionalNps,
    /// How satisfied are you with this?
    Csat,
    /// How easy was it?
    Ces,
    /// How satisfied are you with how we handled your complaint?
    ComplaintCsat,
}

impl SurveyKind {
    pub(crate) fn is_nps(self) -> bool {
        matches!(self, Self::RelationalNps | Self::TransactionalNps)
    }
}

/// The rules, under a version. Days are days of the customer's calendar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Policy {
    pub(crate) version: &'static str,
    /// Days from any invitation to the next.
    pub(crate) any_days: u32,
    /// Days from one NPS invitation to the next.
    pub(crate) nps_days: u32,
    /// The most invitations in `year_days`.
    pub(crate) year_cap: usize,
    pub(crate) year_days: u32,
    /// Days from the end of a failure to a question.
    pub(crate) resolution_days: u32,
    /// Days from an apology, voucher or the like to a question.
    pub(crate) recovery_days: u32,
    /// Days from the end of a complaint to a relational NPS.
    pub(crate) complaint_days: u32,
    /// The dissonance from which a person calls instead.
    pub(crate) dissonance_limit: f64,
    /// Days after an experience for which an NPS about it makes sense.
    pub(crate) nps_stale_days: u32,
    /// The same of any other survey.
    pub(crate) stale_days: u32,
    pub(crate) quiet: QuietTimes,
    /// Hours that a source may be behind.
    pub(crate) source_lag_hours: u32,
    /// Hours until what could not be known is looked at again.
    pub(crate) retry_hours: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: "v1",
            any_days: 30,
            nps_days: 90,
            year_cap: 4,
            year_days: 365,
            resolution_days: 7,
            recovery_days: 7,
            complaint_days: 30,
            dissonance_limit: 40.0,
            nps_stale_days: 60,
            stale_days: 14,
            quiet: QuietTimes { from: 21, until: 8, sundays: true, holidays: Holidays::Dutch },
            source_lag_hours: 24,
            retry_hours: 24,
        }
    }
}

/// That a customer was invited. It counts whether they answered or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Invite {
    pub(crate) kind: SurveyKind,
    pub(crate) at: Timestamp,
}

/// What the customer's promises say about asking.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Felt {
    pub(crate) score: f64,
    /// When what is settled falls below the policy's limit, if it is not below it.
    pub(crate) falls_at: Option<Timestamp>,
    /// Whether the customer still waits for something that is overdue.
    pub(crate) overdue: bool,
    /// Whether a source that would tell of an outcome is silent or far behind.
    pub(crate) source_stale: bool,
    /// When the last failure ended.
    pub(crate) resolved_at: Option<Timestamp>,
    /// When the last amends was sent.
    pub(crate) recovered_at: Option<Timestamp>,
}

impl Felt {
    pub(crate) fn of(
        facts: &Facts,
        standings: &[Standing],
        feeds: &Feeds,
        assessment: &Assessment,
        weights: &Weights,
        policy: &Policy,
    ) -> Self {
        // What nobody promised is no reason to hold back.
        let promised = || standings.iter().filter(|one| one.promise.source.confidence() >= weights.least_confidence);
        let failures = promised().filter(|standing| standing.broken_at.is_some());
        Self {
            score: assessment.score,
            falls_at: assessment.falls_below(policy.dissonance_limit, weights),
            overdue: promised().any(Standing::is_overdue),
            source_stale: promised().any(|standing| is_stale(standing, feeds, policy, assessment.at)),
            resolved_at: failures.filter_map(|standing| standing.settled_at).max(),
            recovered_at: facts.recoveries.iter().map(|recovery| recovery.sent_at).max(),
        }
    }
}

/// Whether we can't tell if a promise was kept, or could not tell soon: a source that reports how far it is, is far behind.
fn is_stale(standing: &Standing, feeds: &Feeds, policy: &Policy, now: Timestamp) -> bool {
    let behind = || standing.promise.feeds.iter().any(|feed| is_behind(feeds, feed, policy, now));
    standing.state == State::Unknown || (waits(standing) && behind())
}

/// Whether something is promised by a moment that is still to come.
pub(crate) fn waits(standing: &Standing) -> bool {
    matches!(standing.state, State::Active | State::AtRisk) && matches!(standing.promise.expected, Expected::By(_))
}

/// Whether a source that reports how far it is, is far behind.
pub(crate) fn is_behind(feeds: &Feeds, feed: &str, policy: &Policy, now: Timestamp) -> bool {
    let lag = i64::from(policy.source_lag_hours) * 3_600_000_000;
    feeds.0.get(feed).is_some_and(|told| now.0.saturating_sub(told.0) > lag)
}

/// All that bears on whether a survey may go out now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Situation {
    pub(crate) kind: SurveyKind,
    pub(crate) zone: Zone,
    /// When what it asks about happened; none if it asks about nothing in particular.
    pub(crate) experience_at: Option<Timestamp>,
    pub(crate) felt: Felt,
    pub(crate) invites: Vec<Invite>,
    pub(crate) open_complaint: bool,
    /// Whether an outside body deals with a complaint.
    pub(crate) ombudsman_open: bool,
    pub(crate) complaint_closed_at: Option<Timestamp>,
    pub(crate) deceased: bool,
    pub(crate) fraud_hold: bool,
    /// Whether the customer objected, or never agreed to the channel.
    pub(crate) no_lawful_contact: bool,
    pub(crate) minor: bool,
    pub(crate) vulnerable: bool,
    /// Whether the same experience was rated already.
    pub(crate) already_rated: bool,
    /// Whether it is being decided who this is.
    pub(crate) identity_pending: bool,
    pub(crate) channel_cap_reached: bool,
    /// Whether something that bears on it could not be read.
    pub(crate) unread: bool,
}

impl Situation {
    /// One in which nothing speaks against asking.
    pub(crate) fn new(kind: SurveyKind) -> Self {
        Self {
            kind,
            zone: Zone::default(),
            experience_at: None,
            felt: Felt::default(),
            invites: Vec::new(),
            open_complaint: false,
            ombudsman_open: false,
            complaint_closed_at: None,
            deceased: false,
            fraud_hold: false,
            no_lawful_contact: false,
            minor: false,
            vulnerable: false,
            already_rated: false,
            identity_pending: false,
            channel_cap_reached: false,
            unread: false,
        }
    }
}
