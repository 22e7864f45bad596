//! What a schema costs, told before it is compiled: how much there is to check for one value of a document, with every
//! reference written out. References let a small schema ask for work without bound; what asks for too much is refused.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// What is checked for one value at most.
const MOST_WEIGHT: u64 = 10_000;
/// What a pattern weighs; anything else weighs one. So a document meets 200 patterns at most.
const PATTERN: u64 = 50;
/// Schemas within schemas at most, also by reference.
const MOST_DEPTH: usize = 100;
/// The meta-schema of draft 2020-12.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Why a schema is refused, and the reference that it is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit(pub(super) &'static str, pub(super) String);

impl Unfit {
    fn of(why: &'static str) -> Self {
        Self(why, String::new())
    }
}

/// What a schema costs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// What is checked for one value.
    pub(super) weight: u64,
    /// How many patterns are compiled.
    pub(super) patterns: u64,
}

/// Tells what a schema costs.
pub(super) fn measure(root: &Value) -> Result<Cost, Unfit> {
    let mut walk = Walk { root, anchors: HashMap::new(), known: HashMap::new(), patterns: 0 };
    walk.scan(root, true)?;
    let part = walk.schema(root, 0)?;
    if part.weight > MOST_WEIGHT {
        return Err(Unfit::of(
            "the schema has more than 10,000 rules, counted where references lead; a pattern counts as 50",
        ));
    }
    Ok(Cost { weight: part.weight, patterns: walk.patterns })
}

/// What a part of a schema costs.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    /// What is checked for one value.
    weight: u64,
    /// What is checked to tell which members of a value were evaluated: every part about the same value, and again below it.
    again: u64,
    depth: usize,
}

impl Part {
    /// Adds a part that a keyword holds.
    fn add(&mut self, keyword: &str, child: Self) {
        self.weight = self.weight.saturating_add(child.weight);
        if !is_about_members(keyword) {
            self.again = self.again.saturating_add(child.weight).saturating_add(child.again);
        }
        self.depth = self.depth.max(child.depth + 1);
    }
}

struct Walk<'a> {
    root: &'a Value,
    anchors: HashMap<&'a str, &'a Value>,
    /// Parts by where they are; `None` while one is being measured.
    known: HashMap<*const Value, Option<Part>>,
    patterns: u64,
}

