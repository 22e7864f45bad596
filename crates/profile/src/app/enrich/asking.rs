//! What is to be asked about a person's records, and what becomes of the answers.

use std::{collections::BTreeMap, time::Duration};

use tenure_enrichment::{
    Guarded, Reply,
    domain::{
        descriptor::{Descriptor, Inputs},
        fact::{self, Confidence},
        fingerprint::Fingerprint,
        need::{Need, need, pause},
        outcome::Outcome,
    },
};
use tenure_kernel::{RecordId, Timestamp};

use crate::{
    domain::{
        disclosure::bar_of,
        enriched::{self, Enriched, FOUND, NO_INPUT, STATE, UNAVAILABLE, WITHHELD},
        fact::Field,
        person::Profile,
        register::Entry,
        summary::Summary,
    },
    enriched_event::Answer,
};

/// Revisions count the seconds since 2020, and on from the last: a later answer is one of a higher revision, whoever asked.
const REVISIONS_FROM: i64 = 1_577_836_800;

/// What is to be done about a record and a provider.
pub(super) enum Todo {
    /// Nothing, until then or until something changes.
    Wait(Option<Timestamp>),
    /// It is stated without asking.
    State(Answer),
    Ask(Inputs),
}

/// A provider with what it said of itself.
pub(super) struct Described<'a> {
    pub(super) guarded: &'a Guarded,
    pub(super) descriptor: &'a Descriptor,
}

