//! Of erased persons nothing can be read any more: not in any database, cache, log or answer, and not from a backup of the databases that
//! is older than the erasure.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use prost::Message as _;
use tenure_kernel::Tenant;
use tenure_proto::{
    collector::v1::{EraseRecordsRequest, ExportRecordsRequest},
    identity::v1::{self as identity, GetPersonRequest, get_person_request},
    profile::v1::{self as profile, ErasePersonRequest, GetErasureRequest, erasure::State},
};
use tenure_store::{Dialect, testing::TestPlace};
use tenure_tests::{caller::Caller, host::Host, log};
use tokio::time::{Instant, sleep};

use super::sealed;

const PATIENCE: Duration = Duration::from_secs(90);
/// Records that are asked for at once.
const RECORDS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_erased_can_be_read_not_even_from_an_older_backup() {
    for place in TestPlace::each() {
        let host = Host::start(place).await;
        let mut caller = host.caller("acme");
        let (_, records) = sealed::use_much(&mut caller).await;
        let persons = persons(&mut caller, &records).await;
        let before = held(&mut caller, &records).await;
        assert!(sealed::personal(&before) >= 500, "before, an export shows them");
        let backup = (host.place.dialect() == Dialect::Sqlite).then(TestPlace::sqlite);
        if let Some(backup) = &backup {
            // All is followed and nothing is under way, so the files are whole. The keyring is not in it: it has a backup of its own, which
            // is kept shorter.
            host.state(&"acme".parse::<Tenant>().expect("a tenant")).await;
            copy(&host.place, backup, |name| !name.starts_with("keyring"));
        }
        erase(&mut caller, &persons).await;
        // Those of the quarantine are nobody's: they are erased by record.
        for some in records.chunks(RECORDS) {
            let ask = EraseRecordsRequest { record_ids: some.to_vec() };
            caller.collector.erase_records(ask).await.expect("erased");
        }
        // Each service follows by itself.
        let until = Instant::now() + PATIENCE;
        while sealed::personal(&held(&mut caller, &records).await) > 0 && Instant::now() < until {
            sleep(Duration::from_millis(100)).await;
        }
        sealed::assert_nothing_personal("an export", &held(&mut caller, &records).await);
        match host.place.dialect() {
            Dialect::Postgres => {
                sealed::assert_nothing_personal("a table", &sealed::dump(&host.place).await);
            }
            Dialect::Sqlite => files(&host.place, |name, bytes| sealed::assert_nothing_personal(name, &bytes)),
        }
        let backup = backup.inspect(|backup| copy(&host.place, backup, |name| name.starts_with("keyring")));
        host.stop().await;
        if let Some(backup) = backup {
            let restored = Host::start(backup).await;
            let held = held(&mut restored.caller("acme"), &records).await;
            sealed::assert_nothing_personal("an export of the backup", &held);
            restored.stop().await;
        }
    }
    sealed::assert_nothing_personal("the log", &log::kept());
}

/// The persons of records. A tenth of the touchpoints is in quarantine, so that their records are nobody's.
async fn persons(caller: &mut Caller, records: &[String]) -> Vec<String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let mut persons = BTreeSet::new();
        for record in records {
            let by = Some(get_person_request::By::RecordId(record.clone()));
            let found = caller.identity.get_person(GetPersonRequest { by, ..Default::default() }).await;
            persons.extend(found.ok().and_then(|found| found.into_inner().person).map(|person| person.person_id));
        }
        if persons.len() == sealed::PERSONS / 10 * 9 {
            return persons.into_iter().collect();
        }
        assert!(Instant::now() < until, "there are {} persons", persons.len());
        sleep(Duration::from_millis(100)).await;
    }
}

/// All that the services that hold personal data export of records.
async fn held(caller: &mut Caller, records: &[String]) -> Vec<u8> {
    let mut held = Vec::new();
    for some in records.chunks(RECORDS) {
        let ask = profile::ExportRecordsRequest { record_ids: some.to_vec() };
        held.extend(caller.profile.export_records(ask).await.expect("an export").into_inner().encode_to_vec());
        let ask = identity::ExportRecordsRequest { record_ids: some.to_vec() };
        held.extend(caller.identity.export_records(ask).await.expect("an export").into_inner().encode_to_vec());
        let mut page_token = String::new();
        loop {
            let ask = ExportRecordsRequest { record_ids: some.to_vec(), page_size: 500, page_token };
            let page = caller.collector.export_records(ask).await.expect("an export").into_inner();
            held.extend(page.encode_to_vec());
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
    }
    held
}

async fn erase(caller: &mut Caller, persons: &[String]) {
    let mut begun = Vec::new();
    for person in persons {
        let ask = ErasePersonRequest { request_id: person.clone(), person_id: person.clone(), ..Default::default() };
        let until = Instant::now() + PATIENCE;
        let erasure = loop {
            match caller.profile.erase_person(ask.clone()).await {
                Ok(erasure) => break erasure.into_inner().erasure.expect("set"),
                // Profile has not followed so far yet.
                Err(status) => assert!(Instant::now() < until, "{status:?}"),
            }
            sleep(Duration::from_millis(20)).await;
        };
        begun.push(erasure.erasure_id);
    }
    for erasure_id in begun {
        let until = Instant::now() + PATIENCE;
        loop {
            let ask = GetErasureRequest { erasure_id: erasure_id.clone() };
            let found = caller.profile.get_erasure(ask).await.expect("an erasure").into_inner().erasure.expect("set");
            if found.state() == State::Done {
                break;
            }
            assert!(Instant::now() < until, "it is not done: {found:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn folder(place: &TestPlace) -> &Path {
    Path::new(place.config.url.strip_prefix("sqlite:").expect("a folder"))
}

fn files(place: &TestPlace, mut each: impl FnMut(&str, Vec<u8>)) {
    for file in fs::read_dir(folder(place)).expect("files") {
        let file = file.expect("a file").path();
        each(&file.file_name().expect("a name").to_string_lossy(), fs::read(&file).expect("readable"));
    }
}

fn copy(from: &TestPlace, to: &TestPlace, wanted: impl Fn(&str) -> bool) {
    let to = folder(to).to_owned();
    files(from, |name, bytes| {
        if wanted(name) && name != "lock" && !name.ends_with("-shm") {
            fs::write(to.join(name), bytes).expect("written");
        }
    });
}
