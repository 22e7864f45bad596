//! What a purpose sees, what a customer consents to, and the proof of it.

use tenure_kernel::{PersonId, Purpose, RecordId, Tenant};
use tenure_proto::{
    collector::v1::{ConsentDetail, LifeDetail, TouchpointType as Type, touchpoint::Detail},
    profile::v1::{
        CheckConsentRequest, CheckConsentResponse, ConsentVerdict, ExplainFieldRequest, GetConsentLedgerRequest,
        GetProfileRequest, Profile, check_consent_request, explain_field_request, field_evidence::Standing,
        get_consent_ledger_request, get_profile_request::By, withheld::Reason,
    },
};
use tenure_server::wire;
use tenure_store::testing::TestPlace;
use tonic::{Request, metadata::MetadataValue};

use crate::{
    suite::{Options, Suite, as_tenant, places, tenant},
    touchpoints::{Told, ago, record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);

fn consent(purpose: &str, channel: &str, jurisdiction: &str, text: &str) -> Detail {
    Detail::Consent(ConsentDetail {
        purpose_code: purpose.into(),
        channel_code: channel.into(),
        jurisdiction_code: jurisdiction.into(),
        text_version: text.into(),
        ..Default::default()
    })
}

/// One person with two records.
async fn started(place: &TestPlace, said: &[Told]) -> Suite {
    let suite = Suite::start(place, Options { ranges: 3, ..Options::default() }).await;
    let acme = tenant("acme");
    let moves = [(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))];
    let token = suite.changed(&acme, &moves, &[]).await;
    suite.followed(&token).await;
    let token = suite.record(&acme, seal(&suite.keyring, &acme, said).await).await;
    suite.followed(&token).await;
    suite
}

fn reading<T>(acme: &Tenant, purpose: Purpose, message: T) -> Request<T> {
    let mut request = as_tenant(acme, message);
    request.metadata_mut().insert("purpose", MetadataValue::from_static(purpose.as_str()));
    request
}

async fn read(suite: &Suite, purpose: Purpose) -> Profile {
    let by = Some(By::RecordId(record(1).to_string()));
    let request = reading(&tenant("acme"), purpose, GetProfileRequest { by, ..Default::default() });
    suite.client.clone().get_profile(request).await.expect("a profile").into_inner().profile.expect("a profile")
}

fn fields(profile: &Profile) -> Vec<String> {
    profile.fields.iter().map(|field| format!("{}={}", field.path, field.value)).collect()
}

fn withheld(profile: &Profile) -> Vec<Reason> {
    profile.withheld.iter().map(tenure_proto::profile::v1::Withheld::reason).collect()
}

