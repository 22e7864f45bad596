//! Wrapping anew under the present key-encryption key, while others read and make keys.

use tenure_store::Store;

use crate::{
    Bound, KeyEncryption, KeyringError,
    keyring::context,
    store::{self, Witness},
};

/// Goes through everything once; answers how many were not wrapped under the present key.
pub(crate) async fn pass(store: &Store, kek: &dyn KeyEncryption) -> Result<u64, KeyringError> {
    let current = kek.current().await?;
    let former = |witness: &Witness| !witness.wrapped.starts_with(&current);
    let mut secrets = store::secrets(store).await?;
    secrets.retain(former);
    let mut count = secrets.len();
    let anew = wrap_anew(kek, secrets).await?;
    let tx = store.begin().await?;
    for secret in anew {
        store::replace_secret(&tx, secret).await?;
    }
    tx.commit().await?;

    let mut after = (String::new(), Vec::new());
    loop {
        let mut keys = store::keys_after(store, (&after.0, &after.1)).await?;
        let Some(last) = keys.last() else { return Ok(count as u64) };
        after = (last.tenant.clone(), last.what.clone());
        keys.retain(former);
        count += keys.len();
        let anew = wrap_anew(kek, keys).await?;
        let tx = store.begin().await?;
        store::replace_keys(&tx, anew).await?;
        tx.commit().await?;
    }
}

async fn wrap_anew(kek: &dyn KeyEncryption, mut keys: Vec<Witness>) -> Result<Vec<Witness>, KeyringError> {
    let bound = |key: &Witness| context(&key.tenant, &key.what);
    let wrapped = keys.iter().map(|key| Bound { key: key.wrapped.clone(), context: bound(key) }).collect();
    let plain = kek.unwrap(wrapped).await?;
    let plain = keys.iter().zip(plain).map(|(key, plain)| Bound { key: plain, context: bound(key) }).collect();
    for (key, wrapped) in keys.iter_mut().zip(kek.wrap(plain).await?) {
        key.wrapped = wrapped;
    }
    Ok(keys)
}
