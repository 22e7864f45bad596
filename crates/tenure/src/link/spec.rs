//! A spec: what the columns of a file mean, and how it is linked.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tenure_linkage::{Options, Role, blocking::Key, cluster::Clustering};

/// Specs that come with the command.
const READY: [(&str, &str); 4] = [
    ("customers-nl", include_str!("specs/customers-nl.toml")),
    ("febrl", include_str!("specs/febrl.toml")),
    ("fake", include_str!("specs/fake.toml")),
    ("rldata", include_str!("specs/rldata.toml")),
];

/// What a spec may say. What it does not say is recognised, or as it is by default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Spec {
    /// The column that names a record.
    pub(crate) id: Option<String>,
    /// The column with the truth, for metrics.
    pub(crate) truth: Option<String>,
    /// ISO 3166, two letters.
    pub(crate) country: Option<String>,
    /// What columns mean, by their names. With any, columns that are not named are ignored.
    pub(crate) columns: BTreeMap<String, Role>,
    /// Which pairs are looked at.
    pub(crate) keys: Vec<KeySpec>,
    /// How clusters are made.
    pub(crate) clustering: Clustering,
}

/// A key, such as `{ on = "surname_part+birth", cap = 40 }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySpec {
    on: String,
    #[serde(default = "cap")]
    cap: usize,
}

fn cap() -> usize {
    40
}

impl Spec {
    /// The spec of a name or a file; that without anything if none is given.
    pub(crate) fn read(name: Option<&str>) -> anyhow::Result<Self> {
        let Some(name) = name else { return Ok(Self::default()) };
        let ready = READY.iter().find(|(ready, _)| *ready == name);
        let text = match ready {
            Some((_, text)) => (*text).to_owned(),
            None => std::fs::read_to_string(name).with_context(|| format!("can't read the spec {name}"))?,
        };
        toml::from_str(&text).with_context(|| format!("the spec {name}"))
    }

    /// How to link.
    pub(crate) fn options(&self, threads: Option<usize>) -> anyhow::Result<Options> {
        let mut options = Options { clustering: self.clustering, ..Options::default() };
        if !self.keys.is_empty() {
            let key = |key: &KeySpec| Key::parse(&key.on, key.cap).with_context(|| format!("the key \"{}\"", key.on));
            options.keys = self.keys.iter().map(key).collect::<Result<_, _>>()?;
        }
        let free = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        options.threads = threads.unwrap_or(free);
        if options.threads == 0 {
            bail!("--threads must be 1 or more");
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::{READY, Spec};

    #[test]
    fn every_ready_spec_can_be_used() {
        for (name, _) in READY {
            let options = Spec::read(Some(name)).and_then(|spec| spec.options(Some(1)));
            assert!(options.is_ok(), "{name}: {options:?}");
        }
    }

    #[test]
    fn a_wrong_spec_says_what_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("s.toml");
        for (text, said) in [
            ("[[keys]]\non = \"surnam\"", "surnam"),
            ("colums = 1", "colums"),
            ("[columns]\nx = \"nickname\"", "nickname"),
        ] {
            std::fs::write(&file, text).expect("written");
            let wrong = Spec::read(file.to_str()).and_then(|spec| spec.options(None)).expect_err("refused");
            assert!(format!("{wrong:#}").contains(said), "{wrong:#}");
        }
    }
}
