//! The keyring's tables.

use tenure_kernel::Tenant;
use tenure_store::{Insert, Kind, MigrationTrait, MigratorTrait, Query, SqlMigration, StoreError, Tx};

/// The keyring's migrations.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![SqlMigration::boxed(
            "m20261122_000001_keys",
            "CREATE TABLE data_key (
                 tenant {text} NOT NULL, key_id {bytes} NOT NULL, wrapped {bytes} NOT NULL, PRIMARY KEY (tenant, key_id)
             ) {clustered};
             CREATE TABLE tenant_secret (
                 tenant {text} NOT NULL, purpose {text} NOT NULL, wrapped {bytes} NOT NULL, PRIMARY KEY (tenant, purpose)
             ) {clustered};",
        )]
    }
}

const KEY: &[(&str, Kind)] = &[("tenant", Kind::Text), ("key_id", Kind::Bytes), ("wrapped", Kind::Bytes)];

/// The tenant of secrets that belong to none: nobody can have it.
pub(crate) const NOBODY: &str = "";
/// The tenant and the purpose of the secret that tells one key-encryption key from another.
pub(crate) const CHECK: (&str, &str) = (NOBODY, "check");
/// Keys that are wrapped anew at once.
const PAGE: u64 = 1_000;

/// A wrapped key or secret, by its tenant and its id or purpose.
#[derive(Debug)]
pub(crate) struct Witness {
    pub(crate) tenant: String,
    pub(crate) what: Vec<u8>,
    pub(crate) wrapped: Vec<u8>,
}

/// Any wrapped key, which shows whether a key-encryption key is the right one: the check, or in a keyring from before there was
/// one, another.
pub(crate) async fn witness(query: &impl Query) -> Result<Option<Witness>, StoreError> {
    // No tenant sorts before all tenants.
    let sql = "SELECT tenant, purpose, wrapped FROM tenant_secret ORDER BY tenant, purpose LIMIT 1";
    if let Some(row) = query.first(sql, vec![]).await? {
        let what = row.get::<String>(1)?.into_bytes();
        return Ok(Some(Witness { tenant: row.get(0)?, what, wrapped: row.get(2)? }));
    }
    let sql = "SELECT tenant, key_id, wrapped FROM data_key WHERE length(wrapped) > 0 LIMIT 1";
    let row = query.first(sql, vec![]).await?;
    row.map(|row| Ok(Witness { tenant: row.get(0)?, what: row.get(1)?, wrapped: row.get(2)? })).transpose()
}

/// The wrapped keys of ids; an empty one is a tombstone.
pub(crate) async fn find(
    query: &impl Query,
    tenant: &Tenant,
    ids: &[[u8; 16]],
) -> Result<Vec<([u8; 16], Vec<u8>)>, StoreError> {
    let keys = ids.iter().map(|id| id.to_vec()).collect();
    let sql = "SELECT key_id, wrapped FROM data_key WHERE tenant = ? AND key_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], keys).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.get(1)?))).collect()
}

/// Stores wrapped keys; those that are there stay. Answers how many were not.
pub(crate) async fn add(tx: &Tx, keys: Vec<(&Tenant, [u8; 16], Vec<u8>)>) -> Result<u64, StoreError> {
    let mut insert = Insert::new("data_key", KEY).on_conflict("(tenant, key_id) DO NOTHING");
    for (tenant, id, wrapped) in keys {
        insert.row([tenant.as_str().into(), id.to_vec().into(), wrapped.into()]);
    }
    tx.insert(insert).await
}

/// Leaves tombstones in place of keys, also where there was none.
pub(crate) async fn bury(tx: &Tx, tenant: &Tenant, ids: &[[u8; 16]]) -> Result<(), StoreError> {
    let mut insert =
        Insert::new("data_key", KEY).on_conflict("(tenant, key_id) DO UPDATE SET wrapped = excluded.wrapped");
    for id in ids {
        insert.row([tenant.as_str().into(), id.to_vec().into(), Vec::<u8>::new().into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// A tenant's wrapped secret; the one given, if there was none.
pub(crate) async fn secret(tx: &Tx, tenant: &str, purpose: &str, new: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let add = "INSERT INTO tenant_secret (tenant, purpose, wrapped) VALUES (?, ?, ?) ON CONFLICT (tenant, purpose) DO NOTHING";
    tx.execute(add, vec![tenant.into(), purpose.into(), new.into()]).await?;
    let sql = "SELECT wrapped FROM tenant_secret WHERE tenant = ? AND purpose = ?";
    let row = tx.first(sql, vec![tenant.into(), purpose.into()]).await?;
    row.ok_or_else(|| StoreError::Row("no tenant secret".to_owned()))?.get(0)
}

/// What a tenant has secrets for.
pub(crate) async fn purposes(query: &impl Query, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let rows =
        query.all("SELECT purpose FROM tenant_secret WHERE tenant = ? /* few */", vec![tenant.as_str().into()]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Deletes secrets.
pub(crate) async fn forget_secrets(tx: &Tx, tenant: &Tenant, purposes: &[String]) -> Result<(), StoreError> {
    for purpose in purposes {
        let sql = "DELETE FROM tenant_secret WHERE tenant = ? AND purpose = ?";
        tx.execute(sql, vec![tenant.as_str().into(), purpose.as_str().into()]).await?;
    }
    Ok(())
}

/// Wrapped keys after one, in the order of their ids; no tombstones.
pub(crate) async fn keys_after(query: &impl Query, after: (&str, &[u8])) -> Result<Vec<Witness>, StoreError> {
    let sql = format!(
        "SELECT tenant, key_id, wrapped FROM data_key WHERE (tenant, key_id) > (?, ?) AND length(wrapped) > 0
         ORDER BY tenant, key_id LIMIT {PAGE} /* whole */"
    );
    let rows = query.all(&sql, vec![after.0.into(), after.1.to_vec().into()]).await?;
    rows.iter().map(|row| Ok(Witness { tenant: row.get(0)?, what: row.get(1)?, wrapped: row.get(2)? })).collect()
}

/// The wrapped secrets of all tenants.
pub(crate) async fn secrets(query: &impl Query) -> Result<Vec<Witness>, StoreError> {
    let rows = query.all("SELECT tenant, purpose, wrapped FROM tenant_secret /* whole */", vec![]).await?;
    let witness = |what: String| what.into_bytes();
    rows.iter()
        .map(|row| Ok(Witness { tenant: row.get(0)?, what: witness(row.get(1)?), wrapped: row.get(2)? }))
        .collect()
}

/// Puts keys that were wrapped anew in the place of the former ones. Those that were buried meanwhile stay buried.
pub(crate) async fn replace_keys(tx: &Tx, keys: Vec<Witness>) -> Result<(), StoreError> {
    let mut insert = Insert::new("data_key", KEY)
        .on_conflict("(tenant, key_id) DO UPDATE SET wrapped = excluded.wrapped WHERE length(data_key.wrapped) > 0");
    for key in keys {
        insert.row([key.tenant.into(), key.what.into(), key.wrapped.into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The same of a secret, unless it was deleted meanwhile.
pub(crate) async fn replace_secret(tx: &Tx, secret: Witness) -> Result<(), StoreError> {
    let sql = "UPDATE tenant_secret SET wrapped = ? WHERE tenant = ? AND purpose = ?";
    let purpose = String::from_utf8_lossy(&secret.what).into_owned();
    tx.execute(sql, vec![secret.wrapped.into(), secret.tenant.into(), purpose.into()]).await.map(|_| ())
}
