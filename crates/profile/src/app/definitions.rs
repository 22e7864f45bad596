//! The traits of tenants, as this process knows them: read again every second, or when a read must see the newest.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::sync::Cache;
use tenure_journal::ReadToken;
use tenure_kernel::{Refusal, Tenant};
use tenure_store::Store;

use crate::{domain::catalogue::Catalogue, store::trait_definition};

/// How many tenants' traits are remembered.
const TENANTS: u64 = 10_000;
/// How long another process's change may go unnoticed by those who don't ask for it.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How long they are used when the database can't be reached.
const KEPT_FOR: Duration = Duration::from_secs(30);

type Known = (Instant, Arc<Catalogue>);

/// What was read. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Definitions {
    store: Store,
    known: Cache<Tenant, Known>,
}

impl Definitions {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, known: Cache::builder().max_capacity(TENANTS).time_to_live(KEPT_FOR).build() }
    }

    /// The traits of a tenant; all that a token of our own journal names are among them.
    ///
    /// # Errors
    /// When the database can't be reached, and nothing that will do is known.
    pub(crate) async fn of(&self, tenant: &Tenant, read_after: &str) -> Result<Arc<Catalogue>, Refusal> {
        let token = ReadToken::decode(read_after)?;
        let must_be_new = token.is_some_and(|token| token.journal == JOURNAL);
        let known = self.known.get(tenant).filter(|_| !must_be_new);
        if let Some((at, catalogue)) = &known
            && at.elapsed() < TRUSTED_FOR
        {
            return Ok(catalogue.clone());
        }
        let at = Instant::now();
        match (trait_definition::all(&self.store, tenant).await, known) {
            (Ok(found), _) => {
                let found = Arc::new(found);
                self.known.insert(tenant.clone(), (at, found.clone()));
                Ok(found)
            }
            (Err(_), Some((_, catalogue))) => Ok(catalogue),
            (Err(error), None) => Err(error.into()),
        }
    }

    /// They were changed by this process.
    pub(crate) fn changed(&self, tenant: &Tenant) {
        self.known.invalidate(tenant);
    }
}

/// The name of our journal.
pub(crate) const JOURNAL: &str = "profile";
