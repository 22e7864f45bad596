//! What happened and had its time weighs nothing any more, and does not come back.

use tenure_proto::{collector::v1::TouchpointType, expectation::v1::PromiseState};
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, forgotten, hour, progressed, tenant},
    stage::{Stage, nps},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_is_forgotten_is_none() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let broken = Touch::promised(1, 1, "o1", 0, 8).draft(&acme);
        let kept = Touch::promised(2, 1, "o2", 0, 8).draft(&acme);
        let delivered = Touch::delivered(3, 1, "o2", 5).draft(&acme);
        stage.tell(vec![broken, kept, delivered], vec![Decision::found([(1, 1)]).draft(&acme)]).await;
        stage.tell(vec![progressed(&acme, "shop", 20)], vec![]).await;
        stage.at("acme", hour(20)).await;
        let mut states = stage.states("acme", 1).await;
        states.sort_unstable();
        assert_eq!(states, [PromiseState::Kept, PromiseState::Broken]);
        assert!(stage.score("acme", 1).await > 0.0);

        stage.tell(vec![forgotten(&acme, 1, &[1, 77])], vec![]).await;
        stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Kept]);
        assert_eq!(stage.score("acme", 1).await, 0.0);
        let asked = stage.check("acme", 1, nps()).await;
        assert_eq!(asked.actions, [0; 0], "nobody has to be called");
        // Whatever is said of it.
        let corrected = Touch::promised(4, 1, "o1", 0, 8).amending(1, 5, false).draft(&acme);
        let again = Touch::promised(1, 1, "o1", 0, 8).draft(&acme);
        stage.tell(vec![corrected, again], vec![]).await;
        stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, [PromiseState::Kept]);
        let before = stage.export(&acme).await;
        stage.rebuilt().await;
        stage.rest("acme").await;
        assert_eq!(stage.export(&acme).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touchpoint_that_is_forgotten_already_says_only_who_it_was() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let mut event = Touch::new(1, 1, 0, TouchpointType::DeliveryPromised).event();
        event.forgotten = true;
        let body = event.touchpoint.as_mut().expect("a body");
        (body.r#type, body.detail, body.correlation) = (0, None, None);
        let draft = crate::entries::draft_of(&acme, &event);
        stage.tell(vec![draft], vec![Decision::found([(1, 1)]).draft(&acme)]).await;
        stage.rest("acme").await;
        assert_eq!(stage.states("acme", 1).await, []);
    }
}
