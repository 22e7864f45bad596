//! Classes of facts, and what an erasure does with each.

use super::{
    activity::is_counted,
    enriched::is_enrichment,
    erasure::{Decision, Ground},
    fact::Fact,
};

/// A class of facts. A touchpoint that happened and says something is of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// What was said of the customer.
    Statements,
    /// That something happened.
    Happenings,
    /// What was gathered for due diligence.
    DueDiligence,
    /// What providers said.
    Enrichment,
}

/// What is done with facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// They go without a trace.
    Erase,
    /// They go, for what retained them has ended.
    Outlived,
    /// They go, but how much happened stays counted, of whomever.
    Anonymise,
    /// They stay.
    Retain(Ground),
}

impl Class {
    pub(crate) const ALL: [Self; 4] = [Self::Statements, Self::Happenings, Self::DueDiligence, Self::Enrichment];

    /// Its code.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Statements => "statements",
            Self::Happenings => "happenings",
            Self::DueDiligence => "due_diligence",
            Self::Enrichment => "enrichment",
        }
    }

    /// The class of a code.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == code)
    }

    /// Whether a fact is of it.
    pub(crate) fn has(self, fact: &Fact) -> bool {
        match self {
            Self::Statements => fact.statement.is_some() && !is_enrichment(fact) && !is_aml(fact),
            Self::Happenings => is_counted(fact),
            Self::DueDiligence => is_aml(fact),
            Self::Enrichment => is_enrichment(fact),
        }
    }

    /// What is done with it in a record: a record has one data key, so that all of it stays as long as some must.
    pub(crate) fn fate(self, decision: Decision) -> Fate {
        match (decision, self) {
            (Decision::Retain(ground, _), _) => Fate::Retain(ground),
            (Decision::Erase, Self::Happenings) => Fate::Anonymise,
            (Decision::Erase, Self::DueDiligence) => Fate::Outlived,
            (Decision::Erase, Self::Statements | Self::Enrichment) => Fate::Erase,
        }
    }
}

/// Whether a fact was gathered for due diligence.
pub(crate) fn is_aml(fact: &Fact) -> bool {
    fact.happened.as_ref().is_some_and(|happened| happened.aml) || fact.statement.as_ref().is_some_and(|one| one.aml)
}

#[cfg(test)]
mod tests {
    use tenure_kernel::{Timestamp, TouchpointId};

    use super::*;
    use crate::domain::{
        fact::{Happened, Method, Statement},
        measure::Measures,
    };

    fn fact(aml: bool, measures: Option<Measures>, says: bool) -> Fact {
        let statement = says.then(|| Statement {
            effective_at: Timestamp(1),
            planned: false,
            recorded_at: Timestamp(1),
            source_rank: 0,
            source: "crm".to_owned(),
            method: Method::System,
            aml,
            fields: vec![],
        });
        let happened = Some(Happened { kind: 1, at: Timestamp(1), measures, aml });
        Fact {
            touchpoint: TouchpointId([1; 16]),
            revision: 0,
            recorded_at: Timestamp(1),
            happened,
            statement,
            sequence: 0,
            forgotten: false,
        }
    }

    #[test]
    fn what_happened_and_says_something_is_of_two_classes_and_due_diligence_of_its_own() {
        let of = |fact: &Fact| Class::ALL.into_iter().filter(|class| class.has(fact)).collect::<Vec<_>>();
        assert_eq!(of(&fact(false, Some(Measures::default()), true)), [Class::Statements, Class::Happenings]);
        assert_eq!(of(&fact(false, Some(Measures::default()), false)), [Class::Happenings]);
        assert_eq!(of(&fact(false, None, true)), [Class::Statements], "what is special is counted nowhere");
        assert_eq!(of(&fact(true, None, true)), [Class::DueDiligence]);
    }
}
