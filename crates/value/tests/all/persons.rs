//! Persons: merged, split, redirected, erased; summaries by page.

use tenure_kernel::Tenant;
use tenure_proto::value::v1::{self as pb, score_customer_request::By};
use tenure_store::testing::TestPlace;
use tonic::Code;

use crate::{
    entries::{DAY_ZERO, Decision, Touch, erased, person, record, tenant},
    stage::{Dice, Stage, of},
};

/// A base that identifies the models: 300 customers, records and persons 100 to 399.
pub(crate) fn base() -> (Vec<Touch>, Decision) {
    let (mut dice, mut touches) = (Dice(5), Vec::new());
    for customer in 100..400 {
        let mean = 1_000 + dice.below(6_000);
        let mut day = i32::try_from(dice.below(60)).unwrap();
        let last = day + i32::try_from(dice.below(250)).unwrap();
        let pace = 5 + dice.below(60);
        while day <= last {
            let amount = i64::try_from(mean / 2 + dice.below(mean)).unwrap();
            touches.push(Touch::purchase(touches.len() as u64, customer, day, "EUR", amount));
            day += i32::try_from(1 + dice.below(pace * 2)).unwrap();
        }
    }
    (touches, Decision::moves((100..400).map(|customer| (customer, customer, 1))))
}

/// Seconds of a day since [`DAY_ZERO`].
pub(crate) fn at(day: i32) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: i64::from(DAY_ZERO + day) * 86_400 + 3_600, nanos: 0 })
}

pub(crate) fn fit(request_id: &str) -> pb::FitModelRequest {
    pb::FitModelRequest {
        request_id: request_id.to_owned(),
        currency_code: "EUR".to_owned(),
        period_end: at(300),
        kind: pb::PurchaseModelKind::BgNbd.into(),
        ..Default::default()
    }
}

pub(crate) async fn with_model(stage: &Stage, tenant: &Tenant) -> pb::Model {
    let (touches, decision) = base();
    stage.tell(touches.iter().map(|touch| touch.draft(tenant)).collect(), vec![decision.draft(tenant)]).await;
    let answer = stage.client.clone().fit_model(of(tenant.as_str(), fit("first"))).await.expect("a model");
    answer.into_inner().model.expect("a model")
}

pub(crate) fn score_of(by: By) -> pb::ScoreCustomerRequest {
    pb::ScoreCustomerRequest { by: Some(by), currency_code: "EUR".to_owned(), as_of: at(310), ..Default::default() }
}

async fn score(stage: &Stage, tenant: &str, by: By) -> pb::CustomerScore {
    let answer = stage.client.clone().score_customer(of(tenant, score_of(by))).await.expect("a score");
    answer.into_inner().score.expect("a score")
}

