//! What is wrong with a touchpoint.

use std::time::Duration;

use tenure_kernel::{Reason, Timestamp, Violation};

use super::{
    catalogue::{self, AmountRule, Group, TypeRule},
    detail::{self, Detail, Moment, Money},
    findings::Findings,
    form,
    schema::Schemas,
    subject::{self, Known, Subject},
};

/// The largest item, in bytes as it is encoded.
pub const MOST_BYTES: usize = 64 * 1024;
/// The last channel on the wire.
pub const LAST_CHANNEL: i32 = 9;
/// How far a source's clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(300);
const RETRACTION: i32 = 2;
const NOTE_BYTES: usize = 8 * 1024;

/// A touchpoint as it came, borrowed from the wire.
#[derive(Debug, Clone, Default)]
pub struct Candidate<'a> {
    /// The source.
    pub source: &'a str,
    /// The source's id of the event.
    pub event_id: &'a str,
    /// The type's number on the wire.
    pub kind: i32,
    /// When it happened.
    pub occur_time: Option<Moment>,
    /// When it was noted, was sent and takes effect, by the field's name.
    pub other_times: [(&'static str, Option<Moment>); 3],
    /// The channel's number on the wire.
    pub channel: i32,
    /// The product line that it is about.
    pub line_code: &'a str,
    /// Who it is about; it is enough to hold one more than allowed.
    pub subjects: Vec<Subject<'a>>,
    /// The money in it.
    pub amount: Option<Money<'a>>,
    /// The business objects that it belongs to, by the field's name.
    pub correlation: [(&'static str, &'a str); 4],
    /// Free text.
    pub note: &'a str,
    /// What it changes.
    pub amendment: Option<Amendment<'a>>,
    /// What belongs to the type.
    pub detail: Option<Detail<'a>>,
    /// Its size in bytes as it was encoded.
    pub size: usize,
}

/// That a touchpoint changes another.
#[derive(Debug, Clone, Copy)]
pub struct Amendment<'a> {
    /// The kind's number on the wire.
    pub kind: i32,
    /// The event id of the original.
    pub target_event_id: &'a str,
    /// The revision, from 1.
    pub revision: i32,
}

/// What checking a touchpoint found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Everything that is wrong with it; empty when it may be accepted.
    pub violations: Vec<Violation>,
    /// Whether source and event id are right, so that it has an id.
    pub has_id: bool,
    /// What was learnt of its subjects, in order; at most as many as are allowed.
    pub subjects: Vec<Known>,
}

/// Checks a touchpoint that came at a moment.
#[must_use]
pub fn check(candidate: &Candidate<'_>, now: Timestamp, schemas: &Schemas) -> Checked {
    let mut found = Findings::default();
    if candidate.size > MOST_BYTES {
        found.add(
            format_args!(""),
            Reason::ItemTooLarge,
            format!("{} bytes; at most {MOST_BYTES} are allowed", candidate.size),
        );
    }
    let has_id = check_origin(candidate, &mut found);
    let rule = check_type(candidate, &mut found);
    check_times(candidate, now, &mut found);
    if !(0..=LAST_CHANNEL).contains(&candidate.channel) {
        found.add(format_args!("channel"), Reason::FieldOutOfRange, "not a known channel");
    }
    detail::check_code(format_args!("line_code"), candidate.line_code, &mut found);
    let subjects = subject::check(&candidate.subjects, candidate.source, &mut found);
    check_amount(candidate, rule, &mut found);
    for (name, text) in candidate.correlation {
        found.reference(format_args!("correlation.{name}"), text);
    }
    found.too_long(format_args!("note"), candidate.note, NOTE_BYTES);
    check_amendment(candidate, &mut found);
    check_detail(candidate, rule, schemas, &mut found);
    Checked { violations: found.into_inner(), has_id, subjects }
}

fn check_origin(candidate: &Candidate<'_>, found: &mut Findings) -> bool {
    let source = form::is_source(candidate.source);
    if candidate.source.is_empty() {
        found.add(format_args!("source"), Reason::FieldRequired, "required");
    } else if !source && !found.too_long(format_args!("source"), candidate.source, 64) {
        found.add(format_args!("source"), Reason::FieldMalformed, "takes a-z, 0-9, '.', '-' and '_'");
    }
    let event = check_event_id(format_args!("event_id"), candidate.event_id, found);
    source && event
}

