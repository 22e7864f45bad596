//! Services opened: each with its database, the keys, and the ways to those that it follows.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context as _;
use tenure_collector::Collector;
use tenure_expectation::Expectation;
use tenure_identity::Identity;
use tenure_journal::{PeerSource, Source};
use tenure_keyring::Keyring;
use tenure_profile::Profile;
use tenure_server::{PageTokens, Peer, ServiceCredential};
use tenure_store::Store;
use tenure_value::Value;

use crate::{Config, Deps, Service, service::Hosted};

pub(crate) struct Wiring<'a> {
    pub(crate) config: &'a Config,
    pub(crate) deps: &'a Deps,
    pub(crate) keyring: Keyring,
    pub(crate) tokens: PageTokens,
    pub(crate) sources: BTreeMap<&'static str, Arc<dyn Source>>,
    pub(crate) ways: Ways<'a>,
}

/// The ways to other services, each as a service: those of this process by `here`, the others over the network.
pub(crate) struct Ways<'a> {
    pub(crate) config: &'a Config,
    pub(crate) deps: &'a Deps,
    pub(crate) here: Peer,
    pub(crate) credential: ServiceCredential,
}

impl Ways<'_> {
    fn to(&self, service: Service) -> anyhow::Result<Peer> {
        Ok(match self.deps.services.contains(&service) {
            true => self.here.clone(),
            false => self.config.peers.reach(service)?.with_credential(&self.credential),
        })
    }

    /// The journals that are followed.
    pub(crate) fn sources(&self) -> anyhow::Result<BTreeMap<&'static str, Arc<dyn Source>>> {
        let services = &self.deps.services;
        let followed = Service::ALL
            .into_iter()
            .filter(|upstream| services.iter().any(|service| service.upstreams().contains(upstream)));
        followed
            .map(|upstream| Ok((upstream.name(), Arc::new(PeerSource::new(self.to(upstream)?)) as Arc<dyn Source>)))
            .collect()
    }
}

impl Wiring<'_> {
    pub(crate) async fn open(&self, service: Service) -> anyhow::Result<Hosted> {
        let opened = match service {
            Service::Collector => self.collector().await.map(Hosted::Collector),
            Service::Identity => self.identity().await.map(Hosted::Identity),
            Service::Profile => self.profile().await.map(Hosted::Profile),
            Service::Value => self.value().await.map(Hosted::Value),
            Service::Expectation => self.expectation().await.map(Hosted::Expectation),
        };
        opened.with_context(|| service.name())
    }

    async fn store(&self, service: Service) -> anyhow::Result<Store> {
        Ok(service.store(&self.config.store, &format!("{}{service}", self.deps.prefix)).await?)
    }

    async fn collector(&self) -> anyhow::Result<Collector> {
        let parts = tenure_collector::Parts {
            store: self.store(Service::Collector).await?,
            keyring: self.keyring.clone(),
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
            sources: self.sources.clone(),
            ranges: self.config.follow.ranges,
        };
        Ok(Collector::open(parts, self.config.collector.clone()).await?)
    }

    async fn identity(&self) -> anyhow::Result<Identity> {
        let parts = tenure_identity::Parts {
            store: self.store(Service::Identity).await?,
            keyring: self.keyring.clone(),
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
            sources: self.sources.clone(),
            ranges: self.config.follow.ranges,
        };
        Ok(Identity::open(parts).await?)
    }

    async fn profile(&self) -> anyhow::Result<Profile> {
        let parts = tenure_profile::Parts {
            store: self.store(Service::Profile).await?,
            keyring: self.keyring.clone(),
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
            sources: self.sources.clone(),
            ranges: self.config.follow.ranges,
            redis: self.config.redis.clone(),
            peers: tenure_profile::Peers {
                collector: self.ways.to(Service::Collector)?,
                identity: self.ways.to(Service::Identity)?,
                value: self.ways.to(Service::Value)?,
                expectation: self.ways.to(Service::Expectation)?,
            },
        };
        Ok(Profile::open(parts, &self.config.profile).await?)
    }

    async fn value(&self) -> anyhow::Result<Value> {
        let parts = tenure_value::Parts {
            store: self.store(Service::Value).await?,
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
            sources: self.sources.clone(),
            profile: self.ways.to(Service::Profile)?,
            ranges: self.config.follow.ranges,
        };
        Ok(Value::open(parts, &self.config.value).await?)
    }

    async fn expectation(&self) -> anyhow::Result<Expectation> {
        let parts = tenure_expectation::Parts {
            store: self.store(Service::Expectation).await?,
            clock: self.deps.clock.clone(),
            ids: self.deps.ids.clone(),
            tokens: self.tokens.clone(),
            keyring: self.keyring.clone(),
            sources: self.sources.clone(),
            ranges: self.config.follow.ranges,
        };
        Ok(Expectation::open(parts, &self.config.expectation).await?)
    }
}
