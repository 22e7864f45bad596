//! Credentials: who a bearer token stands for.

mod api_keys;

use std::{fmt, sync::Arc};

pub use api_keys::ApiKeys;
use ring::{digest, rand};

use crate::{call::Identity, config::ConfigError};

/// Knows credentials.
pub trait Credentials: Send + Sync {
    /// Who a bearer token stands for, if it is known.
    fn identify(&self, bearer: &str) -> Option<Identity>;
}

/// Several kinds of credentials, asked in turn.
impl Credentials for Vec<Arc<dyn Credentials>> {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        self.iter().find_map(|credentials| credentials.identify(bearer))
    }
}

type Digest = [u8; 32];

fn digest(bearer: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, bearer.as_bytes()).as_ref());
    bytes
}

fn random() -> Result<String, ring::error::Unspecified> {
    let bytes: [u8; 32] = rand::generate(&rand::SystemRandom::new())?.expose();
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What our services show each other.
#[derive(Clone)]
pub struct ServiceCredential {
    bearer: Arc<str>,
    digest: Digest,
}

impl ServiceCredential {
    /// A new secret, good for this process only: 256 random bits.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn random() -> Result<Self, ConfigError> {
        random().map(|secret| Self::of(&secret)).map_err(|_| ConfigError::new("the machine gives no random bytes"))
    }

    /// A secret that all our processes share.
    ///
    /// # Errors
    /// When it is shorter than 32 characters or not made of visible ASCII.
    pub fn from_secret(secret: &str) -> Result<Self, ConfigError> {
        if secret.len() < 32 || !secret.bytes().all(|letter| letter.is_ascii_graphic()) {
            return Err(ConfigError::new("the service secret needs at least 32 visible ASCII characters"));
        }
        Ok(Self::of(secret))
    }

    fn of(bearer: &str) -> Self {
        Self { bearer: bearer.into(), digest: digest(bearer) }
    }

    pub(crate) fn bearer(&self) -> &str {
        &self.bearer
    }
}

impl fmt::Debug for ServiceCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceCredential")
    }
}

impl Credentials for ServiceCredential {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        (digest(bearer) == self.digest).then(|| Identity::Service("tenure".to_owned()))
    }
}
