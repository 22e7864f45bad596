//! Registers: a field's value with the time and source that decide which value wins.

use std::collections::BTreeSet;

use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    enriched::Enriched,
    fact::{Field, Method, Statement},
    path,
};

/// A value that a touchpoint gave a field. The order of the fields is the order of precedence: the greatest entry wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) effective_at: Timestamp,
    weight: u8,
    pub(crate) source_rank: i32,
    pub(crate) touchpoint: TouchpointId,
    pub(crate) value: String,
    pub(crate) source: String,
    pub(crate) recorded_at: Timestamp,
    pub(crate) method: Method,
    pub(crate) text_version: String,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) enriched: Option<Box<Enriched>>,
}

impl Entry {
    pub(crate) fn new(touchpoint: TouchpointId, statement: &Statement, field: &Field) -> Self {
        Self {
            effective_at: statement.effective_at,
            weight: path::weight(&field.path, &field.value),
            source_rank: statement.source_rank,
            touchpoint,
            value: field.value.clone(),
            source: statement.source.clone(),
            recorded_at: statement.recorded_at,
            method: statement.method,
            text_version: field.text_version.clone(),
            expires_at: field.expires_at,
            enriched: field.enriched.clone(),
        }
    }
}

/// The entries of a field that can still win: the greatest of those in effect when they were recorded, and what was planned
/// beyond it. Which of them holds depends on the moment of the read, so none of them is dropped before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Register {
    present: Option<Entry>,
    planned: BTreeSet<Entry>,
}

impl Register {
    pub(crate) fn add(&mut self, entry: Entry, planned: bool) {
        if planned {
            self.planned.insert(entry);
        } else if self.present.as_ref() < Some(&entry) {
            self.present = Some(entry);
        }
        if let Some(present) = &self.present {
            self.planned.retain(|planned| planned > present);
        }
    }

    /// Every entry, and whether it is a planned one.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Entry, bool)> {
        self.present.iter().map(|entry| (entry, false)).chain(self.planned.iter().map(|entry| (entry, true)))
    }

    /// The entry that holds at a moment.
    pub(crate) fn as_of(&self, now: Timestamp) -> Option<&Entry> {
        self.planned.iter().rev().find(|planned| planned.effective_at <= now).or(self.present.as_ref())
    }

    /// When a planned entry takes effect next.
    pub(crate) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.planned.iter().map(|planned| planned.effective_at).find(|at| *at > now)
    }
}
