//! The store on real databases.

mod catalogue;
mod plans;

use tenure_store::{Insert, Kind, MigrationTrait, MigratorTrait, Query, SqlMigration, StoreError, testing::TestPlace};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![SqlMigration::boxed(
            "m1_things",
            "CREATE TABLE thing (id {bytes} NOT NULL, count BIGINT NOT NULL CHECK (count >= 0), name {text}, share DOUBLE PRECISION NOT NULL,
             fine BOOLEAN NOT NULL, PRIMARY KEY (id)) {clustered};",
        )]
    }
}

const COLUMNS: &[(&str, Kind)] =
    &[("id", Kind::Bytes), ("count", Kind::Int), ("name", Kind::Text), ("share", Kind::Float), ("fine", Kind::Bool)];

fn insert(range: std::ops::Range<u32>) -> Insert {
    let mut insert = Insert::new("thing", COLUMNS).on_conflict("(id) DO NOTHING");
    for n in range {
        let name = format!("n{n}");
        insert.row([
            n.to_be_bytes().to_vec().into(),
            i64::from(n).into(),
            name.into(),
            f64::from(n).into(),
            (n == 1).into(),
        ]);
    }
    insert
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_told_from_what_is_new() -> Result<(), StoreError> {
    for place in TestPlace::each() {
        let store = place.open::<Migrator>("things").await;
        let tx = store.begin().await?;
        assert!(tx.insert_new(insert(0..0), "id").await?.is_empty());
        assert!(tx.insert_new(insert(0..333), "id").await?.is_empty(), "{:?}", place.dialect());
        let mut there = tx.insert_new(insert(300..700), "id").await?;
        there.sort_unstable();
        assert_eq!(there, (300..333_u32).map(|n| n.to_be_bytes().to_vec()).collect::<Vec<_>>());
        assert_eq!(tx.insert_new(insert(0..700), "id").await?.len(), 700);
        tx.rollback().await?;
        assert!(store.first("SELECT id FROM thing", vec![]).await?.is_none());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn set_inserts_skip_what_is_there_and_key_lists_find_every_row() -> Result<(), StoreError> {
    for place in TestPlace::each() {
        let store = place.open::<Migrator>("things").await;
        let tx = store.begin().await?;
        assert_eq!(tx.insert(insert(0..333)).await?, 333);
        let new = tx.insert_returning(insert(300..700), "count").await?;
        assert_eq!(new.len(), 367, "{:?}", place.dialect());
        tx.commit().await?;
        for wanted in [0, 1, 9, 10, 11, 199, 200, 201, 700] {
            let keys = (0..wanted).map(|n: u32| n.to_be_bytes().to_vec()).collect();
            let rows = store
                .by_keys(
                    "SELECT id, name, share, fine FROM thing WHERE count >= ? AND id {keys}",
                    vec![0_i64.into()],
                    keys,
                )
                .await?;
            assert_eq!(rows.len(), wanted as usize);
        }
        for wanted in [0, 1, 7, 8, 9, 40, 41, 200] {
            let keys = (0..wanted).map(|n: u32| n.to_be_bytes().to_vec()).collect();
            let sql = "SELECT thing.id, many.id FROM thing JOIN thing many ON many.id > ? AND many.share >= ?
                WHERE thing.id {keys} ORDER BY many.id LIMIT 2";
            let found = store.by_each_key(sql, vec![Vec::<u8>::new().into(), 5_f64.into()], keys).await?;
            assert_eq!(found.len(), 2 * wanted as usize, "{:?}: a limit for each key", place.dialect());
            assert!(
                found.iter().all(|row| row
                    .get::<Vec<u8>>(1)
                    .is_ok_and(|id| [vec![0, 0, 0, 5], vec![0, 0, 0, 6]].contains(&id)))
            );
        }
        let twice = [3_u32, 4, 3].map(|n| n.to_be_bytes().to_vec()).to_vec();
        let rows = store.by_keys("SELECT id, id FROM thing WHERE id {keys}", vec![], twice.clone()).await?;
        assert_eq!(rows.len(), 2, "{:?}", place.dialect());
        let tx = store.begin().await?;
        let update = "UPDATE thing SET count = ? WHERE share < ? AND id {keys} RETURNING id";
        assert_eq!(tx.by_keys(update, vec![9_i64.into(), 4_f64.into()], twice.clone()).await?.len(), 1);
        assert_eq!(
            tx.execute_by_keys("DELETE FROM thing WHERE count = ? AND id {keys}", vec![9_i64.into()], twice).await?,
            1
        );
        tx.rollback().await?;
        let row = store
            .first("SELECT name, share, fine FROM thing WHERE count = ?", vec![1_i64.into()])
            .await?
            .expect("a row");
        assert_eq!(row.get::<Option<String>>(0)?.as_deref(), Some("n1"));
        assert!((row.get::<f64>(1)? - 1.0).abs() < f64::EPSILON && row.get::<bool>(2)?);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_goes_on_until_nothing_new_is_reached() -> Result<(), StoreError> {
    for place in TestPlace::each() {
        let store = place.open::<Migrator>("things").await;
        let tx = store.begin().await?;
        tx.insert(insert(0..700)).await?;
        let key = |n: u32| n.to_be_bytes().to_vec();
        // From each thing to the one that is named after it, and from the last of these to the first.
        for n in (0..600_u32).step_by(2) {
            let sql = "UPDATE thing SET name = ? WHERE id = ?";
            tx.execute(sql, vec![format!("n{}", (n + 2) % 600).into(), key(n).into()]).await?;
        }
        let step = "SELECT next.id FROM thing CROSS JOIN thing next
                    WHERE thing.count >= ? AND next.count = CAST(SUBSTR(thing.name, 2) AS BIGINT) AND thing.id {keys}";
        let walk =
            async |from: &[u32]| tx.walk(step, vec![0_i64.into()], from.iter().copied().map(key).collect()).await;
        let even: std::collections::BTreeSet<Vec<u8>> = (0..600).step_by(2).map(key).collect();
        assert_eq!(walk(&[]).await?, [].into());
        assert_eq!(walk(&[4]).await?, even, "{:?}", place.dialect());
        let many: Vec<u32> = (0..300).collect();
        let all = even.into_iter().chain((1..300).step_by(2).map(key)).collect();
        assert_eq!(walk(&many).await?, all, "{:?}", place.dialect());
        tx.rollback().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_or_dropped_is_gone() -> Result<(), StoreError> {
    for place in TestPlace::each() {
        let store = place.open::<Migrator>("things").await;
        let tx = store.begin().await?;
        tx.insert(insert(0..5)).await?;
        tx.rollback().await?;
        let tx = store.begin().await?;
        tx.insert(insert(0..5)).await?;
        drop(tx);
        let tx = store.begin().await?;
        assert!(tx.all("SELECT id FROM thing", vec![]).await?.is_empty());
        tx.commit().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_to_open_outdated_tables_when_told_to() -> Result<(), StoreError> {
    for mut place in TestPlace::each() {
        place.config.auto_migrate = false;
        let name = place.name("things");
        let error = tenure_store::Store::open::<Migrator>(&place.config, &name).await.expect_err("outdated");
        assert!(matches!(error, StoreError::Pending { waiting: 1, .. }), "{error}");
        assert_eq!(tenure_store::pending::<Migrator>(&place.config, &name).await?, 1);
        place.config.auto_migrate = true;
        place.open::<Migrator>("things").await;
        assert_eq!(tenure_store::pending::<Migrator>(&place.config, &name).await?, 0);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_the_database_refuses_is_no_fault_and_no_reason_to_try_again() -> Result<(), StoreError> {
    for place in TestPlace::each() {
        let store = place.open::<Migrator>("things").await;
        let tx = store.begin().await?;
        tx.insert(insert(0..3)).await?;
        let error = tx.execute("UPDATE thing SET count = -count - 1", vec![]).await.expect_err("below zero");
        assert!(matches!(&error, StoreError::Data { .. }) && !error.is_transient(), "{error:?}");
        tx.rollback().await?;
        let tx = store.begin().await?;
        let error = tx.execute("UPDATE nothing SET count = 1", vec![]).await.expect_err("no such table");
        assert!(matches!(&error, StoreError::Fault(_)), "{error:?}");
        tx.rollback().await?;
    }
    let Some(place) = TestPlace::postgres() else { return Ok(()) };
    let store = place.open::<Migrator>("things").await;
    let error = store.first("SELECT ? + 1", vec![i64::MAX.into()]).await.err().expect("beyond 64 bits");
    assert!(matches!(&error, StoreError::Data { code, .. } if code == "22003"), "{error:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_commits_are_durable_whatever_the_role_says() -> Result<(), StoreError> {
    let Some(place) = TestPlace::postgres() else { return Ok(()) };
    let store = place.open::<Migrator>("things").await;
    let role = format!("{}lazy", place.name("things"));
    store.execute(&format!("CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'lazy'"), vec![]).await?;
    store.execute(&format!("ALTER ROLE {role} SET synchronous_commit = off"), vec![]).await?;
    let mut config = place.config.clone();
    let (_, rest) = config.url.split_once("://").expect("a URL");
    let at = rest.split_once('@').map_or(rest, |(_, at)| at);
    config.url = format!("postgres://{role}:lazy@{at}");
    let lazy = tenure_store::Store::open::<Migrator>(&config, &place.name("things")).await?;
    let row = lazy.first("SELECT current_setting('synchronous_commit')", vec![]).await?.expect("a row");
    assert_eq!(row.get::<String>(0)?, "on");
    lazy.close().await;
    store.execute(&format!("DROP ROLE {role}"), vec![]).await.map(|_| ())
}
