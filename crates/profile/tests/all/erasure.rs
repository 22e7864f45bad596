//! Erased records, destroyed keys, and values that stay sealed.

use std::fs;

use tenure_kernel::PersonId;
use tenure_proto::{collector::v1::TouchpointType as Type, profile::v1::get_profile_request::By};
use tenure_store::testing::TestPlace;
use tonic::Code;

use crate::{
    suite::{Options, Suite, places, tenant},
    touchpoints::{record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_opened_any_more_is_left_out() {
    for place in places() {
        let suite = Suite::start(&place, Options { hot_bytes: 0, ..Options::default() }).await;
        let acme = tenant("acme");
        suite.changed(&acme, &[(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))], &[]).await;
        let all = [
            told(1, Type::DeathReported, record(1), 2).given_name("Jan"),
            told(2, Type::OrderPlaced, record(2), 3).given_name("Johan"),
        ];
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
        assert_eq!(suite.profile_of(&acme, record(1), &token).await.fields.len(), 2);
        suite.keyring.destroy(&acme, [record(1).0]).await.expect("destroyed");
        let profile = suite.profile_of(&acme, record(1), "").await;
        let shown: Vec<_> = profile.fields.iter().map(|field| (field.path.as_str(), field.value.as_str())).collect();
        assert_eq!(shown, [("life.deceased", "true"), ("name.given_name", "Johan")]);
        // More of that record, and an amendment: both are taken in without the sealed part.
        let more = [told(3, Type::OrderPlaced, record(1), 1), told(4, Type::OrderPlaced, record(1), 1).corrects(1, 1)];
        let token = suite.record(&acme, seal(&suite.keyring, &acme, &more).await).await;
        let profile = suite.profile_of(&acme, record(1), &token).await;
        assert_eq!((profile.fields.len(), profile.touchpoints[0].count), (1, 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_record_is_left_or_taken_in_again() {
    for place in places() {
        let suite = Suite::start(&place, Options::default()).await;
        let acme = tenant("acme");
        suite.changed(&acme, &[(record(1), 1, Some(PERSON)), (record(2), 1, Some(PERSON))], &[]).await;
        let all = [
            told(1, Type::DeathReported, record(1), 2).given_name("Jan"),
            told(2, Type::OrderPlaced, record(2), 3).given_name("Johan"),
        ];
        let sealed = seal(&suite.keyring, &acme, &all).await;
        let token = suite.record(&acme, sealed.clone()).await;
        assert_eq!(suite.profile_of(&acme, record(1), &token).await.record_ids.len(), 2);
        suite.erase(&acme, &[record(1)]).await;
        let token = suite.record(&acme, sealed).await;
        let left = suite.profile_of(&acme, record(2), &token).await;
        assert_eq!((left.record_ids, left.fields.len()), (vec![record(2).to_string()], 1));
        let by_record = By::RecordId(record(1).to_string());
        assert_eq!(suite.get(&acme, by_record, "").await.expect_err("erased").code(), Code::NotFound);
        assert_eq!(suite.export(&acme, vec![record(1).to_string()]).await.expect("an answer"), vec![]);
        assert_eq!(suite.number("SELECT COUNT(*) FROM fact_slot").await, 1);
        // Identity follows with a move to nobody; nothing of the person comes back.
        let token = suite.changed(&acme, &[(record(1), 2, None), (record(2), 2, None)], &[]).await;
        let by_person = By::PersonId(PERSON.to_string());
        assert_eq!(suite.get(&acme, by_person, &token).await.expect_err("nobody").code(), Code::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_values_are_in_no_file() {
    let place = TestPlace::sqlite();
    let suite = Suite::start(&place, Options::default()).await;
    let acme = tenant("acme");
    suite.changed(&acme, &[(record(1), 1, Some(PERSON))], &[]).await;
    let all = [
        told(1, Type::OrderPlaced, record(1), 2).family_name("Zonneveld-Quist").email("zonneveld@example.nl"),
        told(2, Type::OrderPlaced, record(1), 2).family_name("Zonneveld").corrects(1, 1),
    ];
    let token = suite.record(&acme, seal(&suite.keyring, &acme, &all).await).await;
    assert_eq!(suite.profile_of(&acme, record(1), &token).await.fields[0].value, "Zonneveld");
    let folder = place.config.url.trim_start_matches("sqlite:").to_owned();
    let mut looked_at = 0;
    for file in fs::read_dir(folder).expect("a folder") {
        let bytes = fs::read(file.expect("a file").path()).expect("bytes");
        looked_at += bytes.len();
        for value in [b"Zonneveld".as_slice(), b"zonneveld", b"example.nl"] {
            assert!(!bytes.windows(value.len()).any(|window| window == value));
        }
    }
    assert!(looked_at > 10_000);
}
