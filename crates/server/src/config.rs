//! Configuration: a TOML file, overlaid by environment variables.

mod quota;
mod server;
mod tls;
mod tracked;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

pub use quota::{QuotaConfig, TenantQuotaConfig};
use serde::de::DeserializeOwned;
pub use server::ServerConfig;
pub use tls::{PeerTls, ServerTls, private_text};
use toml::{Table, Value};

const PREFIX: &str = "TENURE__";

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    file: Option<PathBuf>,
    problems: Vec<String>,
}

impl ConfigError {
    /// One problem.
    pub fn new(problem: impl Into<String>) -> Self {
        Self::of(vec![problem.into()])
    }

    /// Several problems, such as `validate` found.
    #[must_use]
    pub fn of(problems: Vec<String>) -> Self {
        Self { file: None, problems }
    }

    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        self.file = Some(path.to_owned());
        self
    }

    /// Every problem, each with the full path of its key where it has one.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        f.write_str(&self.problems.join("; "))
    }
}

impl std::error::Error for ConfigError {}

/// Reads a configuration: the file, if there is one, overlaid by variables `TENURE__SECTION__KEY`. Two underscores go one
/// level down, and letters are lowered. A value is read as a TOML value (`8`, `true`, `["a"]`) where the key takes one, and
/// as text otherwise. Other variables are left alone.
///
/// # Errors
/// When the file can't be read or is not TOML; and with the full path of every key that is unknown, missing or wrong.
pub fn load<T: DeserializeOwned>(
    file: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let located = |error: ConfigError| match file {
        Some(path) => error.in_file(path),
        None => error,
    };
    let mut table = match file {
        Some(path) => table(&text(path)?).map_err(located)?,
        None => Table::new(),
    };
    let set = overlay(&mut table, env)?;
    tracked::read(table, set).map_err(ConfigError::of).map_err(located)
}

/// Reads a value from TOML.
pub(crate) fn parse<T: DeserializeOwned>(toml: &str) -> Result<T, ConfigError> {
    tracked::read(table(toml)?, Vec::new()).map_err(ConfigError::of)
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|error| ConfigError::new(format!("can't be read: {error}")).in_file(path))
}

/// The problem is told by its line, without the line itself: it may hold a secret.
fn table(toml: &str) -> Result<Table, ConfigError> {
    toml.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| toml.get(..span.start)).unwrap_or_default();
        ConfigError::new(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
    })
}

/// A key that a variable set, and the variable's text.
pub(crate) struct Set {
    path: String,
    text: String,
}

fn overlay(table: &mut Table, env: impl Iterator<Item = (String, String)>) -> Result<Vec<Set>, ConfigError> {
    let mut problems = Vec::new();
    let mut set = Vec::new();
    // Sorted, so that the answer does not depend on the order of the environment.
    let mut variables: Vec<_> =
        env.filter_map(|(name, text)| Some((name.strip_prefix(PREFIX)?.to_lowercase(), text))).collect();
    variables.sort();
    for (name, text) in variables {
        let keys: Vec<&str> = name.split("__").collect();
        if keys.iter().any(|key| key.is_empty()) {
            problems.push(format!("{PREFIX}{}: a level without a name", name.to_uppercase()));
        } else if put(table, &keys, scalar(&text)).is_none() {
            problems.push(format!("{PREFIX}{}: goes below a key that is not a section", name.to_uppercase()));
        }
        set.push(Set { path: keys.join("."), text });
    }
    if problems.is_empty() { Ok(set) } else { Err(ConfigError::of(problems)) }
}

fn put(table: &mut Table, keys: &[&str], value: Value) -> Option<()> {
    match keys {
        [] => None,
        [key] => {
            table.insert((*key).to_owned(), value);
            Some(())
        }
        [key, rest @ ..] => {
            let below = table.entry(*key).or_insert_with(|| Value::Table(Table::new()));
            put(below.as_table_mut()?, rest, value)
        }
    }
}

fn scalar(text: &str) -> Value {
    let line = format!("v = {text}");
    let parsed = (!text.contains('\n')).then(|| line.parse::<Table>().ok()).flatten();
    parsed.and_then(|mut table| table.remove("v")).unwrap_or_else(|| Value::String(text.to_owned()))
}
