//! Defines a trait.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Reason, Refusal};
use tenure_server::Call;

use super::register::Register;
use crate::{
    defined,
    domain::catalogue::{Definition, MOST_INDEXED, MOST_TRAITS, Source, Wrong},
    store::trait_definition,
};

/// Which trait.
#[derive(Debug)]
pub(crate) struct DefineTrait {
    pub(crate) name: String,
    pub(crate) source: Source,
    /// Whether persons are to be listed by it.
    pub(crate) indexed: bool,
    /// The version that is changed; 0: there must be none; `None`: whichever there is.
    pub(crate) expected: Option<i32>,
}

impl Register {
    /// Defines a trait, or defines it anew; an equal one stays as it is. Answers it, and a read token.
    ///
    /// # Errors
    /// `FIELDS_INVALID` with all that is in the way; `ETAG_MISMATCH`.
    pub(crate) async fn define_trait(&self, call: &Call, ask: DefineTrait) -> Result<(Definition, String), Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        trait_definition::lock(&tx, tenant).await?;
        let catalogue = trait_definition::all(&tx, tenant).await?;
        let there = catalogue.get(&ask.name);
        if let Some(equal) = there.filter(|there| there.source == ask.source && there.indexed == ask.indexed) {
            let head = self.journal.head_by(&tx).await?;
            tx.rollback().await?;
            return Ok((equal.clone(), self.journal.token(head)));
        }
        let version = there.map_or(0, |there| there.version);
        if ask.expected.is_some_and(|expected| expected != version) {
            let other = Refusal::new(Reason::EtagMismatch, "the trait has another version than expected_version");
            return Err(other.with("version", version.to_string()));
        }
        let checked = catalogue.check(&ask.name, &ask.source, ask.indexed);
        checked.map_err(|wrong| refused(wrong, "definition.expression.text", MOST_TRAITS))?;
        let before = trait_definition::get(&tx, tenant, &ask.name).await?.map_or(0, |(before, _)| before.version);
        let definition = Definition {
            name: ask.name,
            version: before.saturating_add(1),
            defined_at: self.clock.now(),
            source: ask.source,
            indexed: ask.indexed,
        };
        trait_definition::put(&tx, tenant, &definition, (catalogue.change + 1, false)).await?;
        let (entry, event) = (EntryId(self.ids.next()), defined::defined(&definition));
        let draft = Draft::new(entry, tenant.clone(), Route::All, &event, definition.defined_at);
        let sequence = self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        self.definitions.changed(tenant);
        Ok((definition, self.journal.token(sequence)))
    }
}

/// What is in the way of a definition, whose expression stands in a field, and of which there may be so many.
pub(super) fn refused(wrong: Vec<Wrong>, expression: &str, most: usize) -> Refusal {
    let mut violations = tenure_server::Violations::new();
    for one in wrong {
        let (field, reason, what) = match one {
            Wrong::Full => ("definition.name", Reason::FieldNotAllowed, format!("there are {most}, the most allowed")),
            Wrong::TooManyIndexed => {
                let what = format!("there are {MOST_INDEXED} indexed traits, the most allowed");
                ("definition.indexed", Reason::FieldNotAllowed, what)
            }
            Wrong::Expression(problem) => (expression, Reason::FieldMalformed, problem.to_string()),
            Wrong::NoTruth(kind) => {
                (expression, Reason::FieldMalformed, format!("is {}; a truth is needed", kind.name()))
            }
            Wrong::Cycle(way) => (
                expression,
                Reason::FieldNotAllowed,
                format!("the trait would be worked out from itself: {}", way.join(", from ")),
            ),
            Wrong::Breaks(user) => {
                ("definition", Reason::FieldNotAllowed, format!("the expression of {user} would not fit any more"))
            }
            Wrong::BreaksSegment(name) => (
                "definition",
                Reason::FieldNotAllowed,
                format!("the condition of the segment {name} would not fit any more"),
            ),
        };
        violations.push(field, reason, what);
    }
    Refusal::fields(violations.into_inner())
}
