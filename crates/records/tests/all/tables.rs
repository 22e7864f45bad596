//! Whose records are, and which were erased, on real SQLite and PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_records::{Changed, Memberships, Move, Redirect, Scope, erased_among, remember};
use tenure_store::{MigrationTrait, MigratorTrait, Query, Store, testing::TestPlace};

struct Tables;

impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![tenure_journal::migration(), tenure_records::migration()]
    }
}

const READ: Memberships = Memberships::of("reader");
const GENERATION: i64 = 1;

fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

fn person(number: u8) -> PersonId {
    PersonId([number; 16])
}

fn moved(number: u8, to: Option<u8>, version: i64) -> Move {
    Move { record: record(number), from: None, to: to.map(person), version }
}

fn redirected(from: u8, to: Option<u8>, version: i64) -> Redirect {
    Redirect { from: person(from), to: to.map(person), version }
}

async fn save(store: &Store, tenant: &Tenant, moves: &[Move], redirects: &[Redirect]) {
    let tx = store.begin().await.unwrap();
    let changed = Changed { moves: moves.to_vec(), redirects: redirects.to_vec() };
    changed.save(&tx, Scope { tenant, generation: GENERATION }).await.unwrap();
    tx.commit().await.unwrap();
}

async fn each(test: impl AsyncFn(Store, Tenant)) {
    for place in [Some(TestPlace::sqlite()), TestPlace::postgres()].into_iter().flatten() {
        let store = place.open::<Tables>("records").await;
        let tx = store.begin().await.unwrap();
        let sql = "INSERT INTO projection (name, ranges, active, building, reconciling, reconciled)
                   VALUES ('reader', 1, ?, 0, 0, ?)";
        tx.execute(sql, vec![GENERATION.into(), Vec::<u8>::new().into()]).await.unwrap();
        tx.commit().await.unwrap();
        test(store, "acme".parse().unwrap()).await;
    }
}

#[tokio::test]
async fn the_highest_version_wins_whatever_the_order() {
    each(async |store, tenant| {
        let orders = [[1, 2, 3], [3, 2, 1], [2, 3, 1]];
        for (number, order) in (1_u8..).zip(orders) {
            // Some in one statement, some in the next.
            let all = order.map(|version: i64| moved(number, u8::try_from(version).ok(), version));
            save(&store, &tenant, &all[..2], &[]).await;
            save(&store, &tenant, &all[2..], &[]).await;
            assert_eq!(READ.person_of(&store, &tenant, record(number)).await.unwrap(), Some(person(3)), "{order:?}");
        }
        save(&store, &tenant, &[moved(1, None, 4)], &[]).await;
        assert_eq!(READ.person_of(&store, &tenant, record(1)).await.unwrap(), None, "it was erased");
        let members = READ.members(&store, &tenant, &[1, 2, 3].map(person).into()).await.unwrap();
        assert_eq!(members, BTreeMap::from([(person(3), BTreeSet::from([record(2), record(3)]))]));
    })
    .await;
}

#[tokio::test]
async fn an_id_leads_as_far_as_its_redirects_and_no_further_once_they_are_taken_back() {
    each(async |store, tenant| {
        save(&store, &tenant, &[], &[redirected(1, Some(2), 1), redirected(2, Some(3), 2)]).await;
        let leads = async |from: u8| READ.resolve(&store, &tenant, person(from)).await.unwrap();
        assert_eq!([leads(1).await, leads(2).await, leads(3).await], [3, 3, 3].map(person));
        save(&store, &tenant, &[], &[redirected(2, None, 3)]).await;
        assert_eq!([leads(1).await, leads(2).await], [2, 2].map(person));
        save(&store, &tenant, &[], &[redirected(3, Some(4), 1), redirected(4, Some(3), 2)]).await;
        assert!([3, 4].map(person).contains(&leads(3).await), "a circle ends");
    })
    .await;
}

#[tokio::test]
async fn what_was_erased_is_remembered_for_its_tenant_and_generation_alone() {
    each(async |store, tenant| {
        let scope = Scope { tenant: &tenant, generation: GENERATION };
        let tx = store.begin().await.unwrap();
        for _ in 0..2 {
            remember(&tx, scope, &[record(1)]).await.unwrap();
        }
        let asked = [record(1), record(2)];
        assert_eq!(erased_among(&tx, scope, &asked).await.unwrap(), BTreeSet::from([record(1)]));
        let other = "other".parse().unwrap();
        for elsewhere in [Scope { tenant: &other, ..scope }, Scope { generation: 2, ..scope }] {
            assert!(erased_among(&tx, elsewhere, &asked).await.unwrap().is_empty());
        }
        tx.rollback().await.unwrap();
    })
    .await;
}
