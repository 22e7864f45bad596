//! What happened and had its time counts as if it had never been, for good.

use tenure_journal::Operate as _;
use tenure_kernel::Tenant;
use tenure_proto::collector::v1::{Channel, TouchpointType};
use tenure_store::{Query as _, testing::TestPlace};

use crate::{
    entries::{Amends, Deals, Decision, Touch, forgotten, tenant},
    stage::{Stage, eventually},
};

fn deals() -> Deals {
    let (channel, price) = (Channel::Web, Some(("EUR", 9_900)));
    Deals { kind: TouchpointType::OfferAccepted, channel, contract: "c1", product: "motor", offer: "summer", price }
}

/// A purchase, a call and a deal of each of two days.
fn touches() -> [Touch; 6] {
    [
        Touch::purchase(1, 1, 2, "EUR", 1_000),
        Touch::purchase(2, 1, 9, "EUR", 2_000),
        Touch::call(3, 1, 2, 300),
        Touch::call(4, 1, 9, 600),
        Touch::deal(5, 1, 2, deals()),
        Touch::deal(6, 1, 9, deals()),
    ]
}

async fn tell(stage: &Stage, tenant: &Tenant, touches: impl Iterator<Item = Touch>) {
    let all = touches.map(|touch| touch.draft(tenant)).collect();
    stage.tell(all, vec![Decision::moves([(1, 1, 1)]).draft(tenant)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_is_as_if_it_had_never_been() {
    for place in TestPlace::each() {
        let stage = Stage::open(&place, 2).await;
        let [whole, left, acme] = ["whole", "left", "acme"].map(tenant);
        tell(&stage, &whole, touches().into_iter()).await;
        tell(&stage, &left, touches().into_iter().filter(|touch| touch.day == 9)).await;
        tell(&stage, &acme, touches().into_iter()).await;
        let expected = stage.export(&left).await;
        assert_eq!(stage.export(&acme).await, stage.export(&whole).await);
        assert_ne!(stage.export(&acme).await, expected);
        // Number 77 is nothing to us.
        stage.settle(&stage.collect(vec![forgotten(&acme, 1, &[1, 3, 5, 77])]).await).await;
        assert_eq!(stage.export(&acme).await, expected);
        // It does not come back, whatever is said of it, or told again.
        let amends = Some(Amends { target: 1, revision: 9, retracts: false });
        let corrected = Touch { amends, ..Touch::purchase(7, 1, 5, "EUR", 7_000) };
        let again = touches()[0];
        stage.settle(&stage.collect(vec![corrected.draft(&acme), again.draft(&acme)]).await).await;
        assert_eq!(stage.export(&acme).await, expected);
        let generation = stage.value.following().rebuild().await.expect("begun");
        eventually("it is built anew", async || {
            let row = stage.store.first("SELECT active FROM projection WHERE name = 'value'", vec![]).await;
            row.expect("a query").expect("a row").get::<i64>(0).expect("a generation") == generation
        })
        .await;
        assert_eq!(stage.export(&acme).await, expected);
    }
}
