//! The providers that are enabled, behind their guards.

use std::sync::Arc;

use tenure_enrichment::{Builtin, Guarded, Limits, Provider, Remote};
use tenure_kernel::Clock;
use tenure_server::{ConfigError, Peer};

use crate::{EnrichmentConfig, domain::enriched::Enabled};

/// The providers that are enabled. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Providers(Arc<Vec<Guarded>>);

impl Providers {
    /// Those of a configuration.
    ///
    /// # Errors
    /// When one is none, or has no address.
    pub(crate) fn open(config: &EnrichmentConfig, clock: &Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let provider = |id: &String| -> Result<Guarded, ConfigError> {
            let (provider, limits) = match config.remote.get(id) {
                Some(remote) => {
                    let (peer, limits) = (Peer::balanced(&remote.addresses, &remote.tls)?, remote.limits());
                    (Arc::new(Remote::new(peer, limits.timeout)) as Arc<dyn Provider>, limits)
                }
                None => {
                    let none = || ConfigError::new(format!("{id:?} is no provider"));
                    let inside = Builtin::named(id, clock.clone()).ok_or_else(none)?;
                    (Arc::new(inside) as Arc<dyn Provider>, Limits::inside())
                }
            };
            Ok(Guarded::new(id, provider, limits, clock.clone()))
        };
        config.providers.iter().map(provider).collect::<Result<_, _>>().map(|all: Vec<_>| Self(Arc::new(all)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Guarded> {
        self.0.iter()
    }

    /// What each is, as far as it said.
    pub(crate) fn enabled(&self) -> Vec<Enabled> {
        self.0.iter().map(|one| (one.id().to_owned(), one.described())).collect()
    }
}
