//! Nothing personal is in a database, a cache, a log or an error in clear. Where each service runs in processes of its own, and for
//! spans and metrics: `telemetry/processes.rs`.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use tenure_kernel::SystemClock;
use tenure_proto::{
    collector::v1::{
        Identifier, IdentifierKind, ListQuarantinedRequest, PostalAddress, RecordTouchpointsRequest,
        ReplayQuarantinedRequest, Subject, SubjectAttributes, SubjectRole, Touchpoint, TouchpointType,
    },
    identity::v1::{IdentifierQuery, MergePersonsRequest, ResolveIdentityRequest},
    profile::v1::{GetProfileRequest, get_profile_request::By},
    value::v1::{ScoreCustomerRequest, score_customer_request},
};
use tenure_store::{Query as _, testing::TestPlace};
use tenure_tests::{caller::Caller, host::Host, log, touchpoints::touchpoint};

/// How many persons are seeded; each has five personal values. A tenth goes to quarantine.
pub(crate) const PERSONS: usize = 120;

struct Person {
    given: String,
    family: String,
    email: String,
    phone: String,
    iban: String,
}

impl Person {
    fn values(&self) -> [&str; 5] {
        [&self.given, &self.family, &self.email, &self.phone, &self.iban]
    }
}

/// Names that occur nowhere by chance.
fn name(n: usize, salt: usize) -> String {
    let mut state = (n * 7_919 + salt * 104_729 + 1) as u64;
    let letter = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((*state >> 33) % 26).expect("a letter"))
    };
    (0..12).map(|_| letter(&mut state)).collect()
}

/// An account with right check digits: ISO 7064, modulo 97.
fn iban(number: usize) -> String {
    let account = format!("{:010}", 100_000_007 + number * 1_237);
    // A to Z count as 10 to 35: ABNA in front, NL00 behind.
    let digits = format!("10112310{account}232100");
    let rest = digits.bytes().fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("NL{:02}ABNA{account}", 98 - rest)
}

fn persons() -> Vec<Person> {
    (0..PERSONS)
        .map(|n| Person {
            given: name(n, 1),
            family: name(n, 2),
            email: format!("{}@{}.nl", name(n, 3), name(n, 4)),
            phone: format!("+316{:08}", 10_203_040 + 70_707 * n),
            iban: iban(n),
        })
        .collect()
}

fn sighting(n: usize, person: &Person) -> Touchpoint {
    let identifier = |kind: IdentifierKind, value: &str| Identifier {
        kind: kind.into(),
        value: value.to_owned(),
        issuer: String::new(),
    };
    let attributes = SubjectAttributes {
        given_name: person.given.clone(),
        family_name: person.family.clone(),
        postal_address: Some(PostalAddress { street: format!("{}straat", person.family), ..PostalAddress::default() }),
        ..SubjectAttributes::default()
    };
    let subject = Subject {
        role: SubjectRole::Primary.into(),
        key: if n.is_multiple_of(2) { format!("klant {}", person.email) } else { String::new() },
        identifiers: vec![
            identifier(IdentifierKind::Email, &person.email),
            identifier(IdentifierKind::Phone, &person.phone),
            identifier(IdentifierKind::Iban, &person.iban),
        ],
        attributes: Some(attributes),
    };
    let mut seen = touchpoint(TouchpointType::MessageReceived, "desk", &format!("m{n}"), "", 1);
    seen.subjects = vec![subject];
    seen.note = format!("{} {} belde over {}", person.given, person.family, person.iban);
    if n % 10 == 9 {
        // Goes to quarantine, where it must be sealed as well.
        seen.subjects[0].identifiers[0].value = format!("{} zonder apenstaart", person.email.replace('@', " at "));
        seen.subjects[0].attributes.as_mut().expect("set").birth_date = "31-12-1980".to_owned();
    }
    seen
}

