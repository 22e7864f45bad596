//! What touchpoints make of records.

use tenure_kernel::identifier::IdentifierKind::{CustomerNumber, Email, Phone};
use tenure_proto::{collector::v1::amendment::Kind, identity::v1::memberships_changed::Cause};
use tenure_store::{Query, testing::TestPlace};

use crate::stage::{Stage, amending, and, lines, record, said, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn strong_identifiers_link_records_however_they_come() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let first =
            [said(1, 1, &[(Email, "jan@example.nl"), (Phone, "0612345678")]), said(2, 2, &[(Phone, "0612345678")])];
        stage.feed(&acme, &first).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2]]), "a phone is shared by households");
        // A joint holder, and the link between two records that were there.
        let second = [
            and(said(3, 3, &[(CustomerNumber, "K-1")]), 4, &[(CustomerNumber, "k2")]),
            said(4, 2, &[(Email, "Jan@Example.nl"), (CustomerNumber, "K2")]),
        ];
        stage.feed(&acme, &second).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 4], &[3]]));
        stage.feed(&acme, &[said(5, 5, &[])]).await;
        assert_eq!(
            stage.export(&acme).await,
            lines(&[&[1, 2, 4], &[3], &[5]]),
            "a record without identifiers is one too"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_says_all_that_moved_and_where_ids_lead() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        stage.feed(&acme, &[said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "b@x.nl")])]).await;
        stage.feed(&acme, &[said(3, 3, &[(Email, "a@x.nl")])]).await;
        let before = [stage.person(&acme, 1).await, stage.person(&acme, 2).await];
        stage.feed(&acme, &[said(4, 2, &[(Email, "a@x.nl")])]).await;
        let after = stage.person(&acme, 2).await;
        assert_eq!((&after.person_id, after.record_count), (&before[0].person_id, 3), "two records against one");
        assert_ne!(after.etag, before[0].etag);
        let published = stage.published().await;
        assert_eq!(published.len(), 4);
        let (_, last) = &published[3];
        assert_eq!((last.cause(), last.moves.len(), last.redirects.len()), (Cause::Linked, 1, 1));
        assert_eq!((last.moves[0].record_id.as_slice(), last.moves[0].version), (record(2).0.as_slice(), 2));
        assert_eq!(last.redirects[0].from_person_id, last.moves[0].from_person_id);
        assert_eq!(last.redirects[0].to_person_id, last.moves[0].to_person_id);
        // The past id leads to the present one.
        let by = tenure_proto::identity::v1::get_person_request::By::PersonId(before[1].person_id.clone());
        assert_eq!(stage.get(&acme, by).await.expect("a person"), after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amendment_undoes_exactly_what_its_target_brought() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let linked =
            [said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "a@x.nl")]), said(3, 3, &[(Email, "b@x.nl")])];
        stage.feed(&acme, &linked).await;
        let before = stage.person(&acme, 1).await.person_id;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2], &[3]]));
        stage.feed(&acme, &[amending(said(4, 2, &[(Email, "b@x.nl")]), 2, 1, Kind::Correction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2, 3]]));
        assert_eq!(stage.person(&acme, 1).await.person_id, before);
        stage.feed(&acme, &[amending(said(5, 2, &[(Email, "a@x.nl")]), 2, 2, Kind::Retraction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3]]), "the record stays, its keys are gone");
        // A lower revision comes too late.
        stage.feed(&acme, &[amending(said(6, 2, &[(Email, "a@x.nl")]), 2, 1, Kind::Correction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3]]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identifier_that_too_many_carry_links_nobody_whenever_that_is_found_out() {
    for place in TestPlace::each() {
        let stage = Stage::new(place).await;
        for (who, most, shared) in [("front", 25, (Email, "desk@x.nl")), ("number", 50, (CustomerNumber, "K-1"))] {
            let acme = tenant(who);
            let desk = |number: u8| said(number, number, &[shared]);
            stage.feed(&acme, &(1..=most).map(desk).collect::<Vec<_>>()).await;
            assert_eq!(stage.export(&acme).await.len(), 1);
            stage.feed(&acme, &[desk(most + 1)]).await;
            assert_eq!(stage.export(&acme).await.len(), usize::from(most) + 1);
            stage.feed(&acme, &[desk(most + 2), desk(most + 3)]).await;
            assert_eq!(stage.export(&acme).await.len(), usize::from(most) + 3);
            let retract = |number: u8| amending(said(100 + number, number, &[]), number, 1, Kind::Retraction);
            stage.feed(&acme, &[retract(7), retract(8), retract(9)]).await;
            assert_eq!(stage.export(&acme).await.len(), 4, "as many carry it as may");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_parked_and_the_rest_goes_on() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let nobody = crate::stage::Happening::Said(crate::stage::Said { event: 9, amends: None, subjects: vec![] });
        stage.feed(&acme, &[said(1, 1, &[]), nobody, said(2, 2, &[])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2]]));
        let parked = stage.identity.journal().store().first("SELECT COUNT(*), MIN(reason) FROM parked", vec![]).await;
        let parked = parked.expect("a query").expect("a row");
        // Nobody knows whose it is, so each of the three ranges has it.
        assert_eq!(parked.get::<i64>(0).expect("a count"), 3);
        assert_eq!(parked.get::<String>(1).expect("a reason"), "subjects: none");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_that_link_to_the_same_person_at_once_take_turns() {
    for place in TestPlace::each() {
        let stage = Stage::new(place).await;
        // The three records are in three ranges, and the two that change get different keys.
        let tenants: Vec<_> = (0..40).map(|number| tenant(&format!("tenant-{number}"))).collect();
        let before = [said(1, 1, &[]), said(2, 20, &[(Email, "a@x.nl"), (CustomerNumber, "K1")]), said(3, 40, &[])];
        let mut token = String::new();
        for one in &tenants {
            token = stage.append(one, &before).await;
        }
        stage.followed(&token).await;
        for one in &tenants {
            token =
                stage.append(one, &[said(4, 1, &[(Email, "a@x.nl")]), said(5, 40, &[(CustomerNumber, "K1")])]).await;
        }
        stage.followed(&token).await;
        for one in &tenants {
            assert_eq!(stage.export(one).await, lines(&[&[1, 20, 40]]), "{one}");
        }
    }
}
