//! How keys are looked up in tables that the database has not counted.

use tenure_store::{
    Insert, Kind, MigrationTrait, MigratorTrait, Query, SqlMigration, Store, StoreError, Value, testing::TestPlace,
};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![SqlMigration::boxed(
            "m1_facts",
            "CREATE TABLE fact (tenant {text} NOT NULL, generation BIGINT NOT NULL, fact_id {bytes} NOT NULL,
                 record_id {bytes} NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (tenant, generation, fact_id)) {clustered};
             CREATE INDEX fact_by_record ON fact (tenant, generation, record_id);
             CREATE TABLE membership (tenant {text} NOT NULL, generation BIGINT NOT NULL, record_id {bytes} NOT NULL,
                 person_id {bytes} NOT NULL, PRIMARY KEY (tenant, generation, record_id)) {clustered};
             CREATE INDEX membership_by_person ON membership (tenant, generation, person_id, record_id);",
        )]
    }
}

const FACT: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("fact_id", Kind::Bytes),
    ("record_id", Kind::Bytes),
    ("amount", Kind::Int),
];

const MEMBERSHIP: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes), ("person_id", Kind::Bytes)];

/// What is looked up, and the columns that the index must be asked for.
const STATEMENTS: &[(&str, &str)] = &[
    ("SELECT amount FROM fact WHERE tenant = ? AND generation = ? AND fact_id {keys}", "fact_id"),
    (
        "SELECT amount, amount FROM fact WHERE tenant = ? AND generation = ? AND amount < 9 AND record_id {keys}",
        "record_id",
    ),
    ("DELETE FROM fact WHERE tenant = ? AND generation = ? AND fact_id {keys}", "fact_id"),
    (
        "UPDATE fact SET amount = 0 WHERE tenant = ? AND generation = ? AND record_id {keys} RETURNING amount",
        "record_id",
    ),
    ("SELECT person_id FROM membership WHERE tenant = ? AND generation = ? AND record_id {keys}", "record_id"),
    ("SELECT record_id FROM membership WHERE tenant = ? AND generation = ? AND person_id {keys}", "person_id"),
    (
        "SELECT DISTINCT m.person_id FROM fact f JOIN membership m
         ON m.tenant = f.tenant AND m.generation = f.generation AND m.record_id = f.record_id
         WHERE f.tenant = ? AND f.generation = ? AND f.fact_id {keys}",
        "fact_id",
    ),
];

/// An id with its random part first, as all of ours.
fn id(n: u32) -> Vec<u8> {
    let mixed = n.wrapping_mul(2_654_435_761);
    [mixed.to_be_bytes(), n.to_be_bytes(), [7; 4], [9; 4]].concat()
}

async fn fill(store: &Store, tenant: &str, generation: i64, rows: u32) -> Result<(), StoreError> {
    for batch in 0..rows / 1_000 {
        let mut facts = Insert::new("fact", FACT);
        let mut memberships = Insert::new("membership", MEMBERSHIP);
        for n in batch * 1_000..(batch + 1) * 1_000 {
            let amount = i64::from(n % 5);
            facts.row([tenant.into(), generation.into(), id(n).into(), id(n / 3).into(), amount.into()]);
            memberships.row([tenant.into(), generation.into(), id(n).into(), id(n / 2).into()]);
        }
        let tx = store.begin().await?;
        tx.insert(facts).await?;
        tx.insert(memberships).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn plan(store: &Store, sql: &str, values: &[Value], keys: Vec<Vec<u8>>) -> Result<String, StoreError> {
    let mut plan = String::new();
    for statement in store.keyed(sql, values, keys) {
        let values = statement.values.map(|values| values.0).unwrap_or_default();
        for row in store.all(&format!("EXPLAIN {}", statement.sql), values).await? {
            plan.push_str(&row.get::<String>(0)?);
            plan.push('\n');
        }
    }
    Ok(plan)
}

/// Fails unless every statement looks each of a thousand keys up by an index with the key in its condition.
async fn assert_looked_up(store: &Store, tenant: &str, generation: i64) -> Result<(), StoreError> {
    for (sql, key) in STATEMENTS {
        for count in [1, 5, 1_000] {
            let keys = (0..count).map(id).collect();
            let plan = plan(store, sql, &[tenant.into(), generation.into()], keys).await?;
            let conditions: Vec<&str> = plan.lines().filter(|line| line.contains("Index Cond:")).collect();
            let wanted = |line: &&&str| line.contains(&format!("({key} = "));
            assert!(conditions.iter().any(|line| wanted(&line)), "{tenant} {generation} {count} {sql}\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{tenant} {generation} {count} {sql}\n{plan}");
            let filters = plan.lines().filter(|line| line.contains("Filter:"));
            assert!(
                !filters.into_iter().any(|line| line.contains("_id")),
                "{tenant} {generation} {count} {sql}\n{plan}"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_looked_up_in_tables_that_were_just_filled() -> Result<(), StoreError> {
    let Some(place) = TestPlace::postgres() else { return Ok(()) };
    let store = place.open::<Migrator>("facts").await;
    // The server's own counting would come at any time, or never.
    for table in ["fact", "membership"] {
        store.execute(&format!("ALTER TABLE {table} SET (autovacuum_enabled = false)"), vec![]).await?;
    }
    fill(&store, "acme", 1, 30_000).await?;
    assert_looked_up(&store, "acme", 1).await?;
    // A rebuild, and a tenant, that the statistics know nothing of.
    fill(&store, "acme", 2, 30_000).await?;
    assert_looked_up(&store, "acme", 2).await?;
    fill(&store, "new", 1, 30_000).await?;
    assert_looked_up(&store, "new", 1).await
}

/// What SQLite would do for a statement.
async fn steps(store: &Store, sql: &str) -> Result<Vec<String>, StoreError> {
    let statement = store.keyed(sql, &["acme".into(), 1.into()], (0..5).map(id).collect()).remove(0);
    let values = statement.values.map(|values| values.0).unwrap_or_default();
    let rows = store.all(&format!("EXPLAIN QUERY PLAN {}", statement.sql), values).await?;
    rows.iter().map(|row| row.get(3)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_looks_keys_up_in_tables_that_it_knows_nothing_of() -> Result<(), StoreError> {
    let place = TestPlace::sqlite();
    for opening in ["made", "opened again"] {
        let store = place.open::<Migrator>("facts").await;
        for (sql, key) in STATEMENTS {
            let steps = steps(&store, sql).await?;
            assert!(steps.iter().any(|step| step.contains(&format!("{key}=?"))), "{opening}: {sql}\n{steps:?}");
        }
        store.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_written_to_can_be_opened() -> Result<(), StoreError> {
    let place = TestPlace::sqlite();
    let store = place.open::<Migrator>("facts").await;
    let tx = store.begin().await?;
    tx.execute("DELETE FROM fact", vec![]).await?;
    let again = place.open::<Migrator>("facts").await;
    again.close().await;
    tx.commit().await
}
