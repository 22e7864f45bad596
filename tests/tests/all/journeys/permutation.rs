//! Order does not matter, and neither does repetition: whatever way the same touchpoints come in, every service ends in the
//! same state.

use rand::{RngExt as _, SeedableRng, rngs::StdRng, seq::SliceRandom};
use tenure_kernel::Tenant;
use tenure_keyring::{Kek, Keyring};
use tenure_proto::collector::v1::{
    IdentifierKind, RecordTouchpointsRequest, SubjectAttributes, Touchpoint, TouchpointType, amendment::Kind,
};
use tenure_store::testing::TestPlace;
use tenure_tests::{
    caller::Caller,
    host::Host,
    touchpoints::{amending, purchase, touchpoint, with_attributes, with_identifier},
};

const ORDERS: u64 = 20;

/// A history with shared e-mails, corrections, retractions, amendments of amendments, consent given and withdrawn.
fn history() -> Vec<Touchpoint> {
    let mut all = Vec::new();
    for n in 0..60_i64 {
        let (source, key) = (["shop", "crm", "desk"][(n % 3) as usize], format!("k{}", n % 14));
        let bought = purchase(source, &format!("p{n}"), &key, n % 40, 500 + 91 * n);
        let name = SubjectAttributes { family_name: format!("Naam{}", n % 5), ..SubjectAttributes::default() };
        let mailed = with_identifier(bought, IdentifierKind::Email, &format!("k{}@example.nl", (n * n) % 9));
        all.push(if n % 4 == 0 { with_attributes(mailed, name) } else { mailed });
        if n % 7 == 0 {
            let fixed = purchase(source, &format!("c{n}"), &key, (n + 3) % 40, 100 + n);
            all.push(amending(fixed, Kind::Correction, &format!("p{n}"), 1));
        }
        if n % 14 == 0 {
            let gone = touchpoint(TouchpointType::OrderPlaced, source, &format!("r{n}"), &key, n % 40);
            all.push(amending(gone, Kind::Retraction, &format!("p{n}"), 2));
        }
        if n % 28 == 0 {
            let back =
                with_identifier(purchase(source, &format!("b{n}"), &key, 9, 77), IdentifierKind::Phone, "0612345678");
            all.push(amending(back, Kind::Correction, &format!("p{n}"), 3));
        }
        let kind = if n % 2 == 0 { TouchpointType::ConsentGiven } else { TouchpointType::ConsentWithdrawn };
        all.push(touchpoint(kind, source, &format!("s{n}"), &key, n % 6));
    }
    all
}

async fn record(caller: &mut Caller, touchpoints: &[Touchpoint]) -> String {
    let request = RecordTouchpointsRequest { touchpoints: touchpoints.to_vec(), validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let wrong = answer.outcomes.iter().find(|outcome| !outcome.violations.is_empty());
    assert!(wrong.is_none(), "{wrong:?}");
    answer.read_token
}

/// The state of every service, as lines.
async fn export(host: &Host, caller: &mut Caller, tenant: &str, token: &str) -> Vec<String> {
    use tenure_proto::{
        identity::v1::ResolveIdentityRequest, profile::v1::GetProfileRequest, value::v1::ListPurchaseSummariesRequest,
    };
    // Reads that fail for another reason still have waited for the token.
    let _ = caller
        .identity
        .resolve_identity(ResolveIdentityRequest { read_after: token.to_owned(), ..Default::default() })
        .await;
    let by = tenure_proto::profile::v1::get_profile_request::By::RecordId(tenure_kernel::RecordId([1; 16]).to_string());
    let profile = GetProfileRequest { by: Some(by), read_after: token.to_owned() };
    let _ = caller.profile.get_profile(profile).await;
    let summaries = ListPurchaseSummariesRequest {
        currency_code: "EUR".to_owned(),
        read_after: token.to_owned(),
        ..Default::default()
    };
    caller.value.list_purchase_summaries(summaries).await.expect("summaries");
    let tenant: Tenant = tenant.parse().expect("a tenant");
    let mut lines = host.suite.identity.canonical_export(&tenant).await.expect("identity's state");
    lines.extend(host.suite.profile.canonical_export(&tenant).await.expect("profile's state"));
    lines.extend(host.suite.value.canonical_export(&tenant).await.expect("value's state"));
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_batching_and_repetition_ends_in_the_same_state_on_sqlite() {
    every_order(|| Some(TestPlace::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_batching_and_repetition_ends_in_the_same_state_on_postgres() {
    every_order(TestPlace::postgres).await;
}

async fn every_order(place: impl Fn() -> Option<TestPlace>) {
    // Ids are derived under secrets in the keyring: the orders share one, so that their states can be compared.
    let secrets = TestPlace::sqlite();
    let kek = Kek::new(&[7; 32]).expect("a key");
    let keyring = Keyring::open(&secrets.config, "keyring", kek).await.expect("a keyring");
    let mut expected = None;
    for seed in 0..ORDERS {
        let Some(place) = place() else { return };
        let host = Host::with_keyring(place, keyring.clone()).await;
        let state = in_some_order(&host, seed).await;
        host.stop().await;
        assert!(state.len() > 14, "{state:?}");
        assert_eq!(&state, expected.get_or_insert(state.clone()), "order {seed}");
    }
}

pub(crate) async fn in_some_order(host: &Host, seed: u64) -> Vec<String> {
    let mut caller = host.caller("acme");
    let mut random = StdRng::seed_from_u64(seed);
    let mut touchpoints = history();
    let repeats: Vec<_> = (0..20).map(|_| touchpoints[random.random_range(0..touchpoints.len())].clone()).collect();
    touchpoints.extend(repeats);
    touchpoints.shuffle(&mut random);
    let mut token = String::new();
    while !touchpoints.is_empty() {
        let rest = touchpoints.split_off(random.random_range(1..=touchpoints.len().min(60)));
        token = record(&mut caller, &touchpoints).await;
        touchpoints = rest;
    }
    export(host, &mut caller, "acme", &token).await
}
