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
    /// Set where the path has many values; of what providers said, who did.
    pub(crate) value: Option<String>,
    /// What may be shown for due diligence only has registers of its own, so that others are answered as if it was never said.
    pub(crate) aml: bool,
}

/// What is counted: touchpoints of a type, apart those for due diligence only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counted {
    /// The type's number.
    pub(crate) kind: i32,
    pub(crate) aml: bool,
}

/// What the facts of a record come to, in whatever order they are added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) registers: BTreeMap<Key, Register>,
    pub(crate) counts: BTreeMap<Counted, Count>,
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
        self.add_count(Counted { kind: happened.kind, aml: happened.aml }, Count::once(happened.at));
    }

    pub(crate) fn add_statement(&mut self, touchpoint: TouchpointId, statement: &Statement) {
        statement.fields.iter().for_each(|field| self.add_field(touchpoint, statement, field));
    }

    pub(crate) fn add_count(&mut self, what: Counted, count: Count) {
        self.counts.entry(what).and_modify(|there| *there = there.plus(count)).or_insert(count);
    }

    /// Adds what a touchpoint says of a field.
    pub(crate) fn add_field(&mut self, touchpoint: TouchpointId, statement: &Statement, field: &Field) {
        let many = || path::has_many_values(&field.path).then(|| field.value.clone());
        let value = field.enriched.as_ref().map(|enriched| enriched.provider.clone()).or_else(many);
        let key = Key { path: field.path.clone(), value, aml: statement.aml };
        let entry = Entry::new(touchpoint, statement, field);
        self.registers.entry(key).or_default().add(entry, statement.planned);
    }

    /// Every entry with what its register is for, and whether it is a planned one.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Key, &Entry, bool)> {
        self.registers
            .iter()
            .flat_map(|(key, register)| register.entries().map(move |(entry, planned)| (key, entry, planned)))
    }
}
