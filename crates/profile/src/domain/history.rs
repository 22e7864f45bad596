//! What was known of records at a moment, and why a field is what it is: from all that was ever said of them.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::{bucket::Buckets, enriched, fact::Fact, path, register::Entry, summary::Summary};

/// The original and the amendments of each fact of a record, in no order.
pub(crate) type Versions = BTreeMap<TouchpointId, Vec<Fact>>;

/// A moment on both axes of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// What was in effect then, and had happened by then.
    pub(crate) effective: Timestamp,
    /// What had been recorded by then; `None`: all.
    pub(crate) known: Option<Timestamp>,
}

/// The one of a fact's versions that counts.
pub(super) fn winner(versions: &[Fact], known: Option<Timestamp>) -> Option<&Fact> {
    let known = versions.iter().filter(|fact| known.is_none_or(|known| fact.recorded_at <= known));
    known.reduce(|best, fact| if fact.outranks(best) { fact } else { best })
}

/// The summary of a record as of a moment, and its buckets.
pub(crate) fn summary_at(versions: &Versions, moment: Moment) -> (Summary, Buckets) {
    let known = versions.values().filter_map(|versions| winner(versions, moment.known));
    let (mut summary, mut buckets) = (Summary::default(), Buckets::default());
    for fact in known {
        if let Some(happened) = fact.happened.as_ref().filter(|happened| happened.at <= moment.effective) {
            summary.add_happened(happened);
            buckets.add(happened);
        }
        let statement = fact.statement.as_ref().filter(|statement| statement.effective_at <= moment.effective);
        if let Some(statement) = statement {
            summary.add_statement(fact.touchpoint, statement);
        }
    }
    (summary, buckets)
}

/// Why a value holds, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Holds,
    /// Another value holds.
    Outranked,
    /// It takes effect later.
    Planned,
    /// Its touchpoint was corrected or retracted, or its provider was asked anew.
    Amended,
    /// A provider said it, and it has ended.
    Expired,
}

/// A value that a touchpoint gave a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) path: String,
    pub(crate) entry: Entry,
    /// The record that it was said of.
    pub(crate) record: RecordId,
    pub(crate) standing: Standing,
    pub(crate) aml: bool,
}

/// Which statements are wanted.
pub(crate) struct Question<'a> {
    /// Whether fields of a path are.
    pub(crate) paths: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether those for due diligence only are. Without them all else stands as if they had never been made.
    pub(crate) aml: bool,
}

/// All that was ever said of fields, by path, of each the strongest first.
pub(crate) fn explain(
    members: &BTreeMap<RecordId, Versions>,
    question: &Question<'_>,
    now: Timestamp,
) -> Vec<Evidence> {
    let mut all = Vec::new();
    for (record, versions) in members {
        for versions in versions.values() {
            let counts = winner(versions, None).map(|fact| fact.touchpoint);
            for fact in versions {
                let standing = |entry: &Entry, planned: bool| match counts == Some(fact.touchpoint) {
                    false => Standing::Amended,
                    true if planned && entry.effective_at > now => Standing::Planned,
                    true => Standing::Outranked,
                };
                all.extend(said(fact, question).map(|(path, entry, planned, aml)| {
                    let standing = standing(&entry, planned);
                    Evidence { path: path.to_owned(), entry, record: *record, standing, aml }
                }));
            }
        }
    }
    all.sort_unstable_by(|left, right| {
        left.path.cmp(&right.path).then_with(|| (&right.entry, right.record).cmp(&(&left.entry, left.record)))
    });
    all.dedup();
    // Of those that count the strongest holds; where a field has many values, of each.
    let mut held: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let counted = all.iter().enumerate().filter(|(_, one)| one.standing == Standing::Outranked);
    let enriched =
        enriched::strongest(counted.map(|(place, one)| (place, one.path.as_str(), &one.entry, one.record)), now);
    let counted = all.iter_mut().enumerate().filter(|(_, evidence)| evidence.standing == Standing::Outranked);
    for (place, evidence) in counted {
        if evidence.entry.enriched.as_ref().is_some_and(|enriched| enriched.method.is_some()) {
            let ended = evidence.entry.expires_at.is_some_and(|until| until <= now);
            evidence.standing = match enriched.contains(&place) {
                true => Standing::Holds,
                false if ended => Standing::Expired,
                false => Standing::Outranked,
            };
            continue;
        }
        let value = path::has_many_values(&evidence.path).then(|| evidence.entry.value.clone());
        if held.insert((evidence.path.clone(), value)) {
            evidence.standing = Standing::Holds;
        }
    }
    all
}

/// The values that a fact gives fields, whether each was recorded ahead of its time, and whether it is for due diligence only.
fn said<'a>(fact: &'a Fact, question: &'a Question<'_>) -> impl Iterator<Item = (&'a str, Entry, bool, bool)> {
    let statement = fact.statement.iter().filter(|statement| question.aml || !statement.aml);
    statement.flat_map(move |statement| {
        let fields = statement.fields.iter().filter(|field| (question.paths)(&field.path));
        fields.map(|field| {
            let entry = Entry::new(fact.touchpoint, statement, field);
            (field.path.as_str(), entry, statement.planned, statement.aml)
        })
    })
}
