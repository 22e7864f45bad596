//! What providers said of a record: what they are given, which of their values hold, and how the record stands with each.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_enrichment::domain::{
    descriptor::{CUSTOMER_SINCE, Descriptor, Inputs, ROOT},
    fact::{Confidence, Method},
    fingerprint::Fingerprint,
    need::Last,
    precedence::Precedence,
};
use tenure_kernel::{RecordId, Timestamp};

use super::{
    consent,
    fact::{Fact, Statement},
    path::{self, is_within},
    register::Entry,
    summary::{Key, Summary},
};

/// What the paths begin with at which it stands what came of asking a provider.
pub(crate) const STATE: &str = "enrichment";

/// What came of the question where facts were found.
pub(crate) const FOUND: &str = "found";
/// What came of it where there is nothing to ask about any more.
pub(crate) const NO_INPUT: &str = "no_input";
/// What it begins with where the provider could not answer.
pub(crate) const UNAVAILABLE: &str = "unavailable.";
/// What it begins with where it may not be asked.
pub(crate) const WITHHELD: &str = "withheld.";

/// What is kept of a provider's answer beside the value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Enriched {
    pub(crate) provider: String,
    pub(crate) provider_version: String,
    pub(crate) dataset_version: String,
    pub(crate) confidence: Confidence,
    /// `None`: it is no fact, but what came of the question.
    pub(crate) method: Option<Method>,
    pub(crate) licence: String,
    pub(crate) evidence_ref: String,
    pub(crate) observed_at: Timestamp,
    pub(crate) valid_from: Option<Timestamp>,
    pub(crate) valid_to: Option<Timestamp>,
    /// `None`: when something changes.
    pub(crate) refresh_at: Option<Timestamp>,
    /// What was asked, if anything was.
    pub(crate) asked: Option<Fingerprint>,
    /// Why it could not be asked anew when it expired.
    pub(crate) stale: String,
}

impl Enriched {
    fn precedence(&self) -> Option<Precedence> {
        Some(Precedence {
            standing: self.method?.into(),
            observed_at: self.observed_at,
            confidence: self.confidence,
            provider: self.provider.clone(),
        })
    }
}

/// Whether what providers said stands at a path, or what came of asking them.
pub(crate) fn is_about(path: &str) -> bool {
    is_within(path, ROOT) || is_within(path, STATE)
}

/// Whether a fact is a provider's.
pub(crate) fn is_enrichment(fact: &Fact) -> bool {
    let stated = |statement: &Statement| statement.fields.iter().any(|field| is_about(&field.path));
    fact.statement.as_ref().is_some_and(stated)
}

/// Which of the values holds that providers gave a path, whatever the order in which they are offered.
#[derive(Default)]
pub(crate) struct Offers<'a> {
    best: BTreeMap<&'a str, (Precedence, &'a Entry, RecordId)>,
    /// When the first of them ends.
    pub(crate) until: Option<Timestamp>,
}

impl<'a> Offers<'a> {
    pub(crate) fn offer(&mut self, path: &'a str, entry: &'a Entry, record: RecordId, now: Timestamp) {
        let Some(precedence) = entry.enriched.as_ref().and_then(|enriched| enriched.precedence()) else { return };
        if entry.expires_at.is_some_and(|until| until <= now) {
            return;
        }
        self.until = [self.until, entry.expires_at].into_iter().flatten().min();
        let offered = (precedence, entry, record);
        match self.best.get_mut(path) {
            Some(best) if *best >= offered => {}
            Some(best) => *best = offered,
            None => drop(self.best.insert(path, offered)),
        }
    }

    pub(crate) fn holding(self) -> impl Iterator<Item = (&'a str, &'a Entry, RecordId)> {
        self.best.into_iter().map(|(path, (_, entry, record))| (path, entry, record))
    }
}

/// Whether another value of a path may change what a provider is given, or whether it may be asked.
fn is_watched(path: &str) -> bool {
    let asked = path::is_private(path) && !is_about(path);
    asked || consent::is_on_consent(path) || ["restriction", "life.deceased"].iter().any(|root| is_within(path, root))
}

