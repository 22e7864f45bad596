//! The ways to run that a journey must work in: one process on either database, and many on PostgreSQL.

use tenure_server::Stack;
use tenure_store::testing::TestPlace;

use crate::{
    caller::Caller,
    cluster::{Cluster, Shape},
    host::Host,
};

/// A way to run.
pub enum Ground {
    /// All services in this process.
    Embedded(TestPlace),
    /// Two processes of each service, over TLS.
    Distributed,
}

impl Ground {
    /// All of them; without PostgreSQL, said loudly, one.
    pub fn each() -> impl Iterator<Item = Self> {
        let distributed = std::env::var_os("TENURE_TEST_POSTGRES_URL").map(|_| Self::Distributed);
        TestPlace::each().map(Self::Embedded).chain(distributed)
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::expect_used, reason = "a test without services can only fail")]
    pub async fn start(self) -> Running {
        match self {
            Self::Embedded(place) => Running::Embedded(Box::new(Host::start(place).await)),
            Self::Distributed => {
                Running::Distributed(Box::new(Cluster::start(Shape::default()).await.expect("PostgreSQL")))
            }
        }
    }
}

/// Services that run, one way or the other.
pub enum Running {
    /// In this process.
    Embedded(Box<Host>),
    /// In processes of their own.
    Distributed(Box<Cluster>),
}

impl Running {
    /// All services, called as a bearer that is a tenant's name.
    #[must_use]
    pub fn stack(&self) -> Stack {
        match self {
            Self::Embedded(host) => host.stack(),
            Self::Distributed(cluster) => cluster.stack(),
        }
    }

    /// A tenant's clients.
    #[must_use]
    pub fn caller(&self, tenant: &str) -> Caller {
        Caller::new(&self.stack(), tenant)
    }

    /// Stops them.
    ///
    /// # Panics
    /// When they did not end in order.
    pub async fn stop(self) {
        match self {
            Self::Embedded(host) => host.stop().await,
            Self::Distributed(cluster) => cluster.stop().await,
        }
    }
}
