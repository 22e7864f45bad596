//! All that the guard needs to know of a person, small enough to be kept: worked out when somebody looks at the person, and good until
//! something is told of the person or a moment comes that changes something by itself.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::Timestamp;
use tenure_records::{RestrictionStep, is_restricted};

use super::{
    calendar::Zone,
    complaint::{Complaints, step::StepId},
    consent::{self, ConsentStep},
    dissonance::{Assessment, Fading, faded},
    history::{History, Investigation, is_investigated},
    invite::{Reserved, Sent, invites},
    majority::minor_until,
    standing::{Feeds, Standing},
    survey::{Felt, Policy, Situation, SurveyKind, is_behind, waits},
    weights::Weights,
};

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

/// What else bears on a survey: it may change whenever it likes, and is read when somebody asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) reserved: &'a [Reserved],
    /// How far sources have told.
    pub(crate) feeds: &'a Feeds,
    /// Whether no more may go out over the channel today.
    pub(crate) channel_used_up: bool,
}

/// What the guard needs to know of a person, as of a moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outlook {
    pub(crate) at: Timestamp,
    /// As of that moment, but for what how far sources have told says of promises that are not due.
    pub(crate) felt: Felt,
    /// What the score is made of, by product.
    pub(crate) fading: Vec<Vec<Fading>>,
    /// The sources that would tell of what is still to come.
    pub(crate) waits_for: BTreeSet<String>,
    pub(crate) complaints: Complaints,
    pub(crate) consents: Vec<ConsentStep>,
    pub(crate) restrictions: Vec<RestrictionStep>,
    pub(crate) investigations: Vec<Investigation>,
    pub(crate) sent: Vec<Sent>,
    /// The orders that were rated.
    pub(crate) rated: BTreeSet<String>,
    pub(crate) deceased: bool,
    pub(crate) vulnerable: bool,
    /// `None`: of age, or not known.
    pub(crate) minor_until: Option<Timestamp>,
    /// Whether it is open who this is.
    pub(crate) identity_pending: bool,
    /// Whether it is good for later moments too: nothing open grows, and nothing of what it rests on lies ahead.
    pub(crate) lasts: bool,
}

impl Outlook {
    pub(crate) fn of(
        history: &History,
        (standings, assessment): (&[Standing], &Assessment),
        complaints: Complaints,
        (weights, policy): (&Weights, &Policy),
    ) -> Self {
        let at = assessment.at;
        let confident = |one: &&Standing| one.promise.source.confidence() >= weights.least_confidence;
        let waiting = standings.iter().filter(confident).filter(|one| waits(one));
        Self {
            at,
            felt: Felt::of(&history.facts, standings, &Feeds::default(), assessment, weights, policy),
            fading: fading(assessment, weights),
            waits_for: waiting.flat_map(|one| one.promise.feeds.iter().cloned()).collect(),
            complaints,
            consents: history.consents.clone(),
            restrictions: history.restrictions.clone(),
            investigations: history.investigations.clone(),
            sent: history.sent.clone(),
            rated: history
                .ratings
                .iter()
                .map(|rating| rating.order.clone())
                .filter(|order| !order.is_empty())
                .collect(),
            deceased: history.deceased,
            vulnerable: history.vulnerable,
            minor_until: minor_until(&history.majorities),
            identity_pending: history.identity_pending,
            lasts: !standings.iter().any(Standing::is_overdue) && !lies_ahead(history, at),
        }
    }

    /// When the person comes of age, if that is still ahead.
    pub(crate) fn comes_of_age(&self, now: Timestamp) -> Option<Timestamp> {
        self.minor_until.filter(|until| *until > now)
    }

    /// All that bears on a survey at a moment: the one that it was worked out at, or a later one if it [lasts](Self::lasts).
    pub(crate) fn situation(
        &self,
        survey: &Survey,
        known: Known<'_>,
        (zone, weights, policy): (&Zone, &Weights, &Policy),
        now: Timestamp,
    ) -> Situation {
        let mut felt = self.felt.clone();
        felt.source_stale |= self.waits_for.iter().any(|feed| is_behind(known.feeds, feed, policy, now));
        felt.falls_at = felt.falls_at.filter(|falls| *falls > now);
        if now != self.at {
            let days = days_between(self.at, now);
            felt.score = faded(&self.fading, days, weights);
        }
        Situation {
            zone: zone.clone(),
            experience_at: survey.experience_at,
            felt,
            invites: invites(&self.sent, known.reserved, now),
            channel_cap_reached: known.channel_used_up,
            open_complaint: self.complaints.open,
            ombudsman_open: self.complaints.with_ombudsman,
            complaint_closed_at: self.complaints.closed_at,
            deceased: self.deceased,
            no_lawful_contact: is_restricted(&self.restrictions, now)
                || consent::forbids(&self.consents, &survey.channel, now),
            fraud_hold: is_investigated(&self.investigations, now),
            vulnerable: self.vulnerable,
            minor: self.comes_of_age(now).is_some(),
            identity_pending: self.identity_pending,
            already_rated: self.rated.contains(&survey.order),
            ..Situation::new(survey.kind)
        }
    }
}

/// Whether anything was told of a time to come, from which on it would count.
fn lies_ahead(history: &History, at: Timestamp) -> bool {
    let facts = &history.facts;
    facts.promises.iter().any(|one| one.made_at > at)
        || facts.outcomes.iter().any(|one| one.at > at)
        || facts.releases.iter().any(|one| one.at > at)
        || facts.recoveries.iter().any(|one| one.sent_at > at || one.accepted_at.is_some_and(|accepted| accepted > at))
        || facts.contacts.iter().any(|one| one.at > at)
        || history.complaints.iter().any(|step| step.at > at && !matches!(step.id, StepId::Recorded(_)))
}

/// The factors of each product, those that fade alike in one.
fn fading(assessment: &Assessment, weights: &Weights) -> Vec<Vec<Fading>> {
    let of_product = assessment.products.iter().map(|product| {
        let mut sums: BTreeMap<u64, Fading> = BTreeMap::new();
        for factor in &product.factors {
            let none = Fading { half_life: factor.half_life, losses: 0.0, gains: 0.0 };
            let sum = sums.entry(factor.half_life.to_bits()).or_insert(none);
            *(if factor.is_loss() { &mut sum.losses } else { &mut sum.gains }) +=
                factor.contribution(assessment.at, weights);
        }
        sums.into_values().filter(|sum| sum.losses + sum.gains > 0.0).collect::<Vec<_>>()
    });
    // Gains make up for losses only, and without any there is nothing to make up for.
    of_product.filter(|sums| sums.iter().any(|sum| sum.losses > 0.0)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a few centuries are nearly exact, and felt alike")]
fn days_between(from: Timestamp, to: Timestamp) -> f64 {
    to.0.saturating_sub(from.0) as f64 / 86_400e6
}