impl<'a> Walk<'a> {
    /// Notes the anchors. What makes references mean something else from some place on is refused, wherever it stands.
    fn scan(&mut self, value: &'a Value, top: bool) -> Result<(), Unfit> {
        match value {
            Value::Array(values) => values.iter().try_for_each(|value| self.scan(value, false)),
            Value::Object(members) => {
                for (key, member) in members {
                    self.note(value, key, member, top)?;
                    self.scan(member, false)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, holder: &'a Value, key: &str, member: &'a Value, top: bool) -> Result<(), Unfit> {
        let Value::String(text) = member else { return Ok(()) };
        match key {
            "$schema" if text.trim_end_matches('#') != DRAFT => Err(Unfit::of("the schema is not of draft 2020-12")),
            "$id" if !top => Err(Unfit::of("$id may stand at the top of a schema only")),
            "$anchor" | "$dynamicAnchor" => match self.anchors.insert(text, holder) {
                Some(other) if !std::ptr::eq(other, holder) => Err(Unfit("an anchor is there twice", text.clone())),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn schema(&mut self, value: &'a Value, depth: usize) -> Result<Part, Unfit> {
        let too_deep = || Unfit::of("the schema is more than 100 schemas deep, counted where references lead");
        if depth > MOST_DEPTH {
            return Err(too_deep());
        }
        match self.known.get(&std::ptr::from_ref(value)) {
            Some(Some(part)) => return Ok(*part),
            Some(None) => return Err(Unfit::of("the schema refers to itself")),
            None => {}
        }
        self.known.insert(value, None);
        let mut part = Part { weight: 1, again: 0, depth: 1 };
        if let Value::Object(members) = value {
            self.members(members, depth, &mut part)?;
        }
        if part.depth > MOST_DEPTH {
            return Err(too_deep());
        }
        self.known.insert(value, Some(part));
        Ok(part)
    }

    fn members(&mut self, members: &'a Map<String, Value>, depth: usize, part: &mut Part) -> Result<(), Unfit> {
        for (key, member) in members {
            match (key.as_str(), member) {
                ("$ref", Value::String(reference)) => {
                    let told = |Unfit(why, place)| Unfit(why, if place.is_empty() { reference.clone() } else { place });
                    let target = self.target(reference)?;
                    part.add(key, self.schema(target, depth + 1).map_err(told)?);
                }
                ("$dynamicRef" | "$recursiveRef", _) => {
                    return Err(Unfit::of("a schema may not use $dynamicRef or $recursiveRef"));
                }
                ("$defs" | "definitions", _) => {}
                (key, Value::Array(schemas)) if is_applicator(key) => {
                    for schema in schemas {
                        part.add(key, self.schema(schema, depth + 1)?);
                    }
                }
                (key, schema) if is_applicator(key) => part.add(key, self.schema(schema, depth + 1)?),
                (key, Value::Object(schemas)) if is_map(key) => {
                    if key == "patternProperties" {
                        self.pattern(schemas.len() as u64, part);
                    }
                    for schema in schemas.values() {
                        part.add(key, self.schema(schema, depth + 1)?);
                    }
                }
                ("pattern", _) => self.pattern(1, part),
                (_, value) => part.weight = part.weight.saturating_add(size(value)),
            }
        }
        if members.contains_key("unevaluatedItems") || members.contains_key("unevaluatedProperties") {
            part.weight = part.weight.saturating_add(part.again);
        }
        Ok(())
    }

    fn pattern(&mut self, count: u64, part: &mut Part) {
        self.patterns += count;
        part.weight = part.weight.saturating_add(count.saturating_mul(PATTERN));
    }

    /// What a reference leads to.
    fn target(&self, reference: &str) -> Result<&'a Value, Unfit> {
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let own = self.root.get("$id").and_then(Value::as_str).map(|id| id.trim_end_matches('#'));
        if !document.is_empty() && own != Some(document) {
            return Err(Unfit("the schema refers to another document", reference.to_owned()));
        }
        let fragment = percent_decoded(fragment);
        let found = match fragment.is_empty() || fragment.starts_with('/') {
            true => self.root.pointer(&fragment),
            false => self.anchors.get(fragment.as_str()).copied(),
        };
        found.ok_or_else(|| Unfit("the schema refers to what is not there", reference.to_owned()))
    }
}

/// Whether a keyword holds a schema, or a list of them.
fn is_applicator(key: &str) -> bool {
    const KEYWORDS: [&str; 16] = [
        "additionalItems",
        "additionalProperties",
        "allOf",
        "anyOf",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "oneOf",
        "prefixItems",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    ];
    KEYWORDS.contains(&key)
}

/// Whether a keyword's schemas are about members of a value, and not looked at to tell which members were evaluated.
fn is_about_members(key: &str) -> bool {
    const KEYWORDS: [&str; 7] = [
        "additionalItems",
        "additionalProperties",
        "items",
        "patternProperties",
        "prefixItems",
        "properties",
        "propertyNames",
    ];
    KEYWORDS.contains(&key)
}

/// Whether a keyword holds schemas by name.
fn is_map(key: &str) -> bool {
    matches!(key, "properties" | "patternProperties" | "dependentSchemas" | "dependencies")
}

/// How many values a value holds, itself included.
fn size(value: &Value) -> u64 {
    match value {
        Value::Array(values) => values.iter().map(size).fold(1, u64::saturating_add),
        Value::Object(members) => members.values().map(size).fold(1, u64::saturating_add),
        _ => 1,
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = (*first == b'%').then(|| behind.get(..2)).flatten();
        let decoded = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn why(schema: &Value) -> &'static str {
        measure(schema).unwrap_err().0
    }

    #[test]
    fn rules_are_counted_where_references_lead() {
        let plain = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": true}, "required": ["a"]});
        assert_eq!(measure(&plain), Ok(Cost { weight: 1 + 1 + 2 + 1 + 2, patterns: 0 }));
        let pair = json!({"items": {"$ref": "#/$defs/a%20b"}, "not": {"$ref": "#a"},
            "$defs": {"a b": {"$anchor": "a", "pattern": "x"}}});
        assert_eq!(measure(&pair), Ok(Cost { weight: 1 + 2 * (1 + 1 + 1 + 50), patterns: 1 }));
        let named = json!({"$id": "https://example.com/x", "items": {"$ref": "https://example.com/x#/$defs/a"},
            "$defs": {"a": true}});
        assert!(measure(&named).is_ok());
    }

    #[test]
    fn what_refers_to_itself_is_refused() {
        let cyclic = [
            json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}]}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}),
            json!({"$anchor": "top", "properties": {"child": {"$ref": "#top"}}}),
            json!({"not": {"items": {"$ref": "#/not"}}}),
        ];
        for schema in cyclic {
            assert_eq!(why(&schema), "the schema refers to itself", "{schema}");
        }
        // What nothing leads to costs nothing.
        assert!(measure(&json!({"$defs": {"a": {"$ref": "#/$defs/a"}}})).is_ok());
    }

