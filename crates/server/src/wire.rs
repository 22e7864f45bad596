//! Between protobuf and the kernel: times, and a collector of everything that is wrong with a request.

use std::{borrow::Cow, str::FromStr};

use tenure_kernel::{
    clock::Timestamp,
    id::NotAnId,
    refusal::{Reason, Refusal, Violation},
};
use tenure_proto::collector::v1::{Touchpoint, TouchpointType};

/// A protobuf timestamp as a moment: `None` outside 1900 to 2200, or when the nanoseconds are not below a second.
#[must_use]
pub fn timestamp(wire: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::from_parts(wire.seconds, wire.nanos)
}

/// A moment as a protobuf timestamp.
#[must_use]
pub fn to_wire(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = at.to_parts();
    prost_types::Timestamp { seconds, nanos }
}

/// Whether a touchpoint may be used for due diligence only (Wwft article 34a).
#[must_use]
pub fn is_aml_only(touchpoint: &Touchpoint) -> bool {
    let kyc = [TouchpointType::KycRequested, TouchpointType::KycPassed, TouchpointType::KycExpired];
    touchpoint.aml_only || kyc.contains(&touchpoint.r#type())
}

/// Everything that is wrong with a request, collected before any of it is said.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Nothing wrong yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a field is wrong. The description never holds the value: it may be personal.
    pub fn push(
        &mut self,
        field: impl Into<String>,
        reason: Reason,
        description: impl Into<Cow<'static, str>>,
    ) -> &mut Self {
        self.0.push(Violation::new(field, reason, description));
        self
    }

    /// The value, or notes what is wrong with it.
    pub fn take<T>(&mut self, value: Result<T, Violation>) -> Option<T> {
        value.map_err(|violation| self.0.push(violation)).ok()
    }

    /// The value, or notes `FIELD_REQUIRED`.
    pub fn required<T>(&mut self, field: impl Into<String>, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.push(field, Reason::FieldRequired, "required");
        }
        value
    }

    /// A text of 1 to `most` bytes, or notes `FIELD_REQUIRED` or `FIELD_TOO_LONG`.
    pub fn text<'a>(&mut self, field: impl Into<String>, value: &'a str, most: usize) -> Option<&'a str> {
        match value.len() {
            0 => self.push(field, Reason::FieldRequired, "required"),
            length if length > most => {
                self.push(field, Reason::FieldTooLong, format!("{length} bytes; at most {most} are allowed"))
            }
            _ => return Some(value),
        };
        None
    }

    /// An id, or notes `FIELD_REQUIRED` or `FIELD_MALFORMED`.
    pub fn id<T: FromStr<Err = NotAnId>>(&mut self, field: impl Into<String>, text: &str) -> Option<T> {
        match text.parse() {
            Ok(id) => return Some(id),
            Err(_) if text.is_empty() => self.push(field, Reason::FieldRequired, "required"),
            Err(wrong) => self.push(field, Reason::FieldMalformed, wrong.to_string()),
        };
        None
    }

    /// 1 to `most` ids, or notes `FIELD_REQUIRED` or `FIELD_TOO_LONG`, and what is wrong with each of the first `most`.
    pub fn ids<T: FromStr<Err = NotAnId>>(&mut self, field: &str, texts: &[String], most: usize) -> Vec<T> {
        match texts.len() {
            0 => {
                self.push(field, Reason::FieldRequired, format!("1 to {most} are needed"));
            }
            count if count > most => {
                self.push(field, Reason::FieldTooLong, format!("{count}; at most {most} are allowed"));
            }
            _ => {}
        }
        let texts = texts.iter().take(most).enumerate();
        texts.filter_map(|(place, text)| self.id(format!("{field}[{place}]"), text)).collect()
    }

    /// A moment if one is given, or notes `TIME_INVALID`.
    pub fn timestamp(&mut self, field: impl Into<String>, value: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
        let value = value?;
        let at = timestamp(value);
        if at.is_none() {
            self.push(field, Reason::TimeInvalid, "not a time from 1900 through 2199");
        }
        at
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong, in the order it was noted.
    #[must_use]
    pub fn into_inner(self) -> Vec<Violation> {
        self.0
    }

    /// Ends the collection.
    ///
    /// # Errors
    /// `FIELDS_INVALID` with every violation, when there is one.
    pub fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::fields(self.0)) }
    }
}

impl Extend<Violation> for Violations {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tenure_kernel::{PersonId, RecordId};

    use super::*;

    #[test]
    fn everything_wrong_is_collected_in_order() {
        let mut violations = Violations::new();
        assert_eq!(violations.text("name", "web", 3), Some("web"));
        assert_eq!(violations.required("model", Some(1)), Some(1));
        assert_eq!(violations.timestamp("as_of", None), None);
        assert_eq!(violations.take(crate::page_size(5, 10, 50)), Some(5));
        assert!(violations.is_empty());
        assert_eq!(violations.text("name", "", 3), None);
        assert_eq!(violations.text("name", "shop", 3), None);
        assert_eq!(violations.required::<i32>("model", None), None);
        assert_eq!(violations.take(crate::page_size(-5, 10, 50)), None);
        let at = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
        assert_eq!(violations.timestamp("as_of", Some(&at)), None);
        violations.push("by", Reason::FieldNotAllowed, "only one");
        let refusal = violations.finish().unwrap_err();
        assert_eq!(refusal.reason, Reason::FieldsInvalid);
        let found: Vec<_> = refusal.violations.iter().map(|v| (v.field.as_str(), v.reason)).collect();
        let expected = [
            ("name", Reason::FieldRequired),
            ("name", Reason::FieldTooLong),
            ("model", Reason::FieldRequired),
            ("page_size", Reason::FieldOutOfRange),
            ("as_of", Reason::TimeInvalid),
            ("by", Reason::FieldNotAllowed),
        ];
        assert_eq!(found, expected);
        assert_eq!(Violations::new().finish(), Ok(()));
    }

    #[test]
    fn ids_are_there_and_of_their_kind_and_not_too_many() {
        let id = RecordId([7; 16]);
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (good, person) = (id.to_string(), PersonId([7; 16]).to_string());
        let mut violations = Violations::new();
        assert_eq!(violations.id("record_id", &good), Some(id));
        assert_eq!(violations.ids::<RecordId>("record_ids", &texts(&[&good, &good]), 2), [id, id]);
        assert!(violations.is_empty());
        assert_eq!(violations.id::<RecordId>("record_id", ""), None);
        assert_eq!(violations.id::<RecordId>("record_id", &person), None);
        assert_eq!(violations.ids::<RecordId>("none", &[], 2), []);
        assert_eq!(violations.ids::<RecordId>("many", &texts(&["", &good, "x"]), 2), [id]);
        let found = violations.into_inner();
        let found: Vec<_> = found.iter().map(|v| (v.field.as_str(), v.reason)).collect();
        let expected = [
            ("record_id", Reason::FieldRequired),
            ("record_id", Reason::FieldMalformed),
            ("none", Reason::FieldRequired),
            ("many", Reason::FieldTooLong),
            ("many[0]", Reason::FieldRequired),
        ];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn times_read_back(micros in Timestamp::MIN.0..Timestamp::MAX.0) {
            prop_assert_eq!(timestamp(&to_wire(Timestamp(micros))), Some(Timestamp(micros)));
        }

        #[test]
        fn any_protobuf_time_is_read_or_refused(seconds: i64, nanos: i32) {
            if let Some(at) = timestamp(&prost_types::Timestamp { seconds, nanos }) {
                prop_assert!(Timestamp::MIN <= at && at < Timestamp::MAX);
            }
        }
    }
}
