//! How many connections there are, and how many there may be.

use std::sync::Arc;

use opentelemetry::{KeyValue, global};
use sea_orm::DatabaseConnection;

use crate::{Dialect, Query as _, Store, StoreError};

/// A pool's connections: all of them, those that are idle, and the most.
fn counted(pool: &DatabaseConnection, dialect: Dialect) -> (i64, i64, i64) {
    let (all, idle, most) = match dialect {
        Dialect::Sqlite => {
            let pool = pool.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        }
        Dialect::Postgres => {
            let pool = pool.get_postgres_connection_pool();
            (pool.size(), pool.num_idle(), pool.options().get_max_connections())
        }
    };
    (all.into(), i64::try_from(idle).unwrap_or(i64::MAX), most.into())
}

/// Has a pool's connections told, as often as metrics are.
pub(crate) fn observe(name: impl Into<Arc<str>>, pool: &DatabaseConnection, dialect: Dialect) {
    let name = KeyValue::new("db.client.connection.pool.name", name.into());
    let meter = global::meter("tenure.store");
    let state = |state: &'static str| [name.clone(), KeyValue::new("db.client.connection.state", state)];
    let (used, idle, of) = (state("used"), state("idle"), pool.clone());
    let _count = meter
        .i64_observable_up_down_counter("db.client.connection.count")
        .with_unit("{connection}")
        .with_description("Connections to the database, by whether they are used.")
        .with_callback(move |count| {
            let (all, unused, _) = counted(&of, dialect);
            count.observe((all - unused).max(0), &used);
            count.observe(unused, &idle);
        })
        .build();
    let of = pool.clone();
    let _most = meter
        .i64_observable_up_down_counter("db.client.connection.max")
        .with_unit("{connection}")
        .with_description("Connections to the database at most.")
        .with_callback(move |most| most.observe(counted(&of, dialect).2, std::slice::from_ref(&name)))
        .build();
}

impl Store {
    /// Whether processes are connected to the database of a service. With SQLite a folder's lock says so, and this answers no.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn serves(&self, service: &str) -> Result<bool, StoreError> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = ? LIMIT 1";
        Ok(self.first(sql, vec![format!("tenure-{service}").into()]).await?.is_some())
    }
}
