//! The keyring.

use std::{collections::HashMap, sync::Arc, time::Duration};

use moka::sync::Cache;
use tenure_kernel::{
    Tenant,
    record::{IdSecret, MatchingSecret},
};
use tenure_store::{Store, StoreConfig};

use crate::{DataKeys, Kek, KeyringError, Migrator, data_key::DataKey, kek::random, store};

/// Data keys kept in memory: about 1 KiB each.
const CACHED_KEYS: u64 = 100_000;
/// How long another process may still use a key after its destruction here.
const CACHED_FOR: Duration = Duration::from_secs(30);

/// The keys of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    store: Store,
    kek: Arc<Kek>,
    keys: Cache<(Tenant, [u8; 16]), DataKey>,
    ids: Cache<Tenant, Arc<IdSecret>>,
    matching: Cache<Tenant, Arc<MatchingSecret>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

impl Keyring {
    /// Opens the keyring's own database, named "keyring" unless a test names it otherwise.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn open(config: &StoreConfig, name: &str, kek: Kek) -> Result<Self, KeyringError> {
        Ok(Self {
            store: Store::open::<Migrator>(config, name).await?,
            kek: Arc::new(kek),
            keys: Cache::builder().max_capacity(CACHED_KEYS).time_to_live(CACHED_FOR).build(),
            ids: Cache::new(10_000),
            matching: Cache::new(10_000),
        })
    }

    /// The keys of some records. With `create`, those that are missing are made and durable when it answers; a destroyed key
    /// is never made again.
    ///
    /// # Errors
    /// When the database can't be reached, or was written under another key-encryption key.
    pub async fn data_keys(
        &self,
        tenant: &Tenant,
        ids: impl IntoIterator<Item = [u8; 16]>,
        create: bool,
    ) -> Result<DataKeys, KeyringError> {
        let mut keys = HashMap::new();
        let mut missing = Vec::new();
        for id in ids {
            match self.keys.get(&(tenant.clone(), id)) {
                Some(key) => {
                    keys.insert(id, key);
                }
                None => missing.push(id),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        self.load(tenant, &mut missing, &mut keys).await?;
        if create && !missing.is_empty() {
            self.make(tenant, &missing).await?;
            self.load(tenant, &mut missing, &mut keys).await?;
        }
        Ok(DataKeys { tenant: tenant.clone(), keys })
    }

    /// Moves what is stored from missing to keys.
    async fn load(
        &self,
        tenant: &Tenant,
        missing: &mut Vec<[u8; 16]>,
        keys: &mut HashMap<[u8; 16], DataKey>,
    ) -> Result<(), KeyringError> {
        for (id, wrapped) in store::find(&self.store, tenant, missing).await? {
            let key = if wrapped.is_empty() {
                DataKey::Destroyed
            } else {
                let plain = self.kek.unwrap(&wrapped, &context(tenant, &id))?;
                DataKey::new(&plain).ok_or(KeyringError::Unwrap)?
            };
            self.keys.insert((tenant.clone(), id), key.clone());
            keys.insert(id, key);
        }
        missing.retain(|id| !keys.contains_key(id));
        Ok(())
    }

    async fn make(&self, tenant: &Tenant, ids: &[[u8; 16]]) -> Result<(), KeyringError> {
        let mut wrapped = Vec::with_capacity(ids.len());
        for id in ids {
            let mut key = [0; 32];
            random(&mut key)?;
            wrapped.push((*id, self.kek.wrap(&key, &context(tenant, id))?));
        }
        let tx = self.store.begin().await?;
        store::add(&tx, tenant, wrapped).await?;
        Ok(tx.commit().await?)
    }

    /// Destroys keys for good. Durable when it answers; ids without a key get a tombstone too.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn destroy(&self, tenant: &Tenant, ids: impl IntoIterator<Item = [u8; 16]>) -> Result<(), KeyringError> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let tx = self.store.begin().await?;
        store::bury(&tx, tenant, &ids).await?;
        tx.commit().await?;
        for id in ids {
            self.keys.insert((tenant.clone(), id), DataKey::Destroyed);
        }
        Ok(())
    }

    /// The secret that the tenant's ids are derived under; made at the first use.
    ///
    /// # Errors
    /// When the database can't be reached, or was written under another key-encryption key.
    pub async fn id_secret(&self, tenant: &Tenant) -> Result<Arc<IdSecret>, KeyringError> {
        if let Some(secret) = self.ids.get(tenant) {
            return Ok(secret);
        }
        let secret = Arc::new(IdSecret::new(&self.secret(tenant, "id").await?));
        self.ids.insert(tenant.clone(), secret.clone());
        Ok(secret)
    }

    /// The secret that the tenant's identifiers are looked up under; made at the first use.
    ///
    /// # Errors
    /// When the database can't be reached, or was written under another key-encryption key.
    pub async fn matching_secret(&self, tenant: &Tenant) -> Result<Arc<MatchingSecret>, KeyringError> {
        if let Some(secret) = self.matching.get(tenant) {
            return Ok(secret);
        }
        let secret = Arc::new(MatchingSecret::new(&self.secret(tenant, "matching").await?));
        self.matching.insert(tenant.clone(), secret.clone());
        Ok(secret)
    }

    async fn secret(&self, tenant: &Tenant, purpose: &str) -> Result<[u8; 32], KeyringError> {
        let mut new = [0; 32];
        random(&mut new)?;
        let wrapped = self.kek.wrap(&new, &context(tenant, purpose.as_bytes()))?;
        let tx = self.store.begin().await?;
        let kept = store::secret(&tx, tenant, purpose, wrapped).await?;
        tx.commit().await?;
        self.kek.unwrap(&kept, &context(tenant, purpose.as_bytes()))
    }
}

/// What a wrapped key is bound to. Tenants have no zero byte.
fn context(tenant: &Tenant, what: &[u8]) -> Vec<u8> {
    [tenant.as_str().as_bytes(), &[0], what].concat()
}
