//! What a mapping file says, with the columns found in the file's header. `mappings/template.toml` has all keys.

mod choice;
mod section;

use prost_types::Timestamp;
use tenure_kernel::{IdentifierKind, money};
use tenure_proto::collector::v1::{Channel, Correlation, SubjectAttributes, TouchpointType};
use toml::Table;

use super::moment::{self, TimeFormat};
pub(super) use choice::Choice;
use section::{Problems, Section};

/// How the lines of a file become touchpoints.
pub(super) struct Mapping {
    pub(super) source: Choice<String>,
    pub(super) kind: Choice<TouchpointType>,
    pub(super) key: Option<usize>,
    pub(super) event_id: Option<usize>,
    pub(super) occur_time: OccurTime,
    pub(super) amount: Option<Amount>,
    pub(super) channel: Option<Choice<Channel>>,
    pub(super) line: Option<Choice<String>>,
    pub(super) note: Option<usize>,
    pub(super) case_category: Option<Choice<String>>,
    pub(super) identifiers: Vec<IdentifierColumn>,
    pub(super) attributes: Vec<(Set<SubjectAttributes>, usize)>,
    pub(super) correlation: Vec<(Set<Correlation>, usize)>,
}

/// Puts a cell where it belongs.
pub(super) type Set<T> = fn(&mut T, String);

/// When it happened.
pub(super) enum OccurTime {
    Constant(Timestamp),
    Column { column: usize, format: TimeFormat },
}

/// The money in it.
pub(super) struct Amount {
    pub(super) column: usize,
    pub(super) currency: Choice<String>,
    pub(super) decimal_mark: char,
}

/// A column that points at someone.
pub(super) struct IdentifierColumn {
    pub(super) kind: IdentifierKind,
    pub(super) column: usize,
    pub(super) issuer: String,
}

const ATTRIBUTES: &[(&str, Set<SubjectAttributes>)] = &[
    ("given_name", |to, cell| to.given_name = cell),
    ("initials", |to, cell| to.initials = cell),
    ("family_name_prefix", |to, cell| to.family_name_prefix = cell),
    ("family_name", |to, cell| to.family_name = cell),
    ("birth_date", |to, cell| to.birth_date = cell),
    ("language_code", |to, cell| to.language_code = cell),
    ("time_zone", |to, cell| to.time_zone = cell),
    ("organisation_name", |to, cell| to.organisation_name = cell),
    ("street", |to, cell| to.postal_address.get_or_insert_default().street = cell),
    ("house_number", |to, cell| to.postal_address.get_or_insert_default().house_number = cell),
    ("house_number_addition", |to, cell| to.postal_address.get_or_insert_default().house_number_addition = cell),
    ("postal_code", |to, cell| to.postal_address.get_or_insert_default().postal_code = cell),
    ("city", |to, cell| to.postal_address.get_or_insert_default().city = cell),
    ("country_code", |to, cell| to.postal_address.get_or_insert_default().country_code = cell),
];

const CORRELATION: &[(&str, Set<Correlation>)] = &[
    ("order_ref", |to, cell| to.order_ref = cell),
    ("contract_ref", |to, cell| to.contract_ref = cell),
    ("claim_ref", |to, cell| to.claim_ref = cell),
    ("case_ref", |to, cell| to.case_ref = cell),
];

impl Mapping {
    /// Reads the file's table, given the names of the columns.
    ///
    /// # Errors
    /// Everything that is wrong with it, a line each.
    pub(super) fn read(table: &Table, header: &[String]) -> Result<Self, Vec<String>> {
        let problems = Problems::default();
        let mut file = Section::new(String::new(), table, header, &problems);
        for key in ["source", "type", "occur_time"] {
            file.require(key);
        }
        if !table.contains_key("key") && !table.contains_key("identifiers") {
            file.problem("key", "missing, as are identifiers");
        }
        // Read by the one who opens the file, before there is a header.
        file.parsed("delimiter", delimiter, "not one ASCII character");
        let mapping = read_file(&mut file);
        file.close();
        match mapping {
            Some(mapping) if problems.borrow().is_empty() => Ok(mapping),
            _ => Err(problems.into_inner()),
        }
    }
}