    #[test]
    fn what_grows_with_each_reference_is_refused() {
        let link = |number: usize| {
            let next = json!({"$ref": format!("#/$defs/{}", number + 1)});
            json!({"anyOf": [next.clone(), next]})
        };
        let mut chain: Map<String, Value> = (0..20).map(|number| (number.to_string(), link(number))).collect();
        chain.insert("20".to_owned(), json!({"type": "string"}));
        assert!(why(&json!({"$ref": "#/$defs/0", "$defs": chain})).contains("10,000"));
        // Each level evaluates all below it again.
        let nested = (0..40).fold(json!(true), |inner, _| json!({"anyOf": [inner], "unevaluatedProperties": false}));
        assert!(why(&nested).contains("10,000"));
        let closed =
            (0..40).fold(json!(true), |inner, _| json!({"properties": {"a": inner}, "unevaluatedProperties": false}));
        assert!(measure(&closed).is_ok());
        let patterns: Vec<_> = (0..201).map(|number| json!({"pattern": number.to_string()})).collect();
        assert!(why(&json!({"anyOf": patterns})).contains("10,000"));
        let deep = (0..101).map(|number| (number.to_string(), json!({"$ref": format!("#/$defs/{}", number + 1)})));
        let mut deep: Map<String, Value> = deep.collect();
        deep.insert("101".to_owned(), json!(true));
        assert!(why(&json!({"$ref": "#/$defs/0", "$defs": deep})).contains("deep"));
    }

    #[test]
    fn references_lead_to_the_schema_itself() {
        let unfit = [
            (json!({"$ref": "https://json-schema.org/draft/2020-12/schema"}), "another document"),
            (json!({"$ref": "#/$defs/a"}), "not there"),
            (json!({"$dynamicRef": "#a"}), "$dynamicRef"),
            (json!({"items": {"$id": "https://example.com/x"}}), "$id"),
            (json!({"$schema": "http://json-schema.org/draft-07/schema#"}), "draft 2020-12"),
            (json!({"not": {"$anchor": "a"}, "items": {"$anchor": "a"}}), "twice"),
        ];
        for (schema, part) in unfit {
            assert!(why(&schema).contains(part), "{schema}");
        }
        let property = json!({"$schema": DRAFT, "properties": {"$id": {"type": "string"}}});
        assert!(measure(&property).is_ok());
    }
}
