//! Profiles: what the records of a person say together.

use std::collections::BTreeMap;

use tenure_kernel::{PersonId, RecordId, Timestamp};

use super::{
    catalogue::Valued,
    count::Count,
    path::is_within,
    register::Entry,
    summary::{Counted, Key, Summary},
};

/// A field of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) path: String,
    pub(crate) entry: Entry,
    /// The record that holds it.
    pub(crate) record: RecordId,
    /// Whether it is shown for due diligence only, and there instead of the other value of the same path. Only such a field may be empty:
    /// then there is none to show.
    pub(crate) aml: bool,
}

/// What is known of a person, or of a record alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    /// `None` for a record alone.
    pub(crate) person: Option<PersonId>,
    /// Ascending.
    pub(crate) records: Vec<RecordId>,
    /// By path and, where a path has many values, by value.
    pub(crate) fields: Vec<Known>,
    pub(crate) counts: BTreeMap<Counted, Count>,
    /// By name; none of a record alone.
    pub(crate) traits: Vec<Valued>,
    /// When it may change by itself, because something planned takes effect or a window moves on; never later than it does.
    pub(crate) until: Option<Timestamp>,
}

/// What of a profile is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Paths, or what they begin with.
    pub(crate) paths: Vec<String>,
    /// Whether it is told how often what happened.
    pub(crate) counts: bool,
}

impl Wanted {
    /// Whether a field is wanted.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|wanted| is_within(path, wanted))
    }
}

impl Profile {
    /// The merge of the members' summaries as of a moment. The members come in any order: of two entries of a field the
    /// greater one wins, and the counts of records have no touchpoint in common.
    pub(crate) fn of(person: Option<PersonId>, members: &BTreeMap<RecordId, Summary>, now: Timestamp) -> Self {
        let mut best: BTreeMap<&Key, (&Entry, RecordId)> = BTreeMap::new();
        let mut counts: BTreeMap<Counted, Count> = BTreeMap::new();
        let mut until = None;
        for (record, summary) in members {
            for (key, register) in &summary.registers {
                if let Some(entry) = register.as_of(now) {
                    best.entry(key)
                        .and_modify(|there| *there = (*there).max((entry, *record)))
                        .or_insert((entry, *record));
                }
                until = [until, register.next_change(now)].into_iter().flatten().min();
            }
            for (what, count) in &summary.counts {
                counts.entry(*what).and_modify(|there| *there = there.plus(*count)).or_insert(*count);
            }
        }
        let shown = |key: &Key, found: (&Entry, RecordId)| match key.aml {
            false => !found.0.value.is_empty(),
            true => best.get(&Key { aml: false, ..key.clone() }).is_none_or(|other| *other < found),
        };
        let known = best.iter().filter(|(key, found)| shown(key, **found));
        let known = known.map(|(key, (entry, record))| Known {
            path: key.path.clone(),
            entry: (*entry).clone(),
            record: *record,
            aml: key.aml,
        });
        let fields = known.collect();
        Self { person, records: members.keys().copied().collect(), fields, counts, traits: Vec::new(), until }
    }
}
