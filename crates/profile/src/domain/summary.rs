//! Summaries: the fold of a record's facts.

use std::collections::BTreeMap;

use tenure_kernel::TouchpointId;

use super::{
    count::Count,
    fact::{Fact, Field, Happened, Statement},
    path,
    register::{Entry, Register},
};

/// What a register is for: a path or, where a path has many values, one of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) path: String,
    /// Set where the path has many values.
    pub(crate) value: Option<String>,
}

/// What the facts of a record come to, in whatever order they are added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) registers: BTreeMap<Key, Register>,
    /// By the type's number.
    pub(crate) counts: BTreeMap<i32, Count>,
}

impl Summary {
    /// The summary of a record's slots.
    pub(crate) fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut summary = Self::default();
        for fact in facts {
            summary.add(fact);
        }
        summary
    }

    /// Adds a fact, which must not be in it yet.
    pub(crate) fn add(&mut self, fact: &Fact) {
        if let Some(happened) = &fact.happened {
            self.add_happened(happened);
        }
        if let Some(statement) = &fact.statement {
            self.add_statement(fact.touchpoint, statement);
        }
    }

    pub(crate) fn add_happened(&mut self, happened: &Happened) {
        self.add_count(happened.kind, Count::once(happened.at));
    }

    pub(crate) fn add_statement(&mut self, touchpoint: TouchpointId, statement: &Statement) {
        statement.fields.iter().for_each(|field| self.add_field(touchpoint, statement, field));
    }

    pub(crate) fn add_count(&mut self, kind: i32, count: Count) {
        self.counts.entry(kind).and_modify(|there| *there = there.plus(count)).or_insert(count);
    }

    /// Adds what a touchpoint says of a field.
    pub(crate) fn add_field(&mut self, touchpoint: TouchpointId, statement: &Statement, field: &Field) {
        let value = path::has_many_values(&field.path).then(|| field.value.clone());
        let key = Key { path: field.path.clone(), value };
        let entry = Entry::new(touchpoint, statement, field);
        self.registers.entry(key).or_default().add(entry, statement.planned);
    }

    /// Every entry with its path, and whether it is a planned one.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry, bool)> {
        self.registers
            .iter()
            .flat_map(|(key, register)| register.entries().map(|(entry, planned)| (key.path.as_str(), entry, planned)))
    }
}
