//! JSON Schemas for a tenant's own types.

mod cost;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;
use tenure_kernel::{Reason, Refusal};

use cost::{Cost, Unfit};

/// Errors of one document that are told at most.
const MOST_ERRORS: usize = 20;
/// The part of a schema's path that is told at most, in bytes.
const PATH_BYTES: usize = 200;
/// What is checked in one document at most: the schema's weight times the document's bytes.
const MOST_WORK: u64 = 32 << 20;
/// Up to here errors are told by their place: there are at most as many, and all of them are made.
const TOLD_WORK: u64 = 256 << 10;
/// What a compiled pattern takes, in KiB, with what it remembers.
const PATTERN_KIB: u64 = 512;
/// How large a compiled pattern may be, and what it remembers while it matches, in bytes.
const PATTERN_BYTES: usize = 256 << 10;

/// A schema, ready to check documents.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
    cost: Cost,
}

impl Schema {
    /// Reads a schema of draft 2020-12. References to other documents or in a circle are refused, so is what has more than
    /// 10,000 rules where references lead. Patterns are those that take linear time: neither look-around nor
    /// back-references. Takes a while: not for a thread that others wait for.
    ///
    /// # Errors
    /// `SCHEMA_INVALID`.
    pub fn compile(text: &str) -> Result<Self, Refusal> {
        let invalid = |why: &'static str| Refusal::new(Reason::SchemaInvalid, why);
        let value: Value = serde_json::from_str(text).map_err(|_| invalid("the schema is not JSON"))?;
        let cost = cost::measure(&value).map_err(|Unfit(why, place)| invalid(why).with("place", cut(&place)))?;
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
        let options = jsonschema::options().offline().with_pattern_options(patterns);
        let validator = options.with_draft(Draft::Draft202012).should_validate_formats(true).build(&value);
        let validator = validator.map_err(|error| {
            let place = cut(error.instance_path().as_str()).to_owned();
            invalid("the schema is not a JSON Schema of draft 2020-12, or a pattern of it is too large")
                .with("place", place)
        })?;
        Ok(Self { validator, cost })
    }

    /// About how much memory it takes, in KiB.
    #[must_use]
    pub fn kibibytes(&self) -> u32 {
        let kibibytes = self.cost.patterns * PATTERN_KIB + self.cost.weight / 2 + 8;
        u32::try_from(kibibytes).unwrap_or(u32::MAX)
    }

    /// What a document breaks, each by the place in the schema; empty when it fits.
    pub(crate) fn broken_by(&self, json: &str) -> Vec<Cow<'static, str>> {
        let Ok(value) = serde_json::from_str::<Value>(json) else { return vec![Cow::Borrowed("not JSON")] };
        let work = self.cost.weight.saturating_mul(json.len() as u64);
        if work > MOST_WORK {
            return vec![Cow::Borrowed("too long for a schema with so many rules")];
        }
        if self.validator.is_valid(&value) {
            return Vec::new();
        }
        if work > TOLD_WORK {
            return vec![Cow::Borrowed("breaks the schema; where is told of shorter documents only")];
        }
        // The place in the document may hold a personal name of a property; the place in the schema does not.
        let errors = self.validator.iter_errors(&value).take(MOST_ERRORS);
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
    known: HashMap<(String, i32), Option<Arc<Schema>>>,
}

/// A schema that a touchpoint names.
#[derive(Debug)]
pub enum Named<'a> {
    /// It is ready.
    Ready(&'a Schema),
    /// It was registered under rules that took more than those of today.
    Unusable,
    /// It is not registered.
    Unknown,
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

    /// Adds a schema; none when it can't be used.
    pub fn add(&mut self, name: String, revision: i32, schema: Option<Arc<Schema>>) {
        self.known.insert((name, revision), schema);
    }

    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The schema that a touchpoint means.
    #[must_use]
    pub fn find(&self, name: &str, revision: i32) -> Named<'_> {
        let revision = self.revision(name, revision);
        match revision.and_then(|revision| self.known.get(&(name.to_owned(), revision))) {
            Some(Some(schema)) => Named::Ready(schema),
            Some(None) => Named::Unusable,
            None => Named::Unknown,
        }
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
        // Small to write and large to compile.
        let large: Vec<_> = (0..200).map(|number| format!(r#"{{"pattern": "\\p{{L}}{{90}}{number}"}}"#)).collect();
        let large = format!(r#"{{"anyOf": [{}]}}"#, large.join(","));
        assert_eq!(Schema::compile(&large).unwrap_err().reason, Reason::SchemaInvalid);
        assert!(Schema::compile(r#"{"pattern": "^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"}"#).is_ok());
    }

    #[test]
    fn long_documents_are_not_told_where_they_break_many_rules() {
        let rules: Vec<_> = (0..150).map(|number| format!(r#"{{"const": {number}}}"#)).collect();
        let schema = Schema::compile(&format!(r#"{{"items": {{"anyOf": [{}]}}}}"#, rules.join(","))).unwrap();
        let document = |items: usize| format!("[{}7]", "x,".replace('x', "7").repeat(items));
        assert!(schema.broken_by(&document(8_000)).is_empty());
        assert!(schema.broken_by(&document(3).replace('7', "700"))[0].contains("/items/anyOf"));
        assert!(schema.broken_by(&document(2_000).replace('7', "700"))[0].contains("shorter"));
        let heavy: Vec<_> = (0..4_000).map(|number| number.to_string()).collect();
        let heavy = Schema::compile(&format!(r#"{{"items": {{"enum": [{}]}}}}"#, heavy.join(","))).unwrap();
        assert!(heavy.broken_by(&document(3_000)).is_empty());
        assert!(heavy.broken_by(&document(8_100))[0].contains("too long"));
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
