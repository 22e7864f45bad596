//! The keyring.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use moka::sync::Cache;
use tenure_kernel::{
    Tenant,
    record::{IdSecret, MatchingSecret},
};
use tenure_store::{Store, StoreConfig};

use crate::{
    Bound, CacheKey, DataKeys, KeyEncryption, KeyringError, Migrator,
    data_key::DataKey,
    kek::{LOOK, random},
    making::Making,
    rewrap, store,
};

/// Data keys kept in memory: about 1 KiB each.
const CACHED_KEYS: u64 = 100_000;
/// How long another process may still use a key after its destruction here.
const CACHED_FOR: Duration = Duration::from_secs(30);

/// The keys of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    store: Store,
    kek: Arc<dyn KeyEncryption>,
    keys: Cache<(Tenant, [u8; 16]), DataKey>,
    ids: Cache<Tenant, Arc<IdSecret>>,
    matching: Cache<(Tenant, i64), Arc<MatchingSecret>>,
    making: Arc<Making>,
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
    /// When the database can't be reached, or was written under another key-encryption key.
    pub async fn open(config: &StoreConfig, name: &str, kek: impl KeyEncryption) -> Result<Self, KeyringError> {
        let keyring = Self {
            store: Store::open_erasing::<Migrator>(config, name).await?,
            kek: Arc::new(kek),
            keys: Cache::builder().max_capacity(CACHED_KEYS).time_to_live(CACHED_FOR).build(),
            ids: Cache::new(10_000),
            matching: Cache::new(10_000),
            making: Arc::default(),
        };
        fits(&keyring.store, &*keyring.kek).await?;
        // Two processes that are the first and have different keys: one finds the other's check.
        let (tenant, purpose) = store::CHECK;
        keyring.secret_of(tenant, purpose).await.map_err(|error| match error {
            KeyringError::Unwrap => KeyringError::OtherKek,
            other => other,
        })?;
        Ok(keyring)
    }

    /// Whether a key-encryption key is the one that a keyring was written under; `None`: whether the keyring does without, for
    /// it has no keys. Only looks.
    ///
    /// # Errors
    /// When it is another, or is lost; when the database can't be reached or has no tables.
    pub async fn check(
        config: &StoreConfig,
        name: &str,
        kek: Option<&dyn KeyEncryption>,
        file: &Path,
    ) -> Result<(), KeyringError> {
        let look = StoreConfig { auto_migrate: false, ..config.clone() };
        let store = Store::open::<Migrator>(&look, name).await?;
        let checked = match kek {
            Some(kek) => fits(&store, kek).await,
            None if store::witness(&store).await?.is_some() => Err(KeyringError::LostKek(file.display().to_string())),
            None => Ok(()),
        };
        store.close().await;
        checked
    }

    /// Whether a key-encryption key opens a tenant's wrapped keys and secrets, each given with its id or its purpose; tombstones need none.
    ///
    /// # Errors
    /// [`KeyringError::Unwrap`] when it does not.
    pub async fn opens(
        kek: &dyn KeyEncryption,
        tenant: &Tenant,
        wrapped: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> Result<(), KeyringError> {
        let keys = wrapped.into_iter().filter(|(_, key)| !key.is_empty());
        let bound: Vec<_> = keys.map(|(what, key)| Bound { key, context: context(tenant.as_str(), &what) }).collect();
        // A service is not asked about nothing.
        if !bound.is_empty() {
            kek.unwrap(bound).await?;
        }
        Ok(())
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
            self.make(tenant, &mut missing, &mut keys).await?;
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
        let (mut ids, mut wrapped) = (Vec::new(), Vec::new());
        for (id, key) in store::find(&self.store, tenant, missing).await? {
            if key.is_empty() {
                keys.insert(id, self.keep(tenant, id, DataKey::Destroyed));
            } else {
                ids.push(id);
                wrapped.push(Bound { key, context: context(tenant.as_str(), &id) });
            }
        }
        // A service is not asked about nothing.
        if !ids.is_empty() {
            for (id, plain) in ids.into_iter().zip(self.kek.unwrap(wrapped).await?) {
                let key = DataKey::new(&plain).ok_or(KeyringError::Unwrap)?;
                keys.insert(id, self.keep(tenant, id, key));
            }
        }
        missing.retain(|id| !keys.contains_key(id));
        Ok(())
    }

    /// Makes what is missing. What somebody else made or destroyed meanwhile stays missing.
    async fn make(
        &self,
        tenant: &Tenant,
        missing: &mut Vec<[u8; 16]>,
        keys: &mut HashMap<[u8; 16], DataKey>,
    ) -> Result<(), KeyringError> {
        let (mut plain, mut bound) = (Vec::with_capacity(missing.len()), Vec::with_capacity(missing.len()));
        for id in &*missing {
            let mut key = [0; 32];
            random(&mut key)?;
            bound.push(Bound { key, context: context(tenant.as_str(), id) });
            plain.push(DataKey::new(&key).ok_or(KeyringError::Unwrap)?);
        }
        let wrapped = missing.iter().copied().zip(self.kek.wrap(bound).await?).collect();
        if self.making.store(&self.store, tenant, wrapped).await? {
            for (id, key) in missing.drain(..).zip(plain) {
                keys.insert(id, self.keep(tenant, id, key));
            }
        }
        Ok(())
    }

    /// Keeps a key at hand. It may have been destroyed since it was read or made: what is here already is no older.
    fn keep(&self, tenant: &Tenant, id: [u8; 16], key: DataKey) -> DataKey {
        self.keys.entry((tenant.clone(), id)).or_insert(key).into_value()
    }

    /// Destroys keys for good. Durable when it answers, and on SQLite gone from the files; ids without a key get a tombstone
    /// too.
    ///
    /// # Errors
    /// When the database can't be reached, or its log is in use: then the keys may be destroyed, but not gone from it, and the
    /// call must be repeated.
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
        Ok(self.store.empty_log().await?)
    }

    /// The key of a cache outside the process.
    ///
    /// # Errors
    /// As [`Keyring::id_secret`].
    pub async fn cache_key(&self, cache: &str) -> Result<CacheKey, KeyringError> {
        Ok(CacheKey::new(&self.suite_secret(&format!("cache {cache}")).await?))
    }

    /// A secret of no tenant, the same in every process; made at the first use.
    ///
    /// # Errors
    /// As [`Keyring::id_secret`].
    pub async fn suite_secret(&self, purpose: &str) -> Result<[u8; 32], KeyringError> {
        self.secret_of(store::NOBODY, purpose).await
    }

    /// Wraps everything anew that was wrapped under a former key-encryption key, while others go on. Answers how many keys and
    /// secrets that were. Done when it answers: what others still made under a former key meanwhile is found too, if their
    /// key-encryption key is the present one by now.
    ///
    /// # Errors
    /// When the database can't be reached, or a former key is not there; then some are wrapped anew, and it can be repeated.
    pub async fn rewrap(&self) -> Result<u64, KeyringError> {
        let mut count = 0;
        loop {
            let pass = rewrap::pass(&self.store, &*self.kek).await?;
            count += pass;
            if pass == 0 {
                self.store.empty_log().await?;
                return Ok(count);
            }
            // By now every process has looked at its file.
            tokio::time::sleep(2 * LOOK).await;
        }
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

    /// The version of the matching secret that what is hashed anew is hashed under: 0 until it is rotated for the first time.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn matching_version(&self, tenant: &Tenant) -> Result<i64, KeyringError> {
        Ok(store::purposes(&self.store, tenant).await?.iter().filter_map(|one| version(one)).max().unwrap_or_default())
    }

    /// A version of the secret that the tenant's identifiers are looked up under; made at the first use.
    ///
    /// # Errors
    /// When the database can't be reached, or was written under another key-encryption key.
    pub async fn matching_secret(&self, tenant: &Tenant, version: i64) -> Result<Arc<MatchingSecret>, KeyringError> {
        let key = (tenant.clone(), version);
        if let Some(secret) = self.matching.get(&key) {
            return Ok(secret);
        }
        let secret = Arc::new(MatchingSecret::new(&self.secret(tenant, &matching(version)).await?));
        self.matching.insert(key, secret.clone());
        Ok(secret)
    }

    /// Makes the next version of the matching secret; answers which. What is hashed under earlier ones stays until it is made anew.
    ///
    /// # Errors
    /// As [`Keyring::matching_secret`].
    pub async fn rotate_matching(&self, tenant: &Tenant) -> Result<i64, KeyringError> {
        let next = self.matching_version(tenant).await? + 1;
        self.matching_secret(tenant, next).await?;
        Ok(next)
    }

    /// Deletes the versions of the matching secret below one: nothing is hashed under them any more.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn retire_matching(&self, tenant: &Tenant, below: i64) -> Result<(), KeyringError> {
        let purposes = store::purposes(&self.store, tenant).await?;
        let old: Vec<String> =
            purposes.into_iter().filter(|one| version(one).is_some_and(|version| version < below)).collect();
        if old.is_empty() {
            return Ok(());
        }
        let tx = self.store.begin().await?;
        store::forget_secrets(&tx, tenant, &old).await?;
        Ok(tx.commit().await?)
    }

    /// The secret that the tenant's receipts are signed with; made at the first use.
    ///
    /// # Errors
    /// As [`Keyring::id_secret`].
    pub async fn receipt_secret(&self, tenant: &Tenant) -> Result<[u8; 32], KeyringError> {
        self.secret(tenant, "receipt").await
    }

    /// Gives a tenant that has no secrets yet those of another, so that the same touchpoints get the same ids under both.
    ///
    /// # Errors
    /// As [`Keyring::id_secret`]; [`KeyringError::Unwrap`] when it has secrets of its own.
    #[cfg(feature = "testing")]
    pub async fn share_secrets(&self, of: &Tenant, with: &Tenant) -> Result<(), KeyringError> {
        for purpose in ["id", "matching"] {
            let secret = self.secret(of, purpose).await?;
            let wrapped = self.wrap(&secret, with.as_str(), purpose).await?;
            let tx = self.store.begin().await?;
            store::secret(&tx, with.as_str(), purpose, wrapped).await?;
            tx.commit().await?;
            if self.secret(with, purpose).await? != secret {
                return Err(KeyringError::Unwrap);
            }
        }
        Ok(())
    }

    async fn secret(&self, tenant: &Tenant, purpose: &str) -> Result<[u8; 32], KeyringError> {
        self.secret_of(tenant.as_str(), purpose).await
    }

    async fn secret_of(&self, tenant: &str, purpose: &str) -> Result<[u8; 32], KeyringError> {
        let mut new = [0; 32];
        random(&mut new)?;
        let wrapped = self.wrap(&new, tenant, purpose).await?;
        let tx = self.store.begin().await?;
        let kept = store::secret(&tx, tenant, purpose, wrapped).await?;
        tx.commit().await?;
        unwrap(&*self.kek, kept, context(tenant, purpose.as_bytes())).await
    }

    async fn wrap(&self, secret: &[u8; 32], tenant: &str, purpose: &str) -> Result<Vec<u8>, KeyringError> {
        let bound = Bound { key: *secret, context: context(tenant, purpose.as_bytes()) };
        self.kek.wrap(vec![bound]).await?.pop().ok_or(KeyringError::Unwrap)
    }
}

