//! Someone who only browses goes with whom the browser was seen with, and joins nobody.

use tenure_kernel::identifier::IdentifierKind::{Cookie, Device, Email};
use tenure_proto::collector::v1::amendment::Kind;
use tenure_store::testing::TestPlace;

use crate::{
    rebuilding::rebuilt,
    stage::{Happening, Stage, amending, lines, said, tenant},
    stewarding::{merge, split},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_goes_with_the_last_who_logged_in_and_joins_nobody() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let browsing = said(1, 1, &[(Cookie, "c-1"), (Device, "d-1")]);
        stage.feed(&acme, &[browsing, said(2, 2, &[(Email, "a@x.nl")]), said(3, 3, &[(Email, "b@x.nl")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3]]));
        stage.feed(&acme, &[said(4, 2, &[(Email, "a@x.nl"), (Cookie, "c-1")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2], &[3]]));
        // On the same day the smallest id decides: they are of one browser, and two people all the same.
        stage.feed(&acme, &[said(5, 3, &[(Email, "b@x.nl"), (Cookie, "c-1")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2], &[3]]));
        let before = stage.export(&acme).await;
        rebuilt(&stage).await;
        assert_eq!(stage.export(&acme).await, before);
        stage.feed(&acme, &[amending(said(6, 2, &[]), 4, 1, Kind::Retraction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 3], &[2]]));
        stage.feed(&acme, &[Happening::Erased(vec![3])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2]]));
        // Who says who they are is somebody.
        stage.feed(&acme, &[said(7, 2, &[(Device, "d-1")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2]]));
        stage.feed(&acme, &[said(8, 1, &[(Email, "c@x.nl")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2]]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_many_log_in_with_goes_with_nobody() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let known = |number: u8| {
            let email = ["a@x.nl", "b@x.nl", "c@x.nl", "d@x.nl", "e@x.nl", "f@x.nl", "g@x.nl", "h@x.nl", "i@x.nl"];
            said(number, number, &[(Cookie, "c-1"), (Email, email[usize::from(number) - 1])])
        };
        stage.feed(&acme, &(1..=8).map(known).chain([said(20, 20, &[(Cookie, "c-1")])]).collect::<Vec<_>>()).await;
        assert_eq!(stage.export(&acme).await.len(), 8);
        stage.feed(&acme, &[known(9)]).await;
        assert_eq!(stage.export(&acme).await.len(), 10);
        stage.feed(&acme, &[Happening::Erased(vec![9])]).await;
        assert_eq!(stage.export(&acme).await.len(), 8);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stewards_take_browsers_along_or_name_them() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let told = [
            said(1, 1, &[(Cookie, "c-1")]),
            said(2, 2, &[(Email, "a@x.nl"), (Cookie, "c-1")]),
            said(3, 3, &[(Email, "b@x.nl"), (Cookie, "c-2")]),
            said(4, 4, &[(Cookie, "c-2")]),
        ];
        stage.feed(&acme, &told).await;
        let before = stage.export(&acme).await;
        assert_eq!(before, lines(&[&[1, 2], &[3, 4]]));
        let (one, other) = (stage.person(&acme, 2).await, stage.person(&acme, 3).await);
        let merged = merge(&stage, &acme, "m1", &[&one, &other]).await.expect("merged").person.expect("a person");
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 3, 4]]));
        // Whose browser it was is found out later: it still goes where it belongs.
        split(&stage, &acme, "s1", &merged, &[3, 4]).await.expect("split");
        assert_eq!(stage.export(&acme).await, before);
        stage.feed(&acme, &[amending(said(5, 2, &[(Email, "a@x.nl")]), 2, 1, Kind::Correction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3, 4]]));
        // One that is named stays where it is put.
        split(&stage, &acme, "s2", &stage.person(&acme, 3).await, &[4]).await.expect("split");
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3], &[4]]));
        stage.feed(&acme, &[said(6, 2, &[(Email, "a@x.nl"), (Cookie, "c-2")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3], &[4]]));
    }
}
