//! Nobody asks children, nor anybody of whom it is open who they are.

use tenure_journal::Draft;
use tenure_kernel::Tenant;
use tenure_proto::{
    collector::v1::{self as collector, TouchpointType as Type},
    expectation::v1::{
        self as pb,
        SurveyReason::{self, IdentityPending, Minor},
    },
};
use tenure_server::wire::to_wire;
use tenure_store::testing::TestPlace;

use crate::{
    entries::{Decision, Touch, draft_of, erased, hour, pending, record, tenant},
    stage::{Stage, nps, of, reasons},
};

const YEAR: i64 = 365 * 24;

/// What is said of when customer 1 comes of age: every hour another touchpoint, of its number.
fn said(number: u64, of_age: i64) -> Touch {
    Touch::new(number, 1, i64::try_from(number).expect("small") - 100, Type::LoginSucceeded).of_age(of_age)
}

async fn stage(place: &TestPlace) -> (Stage, Tenant) {
    let (stage, acme) = (Stage::open(place, 4).await, tenant("acme"));
    let found = Decision::found((1..=3).map(|number| (number, number)));
    stage.tell(vec![], vec![found.draft(&acme)]).await;
    (stage, acme)
}

async fn told(stage: &Stage, drafts: Vec<Draft>) -> Vec<SurveyReason> {
    stage.tell(drafts, vec![]).await;
    asked(stage, 1).await
}

/// What speaks against asking a customer: by what is kept, which is what would be worked out anew.
async fn asked(stage: &Stage, customer: u64) -> Vec<SurveyReason> {
    let before = reasons(&stage.check("acme", customer, nps()).await);
    stage.rest("acme").await;
    assert_eq!(reasons(&stage.check("acme", customer, nps()).await), before);
    before
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_under_age_is_not_asked_until_they_come_of_age() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(&place).await;
        assert_eq!(told(&stage, vec![]).await, [], "nothing is known");
        assert_eq!(told(&stage, vec![said(2, 2 * YEAR).draft(&acme)]).await, [Minor]);
        // What was stated last counts, in whatever order it comes.
        assert_eq!(told(&stage, vec![said(1, 0).draft(&acme)]).await, [Minor]);
        assert_eq!(told(&stage, vec![said(3, 0).draft(&acme)]).await, []);
        assert_eq!(told(&stage, vec![said(10, 0).amending(3, 1, true).draft(&acme)]).await, [Minor], "retracted");
        let corrected = said(11, YEAR).amending(2, 1, false);
        assert_eq!(told(&stage, vec![corrected.draft(&acme)]).await, [Minor]);
        stage.clock.set(hour(YEAR - 1));
        assert_eq!(asked(&stage, 1).await, [Minor]);
        stage.clock.set(hour(YEAR));
        assert_eq!(asked(&stage, 1).await, [], "from that moment on");
        // A correction that came first, and one that says nothing of it any more.
        let first = Touch::new(13, 1, 0, Type::LoginSucceeded).amending(12, 1, false);
        assert_eq!(told(&stage, vec![first.draft(&acme), said(12, 3 * YEAR).draft(&acme)]).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_subject_may_be_under_age_and_stays_so_when_another_is_erased() {
    for place in TestPlace::each() {
        let (stage, acme) = (stage(&place).await.0, tenant("acme"));
        // Customer 1 opens an account for customer 2, a child.
        let mut event = said(1, 0).event();
        let majority = Some(collector::Majority {
            of_age_time: said(1, 2 * YEAR).event().subjects[0].majority.and_then(|it| it.of_age_time),
        });
        event.subjects[1] =
            collector::RecordedSubject { record_id: record(2).0.to_vec(), majority, ..event.subjects[1].clone() };
        stage.tell(vec![draft_of(&acme, &event)], vec![]).await;
        assert_eq!((asked(&stage, 1).await, asked(&stage, 2).await), (vec![], vec![Minor]));
        stage.tell(vec![erased(&acme, &[1])], vec![]).await;
        assert_eq!(asked(&stage, 2).await, [Minor]);
        let ask = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string(), record(2).to_string()] };
        let held = stage.client.clone().export_records(of("acme", ask)).await.expect("an export").into_inner().records;
        let told: Vec<_> = held.iter().map(|one| (one.record_id.clone(), one.of_age_time)).collect();
        assert_eq!(told, [(record(2).to_string(), Some(to_wire(hour(2 * YEAR))))]);
        stage.tell(vec![erased(&acme, &[2])], vec![]).await;
        assert!(stage.export(&acme).await.iter().all(|line| !line.contains("of age")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_while_it_is_open_who_they_are() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(&place).await;
        let tell = async |said: &[(u64, bool, i64)]| stage.tell(vec![], vec![pending(&acme, said)]).await;
        tell(&[(1, true, 1), (2, true, 1)]).await;
        assert_eq!((asked(&stage, 1).await, asked(&stage, 3).await), (vec![IdentityPending], vec![]));
        let ask = pb::ExportRecordsRequest { record_ids: vec![record(1).to_string(), record(3).to_string()] };
        let held = stage.client.clone().export_records(of("acme", ask)).await.expect("an export").into_inner().records;
        let told: Vec<_> = held.iter().map(|one| (one.record_id.clone(), one.identity_pending)).collect();
        assert_eq!(told, [(record(1).to_string(), true)]);
        tell(&[(1, false, 2)]).await;
        tell(&[(1, true, 1)]).await;
        assert_eq!(asked(&stage, 1).await, [], "an earlier version says nothing new");
        // A person is open when any of its records is.
        let merged = Decision::default().moving(2, 2, Some(1), 2).redirecting(2, Some(1), 1);
        stage.tell(vec![], vec![merged.draft(&acme)]).await;
        assert_eq!(asked(&stage, 1).await, [IdentityPending]);
        stage.tell(vec![erased(&acme, &[2])], vec![]).await;
        tell(&[(2, true, 2)]).await;
        assert_eq!(asked(&stage, 1).await, [], "of an erased record nothing counts");
        assert!(stage.export(&acme).await.iter().all(|line| !line.contains("open")));
    }
}
