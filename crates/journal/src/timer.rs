//! Durable timers: time is an event too. The holder of a partition's lease fires what is due, once, in one transaction with
//! what it concludes.

use std::{collections::BTreeMap, ops::RangeInclusive};

use tenure_kernel::{Tenant, Timestamp};
use tenure_store::{Dialect, Insert, Kind, Query, Row, Store, StoreError, Tx, Value};

/// Something to be done at a time. Timers belong to a service, not to a generation: one projection of a database sets and
/// fires them, and sets none while it builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Whose.
    pub tenant: Tenant,
    /// Its id; a timer set again under its id moves.
    pub id: [u8; 16],
    /// What for, such as "promise_overdue".
    pub kind: String,
    /// The partition of the record that it is about.
    pub partition: u8,
    /// When.
    pub due_at: Timestamp,
    /// What the projection needs to know then. Nothing personal.
    pub payload: Vec<u8>,
}

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("timer_id", Kind::Bytes),
    ("kind", Kind::Text),
    ("partition_index", Kind::Int),
    ("due_at", Kind::Int),
    ("payload", Kind::Bytes),
];

const MOVES: &str = "(tenant, timer_id) DO UPDATE SET kind = excluded.kind, partition_index = excluded.partition_index,
     due_at = excluded.due_at, payload = excluded.payload";
const MOVES_FORWARD: &str = "(tenant, timer_id) DO UPDATE SET kind = excluded.kind,
     partition_index = excluded.partition_index, due_at = excluded.due_at, payload = excluded.payload
     WHERE excluded.due_at < timer.due_at";

/// What is taken is looked up once, as an array, whatever the planner thinks of how many there are: as a sub-query it may be run for every row that is
/// due, and each time skips what it took before, so that it takes all. A row that was moved meanwhile is looked at again before it is taken.
const TAKE_POSTGRES: &str = "DELETE FROM timer WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM timer WHERE due_at <= ? AND partition_index BETWEEN ? AND ?
    ORDER BY due_at, tenant, timer_id LIMIT ? OFFSET ? FOR UPDATE SKIP LOCKED))
    RETURNING tenant, timer_id, kind, partition_index, due_at, payload";
const TAKE_SQLITE: &str = "DELETE FROM timer WHERE (tenant, timer_id) IN (
    SELECT tenant, timer_id FROM timer WHERE due_at <= ? AND partition_index BETWEEN ? AND ?
    ORDER BY due_at, tenant, timer_id LIMIT ? OFFSET ?)
    RETURNING tenant, timer_id, kind, partition_index, due_at, payload";

