//! A rebuild while serving changes nothing and says nothing again, except what was never said.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::Operate;
use tenure_kernel::{
    RecordId,
    identifier::IdentifierKind::{Email, Phone},
};
use tenure_proto::{collector::v1::amendment::Kind, identity::v1::get_person_request::By};
use tenure_store::{Query, testing::TestPlace};
use tokio::time::{Instant, sleep};

use crate::{
    stage::{Happening, PATIENCE, Stage, amending, and, lines, reason, record, said, tenant},
    stewarding::{merge, split},
};

pub(crate) async fn rebuilt(stage: &Stage) {
    let generation = stage.identity.following().rebuild().await.expect("begun");
    let until = Instant::now() + PATIENCE;
    loop {
        let sql = "SELECT active FROM projection WHERE name = 'identity' AND reconciling = 0";
        let row = stage.identity.journal().store().first(sql, vec![]).await.expect("a query");
        if row.is_some_and(|row| row.get::<i64>(0).expect("a number") == generation) {
            return;
        }
        assert!(Instant::now() < until, "not swapped in and reconciled");
        sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_gives_the_same_and_publishes_nothing() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let history = [
            said(1, 1, &[(Email, "a@x.nl"), (Phone, "0612345678")]),
            and(said(2, 2, &[(Email, "a@x.nl")]), 5, &[(Email, "e@x.nl")]),
            said(3, 3, &[(Email, "b@x.nl")]),
            amending(said(4, 3, &[(Email, "a@x.nl")]), 3, 1, Kind::Correction),
            said(6, 6, &[(Email, "e@x.nl")]),
            said(7, 7, &[(Email, "e@x.nl")]),
            Happening::Erased(vec![6]),
        ];
        stage.feed(&acme, &history).await;
        let person = stage.person(&acme, 1).await;
        split(&stage, &acme, "s1", &person, &[3]).await.expect("split");
        let (three, five) = (stage.person(&acme, 3).await, stage.person(&acme, 5).await);
        merge(&stage, &acme, "m1", &[&three, &five]).await.expect("merged");
        let before = (stage.export(&acme).await, stage.published().await, stage.person(&acme, 7).await);
        assert_eq!(before.0, lines(&[&[1, 2], &[3, 5, 7]]));

        rebuilt(&stage).await;
        assert_eq!((stage.export(&acme).await, stage.published().await, stage.person(&acme, 7).await), before);
        // It goes on as if nothing had happened.
        stage.feed(&acme, &[said(8, 8, &[(Email, "a@x.nl")]), amending(said(9, 7, &[]), 7, 1, Kind::Retraction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 8], &[3, 5], &[7]]));
        stage.feed(&acme, &[said(6, 6, &[(Email, "e@x.nl")])]).await;
        let erased = stage.get(&acme, By::RecordId(record(6).to_string())).await;
        assert!(erased.is_err(), "erased records are remembered");
    }
}

