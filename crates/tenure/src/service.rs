//! The services that a process can host. A new one is a line in each table here.

use std::fmt;

use clap::ValueEnum;
use futures::future::BoxFuture;
use tenure_collector::Collector;
use tenure_expectation::Expectation;
use tenure_identity::Identity;
use tenure_journal::JournalApi;
use tenure_profile::Profile;
use tenure_server::ServerBuilder;
use tenure_store::{Store, StoreConfig, StoreError};
use tenure_value::Value;
use tokio_util::sync::CancellationToken;

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Service {
    /// Takes touchpoints in.
    Collector,
    /// Says who is who.
    Identity,
    /// Knows what is known of a person.
    Profile,
    /// Says what customers are worth.
    Value,
    /// Says where customers were let down.
    Expectation,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Collector, Self::Identity, Self::Profile, Self::Value, Self::Expectation];

    /// Its name: that of its schema, its section and its journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Identity => "identity",
            Self::Profile => "profile",
            Self::Value => "value",
            Self::Expectation => "expectation",
        }
    }

    /// The services whose journals it follows.
    #[must_use]
    pub fn upstreams(self) -> &'static [Self] {
        match self {
            // What is to be erased is decided in profile.
            Self::Collector => &[Self::Profile],
            Self::Identity => &[Self::Collector],
            // What is stated of rights is in its own journal; what is kept for complaints, in expectation's.
            Self::Profile => &[Self::Collector, Self::Identity, Self::Profile, Self::Expectation],
            // Whom nothing may be asked, and who may not be judged, is stated in profile.
            Self::Value | Self::Expectation => &[Self::Collector, Self::Identity, Self::Profile],
        }
    }

    /// The services that it asks while it answers a call.
    #[must_use]
    pub fn asks(self) -> &'static [Self] {
        match self {
            Self::Value => &[Self::Profile],
            // What they hold of a person whose data is exported.
            Self::Profile => &[Self::Collector, Self::Identity, Self::Value, Self::Expectation],
            Self::Collector | Self::Identity | Self::Expectation => &[],
        }
    }

    /// Opens its database.
    pub(crate) async fn store(self, config: &StoreConfig, name: &str) -> Result<Store, StoreError> {
        match self {
            Self::Collector => Store::open::<tenure_collector::Migrator>(config, name).await,
            Self::Identity => Store::open::<tenure_identity::Migrator>(config, name).await,
            Self::Profile => Store::open::<tenure_profile::Migrator>(config, name).await,
            Self::Value => Store::open::<tenure_value::Migrator>(config, name).await,
            Self::Expectation => Store::open::<tenure_expectation::Migrator>(config, name).await,
        }
    }

    /// How many migrations of its tables wait.
    pub(crate) async fn pending(self, config: &StoreConfig) -> Result<usize, StoreError> {
        match self {
            Self::Collector => tenure_store::pending::<tenure_collector::Migrator>(config, self.name()).await,
            Self::Identity => tenure_store::pending::<tenure_identity::Migrator>(config, self.name()).await,
            Self::Profile => tenure_store::pending::<tenure_profile::Migrator>(config, self.name()).await,
            Self::Value => tenure_store::pending::<tenure_value::Migrator>(config, self.name()).await,
            Self::Expectation => tenure_store::pending::<tenure_expectation::Migrator>(config, self.name()).await,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A service that this process hosts.
#[expect(clippy::large_enum_variant, reason = "there are as many as services, made once")]
#[derive(Clone)]
pub(crate) enum Hosted {
    Collector(Collector),
    Identity(Identity),
    Profile(Profile),
    Value(Value),
    Expectation(Expectation),
}

impl Hosted {
    /// Adds its journal and its projection to those that can be tailed and operated.
    pub(crate) fn publish(&self, journals: JournalApi) -> JournalApi {
        match self {
            Self::Collector(collector) => journals.with_projection(collector.following()),
            Self::Identity(identity) => journals.with_projection(identity.following()),
            Self::Profile(profile) => journals.with_projection(profile.following()),
            Self::Value(value) => journals.with_projection(value.following()),
            Self::Expectation(expectation) => journals.with_projection(expectation.following()),
        }
    }

    /// Adds its RPCs.
    pub(crate) fn add_to(&self, server: ServerBuilder) -> ServerBuilder {
        match self {
            Self::Collector(collector) => collector.add_to(server),
            Self::Identity(identity) => identity.add_to(server),
            Self::Profile(profile) => profile.add_to(server),
            Self::Value(value) => value.add_to(server),
            Self::Expectation(expectation) => expectation.add_to(server),
        }
    }

    /// Works until told to stop.
    pub(crate) fn run(self, stop: CancellationToken) -> BoxFuture<'static, ()> {
        match self {
            Self::Collector(collector) => Box::pin(collector.run(stop)),
            Self::Identity(identity) => Box::pin(identity.run(stop)),
            Self::Profile(profile) => Box::pin(profile.run(stop)),
            Self::Value(value) => Box::pin(value.run(stop)),
            Self::Expectation(expectation) => Box::pin(expectation.run(stop)),
        }
    }
}