/// Asks for every key, so that every problem is found, before it gives up.
fn read_file(file: &mut Section<'_>) -> Option<Mapping> {
    let source = file.choice("source", source, "not a source: 1 to 64 of a-z, 0-9, '.', '-' and '_'");
    let kind = file.choice("type", touchpoint_type, "not a touchpoint type of the catalogue");
    let (key, event_id, note) = (file.column("key"), file.column("event_id"), file.column("note"));
    let occur_time = occur_time(file);
    let decimal_mark = file.parsed("decimal_mark", decimal_mark, "neither \".\" nor \",\"").unwrap_or('.');
    let amount = amount(file, decimal_mark);
    let channel = file.choice("channel", channel, "not a channel");
    let line = file.choice("line", code, "not a code");
    let case_category = file.choice("case_category", code, "not a code");
    let identifiers = file.sections("identifiers").into_iter().filter_map(identifier).collect();
    let attributes = columns(file, "attributes", ATTRIBUTES);
    let correlation = columns(file, "correlation", CORRELATION);
    let (source, kind, occur_time) = (source?, kind?, occur_time?);
    Some(Mapping {
        source,
        kind,
        key,
        event_id,
        occur_time,
        amount,
        channel,
        line,
        note,
        case_category,
        identifiers,
        attributes,
        correlation,
    })
}

fn occur_time(file: &mut Section<'_>) -> Option<OccurTime> {
    let mut section = file.section("occur_time")?;
    let constant = section.parsed("constant", moment::constant, "neither a date nor a time as in RFC 3339");
    let column = section.column("column");
    let format = section.parsed("format", TimeFormat::from_name, "not one of date, rfc3339, epoch_seconds");
    let found = match (constant, column, format) {
        (Some(at), None, None) => Some(OccurTime::Constant(at)),
        (None, Some(column), Some(format)) => Some(OccurTime::Column { column, format }),
        (Some(_), ..) => {
            section.problem("constant", "either this or column and format");
            None
        }
        _ => {
            section.require("column");
            section.require("format");
            None
        }
    };
    section.close();
    found
}

fn amount(file: &mut Section<'_>, decimal_mark: char) -> Option<Amount> {
    let mut section = file.section("amount")?;
    section.require("column");
    section.require("currency");
    let column = section.column("column");
    let currency = section.choice("currency", currency, "not an ISO 4217 code");
    section.close();
    Some(Amount { column: column?, currency: currency?, decimal_mark })
}

fn identifier(mut section: Section<'_>) -> Option<IdentifierColumn> {
    section.require("kind");
    section.require("column");
    let kind = section.parsed("kind", |name| name.parse().ok(), "not a kind of identifier");
    let column = section.column("column");
    let issuer = section.text("issuer").unwrap_or_default();
    section.close();
    Some(IdentifierColumn { kind: kind?, column: column?, issuer })
}

/// A table of columns, each under the name of what it holds.
fn columns<T>(file: &mut Section<'_>, key: &'static str, known: &[(&'static str, Set<T>)]) -> Vec<(Set<T>, usize)> {
    let Some(mut section) = file.section(key) else { return Vec::new() };
    let found = known.iter().filter_map(|(name, set)| Some((*set, section.column(name)?))).collect();
    section.close();
    found
}

/// The character between cells.
pub(super) fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Some(*one),
        _ => None,
    }
}

fn decimal_mark(text: &str) -> Option<char> {
    matches!(text, "." | ",").then(|| text.chars().next())?
}

fn source(text: &str) -> Option<String> {
    let fits = |letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    ((1..=64).contains(&text.len()) && text.bytes().all(fits)).then(|| text.to_owned())
}

/// By its dot name, "order.placed". Custom types need a document, which lines do not have.
fn touchpoint_type(name: &str) -> Option<TouchpointType> {
    let (group, rest) = name.split_once('.')?;
    let fits = |part: &str| part.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_');
    if group.contains('_') || !fits(group) || !fits(rest) {
        return None;
    }
    TouchpointType::from_str_name(&format!("TOUCHPOINT_TYPE_{group}_{rest}").to_uppercase())
        .filter(|kind| *kind != TouchpointType::Unspecified)
}

fn channel(name: &str) -> Option<Channel> {
    let lower = name.bytes().all(|letter| letter.is_ascii_lowercase());
    Channel::from_str_name(&format!("CHANNEL_{}", name.to_uppercase()))
        .filter(|channel| lower && *channel != Channel::Unspecified)
}

fn code(text: &str) -> Option<String> {
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || b".-_:/".contains(&letter);
    ((1..=64).contains(&text.len()) && text.bytes().all(fits)).then(|| text.to_owned())
}

fn currency(code: &str) -> Option<String> {
    money::is_currency(code).then(|| code.to_owned())
}
