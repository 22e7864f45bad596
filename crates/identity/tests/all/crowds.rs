//! What very many have in common makes no giant person and says nothing of others; somebody is told.
//!
//! Here through the service, in the sizes that a test has time for. A phone that 50,000 share and 10,000 of one name are measured by
//! the benchmark "crowds".

use tenure_kernel::{
    Tenant,
    identifier::IdentifierKind::{self, Cookie, CustomerNumber, Email},
};
use tenure_linkage::cluster::Clustering;
use tenure_proto::identity::v1::{ListReviewTasksRequest, ReviewTask, get_person_request::By, review_task::Kind};
use tenure_store::{Query as _, testing::TestPlace};

use crate::{
    sets::{Event, Says, Told, record},
    stage::{Stage, authorized, tenant},
};

/// Records of people who have nothing to do with the crowd.
const OTHERS: [u32; 3] = [90_000, 90_001, 90_002];

fn told(number: u32, identifiers: &[(IdentifierKind, String)]) -> Event {
    let identifiers = identifiers.to_vec();
    Event::Told(Told { event: number, amends: None, record: record(number), says: Says::new(), identifiers })
}

async fn pour(stage: &Stage, tenant: &Tenant, events: &[Event]) {
    let mut token = String::new();
    for batch in events.chunks(500) {
        token = stage.relate(tenant, batch).await;
    }
    stage.followed(&token).await;
}

/// Two records of one person, and one of another.
async fn others(stage: &Stage, tenant: &Tenant) -> Vec<tenure_proto::identity::v1::Person> {
    let mut persons = Vec::new();
    for number in OTHERS {
        persons.push(stage.get(tenant, By::RecordId(record(number).to_string())).await.expect("a person"));
    }
    persons
}

async fn known(stage: &Stage, tenant: &Tenant) -> Vec<tenure_proto::identity::v1::Person> {
    let email = |name: &str| vec![(Email, format!("{name}@example.nl"))];
    let events: Vec<Event> =
        OTHERS.iter().zip(["a", "a", "b"]).map(|(number, name)| told(*number, &email(name))).collect();
    pour(stage, tenant, &events).await;
    others(stage, tenant).await
}

async fn number(stage: &Stage, sql: &str) -> i64 {
    let row = stage.identity.journal().store().first(sql, vec![]).await.expect("a query").expect("a row");
    row.get(0).expect("a number")
}

async fn tasks(stage: &Stage, tenant: &Tenant) -> Vec<ReviewTask> {
    let request = ListReviewTasksRequest::default();
    stage.client().list_review_tasks(authorized(tenant, request)).await.expect("a page").into_inner().tasks
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_of_five_thousand_logins_leads_nobody() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let before = known(&stage, &acme).await;
        let cookie = || (Cookie, "shared".to_owned());
        let login = |number: u32| told(number, &[(Email, format!("member{number}@example.nl")), cookie()]);
        let mut events = vec![told(0, &[cookie()])];
        events.extend((1..=5_000).map(login));
        pour(&stage, &acme, &events).await;
        assert_eq!(number(&stage, "SELECT MAX(records) FROM person").await, 2, "the others'");
        assert_eq!(number(&stage, "SELECT COUNT(*) FROM link_edge").await, 2, "nobody goes with anybody for a cookie");
        assert_eq!(others(&stage, &acme).await, before);
        assert_eq!(tasks(&stage, &acme).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_that_hang_together_are_no_giant_and_an_alarm() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let before = known(&stage, &acme).await;
        // Each has a number in common with the next.
        let account = |number: u32| (CustomerNumber, format!("K{number}"));
        let mut events: Vec<Event> =
            (1..=2_000).map(|number| told(number, &[account(number), account(number + 1)])).collect();
        crate::permutation::Numbers(5).shuffle(&mut events);
        pour(&stage, &acme, &events).await;
        let largest = i64::try_from(Clustering::default().largest).expect("few");
        assert!(number(&stage, "SELECT MAX(records) FROM person").await <= largest);
        assert_eq!(number(&stage, "SELECT COUNT(*) FROM link_edge").await, 2 * 1_999 + 2);
        assert_eq!(others(&stage, &acme).await, before);
        let tangles: Vec<ReviewTask> =
            tasks(&stage, &acme).await.into_iter().filter(|task| task.kind() == Kind::Tangle).collect();
        let first = (1..=2_000).map(record).min().expect("some").to_string();
        assert_eq!(tangles.len(), 1);
        assert_eq!((tangles[0].left_record_id.clone(), tangles[0].record_count), (first, 2_000));
        assert_eq!((tangles[0].right_record_id.as_str(), tangles[0].person_ids.len()), ("", 1));
        // In the middle somebody goes: now there are two, of which one is small enough.
        let erased = Event::Erased(record(1_900));
        pour(&stage, &acme, &[erased]).await;
        let counts: Vec<i32> = tasks(&stage, &acme)
            .await
            .iter()
            .filter(|task| task.kind() == Kind::Tangle)
            .map(|task| task.record_count)
            .collect();
        assert_eq!(counts, [1_899]);
    }
}
