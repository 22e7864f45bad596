//! API keys in a file.

use std::{
    collections::{BTreeSet, HashMap},
    fmt, fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde::Deserialize;
use tenure_kernel::tenant::Tenant;

use super::{Credentials, Digest, digest, hex, random};
use crate::{
    call::{Caller, Identity},
    config::{self, ConfigError},
    rpc,
};

/// API keys from a TOML file. It holds the SHA-256 of each key, never the key:
///
/// ```toml
/// [[key]]
/// sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
/// tenant = "acme"
/// principal = "web-shop"
/// scopes = ["touchpoints.write"]
/// ```
///
/// The scope "*" stands for every scope but those that start with "journal.".
#[derive(Default)]
pub struct ApiKeys(HashMap<Digest, Identity>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: String,
    tenant: String,
    principal: String,
    scopes: Vec<String>,
}

impl ApiKeys {
    /// Reads a file of keys.
    ///
    /// # Errors
    /// When it can't be read, and for every entry that is wrong.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&config::text(path)?).map_err(|error| error.in_file(path))
    }

    /// Reads keys from the text of a file.
    ///
    /// # Errors
    /// For every entry that is wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let file: File = config::parse(text)?;
        let mut keys = HashMap::new();
        let mut problems = Vec::new();
        for (place, entry) in file.key.iter().enumerate() {
            match check(entry) {
                Ok((digest, identity)) => {
                    if keys.insert(digest, identity).is_some() {
                        problems.push(format!("key[{place}].sha256: stands here twice"));
                    }
                }
                Err(wrong) => problems.extend(wrong.into_iter().map(|problem| format!("key[{place}].{problem}"))),
            }
        }
        if problems.is_empty() { Ok(Self(keys)) } else { Err(ConfigError::of(problems)) }
    }

    /// Makes a key, appends its entry to a file (made if need be, readable by its owner only), and returns the key in clear.
    /// It is shown once: the file does not hold it.
    ///
    /// # Errors
    /// When the file is there but wrong, when it can't be written, and when a scope or the principal is not valid.
    pub fn mint(path: &Path, tenant: &Tenant, principal: &str, scopes: &[&str]) -> Result<String, ConfigError> {
        if path.exists() {
            Self::read(path)?;
        }
        let key = random().map_err(|_| ConfigError::new("the machine gives no random bytes"))?;
        let key = format!("tenure_{key}");
        let entry = Entry {
            sha256: hex(&digest(&key)),
            tenant: tenant.to_string(),
            principal: principal.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        };
        check(&entry).map_err(ConfigError::of)?;
        append(path, &entry).map_err(|error| ConfigError::new(format!("can't be written: {error}")).in_file(path))?;
        Ok(key)
    }
}

impl Credentials for ApiKeys {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        // Looked up by hash: how long it takes says nothing about a key of 256 random bits.
        self.0.get(&digest(bearer)).cloned()
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({})", self.0.len())
    }
}

fn append(path: &Path, entry: &Entry) -> std::io::Result<()> {
    // Checked to need no escapes: hex, a tenant, a principal and known scopes.
    let scopes: Vec<String> = entry.scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
    let text = format!(
        "[[key]]\nsha256 = \"{}\"\ntenant = \"{}\"\nprincipal = \"{}\"\nscopes = [{}]\n\n",
        entry.sha256,
        entry.tenant,
        entry.principal,
        scopes.join(", "),
    );
    // One write, so that two that mint at once do not mix their lines.
    let mut file = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The digest and identity of an entry, or everything that is wrong with it.
fn check(entry: &Entry) -> Result<(Digest, Identity), Vec<String>> {
    let mut problems = Vec::new();
    let digest = unhex(&entry.sha256);
    if digest.is_none() {
        problems.push("sha256: must be 64 hexadecimal digits".to_owned());
    }
    let tenant = entry.tenant.parse::<Tenant>().map_err(|error| problems.push(format!("tenant: {error}"))).ok();
    if !principal_fits(&entry.principal) {
        problems.push("principal: must be 1 to 64 characters of a-z, A-Z, 0-9, '.', '_', '@' and '-'".to_owned());
    }
    if entry.scopes.is_empty() {
        problems.push("scopes: must name at least one".to_owned());
    }
    for scope in entry.scopes.iter().filter(|scope| *scope != "*" && !rpc::scope_exists(scope)) {
        problems.push(format!("scopes: no RPC needs {scope:?}"));
    }
    match (digest, tenant) {
        (Some(digest), Some(tenant)) if problems.is_empty() => {
            let scopes: BTreeSet<String> = entry.scopes.iter().cloned().collect();
            Ok((digest, Identity::Tenant(Caller { tenant, principal: entry.principal.clone(), scopes })))
        }
        _ => Err(problems),
    }
}

fn principal_fits(principal: &str) -> bool {
    (1..=64).contains(&principal.len())
        && principal.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"._@-".contains(&letter))
}

fn unhex(text: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        let pair = &text[2 * place..2 * place + 2];
        *byte = u8::from_str_radix(pair, 16).ok().filter(|_| !pair.starts_with('+'))?;
    }
    Some(bytes)
}