async fn use_everything(caller: &mut Caller, persons: &[Person]) -> (String, Vec<String>) {
    let touchpoints = persons.iter().enumerate().map(|(n, person)| sighting(n, person)).collect();
    let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
    let answer = caller.collector.record_touchpoints(request).await.expect("recorded").into_inner();
    let mut said = format!("{:?}", answer.outcomes);
    let by = Some(By::RecordId(answer.outcomes[0].record_id.clone()));
    let profile = GetProfileRequest { by, read_after: answer.read_token.clone(), ..Default::default() };
    let profile =
        caller.profile.get_profile(profile).await.expect("a profile").into_inner().profile.expect("a profile");
    assert!(profile.fields.iter().any(|field| field.value == persons[0].family), "the reader sees the name");
    for person in persons {
        // Wrong on purpose: the error must not repeat what was asked.
        let query = IdentifierQuery {
            kind: "iban".to_owned(),
            value: format!("{}x", person.iban),
            issuer: person.email.clone(),
        };
        let request =
            ResolveIdentityRequest { identifiers: vec![query], read_after: person.email.clone(), attributes: None };
        let _ = write!(said, "{:?}", caller.identity.resolve_identity(request).await);
        let by = Some(By::PersonId(person.email.clone()));
        let _ = write!(
            said,
            "{:?}",
            caller.profile.get_profile(GetProfileRequest { by, read_after: String::new(), ..Default::default() }).await
        );
        refused(caller, person, &mut said).await;
    }
    let records = answer.outcomes.into_iter().map(|outcome| outcome.record_id).filter(|id| !id.is_empty());
    (said, records.collect())
}

/// Reads profiles until most are kept in a Redis; answers all keys and values that it has then.
pub(crate) async fn hot(url: &str, caller: &mut Caller, records: &[String]) -> Vec<u8> {
    let redis = redis::Client::open(url).expect("a client");
    let mut redis = redis.get_multiplexed_async_connection().await.expect("connected");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        for record in records {
            let (by, read_after) = (Some(By::RecordId(record.clone())), String::new());
            let _ = caller.profile.get_profile(GetProfileRequest { by, read_after, ..Default::default() }).await;
        }
        let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut redis).await.expect("keys");
        let (mut all, mut kept) = (Vec::new(), 0);
        for key in keys {
            let value = redis::cmd("GET").arg(&key).query_async::<Vec<u8>>(&mut redis).await.unwrap_or_default();
            kept += usize::from(value.starts_with(b"A"));
            all.extend_from_slice(key.as_bytes());
            all.extend_from_slice(&value);
        }
        if kept * 10 >= records.len() * 9 {
            return all;
        }
        assert!(tokio::time::Instant::now() < deadline, "only {kept} profiles are kept in Redis");
    }
}

