//! What is stated of a customer's rights: fields like any other, under the records that were the person's at that moment. Each
//! restriction and hold has a path of its own, so that a person has all those of its records, however they merge.

use tenure_kernel::{PersonId, RecordId, RightId, Timestamp, TouchpointId};

use super::fact::{Fact, Field, Method, Statement};

/// What is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Restriction,
    /// To a purpose.
    Objection(String),
    Hold,
    /// A restriction or a hold ends, whose path is this one.
    End(RightId, Ended),
}

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Restriction,
    Hold,
}

/// Something that is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Right {
    pub(crate) id: RightId,
    pub(crate) kind: Kind,
    pub(crate) person: PersonId,
    /// Ascending.
    pub(crate) records: Vec<RecordId>,
    /// Why, as a code.
    pub(crate) ground: String,
    pub(crate) at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What a right's statements come from.
pub(crate) const SOURCE: &str = "tenure.rights";
/// What it comes from that records are held for complaints.
const COMPLAINTS: &str = "tenure.complaints";

/// Whether something was stated here, and not by a source.
pub(crate) fn is_ours(source: &str) -> bool {
    [SOURCE, COMPLAINTS].contains(&source)
}

impl Right {
    /// What it says of each of its records.
    pub(crate) fn fact(&self) -> Fact {
        let (path, value) = match &self.kind {
            Kind::Restriction => (restriction(self.id), self.ground.clone()),
            Kind::Hold => (hold(self.id), self.ground.clone()),
            Kind::Objection(purpose) => (format!("objection.{purpose}"), "raised".to_owned()),
            Kind::End(ended, Ended::Restriction) => (restriction(*ended), String::new()),
            Kind::End(ended, Ended::Hold) => (hold(*ended), String::new()),
        };
        let field = Field { path, value, expires_at: self.expires_at, ..Field::default() };
        let touchpoint = TouchpointId(self.id.0);
        let statement = Statement {
            effective_at: self.at,
            planned: false,
            recorded_at: self.at,
            source_rank: i32::MAX,
            source: SOURCE.to_owned(),
            method: Method::Entered,
            aml: false,
            fields: vec![field],
        };
        Fact {
            touchpoint,
            revision: 0,
            recorded_at: self.at,
            happened: None,
            statement: Some(statement),
            sequence: 0,
            forgotten: false,
        }
    }
}

/// The field of a record that is held for the complaints in it.
pub(crate) const COMPLAINT_HOLD: &str = "complaint_hold";

/// What is said of a record that is held for complaints, and the slot for it: a later revision replaces what was said before.
pub(crate) fn complaint_hold(
    revision: i32,
    held: bool,
    at: Timestamp,
    expires_at: Option<Timestamp>,
) -> (TouchpointId, Fact) {
    let slot = TouchpointId(*b"complaint-record");
    let mut id = slot.0;
    id[12..].copy_from_slice(&revision.to_be_bytes());
    let value = if held { "complaint" } else { "" }.to_owned();
    let field = Field { path: COMPLAINT_HOLD.to_owned(), value, expires_at, ..Field::default() };
    let statement = Statement {
        effective_at: at,
        planned: false,
        recorded_at: at,
        source_rank: i32::MAX,
        source: COMPLAINTS.to_owned(),
        method: Method::System,
        aml: false,
        fields: vec![field],
    };
    let fact = Fact {
        touchpoint: TouchpointId(id),
        revision,
        recorded_at: at,
        happened: None,
        statement: Some(statement),
        sequence: 0,
        forgotten: false,
    };
    (slot, fact)
}

fn restriction(id: RightId) -> String {
    format!("restriction.{id}")
}

fn hold(id: RightId) -> String {
    format!("hold.{id}")
}
