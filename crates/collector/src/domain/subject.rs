//! The subjects of a touchpoint: who it is about.

use std::borrow::Cow;

use tenure_kernel::{Reason, identifier::IdentifierKind};

use super::{findings::Findings, form};

/// Subjects of a touchpoint at most.
pub const MOST_SUBJECTS: usize = 10;
/// Identifiers of a subject at most.
pub const MOST_IDENTIFIERS: usize = 20;

const PRIMARY: i32 = 1;
/// The last role on the wire.
pub const LAST_ROLE: i32 = 6;

/// A subject as it came.
#[derive(Debug, Clone, Default)]
pub struct Subject<'a> {
    /// The role's number on the wire.
    pub role: i32,
    /// The source's own key.
    pub key: &'a str,
    /// What points at them; it is enough to hold one more than allowed.
    pub identifiers: Vec<SentIdentifier<'a>>,
    /// What the source knows of them.
    pub attributes: Option<Attributes<'a>>,
}

/// An identifier as it came.
#[derive(Debug, Clone, Copy, Default)]
pub struct SentIdentifier<'a> {
    /// The kind's number on the wire.
    pub kind: i32,
    /// The value as the source has it.
    pub value: &'a str,
    /// Who issued it; empty: the source.
    pub issuer: &'a str,
}

/// What a source knows of a subject.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attributes<'a> {
    /// Texts that have no form, by the field's path below `attributes`.
    pub texts: [(&'static str, &'a str); 10],
    /// "YYYY-MM-DD" or empty.
    pub birth_date: &'a str,
    /// BCP 47 or empty.
    pub language_code: &'a str,
    /// IANA zone or empty.
    pub time_zone: &'a str,
    /// ISO 3166-1 alpha-2 or empty.
    pub country_code: &'a str,
}

/// An identifier in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// The canonical value.
    pub value: String,
    /// Who issued it; empty for a kind that means something without.
    pub issuer: String,
}

impl Identifier {
    /// What names a record by it: the value, after its issuer if its kind has one. Neither holds a line feed.
    #[must_use]
    pub fn record_key(&self) -> Cow<'_, str> {
        if self.issuer.is_empty() {
            Cow::Borrowed(&self.value)
        } else {
            format!("{}\n{}", self.issuer, self.value).into()
        }
    }
}

/// What was learnt of a subject by checking it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether the key can name its record.
    pub key_fits: bool,
    /// Its valid identifiers.
    pub identifiers: Vec<Identifier>,
    /// Whether it has identifiers, of which none is valid.
    pub unclear: bool,
}

/// Whether a role is that of the primary subject.
#[must_use]
pub fn is_primary(role: i32) -> bool {
    role == PRIMARY
}

/// Checks the subjects of a touchpoint of a source.
pub(crate) fn check(subjects: &[Subject<'_>], source: &str, found: &mut Findings) -> Vec<Known> {
    found.too_many(format_args!("subjects"), subjects.len(), MOST_SUBJECTS);
    if !subjects.iter().any(|subject| is_primary(subject.role)) {
        found.add(format_args!("subjects"), Reason::SubjectMissing, "needs one primary subject");
    }
    let first = subjects.iter().position(|subject| is_primary(subject.role));
    let known = subjects.iter().take(MOST_SUBJECTS).enumerate().map(|(place, subject)| {
        check_role(place, subject.role, first, found);
        let key_fits = found.printable(format_args!("subjects[{place}].key"), subject.key, 256);
        if let Some(attributes) = &subject.attributes {
            check_attributes(place, attributes, found);
        }
        let identifiers = check_identifiers(place, &subject.identifiers, source, found);
        let unclear = identifiers.is_empty() && !subject.identifiers.is_empty();
        Known { key_fits, identifiers, unclear }
    });
    known.collect()
}

fn check_role(place: usize, role: i32, first_primary: Option<usize>, found: &mut Findings) {
    let field = format_args!("subjects[{place}].role");
    match role {
        0 => found.add(field, Reason::FieldRequired, "required"),
        PRIMARY if first_primary != Some(place) => {
            found.add(field, Reason::FieldNotAllowed, "there is one primary subject only");
        }
        PRIMARY..=LAST_ROLE => {}
        _ => found.add(field, Reason::FieldOutOfRange, "not a known role"),
    }
}

fn check_identifiers(place: usize, sent: &[SentIdentifier<'_>], source: &str, found: &mut Findings) -> Vec<Identifier> {
    found.too_many(format_args!("subjects[{place}].identifiers"), sent.len(), MOST_IDENTIFIERS);
    let mut valid = Vec::with_capacity(sent.len().min(MOST_IDENTIFIERS));
    for (number, identifier) in sent.iter().take(MOST_IDENTIFIERS).enumerate() {
        valid.extend(check_identifier(
            format_args!("subjects[{place}].identifiers[{number}]"),
            identifier,
            source,
            found,
        ));
    }
    valid
}

fn check_identifier(
    path: std::fmt::Arguments<'_>,
    sent: &SentIdentifier<'_>,
    source: &str,
    found: &mut Findings,
) -> Option<Identifier> {
    let issued = found.printable(format_args!("{path}.issuer"), sent.issuer, 64);
    let kind = IdentifierKind::from_number(sent.kind);
    match (kind, sent.kind) {
        (None, 0) => found.add(format_args!("{path}.kind"), Reason::FieldRequired, "required"),
        (None, _) => found.add(format_args!("{path}.kind"), Reason::FieldOutOfRange, "not a known kind"),
        _ => {}
    }
    if sent.value.is_empty() {
        found.add(format_args!("{path}.value"), Reason::FieldRequired, "required");
        return None;
    }
    if found.too_long(format_args!("{path}.value"), sent.value, 320) {
        return None;
    }
    let kind = kind?;
    let Some(value) = kind.canonical(sent.value) else {
        found.add(format_args!("{path}.value"), Reason::IdentifierInvalid, format!("not a valid {}", kind.as_str()));
        return None;
    };
    let issuer = match (kind.has_issuer(), sent.issuer) {
        (false, _) => String::new(),
        (true, "") => source.to_owned(),
        (true, issuer) => issuer.to_owned(),
    };
    issued.then_some(Identifier { kind, value, issuer })
}

fn check_attributes(place: usize, attributes: &Attributes<'_>, found: &mut Findings) {
    for (name, text) in attributes.texts {
        found.too_long(format_args!("subjects[{place}].attributes.{name}"), text, 256);
    }
    let mut formed = |name: &str, text: &str, fits: bool, description| {
        if !text.is_empty() && !fits {
            found.add(format_args!("subjects[{place}].attributes.{name}"), Reason::FieldMalformed, description);
        }
    };
    let Attributes { birth_date, language_code, time_zone, country_code, .. } = *attributes;
    formed("birth_date", birth_date, form::is_date(birth_date), "not a date, YYYY-MM-DD");
    formed("language_code", language_code, form::is_language(language_code), "not a BCP 47 tag");
    formed("time_zone", time_zone, form::is_zone(time_zone), "not an IANA zone");
    let country = "postal_address.country_code";
    formed(country, country_code, form::is_country(country_code), "not an ISO 3166-1 alpha-2 code");
}
