//! What is wrong with an item, collected before any of it is said.

use std::{borrow::Cow, fmt};

use tenure_kernel::{Reason, Violation, identifier};

/// Findings per item at most, but for the first of each further reason: an item of 64 KiB can break a rule thousands of times.
const MOST: usize = 100;

/// Everything that is wrong with an item, as it is found.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Violation>);

impl Findings {
    /// Notes that a field is wrong. The description never holds the value: it may be personal.
    pub(crate) fn add(&mut self, field: fmt::Arguments<'_>, reason: Reason, text: impl Into<Cow<'static, str>>) {
        // Past the limit each reason is still told once.
        if self.0.len() < MOST || !self.0.iter().any(|found| found.reason == reason) {
            self.0.push(Violation::new(field.to_string(), reason, text));
        }
    }

    /// Notes a text that is longer than allowed; says whether it is.
    pub(crate) fn too_long(&mut self, field: fmt::Arguments<'_>, text: &str, most: usize) -> bool {
        let too_long = text.len() > most;
        if too_long {
            self.add(field, Reason::FieldTooLong, format!("{} bytes; at most {most} are allowed", text.len()));
        }
        too_long
    }

    /// Notes more than are allowed.
    pub(crate) fn too_many(&mut self, field: fmt::Arguments<'_>, count: usize, most: usize) {
        if count > most {
            self.add(field, Reason::FieldTooLong, format!("at most {most} are allowed"));
        }
    }

    /// Notes a reference of the source, which is stored in clear, that does not fit or is personal; says whether it is neither.
    pub(crate) fn reference(&mut self, field: fmt::Arguments<'_>, text: &str) -> bool {
        self.printable(field, text, 128) && self.impersonal(field, text)
    }

    /// Notes a text, stored in clear, that is an e-mail address or a bank account; says whether it is neither.
    pub(crate) fn impersonal(&mut self, field: fmt::Arguments<'_>, text: &str) -> bool {
        let personal = identifier::is_personal(text);
        if personal {
            self.add(field, Reason::FieldNotAllowed, "is personal; send it as an identifier of the subject");
        }
        !personal
    }

    /// Notes a text that is longer than allowed or holds control characters; says whether it is neither.
    pub(crate) fn printable(&mut self, field: fmt::Arguments<'_>, text: &str, most: usize) -> bool {
        if self.too_long(field, text, most) {
            return false;
        }
        let printable = !text.chars().any(char::is_control);
        if !printable {
            self.add(field, Reason::FieldMalformed, "holds control characters");
        }
        printable
    }

    /// Ends the collection.
    pub(crate) fn into_inner(self) -> Vec<Violation> {
        self.0
    }
}
