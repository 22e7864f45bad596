//! Groups of customers: by cohort, by how they came and by what they bought.

use tenure_proto::{
    collector::v1::{Channel, TouchpointType},
    value::v1::{self as pb, GroupBy},
};
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Deals, Decision, Touch, record, tenant},
    persons::{at, with_model},
    stage::{Stage, of},
};

const NOTHING: Deals = Deals {
    kind: TouchpointType::OfferAccepted,
    channel: Channel::Unspecified,
    contract: "",
    product: "",
    offer: "",
    price: None,
};

async fn groups(stage: &Stage, by: GroupBy) -> pb::GetGroupValueResponse {
    let ask = pb::GetGroupValueRequest {
        currency_code: "EUR".to_owned(),
        group_by: by.into(),
        as_of: at(310),
        ..Default::default()
    };
    stage.client.clone().get_group_value(of("acme", ask)).await.expect("groups").into_inner()
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{actual} is not {expected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_part_the_base_and_add_up_to_it() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        let model = with_model(&stage, &acme).await;
        let worth = pb::GetBaseValueRequest { currency_code: "EUR".to_owned(), as_of: at(310), ..Default::default() };
        let worth = stage.client.clone().get_base_value(of("acme", worth)).await.expect("a value").into_inner();
        for by in [GroupBy::CohortMonth, GroupBy::CohortQuarter, GroupBy::CohortYear, GroupBy::Channel, GroupBy::Offer]
        {
            let found = groups(&stage, by).await;
            let base = found.base.expect("a base");
            assert_eq!((base.customers, base.total_minor_units), (300, worth.total_minor_units));
            close(base.expected_value_minor_units, worth.expected_value_minor_units);
            close(base.expected_net_minor_units, worth.expected_net_minor_units);
            assert_eq!((found.rest, found.model.as_ref()), (None, Some(&model)));
            assert_eq!(found.groups.iter().map(|group| group.customers).sum::<i64>(), 300);
            let sum: f64 = found.groups.iter().map(|group| group.expected_value_minor_units).sum();
            close(sum, base.expected_value_minor_units);
            assert!(found.groups.is_sorted_by(|a, b| a.expected_net_minor_units >= b.expected_net_minor_units));
            for group in found.groups.iter().chain([&base]) {
                let (gini, top) = (group.gini.unwrap(), group.top_fifth_share.unwrap());
                let (low, high) = (group.expected_low_minor_units.unwrap(), group.expected_high_minor_units.unwrap());
                let net = group.expected_net_minor_units;
                assert!(low < net && net < high, "{group:?}");
                assert!((0.0..1.0).contains(&gini) && (0.2..=1.0).contains(&top), "{group:?}");
            }
        }
        let found = groups(&stage, GroupBy::CohortMonth).await;
        let (months, base) = (found.groups, found.base.unwrap());
        let width =
            |group: &pb::ValueGroup| group.expected_high_minor_units.unwrap() - group.expected_low_minor_units.unwrap();
        let (sum, squares) =
            months.iter().map(width).fold((0.0, 0.0_f64), |(sum, squares), wide| (sum + wide, squares + wide * wide));
        assert!(width(&base) < sum, "chance cancels");
        assert!(width(&base) > squares.sqrt(), "what is uncertain of the parameters does not");
        let mut keys: Vec<&str> = months.iter().map(|group| group.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["1997-01", "1997-02", "1997-03"], "all came in the first sixty days");
        assert_eq!(groups(&stage, GroupBy::CohortYear).await.groups[0].key, "1997");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_grouped_by_how_they_came_and_what_they_bought() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let bought = |number, record, day, channel, product| Touch {
            deals: Some(Deals { channel, product, ..NOTHING }),
            ..Touch::purchase(number, record, day, "EUR", 2_000)
        };
        let taken = |number, record, day, offer| Touch::deal(number, record, day, Deals { offer, ..NOTHING });
        let mut touches = Vec::new();
        for customer in 1_000..1_020 {
            let (number, partner) = (customer * 1_000, customer % 4 == 0);
            let channel = if partner { Channel::Partner } else { Channel::Web };
            touches.push(bought(number, customer, 10, channel, if partner { "phone" } else { "phone+case" }));
            touches.push(bought(number + 1, customer, 50, Channel::Branch, "charger"));
            touches.extend(partner.then(|| taken(number + 2, customer, 9, "intro")));
            touches.push(taken(number + 3, customer, 30, "later"));
        }
        let each = Decision::moves((1_000..1_020).map(|customer| (customer, customer, 1)));
        stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![each.draft(&acme)]).await;
        let sizes = async |by| {
            let found = groups(&stage, by).await.groups;
            let mut sizes: Vec<(String, i64)> = found.into_iter().map(|group| (group.key, group.customers)).collect();
            sizes.sort();
            sizes
        };
        let of = |sizes: &[(&str, i64)]| sizes.iter().map(|(key, size)| ((*key).to_owned(), *size)).collect::<Vec<_>>();
        assert_eq!(sizes(GroupBy::Channel).await, of(&[("", 300), ("partner", 5), ("web", 15)]));
        assert_eq!(sizes(GroupBy::Offer).await, of(&[("", 315), ("intro", 5)]));
        assert_eq!(sizes(GroupBy::FirstProduct).await, of(&[("", 300), ("case", 15), ("phone", 5)]));
        let products = sizes(GroupBy::Product).await;
        assert_eq!(products, of(&[("", 300), ("case", 15), ("charger", 20), ("phone", 20)]));

        // Two records of one person: what came first counts, whichever record it stands under.
        let merge = Decision::moves([(1_001, 1_000, 2)]).redirecting(1_001, Some(1_000), 1);
        stage.settle(&stage.decide(vec![merge.draft(&acme)]).await).await;
        assert_eq!(groups(&stage, GroupBy::Channel).await.base.unwrap().customers, 319);
        let merged = sizes(GroupBy::Channel).await;
        assert!(
            merged == of(&[("", 300), ("partner", 5), ("web", 14)])
                || merged == of(&[("", 300), ("partner", 4), ("web", 15)])
        );
        assert_eq!(sizes(GroupBy::Offer).await, of(&[("", 314), ("intro", 5)]), "the offer was of another record");
        let split = Decision::moves([(1_001, 1_001, 3)]).redirecting(1_001, None, 2);
        stage.settle(&stage.decide(vec![split.draft(&acme)]).await).await;
        assert_eq!(sizes(GroupBy::Channel).await, of(&[("", 300), ("partner", 5), ("web", 15)]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_beyond_five_hundred_count_together() {
    let place = TestPlace::sqlite();
    let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
    with_model(&stage, &acme).await;
    let touch = |customer: u64| {
        let product: &'static str = Box::leak(format!("p{customer}").into_boxed_str());
        let deals = Some(Deals { channel: Channel::Web, product, ..NOTHING });
        Touch { deals, ..Touch::purchase(customer * 1_000, customer, 10, "EUR", 2_000) }
    };
    let each = Decision::moves((3_000..3_510).map(|customer| (customer, customer, 1)));
    stage.tell((3_000..3_510).map(|customer| touch(customer).draft(&acme)).collect(), vec![each.draft(&acme)]).await;
    let found = groups(&stage, GroupBy::FirstProduct).await;
    let rest = found.rest.expect("eleven groups are too many");
    let sum: i64 = found.groups.iter().map(|group| group.customers).sum();
    assert_eq!((found.groups.len(), sum + rest.customers), (500, 810));
    assert_eq!(found.base.expect("a base").customers, 810);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_customers_is_exported_and_erased() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let deal = Deals {
            kind: TouchpointType::ContractStarted,
            channel: Channel::Partner,
            contract: "p-7",
            product: "motor",
            offer: "welcome",
            price: Some(("EUR", 42_000)),
        };
        let touches = [
            Touch::deal(1, 1, 10, deal),
            Touch::deal(2, 1, 375, Deals { kind: TouchpointType::ContractRenewed, ..deal }),
            Touch::deal(3, 2, 10, deal),
        ];
        stage.tell(touches.iter().map(|touch| touch.draft(&acme)).collect(), vec![]).await;
        let held = async || {
            let ask = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string()] };
            stage.client.clone().export_records(of("acme", ask)).await.expect("an export").into_inner().deals
        };
        let started = pb::CustomerDeal {
            line_code: String::new(),
            record_id: record(1).to_string(),
            day: crate::entries::DAY_ZERO + 10,
            step: pb::CustomerStep::Started.into(),
            channel: Channel::Partner.into(),
            contract_ref: "p-7".to_owned(),
            product_codes: vec!["motor".to_owned()],
            offer_code: "welcome".to_owned(),
            currency_code: "EUR".to_owned(),
            term_minor_units: 42_000,
            term_months: 12,
        };
        let found = held().await;
        assert_eq!((found.len(), &found[0]), (2, &started));
        assert_eq!(found[1].step(), pb::CustomerStep::Renewed);
        stage.settle(&stage.collect(vec![crate::entries::erased(&acme, &[1])]).await).await;
        stage.settle(&stage.collect(vec![touches[0].draft(&acme)]).await).await;
        assert_eq!(held().await, []);
    }
}