impl Described<'_> {
    /// What is to be done about a record of a person.
    pub(super) fn todo(&self, (person, since): (&Profile, Option<&str>), summary: &Summary, now: Timestamp) -> Todo {
        let state = enriched::state(summary, &self.descriptor.id);
        let inputs = enriched::inputs(self.descriptor, summary, since, now);
        let asked = inputs.as_ref().map(|inputs| Fingerprint::of(self.descriptor, inputs));
        let bar = self.descriptor.purposes.iter().find_map(|purpose| bar_of(person, *purpose, now));
        let last = enriched::last(state);
        if let Some((bar, asked)) = bar.zip(asked) {
            let value = format!("{WITHHELD}{}", bar.as_str());
            let told = state.is_some_and(|entry| entry.value == value);
            return if told {
                Todo::Wait(None)
            } else {
                Todo::State(self.without(state, &value, (Some(asked), None), now))
            };
        }
        match (need(asked, last.as_ref(), now), inputs) {
            (Need::Ask, Some(inputs)) => Todo::Ask(inputs),
            (Need::Wait(at), _) => Todo::Wait(Some(at).filter(|at| *at < Timestamp::MAX)),
            (Need::Withdraw, _) => Todo::State(self.without(state, NO_INPUT, (None, None), now)),
            (Need::Nothing | Need::Ask, _) => Todo::Wait(None),
        }
    }

    fn without(
        &self,
        state: Option<&Entry>,
        value: &str,
        (asked, refresh_at): (Option<Fingerprint>, Option<Timestamp>),
        now: Timestamp,
    ) -> Answer {
        self.answer(state, self.stated(value, (asked, refresh_at, String::new()), now), Vec::new(), now)
    }

    fn answer(&self, state: Option<&Entry>, stated: Field, mut fields: Vec<Field>, now: Timestamp) -> Answer {
        let seconds = i32::try_from(now.0 / 1_000_000 - REVISIONS_FROM).unwrap_or(i32::MAX);
        let next = state.map_or(1, |entry| entry.source_rank.saturating_add(1));
        fields.push(stated);
        Answer { provider: self.descriptor.id.clone(), revision: seconds.max(next), fields }
    }

    /// What came of the question, as a field.
    fn stated(
        &self,
        value: &str,
        (asked, refresh_at, stale): (Option<Fingerprint>, Option<Timestamp>, String),
        now: Timestamp,
    ) -> Field {
        let enriched = Enriched {
            provider: self.descriptor.id.clone(),
            provider_version: self.descriptor.version.clone(),
            dataset_version: String::new(),
            confidence: Confidence::CERTAIN,
            method: None,
            licence: String::new(),
            evidence_ref: String::new(),
            observed_at: now,
            valid_from: None,
            valid_to: None,
            refresh_at,
            asked,
            stale,
        };
        let path = format!("{STATE}.{}", self.descriptor.id);
        Field { path, value: value.to_owned(), enriched: Some(Box::new(enriched)), ..Field::default() }
    }

    /// What becomes of a reply on a record: what is stated, if it is new, when to ask again, and whether it failed.
    pub(super) fn replied(
        &self,
        summary: &Summary,
        reply: &Reply,
        failures: u32,
        now: Timestamp,
    ) -> (Option<Answer>, Timestamp, bool) {
        let state = enriched::state(summary, &self.descriptor.id);
        let asked = Some(reply.asked);
        let retry_at = now.plus(pause(failures));
        match (&reply.outcome, reply.stale) {
            (Outcome::Found(facts), stale) => {
                let refresh_at = if stale.is_some() { retry_at } else { reply.fresh_until.unwrap_or(retry_at) };
                let stale = stale.map(|reason| format!("{UNAVAILABLE}{}", reason.as_str())).unwrap_or_default();
                let fields = facts.iter().map(|fact| self.field(fact, asked)).collect();
                self.found(state, fields, (reply.asked, refresh_at, stale), now)
            }
            (Outcome::Unavailable(reason), _) => {
                let value = format!("{UNAVAILABLE}{}", reason.as_str());
                let earlier = self.earlier(summary, reply.asked, now);
                if !earlier.is_empty() {
                    return self.found(state, earlier, (reply.asked, retry_at, value), now);
                }
                let told = is_told(state, &value, asked);
                let answer = (!told).then(|| self.without(state, &value, (asked, Some(retry_at)), now));
                (answer, retry_at, true)
            }
            (other, _) => {
                let refresh_at = reply.fresh_until.unwrap_or(retry_at);
                (Some(self.without(state, other.as_str(), (asked, Some(refresh_at)), now)), refresh_at, false)
            }
        }
    }

    /// Facts that are stated, unless it was stated already that they are as stale as that.
    fn found(
        &self,
        state: Option<&Entry>,
        fields: Vec<Field>,
        (asked, refresh_at, stale): (Fingerprint, Timestamp, String),
        now: Timestamp,
    ) -> (Option<Answer>, Timestamp, bool) {
        let failed = !stale.is_empty();
        let before = state.and_then(|entry| entry.enriched.as_ref());
        if failed && is_told(state, FOUND, Some(asked)) && before.is_some_and(|before| before.stale == stale) {
            return (None, refresh_at, true);
        }
        let stated = self.stated(FOUND, (Some(asked), Some(refresh_at), stale), now);
        (Some(self.answer(state, stated, fields, now)), refresh_at, failed)
    }

    /// What the record holds of the provider on the same question, and still may.
    fn earlier(&self, summary: &Summary, asked: Fingerprint, now: Timestamp) -> Vec<Field> {
        let same = |entry: &Entry| entry.enriched.as_ref().is_some_and(|enriched| enriched.asked == Some(asked));
        let holds = |entry: &Entry| entry.expires_at.is_none_or(|until| now < until);
        let there = enriched::facts(summary, &self.descriptor.id).filter(|(_, entry)| same(entry) && holds(entry));
        let field = |entry: &Entry, path: &str| Field {
            path: path.to_owned(),
            value: entry.value.clone(),
            text_version: String::new(),
            expires_at: entry.expires_at,
            enriched: entry.enriched.clone(),
        };
        there.map(|(key, entry)| field(entry, &key.path)).collect()
    }

    /// A fact as a field. It is shown for a while after it expired, in case it can't be asked anew.
    fn field(&self, fact: &fact::Fact, asked: Option<Fingerprint>) -> Field {
        let stale_for: Duration = self.guarded.stale_for();
        let until = fact.expires_at.plus(stale_for);
        let enriched = Enriched {
            provider: self.descriptor.id.clone(),
            provider_version: self.descriptor.version.clone(),
            dataset_version: fact.dataset_version.clone(),
            confidence: fact.confidence,
            method: Some(fact.method),
            licence: fact.licence.clone(),
            evidence_ref: fact.evidence_ref.clone(),
            observed_at: fact.observed_at,
            valid_from: fact.valid_from,
            valid_to: fact.valid_to,
            refresh_at: Some(fact.expires_at),
            asked,
            stale: String::new(),
        };
        Field {
            path: fact.path.clone(),
            value: fact.value.clone(),
            text_version: String::new(),
            expires_at: Some(fact.valid_to.map_or(until, |valid_to| valid_to.min(until))),
            enriched: Some(Box::new(enriched)),
        }
    }
}

/// Whether a record says so already.
fn is_told(state: Option<&Entry>, value: &str, asked: Option<Fingerprint>) -> bool {
    let same = |entry: &&Entry| entry.enriched.as_ref().is_some_and(|enriched| enriched.asked == asked);
    state.filter(same).is_some_and(|entry| entry.value == value)
}

/// What is to be stated about records, and when each is to be looked after next.
#[derive(Default)]
pub(super) struct Done {
    pub(super) answers: BTreeMap<RecordId, Vec<Answer>>,
    pub(super) next: BTreeMap<RecordId, Option<(Timestamp, u32)>>,
}

impl Done {
    /// A record is looked after at this time, or before.
    pub(super) fn again(&mut self, record: RecordId, at: Option<Timestamp>, failures: u32) {
        let next = self.next.entry(record).or_default();
        let Some(at) = at else { return };
        *next = Some(next.map_or((at, failures), |(there, before)| (there.min(at), before.max(failures))));
    }

    pub(super) fn state(&mut self, record: RecordId, answer: Answer) {
        self.answers.entry(record).or_default().push(answer);
    }
}
