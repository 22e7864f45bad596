//! A rebuild while serving changes nothing and says nothing again.

use tenure_journal::Operate;
use tenure_kernel::identifier::IdentifierKind::{Email, Phone};
use tenure_proto::{collector::v1::amendment::Kind, identity::v1::get_person_request::By};
use tenure_store::{Query, testing::TestPlace};
use tokio::time::{Instant, sleep};

use crate::{
    stage::{Happening, PATIENCE, Stage, amending, and, lines, record, said, tenant},
    stewarding::{merge, split},
};

async fn swapped_in(stage: &Stage, generation: i64) {
    let until = Instant::now() + PATIENCE;
    loop {
        let sql = "SELECT active FROM projection WHERE name = 'identity'";
        let row = stage.identity.journal().store().first(sql, vec![]).await.expect("a query").expect("a row");
        if row.get::<i64>(0).expect("a number") == generation {
            return;
        }
        assert!(Instant::now() < until, "not swapped in");
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

        let generation = stage.identity.following().rebuild().await.expect("begun");
        swapped_in(&stage, generation).await;
        assert_eq!((stage.export(&acme).await, stage.published().await, stage.person(&acme, 7).await), before);
        // It goes on as if nothing had happened.
        stage.feed(&acme, &[said(8, 8, &[(Email, "a@x.nl")]), amending(said(9, 7, &[]), 7, 1, Kind::Retraction)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 8], &[3, 5], &[7]]));
        stage.feed(&acme, &[said(6, 6, &[(Email, "e@x.nl")])]).await;
        let erased = stage.get(&acme, By::RecordId(record(6).to_string())).await;
        assert!(erased.is_err(), "erased records are remembered");
    }
}
