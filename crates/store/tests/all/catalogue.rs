//! What a database says of its tables, and rows that go from one to another as they are.

use tenure_store::{
    Column, Kind, MigrationTrait, MigratorTrait, SqlMigration, StoreError, Table, Value, testing::TestPlace,
};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![SqlMigration::boxed(
            "m1_kept",
            "CREATE TABLE entry (sequence {rowid} PRIMARY KEY, tenant {text} NOT NULL, payload {bytes} NOT NULL);
             CREATE TABLE kept (
                 fine BOOLEAN NOT NULL, share DOUBLE PRECISION NOT NULL, id {bytes} NOT NULL, tenant {text} NOT NULL,
                 name {text} NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (tenant, count, id)
             ) {clustered};",
        )]
    }
}

/// Rows that come in another order than they were written in.
fn kept(tenant: &str) -> Vec<Vec<Value>> {
    let row = |n: u8| {
        let (id, name) = (vec![n % 7, n], format!("é\u{1}\"{n}"));
        let count = if n == 0 { i64::MIN } else { i64::from(n / 2) };
        vec![(n == 1).into(), 0.1_f64.into(), id.into(), tenant.into(), name.into(), count.into()]
    };
    let mut rows: Vec<_> = (0..40).map(row).collect();
    rows.push(vec![true.into(), f64::MAX.into(), Vec::<u8>::new().into(), tenant.into(), "".into(), i64::MAX.into()]);
    rows
}

async fn all(table: &Table, store: &tenure_store::Store, tenant: Option<&str>) -> Result<Vec<Vec<Value>>, StoreError> {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    loop {
        let page = table.page(store, tenant, rows.last().map(Vec::as_slice), 7).await?;
        let last = page.len() < 7;
        rows.extend(page);
        if last {
            return Ok(rows);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_described_alike_and_rows_go_from_one_database_to_another() -> Result<(), StoreError> {
    let mut expected = None;
    for place in TestPlace::each() {
        let store = place.open::<Migrator>("kept").await;
        let tables = Table::of(&store).await?;
        assert_eq!(tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(), ["entry", "kept"]);
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        assert_eq!(
            tables[0].columns,
            [column("sequence", Kind::Int), column("tenant", Kind::Text), column("payload", Kind::Bytes)]
        );
        let kinds: Vec<Kind> = tables[1].columns.iter().map(|column| column.kind).collect();
        assert_eq!(kinds, [Kind::Bool, Kind::Float, Kind::Bytes, Kind::Text, Kind::Text, Kind::Int]);
        assert_eq!((tables[1].place("name"), tables[1].place("nobody")), (Some(4), None));

        let tx = store.begin().await?;
        assert_eq!(tables[1].write(&tx, kept("acme")).await?, 41);
        tables[1].write(&tx, kept("other")).await?;
        let entries = (1..=20_i64).map(|n| {
            let tenant = if n % 3 == 0 { "acme" } else { "other" };
            vec![n.into(), tenant.into(), vec![0_u8; 9].into()]
        });
        tables[0].write(&tx, entries.collect()).await?;
        tables[1].analyze(&tx).await?;
        tx.commit().await?;
        let rows = all(&tables[1], &store, Some("acme")).await?;
        assert_eq!(rows.len(), 41, "{:?}", place.dialect());
        assert_eq!(&rows, expected.get_or_insert(rows.clone()), "the same rows in the same order");
        assert_eq!(all(&tables[1], &store, None).await?.len(), 82);
        let entries = all(&tables[0], &store, Some("acme")).await?;
        assert_eq!(
            entries.iter().map(|row| row[0].clone()).collect::<Vec<_>>(),
            [3, 6, 9, 12, 15, 18].map(|n: i64| Value::from(n))
        );
    }
    Ok(())
}
