//! Which model weighs a tenant's records, and under which secret their keys are hashed.

use std::sync::{Arc, LazyLock};

use moka::sync::Cache;
use tenure_kernel::{ModelId, RecordId, Tenant, record::MatchingSecret};
use tenure_keyring::Keyring;
use tenure_linkage::{Model, Scorer};
use tenure_store::{Query, StoreError, Tx};

use crate::{
    config::{HASHED, MODELS},
    store::{
        Place,
        model::{self, Standing},
        sealed, unreadable,
    },
};

static SHIPPED: LazyLock<Arc<Scorer>> = LazyLock::new(|| Arc::new(Scorer::new(Model::shipped())));

/// The models, ready to weigh. A model never changes, so those that were used last stay at hand. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Models {
    keyring: Keyring,
    used: Cache<(Tenant, ModelId), Arc<Scorer>>,
    /// The version of the matching secret of each tenant and generation: it never changes either, unless a backup is restored.
    hashed: Cache<(Tenant, i64), i64>,
}

impl Models {
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self { keyring, used: Cache::new(MODELS), hashed: Cache::new(HASHED) }
    }

    /// The one that a generation's pairs are weighed by.
    pub(crate) async fn in_use(&self, query: &impl Query, place: Place<'_>) -> Result<Arc<Scorer>, StoreError> {
        let model = match model::standing(query, place).await? {
            Some(standing) => standing.model,
            None => promoted(query, place.tenant).await?,
        };
        self.scorer(query, place.tenant, model).await
    }

    /// What a generation's pairs are weighed by and its keys are hashed under; from now on, where it has neither yet: what was promoted
    /// last, and the newest secret. Needs the tenant's lock.
    pub(crate) async fn standing(&self, tx: &Tx, place: Place<'_>) -> Result<Standing, StoreError> {
        if let Some(standing) = model::standing(tx, place).await? {
            return Ok(standing);
        }
        let secret = self.keyring.matching_version(place.tenant).await?;
        model::stand(tx, place, promoted(tx, place.tenant).await?, secret).await?;
        model::standing(tx, place).await?.ok_or_else(|| unreadable("link_model is empty"))
    }

    /// The secret that a generation's keys are hashed under, or will be, with its version, as far as is known without the tenant's lock.
    pub(crate) async fn matching(
        &self,
        query: &impl Query,
        place: Place<'_>,
    ) -> Result<(i64, Arc<MatchingSecret>), StoreError> {
        let key = (place.tenant.clone(), place.generation);
        let version = match self.hashed.get(&key) {
            Some(version) => version,
            None => match model::standing(query, place).await? {
                Some(standing) => {
                    self.hashed.insert(key, standing.secret);
                    standing.secret
                }
                None => self.keyring.matching_version(place.tenant).await?,
            },
        };
        Ok((version, self.keyring.matching_secret(place.tenant, version).await?))
    }

    /// Has what a generation's keys are hashed under read again.
    pub(crate) fn forget(&self, place: Place<'_>) {
        self.hashed.invalidate(&(place.tenant.clone(), place.generation));
    }

    /// A model by its id; `None`: the one that everybody starts with.
    pub(crate) async fn scorer(
        &self,
        query: &impl Query,
        tenant: &Tenant,
        model: Option<ModelId>,
    ) -> Result<Arc<Scorer>, StoreError> {
        let Some(id) = model else { return Ok(SHIPPED.clone()) };
        let key = (tenant.clone(), id);
        if let Some(scorer) = self.used.get(&key) {
            return Ok(scorer);
        }
        let stored = model::sealed(query, tenant, id).await?.ok_or_else(|| unreadable("model is missing"))?;
        let keys = self.keyring.data_keys(tenant, [id.0], false).await?;
        let plain = sealed::open(&keys, RecordId(id.0), &stored).ok_or_else(|| unreadable("model.sealed"))?;
        let model: Model = serde_json::from_slice(&plain).map_err(|_| unreadable("model.sealed"))?;
        model.check().map_err(|_| unreadable("model.sealed"))?;
        let scorer = Arc::new(Scorer::new(model));
        self.used.insert(key, scorer.clone());
        Ok(scorer)
    }

    /// A model as it is kept: sealed under a key of its own; `None` when that was destroyed.
    pub(crate) async fn seal(
        &self,
        tenant: &Tenant,
        id: ModelId,
        model: &Model,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let keys = self.keyring.data_keys(tenant, [id.0], true).await?;
        let plain = serde_json::to_vec(model).map_err(|_| unreadable("model"))?;
        Ok(sealed::seal(&keys, RecordId(id.0), &plain))
    }
}

async fn promoted(query: &impl Query, tenant: &Tenant) -> Result<Option<ModelId>, StoreError> {
    Ok(model::promoted(query, tenant).await?.and_then(|promotion| promotion.model))
}