/// The registers of a path that are not for due diligence only.
fn registers<'a>(summary: &'a Summary, path: &'a str) -> impl Iterator<Item = &'a super::register::Register> {
    let first = Key { path: path.to_owned(), value: None, aml: false };
    let there = summary.registers.range(first..).take_while(move |(key, _)| key.path == path);
    there.filter(|(key, _)| !key.aml).map(|(_, register)| register)
}

/// The newest value of a path in a record.
fn newest<'a>(summary: &'a Summary, path: &'a str, now: Timestamp) -> Option<&'a str> {
    let newest = registers(summary, path).filter_map(|register| register.as_of(now)).max()?;
    Some(newest.value.as_str()).filter(|value| !value.is_empty())
}

/// Whether a fact that is about to be added to a record's summary changes what providers are given.
pub(crate) fn changes(summary: &Summary, fact: &Fact) -> bool {
    let first = fact
        .happened
        .as_ref()
        .is_some_and(|happened| !happened.aml && first_at(summary).is_none_or(|first| day(happened.at) < day(first)));
    let other = |statement: &Statement| {
        let watched = statement.fields.iter().filter(|field| is_watched(&field.path));
        let same = |path: &str, value: &str| newest(summary, path, Timestamp::MAX).unwrap_or_default() == value;
        !statement.aml && watched.into_iter().any(|field| !same(&field.path, &field.value))
    };
    first || fact.statement.as_ref().is_some_and(other)
}

/// When something planned changes what providers are given.
pub(crate) fn next_change(summary: &Summary, now: Timestamp) -> Option<Timestamp> {
    let watched = summary.registers.iter().filter(|(key, _)| !key.aml && is_watched(&key.path));
    watched.filter_map(|(_, register)| register.next_change(now)).min()
}

/// What a provider is given of a record; `None` if something that it needs is not there. What is special is given to nobody. The day of
/// the first touchpoint is that of all records of the person.
pub(crate) fn inputs(
    descriptor: &Descriptor,
    summary: &Summary,
    since: Option<&str>,
    now: Timestamp,
) -> Option<Inputs> {
    let allowed = |path: &str| path::is_private(path) && !is_about(path);
    let declared: BTreeMap<&str, &str> = descriptor
        .inputs
        .iter()
        .filter(|input| allowed(&input.path))
        .filter_map(|input| Some((input.path.as_str(), newest(summary, &input.path, now)?)))
        .chain(since.map(|day| (CUSTOMER_SINCE, day)))
        .collect();
    descriptor.minimal(|path| declared.get(path).copied())
}

/// The day of the first touchpoint of some records.
pub(crate) fn since<'a>(summaries: impl Iterator<Item = &'a Summary>) -> Option<String> {
    summaries.filter_map(first_at).min().and_then(day)
}

fn first_at(summary: &Summary) -> Option<Timestamp> {
    let counts = summary.counts.iter().filter(|(what, _)| !what.aml);
    counts.map(|(_, count)| count.first).min()
}

fn day(at: Timestamp) -> Option<String> {
    let day = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000).ok()?.date();
    Some(format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day()))
}

/// What came of asking a provider about a record.
pub(crate) fn state<'a>(summary: &'a Summary, provider: &str) -> Option<&'a Entry> {
    let path = format!("{STATE}.{provider}");
    let key = Key { path, value: Some(provider.to_owned()), aml: false };
    summary.registers.get(&key)?.as_of(Timestamp::MAX)
}

/// What is known of the last time that a provider was asked; `None` if there is nothing to withdraw or to keep.
pub(crate) fn last(state: Option<&Entry>) -> Option<Last> {
    let entry = state.filter(|entry| entry.value != NO_INPUT)?;
    let enriched = entry.enriched.as_ref()?;
    let failed =
        entry.value.starts_with(UNAVAILABLE) || entry.value.starts_with(WITHHELD) || !enriched.stale.is_empty();
    let asked = enriched.asked.unwrap_or(Fingerprint([0; 16]));
    Some(Last { asked, failed, refresh_at: enriched.refresh_at.unwrap_or(Timestamp::MAX) })
}