impl Timer {
    /// Sets timers, or moves those that are set; of several with one id the last counts.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn set(tx: &Tx, timers: Vec<Self>) -> Result<(), StoreError> {
        Self::insert(tx, timers, MOVES).await
    }

    /// Sets timers, or moves those that are set to a sooner moment: for who concludes from what it read, while another may have set a timer
    /// because of something newer.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn set_if_sooner(tx: &Tx, timers: Vec<Self>) -> Result<(), StoreError> {
        Self::insert(tx, timers, MOVES_FORWARD).await
    }

    async fn insert(tx: &Tx, timers: Vec<Self>, on_conflict: &str) -> Result<(), StoreError> {
        let mut insert = Insert::new("timer", COLUMNS).on_conflict(on_conflict);
        // An update may meet a row once only, and rows taken in one order don't deadlock.
        let each: BTreeMap<_, _> = timers.into_iter().map(|timer| ((timer.tenant.clone(), timer.id), timer)).collect();
        for timer in each.into_values() {
            insert.row([
                timer.tenant.as_str().into(),
                timer.id.to_vec().into(),
                timer.kind.into(),
                i64::from(timer.partition).into(),
                timer.due_at.0.into(),
                timer.payload.into(),
            ]);
        }
        tx.insert(insert).await.map(|_| ())
    }

    /// Takes timers back; those that are not set are no matter.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn cancel(tx: &Tx, tenant: &Tenant, ids: Vec<[u8; 16]>) -> Result<(), StoreError> {
        let keys = ids.into_iter().map(|id| id.to_vec()).collect();
        let sql = "DELETE FROM timer WHERE tenant = ? AND timer_id {keys}";
        tx.execute_by_keys(sql, vec![tenant.as_str().into()], keys).await.map(|_| ())
    }

    /// Whether a timer is set, or is being fired by a transaction that has not ended. It waits for nobody.
    ///
    /// Who sets a timer while holding a lock that firing it takes must ask this first, and leave a timer that is there: the one who fires has
    /// its row and waits for the lock, so both would wait for each other. Once it gets the lock it sees what was written under it.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn is_set(tx: &Tx, tenant: &Tenant, id: [u8; 16]) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM timer WHERE tenant = ? AND timer_id = ?";
        Ok(tx.first(sql, vec![tenant.as_str().into(), id.to_vec().into()]).await?.is_some())
    }

    /// How many of a tenant's timers are due and did not fire yet.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn due(query: &impl Query, tenant: &Tenant, now: Timestamp) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM timer WHERE tenant = ? AND due_at <= ?";
        let row = query.first(sql, vec![tenant.as_str().into(), now.0.into()]).await?;
        row.map_or(Ok(0), |row| row.get(0))
    }

    /// Whether any timer is due.
    pub(crate) async fn any_due(store: &Store, now: Timestamp) -> Result<bool, StoreError> {
        let row = store.first("SELECT 1 FROM timer WHERE due_at <= ? LIMIT 1", vec![now.0.into()]).await?;
        Ok(row.is_some())
    }

    /// Takes timers that are due out of the table, oldest first, at most `limit` behind the first `skip`. On PostgreSQL those that somebody
    /// is setting are left for the next time: whoever waited for one while holding others would wait for who waits for those.
    pub(crate) async fn take_due(
        tx: &Tx,
        partitions: &RangeInclusive<u8>,
        now: Timestamp,
        (limit, skip): (i64, i64),
    ) -> Result<Vec<Self>, StoreError> {
        let sql = match tx.dialect() {
            Dialect::Postgres => TAKE_POSTGRES,
            Dialect::Sqlite => TAKE_SQLITE,
        };
        let bounds: [Value; 5] = [
            now.0.into(),
            i64::from(*partitions.start()).into(),
            i64::from(*partitions.end()).into(),
            limit.into(),
            skip.into(),
        ];
        let rows = tx.all(sql, bounds.to_vec()).await?;
        let mut due = rows.iter().map(Self::read).collect::<Result<Vec<_>, _>>()?;
        due.sort_by(|left, right| (left.due_at, &left.tenant, left.id).cmp(&(right.due_at, &right.tenant, right.id)));
        Ok(due)
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let unreadable = |column: &str| StoreError::Row(format!("timer.{column}"));
        Ok(Self {
            tenant: row.get::<String>(0)?.parse().map_err(|_| unreadable("tenant"))?,
            id: row.id(1)?,
            kind: row.get(2)?,
            partition: u8::try_from(row.get::<i64>(3)?).map_err(|_| unreadable("partition_index"))?,
            due_at: Timestamp(row.get(4)?),
            payload: row.get(5)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use tenure_store::{MigrationTrait, MigratorTrait, testing::TestPlace};

    use super::*;

    struct Tables;

    impl MigratorTrait for Tables {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![crate::migration()]
        }
    }

    fn timer(number: i64, due_at: i64) -> Timer {
        let mut id = [0; 16];
        // Not in the order in which they are due.
        id[..8].copy_from_slice(&(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())).to_be_bytes());
        let (tenant, kind) = ("acme".parse().expect("a tenant"), "test".to_owned());
        Timer { tenant, id, kind, partition: id[0], due_at: Timestamp(due_at), payload: Vec::new() }
    }

    async fn set(store: &Store, timers: impl Iterator<Item = Timer>) -> Result<(), StoreError> {
        let tx = store.begin().await?;
        Timer::set(&tx, timers.collect()).await?;
        tx.commit().await
    }

    /// The planner knows of those that lie ahead, and takes what is due for a row or none.
    #[tokio::test]
    async fn as_many_are_taken_as_are_asked_for_whatever_the_planner_thinks() -> Result<(), StoreError> {
        for place in TestPlace::each() {
            let store = place.open::<Tables>("timers").await;
            set(&store, (0..5_000).map(|number| timer(number, 1_000_000 + number))).await?;
            if store.dialect() == Dialect::Postgres {
                store.execute("VACUUM ANALYZE timer", vec![]).await?;
            }
            set(&store, (5_000..7_000).map(|number| timer(number, number))).await?;
            let tx = store.begin().await?;
            let taken = Timer::take_due(&tx, &(0..=255), Timestamp(9_000), (500, 10)).await?;
            let due: Vec<i64> = taken.iter().map(|timer| timer.due_at.0).collect();
            assert_eq!(due, (5_010..5_510).collect::<Vec<_>>());
            let left = tx.first("SELECT COUNT(*) FROM timer", vec![]).await?.expect("a row");
            assert_eq!(left.get::<i64>(0)?, 6_500);
            tx.rollback().await?;
        }
        Ok(())
    }
}