const MATCHING: &str = "matching";

/// The purpose of a version of the matching secret.
fn matching(version: i64) -> String {
    if version == 0 { MATCHING.to_owned() } else { format!("{MATCHING}-{version}") }
}

/// The version of the matching secret that a purpose names, if it does.
fn version(purpose: &str) -> Option<i64> {
    match purpose.strip_prefix(MATCHING)? {
        "" => Some(0),
        rest => rest.strip_prefix('-')?.parse().ok(),
    }
}

/// What a wrapped key is bound to. Tenants have no zero byte.
pub(crate) fn context(tenant: &str, what: &[u8]) -> Vec<u8> {
    [tenant.as_bytes(), &[0], what].concat()
}

/// Whether what a keyring has was wrapped under this key-encryption key.
async fn fits(store: &Store, kek: &dyn KeyEncryption) -> Result<(), KeyringError> {
    let Some(witness) = store::witness(store).await? else { return Ok(()) };
    match unwrap(kek, witness.wrapped, context(&witness.tenant, &witness.what)).await {
        Ok(_) => Ok(()),
        Err(KeyringError::Unwrap) => Err(KeyringError::OtherKek),
        Err(other) => Err(other),
    }
}

async fn unwrap(kek: &dyn KeyEncryption, key: Vec<u8>, context: Vec<u8>) -> Result<[u8; 32], KeyringError> {
    kek.unwrap(vec![Bound { key, context }]).await?.pop().ok_or(KeyringError::Unwrap)
}

#[cfg(test)]
mod tests {
    use tenure_store::testing::TestPlace;

    use super::*;
    use crate::Kek;

    #[tokio::test]
    async fn a_key_that_was_read_before_its_destruction_does_not_come_back() -> Result<(), KeyringError> {
        let (place, tenant) = (TestPlace::sqlite(), "acme".parse::<Tenant>().map_err(|_| KeyringError::Unwrap)?);
        let keyring = Keyring::open(&place.config, "keyring", Kek::new(&[1; 32])?).await?;
        keyring.data_keys(&tenant, [[1; 16]], true).await?;
        // As if the row had been read before the commit of a destruction, and is put into the cache after it.
        keyring.keys.insert((tenant.clone(), [1; 16]), DataKey::Destroyed);
        let mut keys = HashMap::new();
        keyring.load(&tenant, &mut vec![[1; 16]], &mut keys).await?;
        assert!(matches!(keys.get(&[1; 16]), Some(DataKey::Destroyed)));
        assert!(keyring.data_keys(&tenant, [[1; 16]], true).await?.is_destroyed([1; 16]));
        Ok(())
    }
}