/// Personal values where none belong: in ids, tokens, sources and currencies.
async fn refused(caller: &mut Caller, person: &Person, said: &mut String) {
    let (email, iban) = (person.email.clone(), person.iban.clone());
    let score = ScoreCustomerRequest {
        by: Some(score_customer_request::By::PersonId(email.clone())),
        currency_code: person.family.clone(),
        read_after: iban.clone(),
        ..ScoreCustomerRequest::default()
    };
    let _ = write!(said, "{:?}", caller.value.score_customer(score).await);
    let merge = MergePersonsRequest {
        request_id: email.clone(),
        person_ids: vec![iban.clone(), person.phone.clone()],
        etags: vec![person.given.clone()],
    };
    let _ = write!(said, "{:?}", caller.identity.merge_persons(merge).await);
    let list = ListQuarantinedRequest { page_token: email.clone(), ..ListQuarantinedRequest::default() };
    let _ = write!(said, "{:?}", caller.collector.list_quarantined(list).await);
    let replay = ReplayQuarantinedRequest { quarantine_id: iban.clone(), ..ReplayQuarantinedRequest::default() };
    let _ = write!(said, "{:?}", caller.collector.replay_quarantined(replay).await);
    let odd = touchpoint(TouchpointType::MessageReceived, &email, &iban, "", 1);
    let request = RecordTouchpointsRequest { touchpoints: vec![odd], validate_only: true };
    let _ = write!(said, "{:?}", caller.collector.record_touchpoints(request).await);
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().chain([0, 0].iter()).take(3).fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[(group >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// A value in every spelling that a leak could have.
fn spellings(value: &str) -> Vec<String> {
    let hex = value.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    // Base 64 of a part of a longer text depends on where the part begins: leave out what the neighbours shape.
    let inner = |skip: usize| {
        let part = &value.as_bytes()[skip..];
        base64(&part[..part.len() / 3 * 3])
    };
    vec![
        value.to_owned(),
        value.to_uppercase(),
        value.to_lowercase(),
        hex.to_uppercase(),
        hex,
        inner(0),
        inner(1),
        inner(2),
    ]
}

/// Every spelling begins with as many bytes as this, so that one pass over the bytes finds them all.
const PREFIX: usize = 12;

fn scan(what: &str, bytes: &[u8], persons: &[Person]) {
    let mut looked_for: HashMap<Vec<u8>, Vec<String>> = HashMap::new();
    for spelling in persons.iter().flat_map(Person::values).flat_map(spellings) {
        assert!(spelling.len() >= PREFIX, "{spelling}");
        looked_for.entry(spelling.as_bytes()[..PREFIX].to_vec()).or_default().push(spelling);
    }
    let found = bytes.windows(PREFIX).enumerate().find_map(|(at, window)| {
        looked_for.get(window)?.iter().find(|spelling| bytes[at..].starts_with(spelling.as_bytes()))
    });
    assert!(found.is_none(), "{what} holds personal values, such as {found:?}");
}

/// All rows of all tables, as text that holds bytes in hexadecimal and text as it is.
pub(crate) async fn dump(place: &TestPlace) -> Vec<u8> {
    let store = place.open::<tenure_keyring::Migrator>("keyring").await;
    let mut all = Vec::new();
    for service in ["keyring", "collector", "identity", "profile", "value", "expectation"] {
        let schema = place.name(service);
        let tables = store
            .all(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = ?",
                vec![schema.as_str().into()],
            )
            .await
            .expect("tables");
        assert!(!tables.is_empty(), "{schema}");
        for table in tables {
            let table: String = table.get(0).expect("a name");
            let sql = format!("SELECT COALESCE(string_agg(t::text, ' '), '') FROM \"{schema}\".\"{table}\" t");
            let row = store.first(&sql, vec![]).await.expect("rows").expect("one");
            all.extend_from_slice(row.get::<String>(0).expect("text").as_bytes());
        }
    }
    all
}

/// Has a suite take in personal values wherever it takes text; answers what it said, and the records.
pub(crate) async fn use_much(caller: &mut Caller) -> (String, Vec<String>) {
    use_everything(caller, &persons()).await
}

/// None of the values that [`use_much`] sends is in these bytes.
pub(crate) fn assert_nothing_personal(what: &str, bytes: &[u8]) {
    scan(what, bytes, &persons());
}

/// How many of those values are in these bytes as they were sent.
pub(crate) fn personal(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    let persons = persons();
    persons.iter().flat_map(Person::values).filter(|value| text.contains(*value)).count()
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    let persons = persons();
    assert!(persons.iter().flat_map(Person::values).count() >= 500);
    for spelling in spellings(&persons[3].email) {
        let leak = format!("…{spelling}…");
        let found = std::panic::catch_unwind(|| scan("a leak", leak.as_bytes(), &persons));
        assert!(found.is_err(), "{spelling}");
    }
    assert!(base64(b"Jan de Vries").starts_with("SmFuIGRl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_in_a_file_a_log_or_an_error() {
    let persons = persons();
    for place in TestPlace::each() {
        let providers = ["email", "phone", "iban", "salutation"].map(str::to_owned).to_vec();
        let enriching = |config: &mut tenure::Config| config.profile.enrichment.providers = providers;
        let host = Host::configured(place, Arc::new(SystemClock), None, enriching).await;
        let mut caller = host.caller("acme");
        let (said, records) = use_everything(&mut caller, &persons).await;
        host.enriched().await;
        scan("an answer that is not a profile, or an error,", said.as_bytes(), &persons);
        if host.place.dialect() == tenure_store::Dialect::Postgres {
            scan("a table", &dump(&host.place).await, &persons);
            if !host.config.redis.url.is_empty() {
                scan("Redis", &hot(&host.config.redis.url, &mut caller, &records).await, &persons);
            }
            host.stop().await;
            continue;
        }
        let folder = host.config.folder().expect("a folder");
        for file in std::fs::read_dir(folder).expect("files") {
            let file = file.expect("a file").path();
            scan(&file.display().to_string(), &std::fs::read(&file).expect("readable"), &persons);
        }
        host.stop().await;
    }
    let text = log::kept();
    assert!(text.len() > 1_000, "the log was kept");
    scan("the log", &text, &persons);
}
