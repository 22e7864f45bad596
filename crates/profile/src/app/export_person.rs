//! Exports all that is held of a person, by this service and the others.

use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, Timestamp};

use super::peers::{Asking, Item, Peers};

/// How many records are asked for at once.
const RECORDS: usize = 100;

/// What is to be exported.
pub(crate) struct ExportPerson {
    pub(crate) peers: Peers,
    pub(crate) tenant: Tenant,
    pub(crate) person: PersonId,
    pub(crate) records: Vec<RecordId>,
    pub(crate) at: Timestamp,
}

/// A part of an export.
pub(crate) enum Part {
    Manifest {
        person: PersonId,
        records: Vec<RecordId>,
        at: Timestamp,
    },
    Item(Item),
    /// How many items there were.
    End(usize),
}

/// What is still to be asked for.
enum Step {
    /// What we hold, already read.
    Own(Vec<Item>),
    /// A page of touchpoints of some records.
    Touchpoints(usize, String),
    Identity(usize),
    Value(usize),
    Expectations(usize),
    Person,
    End,
}

impl ExportPerson {
    /// The parts, of which each page is asked for when the one before was taken.
    pub(crate) fn parts(self, own: Vec<Item>) -> BoxStream<'static, Result<Part, Refusal>> {
        let first = Part::Manifest { person: self.person, records: self.records.clone(), at: self.at };
        let chunks: Vec<Vec<String>> =
            self.records.chunks(RECORDS).map(|some| some.iter().map(RecordId::to_string).collect()).collect();
        let exporting = Exporting { of: self, chunks, currencies: Vec::new(), items: 0 };
        let pages = stream::try_unfold(Some((exporting, Step::Own(own))), |state| async {
            let Some((mut exporting, step)) = state else { return Ok::<_, Refusal>(None) };
            let (parts, next) = exporting.take(step).await?;
            Ok(Some((stream::iter(parts.into_iter().map(Ok)), next.map(|next| (exporting, next)))))
        });
        stream::iter([Ok(first)]).chain(pages.try_flatten()).boxed()
    }
}

/// An export under way.
struct Exporting {
    of: ExportPerson,
    /// The records, some at a time.
    chunks: Vec<Vec<String>>,
    /// In which they bought.
    currencies: Vec<String>,
    items: usize,
}

impl Exporting {
    async fn take(&mut self, step: Step) -> Result<(Vec<Part>, Option<Step>), Refusal> {
        let (items, next) = match step {
            Step::End => return Ok((vec![Part::End(self.items)], None)),
            Step::Own(items) => (items, Step::Touchpoints(0, String::new())),
            other => self.ask(other).await?,
        };
        self.items += items.len();
        Ok((items.into_iter().map(Part::Item).collect(), Some(next)))
    }

    async fn ask(&mut self, step: Step) -> Result<(Vec<Item>, Step), Refusal> {
        let asking = Asking { peers: &self.of.peers, tenant: &self.of.tenant };
        let some = |chunk: usize| self.chunks.get(chunk).map(Vec::as_slice).unwrap_or_default();
        let next = |chunk: usize, more: fn(usize) -> Step, then| match chunk + 1 < self.chunks.len() {
            true => more(chunk + 1),
            false => then,
        };
        Ok(match step {
            Step::Touchpoints(chunk, token) => {
                let (items, token) = asking.touchpoints(some(chunk), token).await?;
                let more = |chunk| Step::Touchpoints(chunk, String::new());
                let then = if token.is_empty() {
                    next(chunk, more, Step::Identity(0))
                } else {
                    Step::Touchpoints(chunk, token)
                };
                (items, then)
            }
            Step::Identity(chunk) => (asking.identity(some(chunk)).await?, next(chunk, Step::Identity, Step::Value(0))),
            Step::Value(chunk) => {
                let (items, currencies) = asking.value(some(chunk)).await?;
                let then = next(chunk, Step::Value, Step::Expectations(0));
                self.currencies.extend(currencies);
                (items, then)
            }
            Step::Expectations(chunk) => {
                (asking.expectations(some(chunk)).await?, next(chunk, Step::Expectations, Step::Person))
            }
            Step::Person => (self.of_person(&asking).await?, Step::End),
            Step::Own(_) | Step::End => (Vec::new(), Step::End),
        })
    }

    /// What is concluded of the person as a whole.
    async fn of_person(&self, asking: &Asking<'_>) -> Result<Vec<Item>, Refusal> {
        let mut currencies = self.currencies.clone();
        currencies.sort_unstable();
        currencies.dedup();
        let mut items = Vec::new();
        for currency in &currencies {
            items.extend(asking.score(self.of.person, currency).await?);
        }
        items.extend(asking.dissonance(self.of.person).await?);
        Ok(items)
    }
}
