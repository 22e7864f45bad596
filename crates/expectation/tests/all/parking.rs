//! What can't be applied is parked with its reason; what stands beside it is applied.

use tenure_journal::{Draft, Operate as _, Route};
use tenure_kernel::{EntryId, Timestamp};
use tenure_proto::{
    collector::v1::{Amendment, RecordsErased, SourceProgressReported, TouchpointRecorded},
    identity::v1::{MembershipsChanged, Move, Redirect},
};
use tenure_store::{Query, testing::TestPlace};

use crate::{
    entries::{Decision, Touch, draft_of, tenant},
    stage::Stage,
};

type Spoil = fn(&mut TouchpointRecorded);

const SPOILED: &[(Spoil, &str)] = &[
    (|event| event.subjects.clear(), "the touchpoint has no subject"),
    (|event| event.subjects[0].record_id.truncate(3), "a record id is not 16 bytes"),
    (|event| event.touchpoint_id.clear(), "a touchpoint id is not 16 bytes"),
    (|event| event.fact_id.push(1), "a touchpoint id is not 16 bytes"),
    (|event| event.touchpoint = None, "the touchpoint has no body"),
    (|event| event.touchpoint.as_mut().unwrap().occur_time = None, "the touchpoint has no time"),
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
    let progressed = SourceProgressReported { source: "shop".to_owned(), complete_until: None };
    let mut newer = Touch::promised(1, 1, "o1", 0, 8).draft(&acme);
    newer.revision = 2;
    let mut broken = Touch::promised(1, 1, "o1", 0, 8).draft(&acme);
    broken.payload = vec![255];
    let all = |draft: Draft| Draft { route: Route::All, ..draft };
    vec![
        (Draft::new(id, acme.clone(), Route::All, &erased, Timestamp(0)), "a record id is not 16 bytes"),
        (Draft::new(id, acme.clone(), Route::All, &moved, Timestamp(0)), "a person id is not 16 bytes"),
        (Draft::new(id, acme.clone(), Route::All, &redirected, Timestamp(0)), "a redirect comes from nobody"),
        (Draft::new(id, acme, Route::All, &progressed, Timestamp(0)), "the progress has no time"),
        (all(newer), "payload tenure.collector.v1.TouchpointRecorded has revision 2, which this program does not know"),
        (all(broken), "payload tenure.collector.v1.TouchpointRecorded can't be decoded"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_an_entry_of_theirs_is_parked_and_leaves_no_trace() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        let mut expected: Vec<&str> = Vec::new();
        let mut drafts = vec![Touch::promised(1, 1, "o1", 0, 8).draft(&acme)];
        for (number, (spoil, reason)) in (100..).zip(SPOILED) {
            let mut event = Touch::promised(number, 2, "o2", 0, 8).event();
            spoil(&mut event);
            drafts.push(draft_of(&acme, &event));
            expected.push(reason);
        }
        for (draft, reason) in other_drafts() {
            drafts.push(draft);
            expected.push(reason);
        }
        drafts.push(Touch::delivered(2, 1, "o1", 7).draft(&acme));
        stage.tell(drafts, vec![Decision::found([(1, 1)]).draft(&acme)]).await;

        let rows = stage.store.all("SELECT reason FROM parked ORDER BY sequence", vec![]).await.unwrap();
        let reasons: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        assert_eq!(reasons, expected);
        let export = stage.export(&acme).await;
        assert_eq!(export.len(), 4, "a member, two facts and a source, nothing of what was parked: {export:#?}");
        let parked = i64::try_from(expected.len()).unwrap();
        assert_eq!(stage.expectation.following().replay().await, Ok((0, parked)), "it is refused again, and stays");
    }
}
