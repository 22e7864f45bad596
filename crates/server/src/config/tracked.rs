//! Reads a TOML table and keeps track of where it is, so that everything wrong is told at once, by the full path of its key.

use std::{cell::RefCell, fmt};

use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor, value::StringDeserializer},
    forward_to_deserialize_any,
};
use toml::{Table, Value, de::Error};

use super::Set;

#[derive(Clone, PartialEq)]
enum Step {
    Key(String),
    Place(usize),
}

#[derive(Clone, Default, PartialEq)]
struct Path(Vec<Step>);

impl Path {
    fn and(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if place == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Place(place) => write!(f, "[{place}]")?,
            }
        }
        Ok(())
    }
}

#[derive(Default)]
struct Findings {
    unknown: Vec<Path>,
    /// Where the first failure came up.
    failed: Option<Path>,
}

/// Reads a table, or tells everything that is wrong with it. A value that a variable set and that does not fit is tried
/// again as text. What is wrong is taken out and the rest read again, to see what else is wrong.
pub(super) fn read<T: DeserializeOwned>(mut table: Table, mut set: Vec<Set>) -> Result<T, Vec<String>> {
    let mut problems = Vec::new();
    let mut removed: Vec<Path> = Vec::new();
    loop {
        let findings = RefCell::default();
        let result =
            T::deserialize(Node { value: Value::Table(table.clone()), path: Path::default(), findings: &findings });
        let found = findings.into_inner();
        for path in found.unknown {
            problems.push(format!("{path}: no such key"));
            take(&mut table, &path);
        }
        let error = match result {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let path = found.failed.unwrap_or_default();
        if let Some(key) = missing(&error) {
            let path = path.and(Step::Key(key));
            if !removed.contains(&path) {
                problems.push(format!("{path}: is required"));
            }
            return Err(problems);
        }
        if let Some(at) = set.iter().position(|set| set.path == path.to_string()) {
            put(&mut table, &path, Value::String(set.swap_remove(at).text));
            continue;
        }
        problems.push(if path.0.is_empty() {
            error.message().to_owned()
        } else {
            format!("{path}: {}", error.message())
        });
        if take(&mut table, &path).is_none() {
            return Err(problems);
        }
        removed.push(path);
    }
}

/// The key that a failure says is missing.
fn missing(error: &Error) -> Option<String> {
    let rest = error.message().strip_prefix("missing field `")?;
    rest.strip_suffix('`').map(str::to_owned)
}

fn section<'a>(table: &'a mut Table, path: &'a Path) -> Option<(&'a mut Table, &'a str)> {
    let (Step::Key(last), above) = path.0.split_last()? else { return None };
    let mut steps = above.iter();
    let Some(first) = steps.next() else { return Some((table, last)) };
    let Step::Key(key) = first else { return None };
    let mut value = table.get_mut(key)?;
    for step in steps {
        value = match step {
            Step::Key(key) => value.get_mut(key)?,
            Step::Place(place) => value.get_mut(*place)?,
        };
    }
    Some((value.as_table_mut()?, last))
}

fn take(table: &mut Table, path: &Path) -> Option<Value> {
    let (section, key) = section(table, path)?;
    section.remove(key)
}

fn put(table: &mut Table, path: &Path, value: Value) {
    if let Some((section, key)) = section(table, path) {
        section.insert(key.to_owned(), value);
    }
}

/// A value and where it stands.
struct Node<'f> {
    value: Value,
    path: Path,
    findings: &'f RefCell<Findings>,
}

impl Node<'_> {
    /// Notes where the innermost failure came up.
    fn note<T>(path: Path, findings: &RefCell<Findings>, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_err() {
            findings.borrow_mut().failed.get_or_insert(path);
        }
        result
    }
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Self { value, path, findings } = self;
        let result = match value {
            Value::Table(table) => {
                visitor.visit_map(Entries { rest: table.into_iter(), next: None, path: &path, findings })
            }
            Value::Array(values) => {
                visitor.visit_seq(Elements { rest: values.into_iter().enumerate(), path: &path, findings })
            }
            other => other.deserialize_any(visitor),
        };
        Node::note(path, findings, result)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Value::Table(table) = &mut self.value {
            let unknown: Vec<String> = table.keys().filter(|key| !fields.contains(&key.as_str())).cloned().collect();
            for key in unknown {
                table.remove(&key);
                self.findings.borrow_mut().unknown.push(self.path.and(Step::Key(key)));
            }
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Node::note(self.path, self.findings, self.value.deserialize_enum(name, variants, visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Entries<'p, 'f> {
    rest: <Table as IntoIterator>::IntoIter,
    next: Option<(String, Value)>,
    path: &'p Path,
    findings: &'f RefCell<Findings>,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next = self.rest.next();
        let Some((key, _)) = &self.next else { return Ok(None) };
        let result = seed.deserialize(StringDeserializer::new(key.clone())).map(Some);
        Node::note(self.path.and(Step::Key(key.clone())), self.findings, result)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (key, value) = self.next.take().ok_or_else(|| Error::custom("a value without a key"))?;
        seed.deserialize(Node { value, path: self.path.and(Step::Key(key)), findings: self.findings })
    }
}

struct Elements<'p, 'f> {
    rest: std::iter::Enumerate<std::vec::IntoIter<Value>>,
    path: &'p Path,
    findings: &'f RefCell<Findings>,
}

impl<'de> SeqAccess<'de> for Elements<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some((place, value)) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Node { value, path: self.path.and(Step::Place(place)), findings: self.findings }).map(Some)
    }
}