/// All summaries of a currency, in pages of a size.
async fn summaries(stage: &Stage, tenant: &str, code: &str, page_size: i32) -> Vec<pb::PurchaseSummary> {
    let mut request = pb::ListPurchaseSummariesRequest {
        currency_code: code.to_owned(),
        as_of: at(310),
        page_size,
        ..Default::default()
    };
    let mut all = Vec::new();
    loop {
        let page = stage.client.clone().list_purchase_summaries(of(tenant, request.clone())).await.expect("a page");
        let page = page.into_inner();
        assert!(page.summaries.len() <= usize::try_from(page_size).unwrap());
        all.extend(page.summaries);
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

/// Without whom it is about.
fn anonymous(mut score: pb::CustomerScore) -> pb::CustomerScore {
    let summary = score.summary.as_mut().unwrap();
    (summary.person_id, summary.record_ids) = (String::new(), Vec::new());
    score
}

/// The same purchases three times: of records 1 to 3, and all of record 5; some on the same day.
fn purchases() -> Vec<Touch> {
    let of = |number: u64, record| {
        let day = i32::try_from(20 + (number * number * 7) % 200).unwrap();
        Touch::purchase(10_000 + number + record * 100, record, day, "EUR", i64::try_from(number * 313).unwrap())
    };
    let same_day = |number, record, minor| Touch::purchase(number, record, 40, "EUR", minor);
    let split = (0..9).map(|number| of(number, 1 + number % 3)).chain([same_day(20_001, 1, 5), same_day(20_002, 2, 7)]);
    let whole = (0..9).map(|number| of(number, 5)).chain([same_day(20_003, 5, 5), same_day(20_004, 5, 7)]);
    split.chain(whole).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_person_equals_one_record_to_the_last_bit_and_a_split_restores_what_was() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let alone = Decision::moves([(1, 1, 1), (2, 2, 1), (3, 3, 1), (5, 5, 1)]);
        stage.tell(purchases().iter().map(|touch| touch.draft(&acme)).collect(), vec![alone.draft(&acme)]).await;
        let before = (stage.export(&acme).await, summaries(&stage, "acme", "EUR", 100).await);

        let merge = Decision::moves([(2, 1, 2), (3, 1, 2)]).redirecting(2, Some(1), 1).redirecting(3, Some(1), 1);
        stage.settle(&stage.decide(vec![merge.draft(&acme)]).await).await;
        let merged = score(&stage, "acme", By::PersonId(person(1).to_string())).await;
        let whole = score(&stage, "acme", By::PersonId(person(5).to_string())).await;
        let summary = merged.summary.clone().unwrap();
        let mut members = [record(1), record(2), record(3)];
        members.sort();
        assert_eq!(summary.record_ids, members.map(|record| record.to_string()));
        assert_eq!((summary.purchases, summary.total_minor_units), (11, 36 * 313 + 12));
        assert_eq!(anonymous(merged.clone()), anonymous(whole));
        for other in [By::PersonId(person(3).to_string()), By::RecordId(record(2).to_string())] {
            assert_eq!(score(&stage, "acme", other).await, merged, "by redirect or record");
        }
        assert_eq!(summaries(&stage, "acme", "EUR", 7).await.len(), before.1.len() - 2);

        let split = Decision::moves([(2, 2, 3), (3, 3, 3)]).redirecting(2, None, 2).redirecting(3, None, 2);
        stage.settle(&stage.decide(vec![split.draft(&acme)]).await).await;
        assert_eq!((stage.export(&acme).await, summaries(&stage, "acme", "EUR", 100).await), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_come_by_person_in_pages_of_any_size_and_count_days_and_currencies() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let touches = [
            Touch::purchase(1, 1, 10, "EUR", 500),
            Touch::purchase(2, 1, 24, "EUR", 700),
            Touch::purchase(3, 2, 24, "EUR", 300),
            Touch::purchase(4, 1, 25, "USD", 900),
            Touch::purchase(5, 1, 311, "EUR", 1),
            Touch::purchase(6, 3, 12, "EUR", 0),
            Touch::purchase(7, 4, 12, "EUR", 80),
        ];
        let decisions = [Decision::moves([(1, 1, 1), (2, 1, 1), (3, 3, 1), (6, 6, 1)])];
        let drafts = touches.iter().map(|touch| touch.draft(&acme)).collect();
        stage.tell(drafts, decisions.iter().map(|decision| decision.draft(&acme)).collect()).await;
        let found = summaries(&stage, "acme", "EUR", 10).await;
        assert_eq!(found.len(), 2, "record 4 belongs to nobody yet, person 6 bought nothing");
        let one = found.iter().find(|one| one.person_id == person(1).to_string()).unwrap();
        assert_eq!((one.frequency, one.purchases, one.total_minor_units), (1, 3, 1_500));
        assert_eq!((one.recency_weeks, one.age_weeks, one.mean_minor_units), (2.0, 300.0 / 7.0, 1_000.0));
        let free = found.iter().find(|one| one.person_id == person(3).to_string()).unwrap();
        assert_eq!((free.frequency, free.purchases, free.total_minor_units), (0, 1, 0), "zero is a purchase");
        assert_eq!(summaries(&stage, "acme", "USD", 10).await.len(), 1);
        assert_eq!(summaries(&stage, "other", "EUR", 10).await, []);

        let many = (200..260).map(|number| Touch::purchase(number, number, 20, "EUR", 10).draft(&acme)).collect();
        stage.tell(many, vec![Decision::moves((200..260).map(|number| (number, number, 1))).draft(&acme)]).await;
        let whole = summaries(&stage, "acme", "EUR", 5_000).await;
        assert_eq!(whole.len(), 62);
        assert!(whole.is_sorted_by(|left, right| left.person_id < right.person_id));
        // More persons than are looked through at once, of whom none bought anything.
        stage.settle(&stage.decide(vec![Decision::moves((1_000..6_000).map(|n| (n, n, 1))).draft(&acme)]).await).await;
        for page_size in [1, 7, 61, 62] {
            assert_eq!(summaries(&stage, "acme", "EUR", page_size).await, whole, "{page_size}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_gone_and_stays_gone() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 2).await, tenant("acme"));
        let touches = [Touch::purchase(1, 1, 10, "EUR", 500), Touch::purchase(2, 2, 10, "EUR", 600)];
        let drafts = |tenant: &Tenant| touches.iter().map(|touch| touch.draft(tenant)).collect::<Vec<_>>();
        let together = Decision::moves([(1, 1, 1), (2, 1, 1)]);
        stage.tell(drafts(&acme), vec![together.draft(&acme)]).await;
        stage.tell(drafts(&tenant("other")), vec![together.draft(&tenant("other"))]).await;
        let other = stage.export(&tenant("other")).await;

        let records = [record(1).to_string(), record(2).to_string(), record(3).to_string()];
        let request = pb::ExportRecordsRequest { record_ids: records.to_vec() };
        let held = async || {
            let answer = stage.client.clone().export_records(of("acme", request.clone())).await.expect("an export");
            answer.into_inner().days
        };
        assert_eq!(held().await.len(), 2);
        stage.settle(&stage.collect(vec![erased(&acme, &[1])]).await).await;
        let late = Touch::purchase(3, 1, 11, "EUR", 1).draft(&acme);
        stage.settle(&stage.collect(drafts(&acme).into_iter().chain([late]).collect()).await).await;
        let left = held().await;
        assert_eq!(left.len(), 1);
        let day = pb::PurchaseDay {
            line_code: String::new(),
            record_id: records[1].clone(),
            day: DAY_ZERO + 10,
            currency_code: "EUR".to_owned(),
            count: 1,
            minor_units: 600,
            known_minor_units: 0,
            margin_minor_units: 0,
        };
        assert_eq!(left[0], day);
        assert_eq!(stage.export(&tenant("other")).await, other);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_another_tenants_person() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        with_model(&stage, &acme).await;
        with_model(&stage, &tenant("other")).await;
        let mine = Touch::purchase(50_001, 1, 10, "EUR", 500).draft(&acme);
        stage.tell(vec![mine], vec![Decision::moves([(1, 1, 1)]).draft(&acme)]).await;
        for (seen, absent) in [
            (By::PersonId(person(1).to_string()), By::PersonId(person(77).to_string())),
            (By::RecordId(record(1).to_string()), By::RecordId(record(77).to_string())),
        ] {
            score(&stage, "acme", seen.clone()).await;
            let mut refusals = Vec::new();
            for by in [seen, absent] {
                let status = stage.client.clone().score_customer(of("other", score_of(by))).await.expect_err("hidden");
                assert_eq!(status.code(), Code::NotFound);
                refusals.push((status.message().to_owned(), status.details().to_vec()));
            }
            assert_eq!(refusals[0], refusals[1]);
        }
    }
}
