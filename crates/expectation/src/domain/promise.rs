//! What is known of promises: what was said, what happened, and what was done about it.

use std::{collections::BTreeSet, fmt, time::Duration};

use ring::digest;
use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::{
    attribute::Terms,
    calibration::Answered,
    contact::Contact,
    loyalty::Agreement,
    quantity::{Quantity, Unit},
    subscale::Sign,
    window::Purchase,
};

/// A promise, through all the times that its date is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PromiseId(pub(crate) [u8; 16]);

impl PromiseId {
    /// The promise that a record's source made about a matter: the same whoever works it out, and whenever.
    pub(crate) fn of(record: RecordId, matter: &Matter, attribute: &str, source: SourceKind) -> Self {
        let kinds = [matter.kind as u8, source as u8];
        Self(hashed("promise", &[&record.0, &kinds, matter.reference.as_bytes(), attribute.as_bytes()]))
    }
}

impl fmt::Display for PromiseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// 128 bits of SHA-256 over parts, each preceded by its length so that no two lists of parts read alike.
pub(crate) fn hashed(purpose: &str, parts: &[&[u8]]) -> [u8; 16] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&context.finish().as_ref()[..16]);
    id
}

/// What kind of thing a promise is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum MatterKind {
    Order = 1,
    Contract = 2,
    Claim = 3,
    Case = 4,
    /// Nothing but the promise itself, by its source's reference.
    Promise = 5,
    /// Nothing that has a name.
    Event = 6,
}

/// What a promise is about, such as order 42. Promise and outcome meet by it, whichever of a person's records they came with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Matter {
    pub(crate) kind: MatterKind,
    pub(crate) reference: String,
}

impl Matter {
    /// What of it an outcome is held against: by attribute, but for a promise that has a reference of its own, which says enough.
    pub(crate) fn subject<'a>(&'a self, attribute: &'a str) -> (&'a Self, &'a str) {
        (self, if self.kind == MatterKind::Promise { "" } else { attribute })
    }
}

/// Who led the customer to expect it. The more binding the words, the more confident we are that they were believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum SourceKind {
    Statutory = 1,
    PolicyTerms = 2,
    Quote = 3,
    OrderConfirmation = 4,
    AgentStatement = 5,
    CustomerStated = 6,
    MarketingClaim = 7,
    /// Nobody said it: customers like this one expect it.
    SegmentInferred = 8,
}

impl SourceKind {
    /// How sure we are that the customer expects it, from 0 to 1.
    pub(crate) fn confidence(self) -> f64 {
        match self {
            Self::Statutory | Self::PolicyTerms => 1.0,
            Self::Quote | Self::OrderConfirmation => 0.95,
            Self::AgentStatement => 0.9,
            Self::CustomerStated => 0.8,
            Self::MarketingClaim => 0.6,
            Self::SegmentInferred => 0.3,
        }
    }

    /// Whether it is a right: granting it pleases nobody, withholding it offends.
    pub(crate) fn is_right(self) -> bool {
        matches!(self, Self::Statutory | Self::PolicyTerms)
    }
}

/// What was promised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Expected {
    /// Done by then. A promised day ends with the day. The time names the version of the promise: one moved is another one.
    By(Timestamp),
    /// This much.
    Level(Quantity),
}

/// The range that the customer was told of, and agreed to, before buying. For a time: since the promise was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Agreed {
    pub(crate) from: Quantity,
    pub(crate) to: Quantity,
}

/// A promise in one version, as one touchpoint stated it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Promise {
    pub(crate) id: PromiseId,
    pub(crate) touchpoint: TouchpointId,
    pub(crate) matter: Matter,
    /// What of the matter, such as "delivery".
    pub(crate) attribute: String,
    /// Empty if none was named.
    pub(crate) product: String,
    pub(crate) expected: Expected,
    pub(crate) made_at: Timestamp,
    pub(crate) source: SourceKind,
    /// Whether the customer agreed to the date being moved.
    pub(crate) acknowledged: bool,
    pub(crate) agreed: Option<Agreed>,
    /// The source systems that would report the outcome. Silence counts only once all of them are complete.
    pub(crate) feeds: BTreeSet<String>,
}

impl Promise {
    /// From when on it is late: when it is due, and as long after that as nobody minds. None if it is not about when.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        let Expected::By(due) = self.expected else { return None };
        let terms = Terms::of_time(&self.attribute);
        let tolerance = terms.unit.and_then(Unit::seconds).map_or(0.0, |seconds| seconds * terms.tolerance);
        Some(due.plus(Duration::try_from_secs_f64(tolerance).unwrap_or_default()))
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Observed {
    /// It was done.
    Done,
    /// This much.
    Level(Quantity),
    /// The source itself says that it was not done.
    Failed,
}

/// What became of what was promised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) matter: Matter,
    pub(crate) attribute: String,
    /// When it occurred, not when we heard.
    pub(crate) at: Timestamp,
    pub(crate) observed: Observed,
}

/// Why nothing is owed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReleaseKind {
    /// What it was about is off, such as a contract withdrawn.
    Withdrawn,
    /// The customer lets it go.
    Waived,
}

/// That nothing is owed on a matter any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) matter: Matter,
    pub(crate) at: Timestamp,
    pub(crate) kind: ReleaseKind,
}

/// An apology, voucher or the like after a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recovery {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) matter: Matter,
    pub(crate) sent_at: Timestamp,
    /// When the customer took it, such as redeemed the voucher.
    pub(crate) accepted_at: Option<Timestamp>,
}

/// All that is known of a person's promises. A set: neither order nor repetition means anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) promises: Vec<Promise>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) releases: Vec<Release>,
    pub(crate) recoveries: Vec<Recovery>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) purchases: Vec<Purchase>,
    pub(crate) signs: Vec<Sign>,
    pub(crate) answers: Vec<Answered>,
    pub(crate) agreements: Vec<Agreement>,
}

impl Facts {
    /// Adds what another record knows.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.promises.append(&mut other.promises);
        self.outcomes.append(&mut other.outcomes);
        self.releases.append(&mut other.releases);
        self.recoveries.append(&mut other.recoveries);
        self.contacts.append(&mut other.contacts);
        self.purchases.append(&mut other.purchases);
        self.signs.append(&mut other.signs);
        self.answers.append(&mut other.answers);
        self.agreements.append(&mut other.agreements);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_depends_on_all_that_names_a_promise() {
        let matter = |kind, reference: &str| Matter { kind, reference: reference.to_owned() };
        let order = matter(MatterKind::Order, "42");
        let id = PromiseId::of(RecordId([1; 16]), &order, "delivery", SourceKind::Quote);
        assert_eq!(id.to_string(), "1dee211c74ffd76ee45de59137b367f8");
        for other in [
            PromiseId::of(RecordId([2; 16]), &order, "delivery", SourceKind::Quote),
            PromiseId::of(RecordId([1; 16]), &matter(MatterKind::Claim, "42"), "delivery", SourceKind::Quote),
            PromiseId::of(RecordId([1; 16]), &matter(MatterKind::Order, "42d"), "elivery", SourceKind::Quote),
            PromiseId::of(RecordId([1; 16]), &order, "callback", SourceKind::Quote),
            PromiseId::of(RecordId([1; 16]), &order, "delivery", SourceKind::MarketingClaim),
        ] {
            assert_ne!(id, other);
        }
    }
}
