//! Erased records leave nothing, whatever came first.

use tenure_kernel::identifier::IdentifierKind::Email;
use tenure_proto::{
    collector::v1::amendment::Kind,
    identity::v1::{ExportRecordsRequest, get_person_request::By, memberships_changed::Cause},
};
use tenure_store::{Query, testing::TestPlace};

use crate::{
    stage::{Happening, Stage, amending, and, authorized, lines, reason, record, said, tenant},
    stewarding::{merge, split},
};

/// Tables that hold ids of records, and the column.
const PLACES: [(&str, &str); 14] = [
    ("membership", "record_id"),
    ("source_record", "record_id"),
    ("record_fact", "record_id"),
    ("record_key", "record_id"),
    ("record_content", "record_id"),
    ("record_visit", "record_id"),
    ("record_portrait", "record_id"),
    ("link_key", "record_id"),
    ("link_edge", "record_id"),
    ("link_edge", "other_id"),
    ("redo", "record_id"),
    ("decision_member", "record_id"),
    ("person", "founder"),
    ("person", "holder"),
];

async fn rows(stage: &Stage, number: u8) -> i64 {
    let mut found = 0;
    for (table, column) in PLACES {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} = ?");
        let row = stage.identity.journal().store().first(&sql, vec![record(number).0.to_vec().into()]).await;
        found += row.expect("a query").expect("a row").get::<i64>(0).expect("a count");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_falls_apart_when_the_record_between_goes() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let chain = [
            said(1, 1, &[(Email, "a@x.nl")]),
            said(2, 2, &[(Email, "a@x.nl"), (Email, "b@x.nl")]),
            said(3, 3, &[(Email, "b@x.nl")]),
        ];
        stage.feed(&acme, &chain).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 3]]));
        stage.keyring.destroy(&acme, [record(2).0]).await.expect("destroyed");
        stage.feed(&acme, &[Happening::Erased(vec![2])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[3]]));
        assert_eq!(rows(&stage, 2).await, 0);
        let (_, last) = stage.published().await.pop().expect("an entry");
        assert_eq!(last.cause(), Cause::Erased);
        let gone = last.moves.iter().find(|one| one.record_id == record(2).0).expect("a move");
        assert_eq!((gone.to_person_id.is_empty(), gone.version), (true, 2));
        let refused = stage.get(&acme, By::RecordId(record(2).to_string())).await.expect_err("gone");
        assert_eq!(reason(&refused), "NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_repeated_entries_of_an_erased_record_leave_nothing() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let shared = and(said(1, 1, &[(Email, "a@x.nl")]), 2, &[(Email, "b@x.nl")]);
        let erased = Happening::Erased(vec![1]);
        let late = said(2, 1, &[(Email, "b@x.nl")]);
        stage.feed(&acme, &[erased.clone(), shared.clone(), late.clone()]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[2]]));
        stage.feed(&acme, &[shared, late, said(3, 3, &[(Email, "a@x.nl")])]).await;
        stage.feed(&acme, &[erased]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[2], &[3]]));
        assert_eq!(rows(&stage, 1).await, 0);
        let request = ExportRecordsRequest { record_ids: [1, 2].map(|number| record(number).to_string()).into() };
        let records = stage.client().export_records(authorized(&acme, request)).await.expect("an export");
        let records = records.into_inner().records;
        assert_eq!((records.len(), records[0].source.as_str()), (1, "crm"));
        assert_eq!(records[0].record_id, record(2).to_string());
    }
}

/// Records 6 and 7 of one person were merged with 2, lost what linked them, and 6 was split off: what holds 7 and 2 together is
/// stated of 6 first.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_decision_says_of_others_holds_at_once_when_a_record_of_it_goes() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let linked = [said(1, 6, &[(Email, "a@x.nl")]), said(2, 7, &[(Email, "a@x.nl")]), said(3, 2, &[])];
        stage.feed(&acme, &linked).await;
        let (six, two) = (stage.person(&acme, 6).await, stage.person(&acme, 2).await);
        merge(&stage, &acme, "m1", &[&six, &two]).await.expect("merged");
        stage.feed(&acme, &[amending(said(4, 7, &[]), 2, 1, Kind::Correction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[2, 6], &[7]]));
        split(&stage, &acme, "s1", &stage.person(&acme, 6).await, &[6]).await.expect("split");
        stage.feed(&acme, &[Happening::Erased(vec![6])]).await;
        let erased = stage.export(&acme).await;
        // Nothing that says who is who.
        stage.feed(&acme, &[said(5, 2, &[(Email, "b@x.nl")])]).await;
        assert_eq!(stage.export(&acme).await, erased);
        assert_eq!(erased, lines(&[&[2, 7]]));
    }
}
