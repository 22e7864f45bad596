//! Whether a survey may go out now, why not, and from when on it may. Every reason is given, not only the first.

use std::{collections::BTreeSet, time::Duration};

use tenure_kernel::Timestamp;

use super::{
    frequency,
    survey::{Policy, Situation, SurveyKind},
};

/// What speaks against asking. Up to [`Self::Stale`] for good, from [`Self::PromiseOverdue`] on for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SurveyReason {
    BlockedDeceased,
    BlockedFraud,
    NoLawfulContact,
    Minor,
    Vulnerable,
    OpenComplaint,
    OmbudsmanOpen,
    AlreadyRated,
    /// By the time that it may be asked, the experience is too long ago.
    Stale,
    PromiseOverdue,
    ResolutionCooldown,
    RecoveryCooldown,
    ComplaintCooldown,
    DissonanceHigh,
    SourceStale,
    IdentityPending,
    DependencyDown,
    FreqAny,
    FreqNps,
    FreqYear,
    ChannelCap,
    QuietTime,
}

impl SurveyReason {
    fn suppresses(self) -> bool {
        self <= Self::Stale
    }

    /// Whether a person should call instead.
    fn needs_human(self) -> bool {
        matches!(self, Self::Vulnerable | Self::PromiseOverdue | Self::DissonanceHigh)
    }
}

/// When to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// From this moment on every rule that is known of now allows it.
    At(Timestamp),
    /// When the customer has what is overdue: nobody knows when.
    Resolved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    Delay(Until),
    /// Never, for this occasion.
    Suppress,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    pub(crate) verdict: Verdict,
    /// All of them, those that suppress first.
    pub(crate) reasons: Vec<SurveyReason>,
    /// When the next of the reasons ends by itself, and it should be decided anew; quiet times are left out.
    pub(crate) changes_at: Option<Timestamp>,
    /// Whether a person should call instead.
    pub(crate) human_followup: bool,
    /// The dissonance that it rests on.
    pub(crate) score: f64,
    /// The version of the policy.
    pub(crate) policy: &'static str,
}

pub(crate) fn decide(situation: &Situation, policy: &Policy, at: Timestamp) -> Decision {
    let bounds = bounds(situation, policy, at);
    let mut reasons: BTreeSet<_> = bounds.iter().map(|(reason, _)| *reason).collect();
    reasons.extend(blocks(situation));
    reasons.extend(situation.felt.overdue.then_some(SurveyReason::PromiseOverdue));
    // Every bound stays met once it is; only quiet times come again. So the end of the last bound, moved out of a quiet time,
    // meets them all.
    let last = bounds.iter().map(|(_, until)| *until).fold(at, Timestamp::max);
    let earliest = policy.quiet.end(&situation.zone, last);
    if earliest != last || policy.quiet.end(&situation.zone, at) != at {
        reasons.insert(SurveyReason::QuietTime);
    }
    reasons.extend(is_stale(situation, policy, earliest).then_some(SurveyReason::Stale));
    let verdict = match reasons.first() {
        None => Verdict::Allow,
        Some(first) if first.suppresses() => Verdict::Suppress,
        Some(SurveyReason::PromiseOverdue) => Verdict::Delay(Until::Resolved),
        Some(_) => Verdict::Delay(Until::At(earliest)),
    };
    Decision {
        verdict,
        changes_at: bounds.iter().map(|(_, until)| *until).min(),
        human_followup: reasons.iter().any(|reason| reason.needs_human()),
        reasons: reasons.into_iter().collect(),
        score: situation.felt.score,
        policy: policy.version,
    }
}

/// What speaks against asking, whenever it is.
fn blocks(situation: &Situation) -> impl Iterator<Item = SurveyReason> {
    let blocks = [
        (situation.deceased, SurveyReason::BlockedDeceased),
        (situation.fraud_hold, SurveyReason::BlockedFraud),
        (situation.no_lawful_contact, SurveyReason::NoLawfulContact),
        (situation.minor, SurveyReason::Minor),
        (situation.vulnerable, SurveyReason::Vulnerable),
        (situation.open_complaint, SurveyReason::OpenComplaint),
        (situation.ombudsman_open, SurveyReason::OmbudsmanOpen),
        (situation.already_rated, SurveyReason::AlreadyRated),
    ];
    blocks.into_iter().filter_map(|(holds, reason)| holds.then_some(reason))
}

/// What speaks against asking until a moment, as far as that is still ahead.
fn bounds(situation: &Situation, policy: &Policy, at: Timestamp) -> Vec<(SurveyReason, Timestamp)> {
    let zone = &situation.zone;
    let after = |from: Option<Timestamp>, days| from.map(|from| zone.days_after(from, days));
    let relational = situation.kind == SurveyKind::RelationalNps;
    let complaint = situation.complaint_closed_at.filter(|_| relational);
    let retry = at.plus(Duration::from_secs(u64::from(policy.retry_hours) * 3_600));
    let again = |unknown: bool| unknown.then_some(retry);
    let bounds = [
        (SurveyReason::ResolutionCooldown, after(situation.felt.resolved_at, policy.resolution_days)),
        (SurveyReason::RecoveryCooldown, after(situation.felt.recovered_at, policy.recovery_days)),
        (SurveyReason::ComplaintCooldown, after(complaint, policy.complaint_days)),
        // To the hour: feelings don't fade to the second.
        (SurveyReason::DissonanceHigh, situation.felt.falls_at.map(|falls| zone.full_hour(falls))),
        (SurveyReason::SourceStale, again(situation.felt.source_stale)),
        (SurveyReason::IdentityPending, again(situation.identity_pending)),
        (SurveyReason::DependencyDown, again(situation.unread)),
        (SurveyReason::FreqAny, frequency::any(situation, policy)),
        (SurveyReason::FreqNps, frequency::nps(situation, policy)),
        (SurveyReason::FreqYear, frequency::year(situation, policy)),
        (SurveyReason::ChannelCap, again(situation.channel_cap_reached)),
    ];
    bounds
        .into_iter()
        .filter_map(|(reason, until)| until.filter(|until| *until > at).map(|until| (reason, until)))
        .collect()
}

/// Whether an experience is too long ago to ask about at a moment.
fn is_stale(situation: &Situation, policy: &Policy, at: Timestamp) -> bool {
    let days = if situation.kind.is_nps() { policy.nps_stale_days } else { policy.stale_days };
    situation.experience_at.is_some_and(|experience| at > situation.zone.days_after(experience, days))
}