async fn evidence(suite: &Suite, purpose: Purpose, path: &str) -> Vec<(String, Standing)> {
    let by = Some(explain_field_request::By::RecordId(record(1).to_string()));
    let request = ExplainFieldRequest { by, path: path.into(), ..Default::default() };
    let answer = suite.client.clone().explain_field(reading(&tenant("acme"), purpose, request)).await;
    let told = answer.expect("an explanation").into_inner().evidence;
    told.into_iter().map(|one| (one.value.clone(), one.standing())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_due_diligence_gathered_is_seen_by_it_alone_and_to_others_was_never_said() {
    for place in places() {
        let suite = started(
            &place,
            &[
                told(1, Type::OrderPlaced, record(1), 9).given_name("Jan").email("jan@example.nl"),
                told(2, Type::KycPassed, record(2), 5).given_name("Johannes").email("pep@example.nl"),
                told(3, Type::NameChanged, record(1), 4).aml_only().given_name("Hans"),
            ],
        )
        .await;
        let service = read(&suite, Purpose::Service).await;
        assert_eq!(fields(&service), ["contact.email=jan@example.nl", "name.given_name=Jan"]);
        let counted: Vec<_> = service.touchpoints.iter().map(|one| one.r#type.as_str()).collect();
        assert_eq!(counted, ["order.placed"]);
        assert_eq!(withheld(&service), [Reason::Category, Reason::Category]);
        let aml = read(&suite, Purpose::Aml).await;
        let expected = ["contact.email=jan@example.nl", "contact.email=pep@example.nl", "name.given_name=Hans"];
        assert_eq!(fields(&aml), expected);
        assert_eq!(aml.touchpoints.len(), 3);
        assert!(!service.record_ids.is_empty(), "whose it is counts all the same");
        let jan = ("Jan".to_owned(), Standing::Holds);
        assert_eq!(evidence(&suite, Purpose::Service, "name.given_name").await, [jan]);
        let all = [("Hans", Standing::Holds), ("Johannes", Standing::Outranked), ("Jan", Standing::Outranked)];
        let all = all.map(|(value, standing)| (value.to_owned(), standing));
        assert_eq!(evidence(&suite, Purpose::Aml, "name.given_name").await, all);
        for purpose in [Purpose::Legal, Purpose::Privacy, Purpose::Care] {
            assert_eq!(fields(&read(&suite, purpose).await), fields(&service), "{purpose}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vulnerability_is_masked_the_same_way_whether_or_not_there_is_one() {
    for place in places() {
        let life = Detail::Life(LifeDetail { category_code: "debt".into(), ..Default::default() });
        let said = [
            told(1, Type::OrderPlaced, record(1), 9),
            told(2, Type::VulnerabilitySignalled, record(2), 5).detail(life),
        ];
        let suite = started(&place, &said).await;
        let service = read(&suite, Purpose::Service).await;
        assert_eq!(fields(&service), Vec::<String>::new());
        assert_eq!(fields(&read(&suite, Purpose::Care).await), ["life.vulnerability=debt"]);
        assert!(evidence(&suite, Purpose::Service, "life.vulnerability").await.is_empty());
        assert_eq!(evidence(&suite, Purpose::Privacy, "life.vulnerability").await.len(), 1);
        let (other, acme) = (RecordId([77; 16]), tenant("acme"));
        let token = suite.changed(&acme, &[(other, 1, Some(PersonId([2; 16])))], &[]).await;
        suite.followed(&token).await;
        let by = Some(By::RecordId(other.to_string()));
        let request = reading(&acme, Purpose::Service, GetProfileRequest { by, ..Default::default() });
        let nobody = suite.client.clone().get_profile(request).await.expect("a profile").into_inner().profile;
        assert_eq!(nobody.expect("a profile").withheld, service.withheld);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marketing_sees_who_consents_and_nobody_else() {
    for place in places() {
        let order = told(1, Type::OrderPlaced, record(1), 9).given_name("Jan");
        let given = told(2, Type::ConsentGiven, record(2), 8).detail(consent("marketing", "email", "", "4"));
        let suite = started(&place, std::slice::from_ref(&order)).await;
        let barred = read(&suite, Purpose::Marketing).await;
        assert_eq!((fields(&barred), barred.touchpoints.len()), (vec![], 0));
        assert_eq!(withheld(&barred).last(), Some(&Reason::ConsentMissing));
        assert!(evidence(&suite, Purpose::Marketing, "name.given_name").await.is_empty());
        let acme = tenant("acme");
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &[given]).await).await;
        suite.followed(&token).await;
        let shown = read(&suite, Purpose::Marketing).await;
        assert_eq!(fields(&shown), ["consent.marketing.email=given", "name.given_name=Jan"]);
        assert_eq!(withheld(&shown), [Reason::Category, Reason::Category]);
        let left = told(3, Type::ObjectionRaised, record(1), 7).detail(consent("marketing", "", "", ""));
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &[left]).await).await;
        suite.followed(&token).await;
        let barred = read(&suite, Purpose::Marketing).await;
        assert_eq!(fields(&barred), ["consent.marketing.email=given", "objection.marketing=raised"]);
        assert_eq!(withheld(&barred).last(), Some(&Reason::Objected));
        assert!(fields(&read(&suite, Purpose::Service).await).contains(&"name.given_name=Jan".to_owned()));
    }
}

async fn check(suite: &Suite, days: [Option<i64>; 2], texts: &[&str]) -> CheckConsentResponse {
    let [as_of_time, known_time] = days.map(|days| days.map(|days| wire::to_wire(ago(days))));
    let request = CheckConsentRequest {
        by: Some(check_consent_request::By::RecordId(record(1).to_string())),
        purpose_code: "marketing".into(),
        channel_code: "email".into(),
        jurisdiction_code: "NL".into(),
        text_versions: texts.iter().map(|&text| text.to_owned()).collect(),
        as_of_time,
        known_time,
        ..Default::default()
    };
    suite.client.clone().check_consent(as_tenant(&tenant("acme"), request)).await.expect("an answer").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_checked_as_of_any_time_and_its_ledger_forgets_nothing() {
    for place in places() {
        let (given, left) = (Type::ConsentGiven, Type::ConsentWithdrawn);
        let said = [
            told(1, given, record(1), 90).received(90).detail(consent("marketing", "", "", "3")),
            // Withdrawn 40 days ago, which reached us 10 days ago, after a mail that went out in between.
            told(2, left, record(2), 40).received(10).detail(consent("marketing", "email", "NL", "")),
            told(3, given, record(1), 40).received(40).detail(consent("service", "email", "", "1")),
            told(4, given, record(1), 3).received(3).detail(consent("marketing", "email", "NL", "4")),
            told(5, given, record(1), 3).received(2).retracts(4, 1),
        ];
        let suite = started(&place, &said).await;
        for (days, texts, expected) in [
            ([Some(95), None], &[][..], ConsentVerdict::Missing),
            ([Some(50), None], &[][..], ConsentVerdict::Given),
            ([Some(50), None], &["4"][..], ConsentVerdict::OtherText),
            ([Some(20), None], &[][..], ConsentVerdict::Withdrawn),
            // What was known when the mail went out.
            ([Some(20), Some(20)], &["3"][..], ConsentVerdict::Given),
            ([None, None], &[][..], ConsentVerdict::Withdrawn),
        ] {
            let answer = check(&suite, days, texts).await;
            assert_eq!(answer.verdict(), expected, "{days:?} {texts:?}");
            assert_eq!(answer.allowed, expected == ConsentVerdict::Given);
        }
        let now = check(&suite, [None, None], &[]).await;
        assert_eq!(now.path, "consent.marketing.email@NL");
        assert_eq!(now.provenance.expect("a source").record_id, record(2).to_string());
        let by = Some(get_consent_ledger_request::By::PersonId(PERSON.to_string()));
        let request = GetConsentLedgerRequest { by, read_after: String::new() };
        let ledger = suite.client.clone().get_consent_ledger(as_tenant(&tenant("acme"), request)).await;
        let ledger = ledger.expect("a ledger").into_inner();
        let told = |one: &tenure_proto::profile::v1::ConsentStatement| {
            let evidence = one.evidence.clone().expect("evidence");
            let text = evidence.provenance.as_ref().map(|from| from.text_version.clone()).unwrap_or_default();
            format!("{} {} {text:?} {:?}", one.path, evidence.value, evidence.standing())
        };
        let told: Vec<_> = ledger.statements.iter().map(told).collect();
        let expected = [
            "consent.marketing given \"3\" Holds",
            "consent.marketing.email@NL given \"4\" Amended",
            "consent.marketing.email@NL withdrawn \"\" Holds",
            "consent.service.email given \"1\" Holds",
        ];
        assert_eq!((told, ledger.total), (expected.map(str::to_owned).to_vec(), 4));
    }
}