/// The persons that the journal's entries make, whatever order they come in: of each record the last version counts.
async fn said_to_others(stage: &Stage) -> Vec<String> {
    let mut homes: BTreeMap<Vec<u8>, (i64, Vec<u8>)> = BTreeMap::new();
    for one in stage.published().await.into_iter().flat_map(|(_, entry)| entry.moves) {
        let home = homes.entry(one.record_id).or_default();
        assert_ne!(home.0, one.version, "each version is said once");
        *home = (*home).clone().max((one.version, one.to_person_id));
    }
    let mut persons: BTreeMap<Vec<u8>, BTreeSet<RecordId>> = BTreeMap::new();
    for (record, (_, person)) in homes.into_iter().filter(|(_, (_, person))| !person.is_empty()) {
        persons.entry(person).or_default().insert(RecordId::from_slice(&record).expect("an id"));
    }
    let line = |records: BTreeSet<RecordId>| {
        let names: Vec<String> = records.iter().map(ToString::to_string).collect();
        format!("{}: {}", names[0], names.join(" "))
    };
    let mut lines: Vec<String> = persons.into_values().map(line).collect();
    lines.sort_unstable();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_a_restore_was_noticed_belongs_to_someone() {
    for place in TestPlace::each() {
        let (mut stage, acme, other) = (Stage::new(place).await, tenant("acme"), tenant("other"));
        let chain = [
            said(1, 1, &[(Email, "a@x.nl")]),
            and(said(2, 2, &[(Email, "b@x.nl")]), 3, &[(Email, "c@x.nl")]),
            said(4, 4, &[(Email, "c@x.nl")]),
            said(5, 5, &[(Email, "d@x.nl")]),
        ];
        stage.feed(&acme, &chain).await;
        stage.stop_following().await;
        // 2 becomes one with 1, 4 leaves 3, 6 is new to an old person and 7 to nobody, 5 goes.
        let unseen = [
            said(6, 2, &[(Email, "a@x.nl")]),
            amending(said(7, 4, &[(Email, "e@x.nl")]), 4, 1, Kind::Correction),
            said(8, 6, &[(Email, "a@x.nl")]),
            said(9, 7, &[]),
            Happening::Erased(vec![5]),
        ];
        stage.append(&acme, &unseen).await;
        stage.append(&other, &[said(10, 9, &[(Email, "a@x.nl")])]).await;
        stage.restore_collector().await;
        rebuilt(&stage).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 6], &[3], &[4], &[7]]));
        assert_eq!(stage.export(&other).await, lines(&[&[9]]));
        assert_eq!(said_to_others(&stage).await, lines(&[&[1, 2, 6], &[3], &[4], &[7], &[9]]));
        assert_eq!(stage.person(&acme, 6).await, stage.person(&acme, 1).await);
        let erased = stage.get(&acme, By::RecordId(record(5).to_string())).await.expect_err("erased");
        assert_eq!(reason(&erased), "NOT_FOUND");
        // It follows on, and another rebuild finds nothing.
        stage.feed(&acme, &[said(11, 8, &[(Email, "e@x.nl")])]).await;
        let before = (stage.export(&acme).await, stage.published().await);
        assert_eq!(before.0, lines(&[&[1, 2, 6], &[3], &[4, 8], &[7]]));
        rebuilt(&stage).await;
        assert_eq!((stage.export(&acme).await, stage.published().await), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_parked_and_can_be_read_now_belongs_to_someone() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        stage.feed(&acme, &[said(1, 1, &[(Email, "a@x.nl")])]).await;
        // As if a newer program had written it.
        stage.append_of_revision(2, &acme, &[said(2, 2, &[(Email, "a@x.nl")]), said(3, 3, &[])]).await;
        stage.feed(&acme, &[said(4, 4, &[])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[4]]));
        let tx = stage.collector.store().begin().await.expect("a transaction");
        tx.execute("UPDATE journal_entry SET revision = 1", vec![]).await.expect("readable");
        tx.commit().await.expect("committed");
        rebuilt(&stage).await;
        let expected = lines(&[&[1, 2], &[3], &[4]]);
        assert_eq!((stage.export(&acme).await, said_to_others(&stage).await), (expected.clone(), expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_hashes_keys_under_the_newest_matching_secret() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        stage.feed(&acme, &[said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "a@x.nl")])]).await;
        let keys = async || {
            let store = stage.identity.journal().store();
            let sql = "SELECT match_key FROM record_key UNION SELECT link_key FROM link_key";
            let rows = store.all(sql, vec![]).await.expect("a query");
            rows.iter().map(|row| row.get::<Vec<u8>>(0).expect("a key")).collect::<BTreeSet<_>>()
        };
        let (before, whole) = (keys().await, stage.export(&acme).await);
        assert_eq!(stage.keyring.rotate_matching(&acme).await.expect("rotated"), 1);
        // Until then the generation keeps to the secret that it was begun under.
        stage.feed(&acme, &[said(3, 3, &[(Email, "a@x.nl")])]).await;
        assert_eq!(keys().await, before);
        let joined = stage.export(&acme).await;
        assert_eq!((joined.len(), whole.len()), (1, 1));
        rebuilt(&stage).await;
        assert_eq!(stage.export(&acme).await, joined);
        let until = Instant::now() + PATIENCE;
        while !keys().await.is_disjoint(&before) {
            assert!(Instant::now() < until, "the generation before is not discarded");
            sleep(std::time::Duration::from_millis(20)).await;
        }
        stage.feed(&acme, &[said(4, 4, &[(Email, "a@x.nl")])]).await;
        assert_eq!(stage.export(&acme).await.len(), 1, "it is found under the new one");
        let found = stage.resolved(&acme, "a@x.nl").await;
        assert_eq!(found, 1, "and looked up under it");
        assert_eq!(stage.keyring.matching_version(&acme).await.expect("a version"), 1);
    }
}