/// Whether a text can be an event id.
fn check_event_id(field: std::fmt::Arguments<'_>, text: &str, found: &mut Findings) -> bool {
    if text.is_empty() {
        found.add(field, Reason::FieldRequired, "required");
    }
    found.reference(field, text) && !text.is_empty()
}

fn check_type(candidate: &Candidate<'_>, found: &mut Findings) -> Option<&'static TypeRule> {
    let rule = catalogue::find(candidate.kind);
    if rule.is_none() {
        found.add(format_args!("type"), Reason::TypeUnknown, "not in the catalogue");
    }
    rule
}

fn check_times(candidate: &Candidate<'_>, now: Timestamp, found: &mut Findings) {
    match candidate.occur_time.map(Moment::at) {
        None => found.add(format_args!("occur_time"), Reason::FieldRequired, "required"),
        Some(None) => found.add(format_args!("occur_time"), Reason::TimeInvalid, "not a time from 1900 through 2199"),
        Some(Some(at)) if at > now.plus(AHEAD) => {
            found.add(
                format_args!("occur_time"),
                Reason::TimeInFuture,
                "more than five minutes ahead of the server's clock",
            );
        }
        Some(Some(_)) => {}
    }
    for (name, time) in candidate.other_times {
        if time.is_some_and(|time| time.at().is_none()) {
            found.add(format_args!("{name}"), Reason::TimeInvalid, "not a time from 1900 through 2199");
        }
    }
}

/// Whether it says that its target never happened: then its own amount and detail are not needed.
fn is_retraction(candidate: &Candidate<'_>) -> bool {
    candidate.amendment.is_some_and(|amendment| amendment.kind == RETRACTION)
}

fn check_amount(candidate: &Candidate<'_>, rule: Option<&TypeRule>, found: &mut Findings) {
    match (rule.map(|rule| rule.amount), &candidate.amount) {
        (Some(AmountRule::Required), None) if !is_retraction(candidate) => {
            found.add(format_args!("amount"), Reason::AmountMissing, "the type needs an amount; zero is valid");
        }
        (Some(AmountRule::None), Some(_)) => {
            found.add(format_args!("amount"), Reason::FieldNotAllowed, "the type has no amount");
        }
        _ => {}
    }
    if let Some(amount) = &candidate.amount {
        detail::check_price(format_args!("amount"), amount, found);
    }
}

fn check_amendment(candidate: &Candidate<'_>, found: &mut Findings) {
    let Some(amendment) = &candidate.amendment else { return };
    match amendment.kind {
        0 => found.add(format_args!("amendment.kind"), Reason::FieldRequired, "required"),
        1..=RETRACTION => {}
        _ => found.add(format_args!("amendment.kind"), Reason::FieldOutOfRange, "not a known kind"),
    }
    let named = check_event_id(format_args!("amendment.target_event_id"), amendment.target_event_id, found);
    if named && amendment.target_event_id == candidate.event_id {
        found.add(
            format_args!("amendment.target_event_id"),
            Reason::FieldNotAllowed,
            "a touchpoint can't amend itself",
        );
    }
    if amendment.revision < 1 {
        found.add(format_args!("amendment.revision"), Reason::FieldOutOfRange, "must be 1 or more");
    }
}

fn check_detail(candidate: &Candidate<'_>, rule: Option<&TypeRule>, schemas: &Schemas, found: &mut Findings) {
    let group = rule.map(|rule| rule.group);
    let Some(detail) = &candidate.detail else {
        if group == Some(Group::Custom) && !is_retraction(candidate) {
            found.add(format_args!("custom"), Reason::FieldRequired, "required");
        }
        return;
    };
    if group.is_some_and(|group| group != detail.group) {
        found.add(format_args!("{}", detail.group.field()), Reason::DetailMismatch, "does not belong to the type");
    }
    detail::check(detail, schemas, found);
    let due = detail.promised.and_then(|promised| promised.due);
    let made = candidate.occur_time.filter(|_| rule.is_some_and(|rule| rule.name == "promise.made"));
    if let (Some(due), Some(made)) = (due.and_then(Moment::at), made.and_then(Moment::at))
        && due < made
    {
        found.add(format_args!("promise.due_time"), Reason::FieldOutOfRange, "before the promise was made");
    }
}
