//! What can't be applied is parked with its reason; what stands beside it is applied.

use tenure_journal::{Draft, Operate as _, Route};
use tenure_kernel::{EntryId, Timestamp};
use tenure_proto::{
    collector::v1::{Amendment, Money, RecordsErased, TouchpointRecorded},
    identity::v1::{MembershipsChanged, Move, Redirect},
};
use tenure_store::{Query, testing::TestPlace};

use crate::{
    entries::{Decision, Touch, draft_of, tenant},
    stage::Stage,
};

type Spoil = fn(&mut TouchpointRecorded);

fn amount(minor_units: i64) -> Option<Money> {
    Some(Money { currency_code: "EUR".to_owned(), minor_units })
}

const SPOILED: &[(Spoil, &str)] = &[
    (|event| event.subjects.clear(), "the touchpoint has no subject"),
    (|event| event.subjects[0].record_id.truncate(3), "a record id is not 16 bytes"),
    (|event| event.touchpoint_id.clear(), "a touchpoint id is not 16 bytes"),
    (|event| event.fact_id.push(1), "a touchpoint id is not 16 bytes"),
    (|event| event.touchpoint = None, "the touchpoint has no body"),
    (|event| event.touchpoint.as_mut().unwrap().amount = None, "the purchase has no amount"),
    (
        |event| event.touchpoint.as_mut().unwrap().amount = amount(-1),
        "the amount is negative or above 10^15 minor units",
    ),
    (
        |event| event.touchpoint.as_mut().unwrap().amount = amount(i64::MAX),
        "the amount is negative or above 10^15 minor units",
    ),
    (
        |event| event.touchpoint.as_mut().unwrap().amount.as_mut().unwrap().currency_code.clear(),
        "the amount has no currency",
    ),
    (|event| event.touchpoint.as_mut().unwrap().occur_time = None, "the purchase has no time"),
    (|event| event.touchpoint.as_mut().unwrap().line_code = "two words".to_owned(), "the line code is none"),
    (
        |event| event.touchpoint.as_mut().unwrap().amendment = Some(Amendment { revision: 0, ..Default::default() }),
        "an amendment's revision is below 1",
    ),
    (
        |event| event.touchpoint.as_mut().unwrap().amendment = Some(Amendment { revision: 1, ..Default::default() }),
        "an amendment of a kind that this program does not know",
    ),
];

fn other_drafts() -> Vec<(Draft, &'static str)> {
    let acme = tenant("acme");
    let id = EntryId([1; 16]);
    let erased = RecordsErased { record_ids: vec![vec![1; 16], vec![1; 15]] };
    let moves = vec![Move { record_id: vec![1; 16], to_person_id: vec![1; 2], version: 1, ..Default::default() }];
    let moved = MembershipsChanged { moves, ..Default::default() };
    let redirects = vec![Redirect { to_person_id: vec![1; 16], version: 1, ..Default::default() }];
    let redirected = MembershipsChanged { redirects, ..Default::default() };
    let mut newer = Touch::purchase(1, 1, 1, "EUR", 1).draft(&acme);
    newer.revision = 2;
    let mut broken = Touch::purchase(1, 1, 1, "EUR", 1).draft(&acme);
    broken.payload = vec![255];
    let all = |route: Route, draft: Draft| Draft { route, ..draft };
    vec![
        (Draft::new(id, acme.clone(), Route::All, &erased, Timestamp(0)), "a record id is not 16 bytes"),
        (Draft::new(id, acme.clone(), Route::All, &moved, Timestamp(0)), "a person id is not 16 bytes"),
        (Draft::new(id, acme, Route::All, &redirected, Timestamp(0)), "a redirect comes from nobody"),
        (
            all(Route::All, newer),
            "payload tenure.collector.v1.TouchpointRecorded has revision 2, which this program does not know",
        ),
        (all(Route::All, broken), "payload tenure.collector.v1.TouchpointRecorded can't be decoded"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_an_entry_of_theirs_is_parked_and_leaves_no_trace() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let mut expected: Vec<&str> = Vec::new();
        let mut drafts = vec![Touch::purchase(1, 1, 10, "EUR", 500).draft(&acme)];
        for (number, (spoil, reason)) in (100..).zip(SPOILED) {
            let mut event = Touch::purchase(number, 2, 10, "EUR", 500).event();
            spoil(&mut event);
            drafts.push(draft_of(&acme, &event));
            expected.push(reason);
        }
        for (draft, reason) in other_drafts() {
            drafts.push(draft);
            expected.push(reason);
        }
        drafts.push(Touch::purchase(2, 1, 11, "EUR", 1_000_000_000_000_000).draft(&acme));
        stage.tell(drafts, vec![Decision::moves([(1, 1, 1)]).draft(&acme)]).await;

        let rows = stage.store.all("SELECT reason FROM parked ORDER BY sequence", vec![]).await.unwrap();
        let reasons: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        assert_eq!(reasons, expected);
        let export = stage.export(&acme).await;
        assert_eq!(export.len(), 3, "a member and two days, nothing of what was parked: {export:#?}");
        let sql = "SELECT applied, parked FROM checkpoint WHERE journal = 'collector'";
        let row = stage.store.first(sql, vec![]).await.unwrap().unwrap();
        let parked = i64::try_from(expected.len()).unwrap();
        assert_eq!((row.get::<i64>(0).unwrap(), row.get::<i64>(1).unwrap()), (2, parked));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_beyond_64_bits_stops_nobody_else() {
    const LARGEST: i64 = 1_000_000_000_000_000;
    for place in TestPlace::each() {
        let (stage, acme, other) = (Stage::open(&place, 1).await, tenant("acme"), tenant("other"));
        let fits = u64::try_from(i64::MAX / LARGEST).unwrap();
        // In frames of 500 entries the sum of a frame stays far below.
        for from in (0..fits).step_by(500) {
            let numbers = from..fits.min(from + 500);
            stage.collect(numbers.map(|n| Touch::purchase(n, 1, 10, "EUR", LARGEST).draft(&acme)).collect()).await;
        }
        let one_more = |number| Touch::purchase(number, 1, 10, "EUR", LARGEST).draft(&acme);
        let drafts = vec![
            Touch::purchase(fits, 2, 10, "EUR", 1).draft(&other),
            one_more(fits + 1),
            Touch::purchase(fits + 2, 2, 11, "EUR", 1).draft(&other),
            Touch::purchase(fits + 3, 1, 11, "EUR", 1).draft(&acme),
        ];
        stage.tell(drafts, vec![]).await;

        let rows = stage.store.all("SELECT sequence, reason FROM parked", vec![]).await.unwrap();
        assert_eq!(rows.len(), 1, "{:?}", place.dialect());
        assert_eq!(rows[0].get::<i64>(0).unwrap(), i64::try_from(fits).unwrap() + 2);
        let reason = rows[0].get::<String>(1).unwrap();
        assert!(reason.starts_with("the database refuses the data"), "{reason}");
        assert_eq!((stage.export(&acme).await.len(), stage.export(&other).await.len()), (2, 2));
        assert_eq!(stage.value.following().replay().await, Ok((0, 1)), "it is refused again, and stays");
    }
}
