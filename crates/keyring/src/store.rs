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

/// The tenant, which nobody can have, and the purpose of the secret that tells one key-encryption key from another.
pub(crate) const CHECK: (&str, &str) = ("", "check");

/// A wrapped key and what it is bound to.
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
