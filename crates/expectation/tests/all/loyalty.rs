//! What keeps customers, from touchpoints to answers.

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType as Type, touchpoint::Detail},
    expectation::v1::{self as pb, LoyaltyDriverKind as Kind, loyalty_evidence::By as Evidence},
};
use tenure_server::wire;
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, hour, progressed, record, tenant, touchpoint},
    stage::{Stage, of},
};

const DAY: i64 = 24;

async fn drivers(stage: &Stage, number: u64) -> Vec<pb::LoyaltyDriver> {
    let by = Some(pb::get_loyalty_drivers_request::By::RecordId(record(number).to_string()));
    let ask = of("acme", pb::GetLoyaltyDriversRequest { by, ..Default::default() });
    stage.client.clone().get_loyalty_drivers(ask).await.expect("drivers").into_inner().drivers
}

fn answered(number: u64, at: i64, score: i32) -> Touch {
    let detail = collector::FeedbackDetail { scale_code: "csat".to_owned(), score: Some(score), ..Default::default() };
    Touch::new(number, 1, at, Type::SurveyAnswered).with(Detail::Feedback(detail))
}

fn contract(number: u64, record: u64, at: i64, kind: Type, ends: Option<i64>) -> Touch {
    let detail = collector::ContractDetail { end_time: ends.map(|at| wire::to_wire(hour(at))), ..Default::default() };
    let mut touch = Touch::new(number, record, at, kind).with(Detail::Contract(detail));
    touch.references.contract_ref = "policy".to_owned();
    touch
}

fn helped(number: u64, at: i64, team: &str) -> Touch {
    let detail = collector::ContactDetail { team_code: team.to_owned(), ..Default::default() };
    Touch::new(number, 1, at, Type::CallEnded).with(Detail::Contact(detail))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_driver_is_told_with_what_it_rests_on_or_is_not_known() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let claim = collector::PromiseDetail {
            attribute_code: "delivery".to_owned(),
            due_time: Some(wire::to_wire(hour(-8 * DAY))),
            origin: collector::PromiseOrigin::MarketingClaim.into(),
            ..Default::default()
        };
        let touches = [
            answered(1, -DAY, 5),
            answered(2, -2 * DAY, 3),
            Touch::new(3, 1, -12 * DAY, Type::PromiseMade).of_order("o").with(Detail::Promise(claim)),
            Touch::delivered(4, 1, "o", -6 * DAY),
            contract(5, 2, -100 * DAY, Type::ContractStarted, Some(800 * DAY)),
            helped(6, -3 * DAY, "eva"),
            helped(7, -30 * DAY, "eva"),
            Touch::new(8, 3, -DAY, Type::OrderPlaced),
        ];
        let mut told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
        told.push(progressed(&acme, "shop", 100 * DAY));
        let founded = Decision::found([(1, 1), (2, 2), (3, 3)]);
        stage.tell(told, vec![founded.draft(&acme)]).await;
        let none = drivers(&stage, 3).await;
        let kinds: Vec<_> = none.iter().map(pb::LoyaltyDriver::kind).collect();
        assert_eq!(kinds, [Kind::Satisfaction, Kind::BrandGap, Kind::SwitchingCost, Kind::PersonalBond]);
        assert!(none.iter().all(|one| one.value.is_none() && one.confidence == 0.0 && one.evidence.is_empty()));

        let alone = drivers(&stage, 1).await;
        assert_eq!(alone[2].value, None, "the contract came with another record");
        let merge = Decision::default().moving(2, 2, Some(1), 2).redirecting(2, Some(1), 2);
        stage.tell(vec![], vec![merge.draft(&acme)]).await;
        let merged = drivers(&stage, 1).await;
        assert_eq!([&merged[0], &merged[1], &merged[3]], [&alone[0], &alone[1], &alone[3]]);
        let rounded: Vec<_> =
            merged.iter().map(|one| (one.value.map(|value| (value * 100.0).round()), one.evidence.len())).collect();
        assert_eq!(rounded, [(Some(75.0), 2), (Some(38.0), 1), (Some(80.0), 1), (Some(100.0), 2)]);
        let shown = |number| pb::LoyaltyEvidence { by: Some(Evidence::TouchpointId(touchpoint(number).to_string())) };
        assert_eq!(merged[0].evidence, [shown(1), shown(2)], "the last first");
        assert!(matches!(merged[1].evidence[0].by, Some(Evidence::PromiseId(_))));
        assert_eq!((&merged[2].evidence, merged[2].confidence), (&vec![shown(5)], 0.8));

        let ended = contract(9, 2, -DAY, Type::ContractCancelled, None);
        stage.tell(vec![ended.draft(&acme)], vec![]).await;
        assert_eq!(drivers(&stage, 1).await[2].value, Some(0.0), "nothing is held any more");
    }
}
