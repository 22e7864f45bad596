//! What contacts cost customers, from touchpoints to answers.

use tenure_proto::{
    collector::v1::{self as collector, TouchpointType as Type, touchpoint::Detail},
    expectation::v1 as pb,
};
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, record, tenant, touchpoint},
    stage::{Stage, of},
};

fn contact(number: u64, record: u64, at: i64, kind: Type, detail: collector::ContactDetail) -> Touch {
    Touch::new(number, record, at, kind).of_order("o").with(Detail::Contact(detail))
}

/// The factors of a person, by attribute: what was expected, what was got, and by which touchpoints.
async fn factors(stage: &Stage, number: u64) -> Vec<(String, f64, f64, Vec<String>)> {
    let by = Some(pb::get_dissonance_request::By::RecordId(record(number).to_string()));
    let ask = of("acme", pb::GetDissonanceRequest { by, ..Default::default() });
    let answer = stage.client.clone().get_dissonance(ask).await.expect("a dissonance").into_inner();
    let products = answer.dissonance.expect("set").products;
    let factors = products.into_iter().flat_map(|product| product.factors);
    let mut factors: Vec<_> =
        factors.map(|one| (one.attribute_code, one.expected, one.got, one.evidence_touchpoint_ids)).collect();
    factors.sort_by(|one, other| one.0.cmp(&other.0));
    factors
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contacts_cost_is_told_with_the_contacts_behind_it() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 4).await, tenant("acme"));
        let ended = collector::ContactDetail { transfers: 2, repeated_questions: 1, ..Default::default() };
        let waited = collector::ContactDetail { wait_seconds: 600, ..Default::default() };
        let none = collector::ContactDetail::default;
        let touches = [
            // He can't help himself, calls, and calls again two days later, by another record that is his.
            contact(1, 1, -60, Type::SelfserviceFailed, none()),
            contact(2, 1, -58, Type::CallAnswered, waited.clone()),
            contact(3, 1, -58, Type::CallEnded, ended),
            contact(4, 1, -30, Type::MessageReplied, none()),
            contact(5, 2, -10, Type::CallEnded, none()),
            contact(6, 3, -10, Type::CallAnswered, waited),
        ];
        let told: Vec<_> = touches.into_iter().map(|touch| touch.draft(&acme)).collect();
        stage.tell(told, vec![Decision::found([(1, 1), (2, 2), (3, 3)]).draft(&acme)]).await;
        let ids = |numbers: &[u64]| Vec::from_iter(numbers.iter().map(|number| touchpoint(*number).to_string()));
        let own = |name: &str, expected, got, numbers: &[u64]| (name.to_owned(), expected, got, ids(numbers));
        assert_eq!(factors(&stage, 3).await, [own("wait", 5.0, 10.0, &[6])], "a call alone is no repeat");
        let alone = factors(&stage, 1).await;
        let call = if touchpoint(2) < touchpoint(3) { 2 } else { 3 };
        assert_eq!(
            alone,
            [
                own("channel_switches", 0.0, 1.0, &[1, call]),
                own("contacts", 1.0, 2.0, &[1, call]),
                own("repeated_information", 0.0, 1.0, &[3]),
                own("transfers", 0.0, 2.0, &[3]),
                own("wait", 5.0, 10.0, &[2]),
            ]
        );
        let before = stage.score("acme", 1).await;
        let merge = Decision::default().moving(2, 2, Some(1), 2).redirecting(2, Some(1), 2);
        stage.tell(vec![], vec![merge.draft(&acme)]).await;
        let merged = factors(&stage, 1).await;
        assert_eq!(merged[1], own("contacts", 1.0, 3.0, &[1, call, 5]));
        assert!(stage.score("acme", 1).await > before, "one contact more");
        // It never was about this order: what it made of the others goes with it.
        let mut other = Touch::new(7, 2, -10, Type::CallEnded).of_order("another").amending(5, 1, false);
        other.detail = Some(Detail::Contact(none()));
        stage.tell(vec![other.draft(&acme)], vec![]).await;
        let settled: Vec<_> = factors(&stage, 1).await.into_iter().filter(|one| one.2 > 0.0).collect();
        assert_eq!(settled, alone);
        assert_eq!(stage.score("acme", 1).await, before);
    }
}