/// The facts of a provider that a record holds, by path.
pub(crate) fn facts<'a>(summary: &'a Summary, provider: &str) -> impl Iterator<Item = (&'a Key, &'a Entry)> {
    let of = |key: &Key| is_within(&key.path, ROOT) && key.value.as_deref() == Some(provider);
    let there = summary.registers.iter().filter(move |(key, _)| of(key));
    there.filter_map(|(key, register)| Some((key, register.as_of(Timestamp::MAX)?)))
}

/// How a record stands with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    Fresh,
    Stale,
    Missing,
    Pending,
}

/// How a record stands with a provider, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Freshness {
    pub(crate) provider: String,
    pub(crate) record: RecordId,
    pub(crate) stands: Stands,
    pub(crate) reason: String,
    pub(crate) asked_at: Option<Timestamp>,
    pub(crate) refresh_at: Option<Timestamp>,
}

/// A provider that is enabled, and what it is, if it ever said so.
pub(crate) type Enabled = (String, Option<Arc<Descriptor>>);

/// How records stand with each provider, of what there is something to ask about.
pub(crate) fn freshness(members: &BTreeMap<RecordId, Summary>, enabled: &[Enabled], now: Timestamp) -> Vec<Freshness> {
    let since = since(members.values());
    let each = enabled.iter().flat_map(|one| members.iter().map(move |member| (one, member)));
    each.filter_map(|((provider, descriptor), (record, summary))| {
        let state = state(summary, provider);
        let (stands, reason) = match descriptor {
            Some(descriptor) => {
                let asked = inputs(descriptor, summary, since.as_deref(), now)
                    .map(|inputs| Fingerprint::of(descriptor, &inputs));
                standing(summary, provider, state, asked, now)?
            }
            None if state.is_none() => (Stands::Missing, "undescribed".to_owned()),
            None => standing(summary, provider, state, state_asked(state), now)?,
        };
        let asked_at = state.map(|entry| entry.effective_at);
        let refresh_at = state.and_then(|entry| entry.enriched.as_ref()?.refresh_at);
        Some(Freshness { provider: provider.clone(), record: *record, stands, reason, asked_at, refresh_at })
    })
    .collect()
}

fn state_asked(state: Option<&Entry>) -> Option<Fingerprint> {
    state?.enriched.as_ref()?.asked
}

fn standing(
    summary: &Summary,
    provider: &str,
    state: Option<&Entry>,
    asked: Option<Fingerprint>,
    now: Timestamp,
) -> Option<(Stands, String)> {
    let Some((entry, enriched)) = state.and_then(|entry| Some((entry, entry.enriched.as_ref()?))) else {
        // Never asked: it will be, if there is something to ask.
        return asked.map(|_| (Stands::Pending, String::new()));
    };
    let holds = |entry: &Entry| entry.expires_at.is_none_or(|until| now < until);
    let stale = || if enriched.stale.is_empty() { "expired".to_owned() } else { enriched.stale.clone() };
    let told = if entry.value == FOUND && !facts(summary, provider).any(|(_, entry)| holds(entry)) {
        (Stands::Missing, stale())
    } else if entry.value == FOUND && asked != enriched.asked {
        (Stands::Stale, "inputs_changed".to_owned())
    } else if entry.value == FOUND && (!enriched.stale.is_empty() || enriched.refresh_at.is_some_and(|at| at <= now)) {
        (Stands::Stale, stale())
    } else if entry.value == FOUND {
        (Stands::Fresh, String::new())
    } else if asked.is_some() && asked != enriched.asked {
        (Stands::Pending, String::new())
    } else {
        (Stands::Missing, entry.value.clone())
    };
    Some(told)
}

/// The places in a list of evidence that hold, of what providers said: of each path the strongest that counts and has not ended.
pub(crate) fn strongest<'a>(
    said: impl Iterator<Item = (usize, &'a str, &'a Entry, RecordId)>,
    now: Timestamp,
) -> BTreeSet<usize> {
    let (mut offers, mut places) = (Offers::default(), BTreeMap::new());
    for (place, path, entry, record) in said {
        offers.offer(path, entry, record, now);
        places.insert((path, entry, record), place);
    }
    offers.holding().filter_map(|one| places.get(&one).copied()).collect()
}

#[cfg(test)]
mod tests;
