//! JSON Schemas for a tenant's own types.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;
use tenure_kernel::{Reason, Refusal};

/// Errors of one document that are told at most.
const MOST_ERRORS: usize = 20;
/// The part of a schema's path that is told at most, in bytes.
const PATH_BYTES: usize = 200;

/// A schema, ready to check documents.
#[derive(Debug)]
pub struct Schema(Validator);

impl Schema {
    /// Reads a schema of draft 2020-12. References to other documents are refused, and patterns are those that take linear
    /// time: neither look-around nor back-references.
    ///
    /// # Errors
    /// `SCHEMA_INVALID`.
    pub fn compile(text: &str) -> Result<Self, Refusal> {
        let invalid = |why: &'static str| Refusal::new(Reason::SchemaInvalid, why);
        let value: Value = serde_json::from_str(text).map_err(|_| invalid("the schema is not JSON"))?;
        let options = jsonschema::options().offline().with_pattern_options(PatternOptions::regex());
        let validator = options.with_draft(Draft::Draft202012).should_validate_formats(true).build(&value);
        validator.map(Self).map_err(|error| {
            let place = cut(error.instance_path().as_str()).to_owned();
            invalid("the schema is not a JSON Schema of draft 2020-12, or refers to another document")
                .with("place", place)
        })
    }

    /// What a document breaks, each by the place in the schema; empty when it fits.
    pub(crate) fn broken_by(&self, json: &str) -> Vec<Cow<'static, str>> {
        let Ok(value) = serde_json::from_str::<Value>(json) else { return vec![Cow::Borrowed("not JSON")] };
        // The place in the document may hold a personal name of a property; the place in the schema does not.
        let errors = self.0.iter_errors(&value).take(MOST_ERRORS);
        errors.map(|error| Cow::Owned(format!("breaks {}", cut(error.schema_path().as_str())))).collect()
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(PATH_BYTES)]
}

/// Whether two texts are the same JSON.
#[must_use]
pub fn same(left: &str, right: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).ok();
    read(left).is_some_and(|left| read(right) == Some(left))
}

/// The schemas that a call's touchpoints name.
#[derive(Debug, Default)]
pub struct Schemas {
    newest: HashMap<String, i32>,
    known: HashMap<(String, i32), Arc<Schema>>,
}

impl Schemas {
    /// With the newest revision of each name.
    #[must_use]
    pub fn new(newest: HashMap<String, i32>) -> Self {
        Self { newest, known: HashMap::new() }
    }

    /// The revision that a touchpoint means; 0 is the newest. `None` when it is not registered.
    #[must_use]
    pub fn revision(&self, name: &str, revision: i32) -> Option<i32> {
        let newest = *self.newest.get(name)?;
        match revision {
            0 => Some(newest),
            one if (1..=newest).contains(&one) => Some(one),
            _ => None,
        }
    }

    /// Adds a schema.
    pub fn add(&mut self, name: &str, revision: i32, schema: Arc<Schema>) {
        self.known.insert((name.to_owned(), revision), schema);
    }

    /// The schema that a touchpoint means, and its revision.
    #[must_use]
    pub fn find(&self, name: &str, revision: i32) -> Option<(i32, &Schema)> {
        let revision = self.revision(name, revision)?;
        self.known.get(&(name.to_owned(), revision)).map(|schema| (revision, schema.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str =
        r#"{"type": "object", "required": ["age"], "properties": {"age": {"type": "integer", "minimum": 0}}}"#;

    #[test]
    fn documents_fit_or_are_told_where_they_do_not() {
        let schema = Schema::compile(SCHEMA).unwrap();
        assert!(schema.broken_by(r#"{"age": 3, "name": "x"}"#).is_empty());
        assert_eq!(schema.broken_by(r#"{"age": -3}"#), ["breaks /properties/age/minimum"]);
        assert_eq!(schema.broken_by("{"), ["not JSON"]);
    }

    #[test]
    fn bad_schemas_are_refused() {
        let deep = "[".repeat(200);
        let bad = [
            "{",
            r#"{"type": "elephant"}"#,
            r#"{"$ref": "https://example.com/other.json"}"#,
            r#"{"$ref": "file:///etc/passwd"}"#,
            r#"{"pattern": "(?=a)b"}"#,
            &deep,
        ];
        for text in bad {
            assert_eq!(Schema::compile(text).unwrap_err().reason, Reason::SchemaInvalid, "{text}");
        }
    }

    #[test]
    fn zero_is_the_newest_revision() {
        let schemas = Schemas::new(HashMap::from([("visit".to_owned(), 3)]));
        let asked = [("visit", 0), ("visit", 3), ("visit", 1), ("visit", 4), ("visit", -1), ("other", 0)];
        let found: Vec<_> = asked.iter().map(|(name, revision)| schemas.revision(name, *revision)).collect();
        assert_eq!(found, [Some(3), Some(3), Some(1), None, None, None]);
    }

    #[test]
    fn order_and_spaces_do_not_make_another_schema() {
        assert!(same(r#"{"a": 1, "b": [2]}"#, r#"{"b":[2],"a":1}"#));
        assert!(!same(r#"{"a": 1}"#, r#"{"a": 2}"#) && !same("{", "{"));
    }
}
