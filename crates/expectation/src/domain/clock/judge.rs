//! Which clocks run on a complaint, and how they stand.

use std::collections::BTreeSet;

use tenure_kernel::Timestamp;

use super::{
    Calendars, Clock, Extension, Moments, Refused, Regime, Zone,
    rule::{Event, Governs, Kind, Rule},
    rules::RULES,
    term::{Desk, Run},
};

/// All clocks of the rules that apply, as they stand now. What happens later than now is not known yet.
pub(crate) fn clocks(
    regimes: &BTreeSet<Regime>,
    moments: &Moments,
    calendars: &Calendars,
    zone: &Zone,
    now: Timestamp,
) -> Vec<Clock> {
    let known = moments.as_of(now);
    let finished = [known.final_response, known.accepted, known.ended].into_iter().flatten().min();
    let applying = RULES.iter().filter(|rule| rule.applies(regimes));
    let desks = applying.map(|rule| Desk { rule, moments: &known, calendars, zone, now, finished });
    desks.filter_map(|desk| desk.clock()).collect()
}

/// Whether a holding reply to a complaint that was received then may name this date: not after the last lawful moment of any
/// rule that sets one.
pub(crate) fn holding_allowed(
    regimes: &BTreeSet<Regime>,
    received: Timestamp,
    answer_by: Timestamp,
    calendars: &Calendars,
    zone: &Zone,
) -> Result<(), Refused> {
    let moments = Moments::received_at(received);
    let limiting = RULES.iter().filter(|rule| rule.limits_holding && rule.applies(regimes));
    let limits = limiting.filter_map(|rule| {
        let desk = Desk { rule, moments: &moments, calendars, zone, now: received, finished: None };
        let latest = desk.runs(rule.terms).iter().map(|run| run.latest).min()?;
        Some(Refused { rule, last_day: zone.last_day(latest), latest })
    });
    match limits.min_by_key(|limit| limit.latest) {
        Some(limit) if answer_by > limit.latest => Err(limit),
        _ => Ok(()),
    }
}

impl Rule {
    fn applies(&self, regimes: &BTreeSet<Regime>) -> bool {
        self.regimes.iter().any(|regime| regimes.contains(regime))
    }
}

impl Moments {
    fn as_of(&self, now: Timestamp) -> Self {
        let past = |at: Option<Timestamp>| at.filter(|at| *at <= now);
        let mut known = self.clone();
        known.questions.retain(|question| question.asked <= now);
        for question in &mut known.questions {
            question.answered = past(question.answered);
        }
        known.holding = self.holding.filter(|holding| holding.sent <= now);
        known.acknowledged = past(self.acknowledged);
        known.accepted = past(self.accepted);
        known.final_response = past(self.final_response);
        known.ended = past(self.ended);
        known
    }
}

impl Desk<'_> {
    pub(super) fn runs(&self, terms: &[super::rule::Term]) -> Vec<Run> {
        terms.iter().filter_map(|term| self.run(*term)).collect()
    }

    /// None while nothing that starts it has happened.
    fn clock(&self) -> Option<Clock> {
        let rule = self.rule;
        let runs = self.runs(rule.terms);
        let (governing, due_target) = match rule.governs {
            Governs::Earliest => (runs.iter().min_by_key(|run| run.latest)?, runs.iter().map(|run| run.target).min()?),
            Governs::Latest => (runs.iter().max_by_key(|run| run.latest)?, runs.iter().map(|run| run.target).max()?),
        };
        let (origin, due_legal_latest) = (governing.origin, governing.latest);
        let satisfied_at = rule.satisfied_by.iter().filter_map(|event| self.satisfying(*event)).min();
        let stopped_at = self.moments.ended.filter(|ended| satisfied_at.is_none_or(|satisfied| *ended < satisfied));
        let over = stopped_at.or(satisfied_at).unwrap_or(self.now);
        let breached = rule.kind == Kind::Firm && over >= due_legal_latest;
        let extended = rule.extended_by.filter(|_| governing.extension > 0);
        let versions: Vec<_> = rule.calendars.iter().map(|name| self.calendars.get(*name).version()).collect();
        let (opens_at, opening) = self.opening();
        Some(Clock {
            rule,
            kind: rule.kind,
            origin,
            opens_at,
            due_target,
            due_legal_latest,
            calendar_version: versions.join(" "),
            extensions: extended.map(|name| Extension { name, days: governing.extension }).into_iter().collect(),
            warn_at: rule.warn.iter().map(|percent| (*percent, part(origin, due_target, *percent))).collect(),
            satisfied_at,
            stopped_at,
            breached_at: breached.then_some(due_legal_latest),
            trace: [explained(&runs, rule.governs), opening].concat(),
        })
    }

    fn satisfying(&self, event: Event) -> Option<Timestamp> {
        let at = self.at(event)?;
        if event != Event::HoldingSent {
            return Some(at);
        }
        let (regimes, stated) = (self.rule.regimes.iter().copied().collect(), self.at(Event::HoldingDate)?);
        holding_allowed(&regimes, self.moments.received, stated, self.calendars, self.zone).ok().map(|()| at)
    }

    /// When the customer's time begins: on the first day of any term that opens it.
    fn opening(&self) -> (Option<Timestamp>, Vec<String>) {
        let runs = self.runs(self.rule.opens);
        let opens = |run: &Run| self.zone.start_of(run.day).max(run.origin);
        let trace = explained(&runs, Governs::Earliest);
        (runs.iter().map(opens).min(), trace.into_iter().map(|step| format!("open: {step}")).collect())
    }
}

/// So many percent of the way.
fn part(from: Timestamp, until: Timestamp, percent: u8) -> Timestamp {
    Timestamp(from.0 + (until.0 - from.0) / 100 * i64::from(percent))
}

fn explained(runs: &[Run], governs: Governs) -> Vec<String> {
    let mut steps: Vec<_> = runs.iter().flat_map(|run| run.trace.iter().cloned()).collect();
    if runs.len() > 1 {
        let which = match governs {
            Governs::Earliest => "earliest",
            Governs::Latest => "latest",
        };
        steps.push(format!("the {which} of these {} counts", runs.len()));
    }
    steps
}
