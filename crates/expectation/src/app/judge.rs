//! What a person's promises come to, how that feels, and whether to ask about it.

use std::sync::OnceLock;

use tenure_kernel::Timestamp;

use super::person::Person;
use crate::config::ExpectationConfig;
use crate::domain::{
    audit::{Scale, Terms},
    calendar::Zone,
    complaint::{self, Complaint, Complaints},
    consent,
    dissonance::{Assessment, Band, assess},
    guard::{Decision, decide},
    invite::invites,
    restriction::is_restricted,
    standing::{Feeds, Standing, standings},
    survey::{Felt, Policy, Situation, SurveyKind},
    weights::Weights,
};

/// The rules that persons are judged by.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) zone: Zone,
    pub(crate) weights: Weights,
    pub(crate) policy: Policy,
    pub(crate) complaints: complaint::Policy,
}

/// A survey that somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Survey {
    pub(crate) kind: SurveyKind,
    /// Empty: any channel.
    pub(crate) channel: String,
    pub(crate) experience_at: Option<Timestamp>,
    /// Empty: about no order.
    pub(crate) order: String,
}

impl Survey {
    /// The survey that the overview asks about.
    pub(crate) fn relational() -> Self {
        let kind = SurveyKind::RelationalNps;
        Self { kind, channel: String::new(), experience_at: None, order: String::new() }
    }
}

/// A person, judged at a moment.
pub(crate) struct Judged<'a> {
    person: &'a Person,
    pub(crate) rules: &'a Rules,
    pub(crate) now: Timestamp,
    pub(crate) standings: Vec<Standing>,
    pub(crate) assessment: Assessment,
    felt: Felt,
    pub(crate) complaints: Vec<Complaint>,
    relational: OnceLock<Decision>,
}

impl Rules {
    /// Those of a configuration. A zone that is none was refused when it was checked.
    pub(crate) fn of(config: &ExpectationConfig) -> Self {
        let zone = Zone::named(&config.time_zone).unwrap_or_default();
        Self { zone, weights: Weights::default(), policy: Policy::default(), complaints: config.complaint_policy() }
    }

    /// What surveys of the past are judged by.
    pub(crate) fn terms(&self, kind: SurveyKind, scale: Scale) -> Terms {
        let Self { zone, weights, policy, .. } = self.clone();
        Terms { kind, scale, zone, weights, policy }
    }

    /// Judges a person by what sources have told.
    pub(crate) fn judge<'a>(&'a self, person: &'a Person, feeds: &Feeds, now: Timestamp) -> Judged<'a> {
        let facts = &person.history.facts;
        let standings = standings(facts, feeds, &self.zone, now);
        let assessment = assess(facts, &standings, &self.weights, now);
        let felt = Felt::of(facts, &standings, feeds, &assessment, &self.weights, &self.policy);
        let complaints = self.complaints(person, now);
        Judged { person, rules: self, now, standings, assessment, felt, complaints, relational: OnceLock::new() }
    }
}

impl Judged<'_> {
    /// When the score falls into the band below, as far as it rests on what is settled.
    pub(crate) fn fades_at(&self) -> Option<Timestamp> {
        let limit = match self.assessment.band {
            Band::Calm => return None,
            Band::Watch => 20.0,
            Band::Concerned => 40.0,
            Band::Dissonant => 65.0,
        };
        self.assessment.falls_below(limit, &self.rules.weights)
    }

    /// Whether a relational survey may go out: what the overview, the queue and the next look ask.
    pub(crate) fn relational(&self) -> &Decision {
        self.relational.get_or_init(|| self.decide(&Survey::relational()))
    }

    /// Whether a survey may go out.
    pub(crate) fn decide(&self, survey: &Survey) -> Decision {
        let history = &self.person.history;
        let complaints = Complaints::of(&self.complaints);
        let situation = Situation {
            zone: self.rules.zone.clone(),
            experience_at: survey.experience_at,
            felt: self.felt.clone(),
            invites: invites(&history.sent, &self.person.reserved, self.now),
            open_complaint: complaints.open,
            ombudsman_open: complaints.with_ombudsman,
            complaint_closed_at: complaints.closed_at,
            deceased: history.deceased,
            no_lawful_contact: is_restricted(&history.restrictions, self.now)
                || consent::forbids(&history.consents, &survey.channel, self.now),
            fraud_hold: history.is_investigated(self.now),
            vulnerable: history.vulnerable,
            already_rated: history.rated(&survey.order),
            ..Situation::new(survey.kind)
        };
        decide(&situation, &self.rules.policy, self.now)
    }
}
