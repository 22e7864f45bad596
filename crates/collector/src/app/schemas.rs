//! Schemas in use: read and compiled once, and worked with where nobody else waits.

use std::{collections::BTreeSet, sync::Arc};

use moka::sync::Cache;
use tenure_kernel::{Reason, Refusal, Tenant};
use tenure_proto::collector::v1 as pb;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::App;
use crate::{
    domain::schema::{Schema, Schemas},
    store::schema::{self, Registered},
};

/// Compiled schemas kept in memory, in KiB.
const CACHED_KIB: u64 = 128 << 10;

/// Compiled schemas by tenant, name and revision; none for one that can't be used.
pub(super) type Compiled = Cache<(Tenant, String, i32), Option<Arc<Schema>>>;

/// An empty cache. What does not fit alone is compiled for each call.
pub(super) fn cache() -> Compiled {
    let weigh = |key: &(Tenant, String, i32), schema: &Option<Arc<Schema>>| {
        let name = u32::try_from(key.1.len() >> 10).unwrap_or(u32::MAX);
        schema.as_ref().map_or(1, |schema| schema.kibibytes()).saturating_add(name)
    };
    Cache::builder().max_capacity(CACHED_KIB).weigher(weigh).build()
}

/// Where schemas are compiled and documents checked: beside the threads that answer calls, and on half of the cores at most.
pub(super) struct Checks(Arc<Semaphore>);

impl Checks {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((cores / 2).max(1))))
    }

    /// Does a piece of work. It is done to its end also when nobody waits for it any more.
    ///
    /// # Errors
    /// `UNAVAILABLE` while the process ends; `INTERNAL`.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let turn = self.0.clone().acquire_owned().await.map_err(|_| Refusal::unavailable("collector"))?;
        let done = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| match error.is_panic() {
            true => Refusal::new(Reason::Internal, "a schema can't be worked with"),
            false => Refusal::unavailable("collector"),
        })
    }
}

impl App {
    /// The schemas that touchpoints name.
    pub(super) async fn schemas_for(
        &self,
        tenant: &Tenant,
        touchpoints: &[pb::Touchpoint],
    ) -> Result<Schemas, Refusal> {
        let named = touchpoints.iter().filter_map(|touchpoint| match &touchpoint.detail {
            Some(pb::touchpoint::Detail::Custom(custom)) => Some((custom.schema_name.as_str(), custom.schema_revision)),
            _ => None,
        });
        let named: BTreeSet<(&str, i32)> = named.collect();
        if named.is_empty() {
            return Ok(Schemas::default());
        }
        let names = named.iter().map(|(name, _)| *name).collect();
        let mut schemas = Schemas::new(schema::newest(&self.store, tenant, &names).await?);
        let meant = |(name, revision): (&'_ str, i32)| Some((name.to_owned(), schemas.revision(name, revision)?));
        let meant: BTreeSet<(String, i32)> = named.into_iter().filter_map(meant).collect();
        let mut missing = BTreeSet::new();
        for (name, revision) in &meant {
            match self.schemas.get(&(tenant.clone(), name.clone(), *revision)) {
                Some(schema) => schemas.add(name.clone(), *revision, schema),
                None => {
                    missing.insert((name.as_str(), *revision));
                }
            }
        }
        for Registered { name, revision, json } in schema::of_revisions(&self.store, tenant, &missing).await? {
            let compiled = self.checks.run(move || Schema::compile(&json)).await?.ok().map(Arc::new);
            self.schemas.insert((tenant.clone(), name.clone(), revision), compiled.clone());
            schemas.add(name, revision, compiled);
        }
        Ok(schemas)
    }
}
