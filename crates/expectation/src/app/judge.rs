//! What a person's promises come to, how that feels, and whether to ask about it.

use std::{collections::BTreeMap, sync::OnceLock};

use tenure_kernel::Timestamp;

use super::person::Person;
use crate::domain::{
    audit::{Scale, Terms},
    calendar::Zone,
    complaint::{self, Complaint, Complaints},
    dissonance::{Assessment, Band, assess},
    guard::{Decision, decide},
    outlook::{Known, Outlook, Survey},
    promise::hashed,
    standing::{Feeds, Standing, standings},
    survey::{Policy, SurveyKind},
    weights::Weights,
};
use crate::{config::ExpectationConfig, store::channel_day::ChannelDay};

/// The rules that persons are judged by.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) zone: Zone,
    pub(crate) weights: Weights,
    pub(crate) policy: Policy,
    pub(crate) complaints: complaint::Policy,
    /// How many surveys may go out over a channel in a day; those not named, as many as there are.
    pub(crate) channel_caps: BTreeMap<String, u32>,
    /// Of what persons are judged by: what is kept is as good as the rules that it was worked out by.
    pub(crate) mark: u64,
}

/// A person, judged at a moment.
pub(crate) struct Judged<'a> {
    person: &'a Person,
    pub(crate) rules: &'a Rules,
    pub(crate) now: Timestamp,
    pub(crate) standings: Vec<Standing>,
    pub(crate) assessment: Assessment,
    pub(crate) outlook: Outlook,
    feeds: &'a Feeds,
    pub(crate) complaints: Vec<Complaint>,
    relational: OnceLock<Decision>,
}

impl Rules {
    /// Those of a configuration. A zone that is none was refused when it was checked.
    pub(crate) fn of(config: &ExpectationConfig) -> Self {
        let zone = Zone::named(&config.time_zone).unwrap_or_default();
        let (weights, policy, complaints) = (Weights::default(), Policy::default(), config.complaint_policy());
        let all = format!("{} {weights:?} {policy:?} {complaints:?}", config.time_zone);
        let [a, b, c, d, e, f, g, h, ..] = hashed("rules", &[all.as_bytes()]);
        let (mark, channel_caps) = (u64::from_be_bytes([a, b, c, d, e, f, g, h]), config.survey_channel_caps.clone());
        Self { zone, weights, policy, complaints, channel_caps, mark }
    }

    /// What surveys of the past are judged by.
    pub(crate) fn terms(&self, kind: SurveyKind, scale: Scale) -> Terms {
        let Self { zone, weights, policy, .. } = self.clone();
        Terms { kind, scale, zone, weights, policy }
    }

    /// The channel of a survey on the day of a moment, if it has a cap.
    pub(crate) fn channel(&self, survey: &Survey, now: Timestamp) -> Option<ChannelDay> {
        let cap = *self.channel_caps.get(&survey.channel)?;
        Some(ChannelDay { channel: survey.channel.clone(), day: self.zone.start_of(self.zone.day(now)), cap })
    }

    /// Judges a person by what sources have told.
    pub(crate) fn judge<'a>(&'a self, person: &'a Person, feeds: &'a Feeds, now: Timestamp) -> Judged<'a> {
        let facts = &person.history.facts;
        let standings = standings(facts, feeds, &self.zone, now);
        let assessment = assess(facts, &standings, &self.weights, now);
        let complaints = self.complaints(person, now);
        let told = Complaints::of(&complaints);
        let made = (standings.as_slice(), &assessment);
        let outlook = Outlook::of(&person.history, made, told, (&self.weights, &self.policy));
        let relational = OnceLock::new();
        Judged { person, rules: self, now, standings, assessment, outlook, feeds, complaints, relational }
    }

    /// Whether a survey may go out to somebody of whom this is known.
    pub(crate) fn decide(&self, outlook: &Outlook, survey: &Survey, known: Known<'_>, now: Timestamp) -> Decision {
        let situation = outlook.situation(survey, known, (&self.zone, &self.weights, &self.policy), now);
        decide(&situation, &self.policy, now)
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

    /// Whether a survey may go out, as far as that is up to the person.
    pub(crate) fn decide(&self, survey: &Survey) -> Decision {
        let known = Known { reserved: &self.person.reserved, feeds: self.feeds, channel_used_up: false };
        self.rules.decide(&self.outlook, survey, known, self.now)
    }
}
