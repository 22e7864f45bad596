//! Deleting a generation that nobody reads: a slice at a time, so that no transaction is long. SQLite has one writer, and on
//! PostgreSQL the projection's lock is held meanwhile.

use tenure_store::{Dialect, Query, StoreError, Tx, Value};

use super::{
    lease,
    projection::Projection,
    supervisor::{Following, Generations},
};

/// Rows deleted in one transaction, more or less.
const SLICE: i64 = 2_000;

impl<P: Projection> Following<P> {
    /// Deletes some rows of generations that are neither read nor built. Answers whether there is more to delete.
    pub(super) async fn discard_stale(&self, generations: Generations) -> Result<bool, StoreError> {
        let sql = "SELECT MIN(generation) FROM checkpoint WHERE projection = ? AND generation <> ? AND generation <> ?";
        let values = vec![self.name().into(), generations.active.into(), generations.building.into()];
        let row = self.store().first(sql, values).await?;
        let Some(stale) = row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten() else { return Ok(false) };
        let tx = self.store().begin().await?;
        lease::lock(&tx, self.name()).await?;
        if self.generations(&tx).await? != generations {
            tx.rollback().await?;
            return Ok(true);
        }
        let here = || vec![self.name().into(), stale.into()];
        // First, so that no follower that is still at work can commit; the checkpoints themselves last, for they say what is left.
        let sql = "UPDATE checkpoint SET lease_epoch = 0 WHERE projection = ? AND generation = ? AND lease_epoch <> 0";
        tx.execute(sql, here()).await?;
        let sql = "DELETE FROM parked WHERE parked_id IN (
            SELECT parked_id FROM parked WHERE projection = ? AND generation = ? LIMIT ?)";
        let parked = tx.execute(sql, [here(), vec![SLICE.into()]].concat()).await?;
        if parked == 0 && !self.shared.projection.discard(&tx, stale, SLICE).await? {
            tx.execute("DELETE FROM checkpoint WHERE projection = ? AND generation = ?", here()).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// For [`Projection::discard`]: deletes some rows of a generation, in tables whose primary keys begin with `tenant` and
/// `generation`. Answers whether there may be more.
///
/// # Errors
/// When the database can't be reached.
pub async fn discard_rows(tx: &Tx, tables: &[&str], generation: i64, limit: i64) -> Result<bool, StoreError> {
    let mut left = limit;
    for table in tables {
        let mut tenant = String::new();
        while let Some(next) = next_tenant(tx, table, &tenant, generation).await? {
            left -= delete(tx, table, &next, generation, left).await?;
            if left <= 0 {
                return Ok(true);
            }
            tenant = next;
        }
    }
    Ok(false)
}

/// The next tenant that has rows of the generation. From tenant to tenant by the key: most rows are other generations'.
async fn next_tenant(tx: &Tx, table: &str, after: &str, generation: i64) -> Result<Option<String>, StoreError> {
    let sql = format!(
        "WITH RECURSIVE walk (tenant) AS (
            SELECT MIN(tenant) FROM {table} WHERE tenant > ?
            UNION ALL SELECT (SELECT MIN(next.tenant) FROM {table} next WHERE next.tenant > walk.tenant)
            FROM walk WHERE walk.tenant IS NOT NULL)
         SELECT tenant FROM walk
         WHERE EXISTS (SELECT 1 FROM {table} here WHERE here.tenant = walk.tenant AND here.generation = ?) LIMIT 1"
    );
    let row = tx.first(&sql, vec![after.into(), generation.into()]).await?;
    row.map(|row| row.get(0)).transpose()
}

async fn delete(tx: &Tx, table: &str, tenant: &str, generation: i64, limit: i64) -> Result<i64, StoreError> {
    let here: [Value; 2] = [tenant.into(), generation.into()];
    let (sql, values) = match tx.dialect() {
        Dialect::Postgres => (
            format!(
                "DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM {table} WHERE tenant = ? AND generation = ? LIMIT ?))"
            ),
            here.to_vec(),
        ),
        // Where a table is its own index, rows have no place but their key.
        Dialect::Sqlite => {
            let key = key(tx, table).await?;
            let sql = format!(
                "DELETE FROM {table} WHERE tenant = ? AND generation = ? AND ({key}) IN (
                    SELECT {key} FROM {table} WHERE tenant = ? AND generation = ? LIMIT ?)"
            );
            (sql, [here.clone(), here].concat())
        }
    };
    let deleted = tx.execute(&sql, [values, vec![limit.into()]].concat()).await?;
    Ok(i64::try_from(deleted).unwrap_or(i64::MAX))
}

/// The columns of a table's primary key: the tenant, the generation, and others if there are any.
async fn key(tx: &Tx, table: &str) -> Result<String, StoreError> {
    let sql = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk";
    let rows = tx.all(sql, vec![table.into()]).await?;
    let columns: Vec<String> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok(columns.join(", "))
}
