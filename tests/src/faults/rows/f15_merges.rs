//! Stewards merge and split persons while touchpoints of them come in.

use std::time::Duration;

use futures::FutureExt as _;
use tenure::Service;
use tenure_client::Client;
use tenure_proto::{
    identity::v1::{GetPersonRequest, MergePersonsRequest, SplitPersonRequest, get_person_request},
    value::v1::ListPurchaseSummariesRequest,
};
use tokio::time::{Instant, sleep};

use crate::faults::{
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F15",
    fault: "persons are merged and split under load",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let stage = Stage::start(&case, Setup::default()).await?;
    let doors = stage.doors()?;
    let load = stage.load()?;
    load.acknowledges(200, Duration::from_secs(30)).await?;
    let (identities, values) = (doors.to(Service::Identity), doors.to(Service::Value));
    let (mut merged, mut split) = (0, 0);
    for step in 0..12 * case.rounds {
        let identity = &identities[step as usize % identities.len()];
        let records = records(&values[step as usize % values.len()]).await?;
        let choose = |name: &str| -> anyhow::Result<&String> {
            let place = case.choose(&format!("{name} {step}"), records.len() as u64);
            Ok(&records[usize::try_from(place)?])
        };
        if step % 3 < 2 {
            merged += u32::from(merge(identity, &format!("merge-{step}"), [choose("a")?, choose("b")?]).await?);
        } else {
            split += u32::from(separate(identity, &format!("split-{step}"), choose("c")?).await?);
        }
    }
    anyhow::ensure!(merged > 0 && split > 0, "{merged} merges and {split} splits");
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, None, format!("{merged} merges, {split} splits")))
}

/// The records of all persons. What is acknowledged is followed a moment later: of somebody value knows by then.
async fn records(value: &Client) -> anyhow::Result<Vec<String>> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let request =
            ListPurchaseSummariesRequest { currency_code: "EUR".to_owned(), page_size: 5_000, ..Default::default() };
        let summaries = value.value().list_purchase_summaries(request).await?.into_inner().summaries;
        let records: Vec<String> = summaries.into_iter().flat_map(|person| person.record_ids).collect();
        if !records.is_empty() {
            return Ok(records);
        }
        anyhow::ensure!(Instant::now() < until, "value follows nothing");
        sleep(Duration::from_millis(20)).await;
    }
}

/// The person of a record, and how many records it has.
async fn person(identity: &Client, record: &str) -> anyhow::Result<(String, i32)> {
    let by = Some(get_person_request::By::RecordId(record.to_owned()));
    let person = identity.identity().get_person(GetPersonRequest { by, read_after: String::new() }).await?;
    let person = person.into_inner().person.unwrap_or_default();
    Ok((person.person_id, person.record_count))
}

/// Merges the persons of two records. Answers whether there was something to merge, and nobody else was quicker.
async fn merge(identity: &Client, request_id: &str, records: [&String; 2]) -> anyhow::Result<bool> {
    let person_ids = vec![person(identity, records[0]).await?.0, person(identity, records[1]).await?.0];
    if person_ids[0] == person_ids[1] {
        return Ok(false);
    }
    let request = MergePersonsRequest { request_id: request_id.to_owned(), person_ids, etags: Vec::new() };
    refusable(identity.identity().merge_persons(request).await.map(|_| ()))
}

/// Splits a record off its person, if that has others.
async fn separate(identity: &Client, request_id: &str, record: &str) -> anyhow::Result<bool> {
    let (person_id, count) = person(identity, record).await?;
    if count < 2 {
        return Ok(false);
    }
    let record_ids = vec![record.to_owned()];
    let request = SplitPersonRequest { request_id: request_id.to_owned(), person_id, record_ids, etag: String::new() };
    refusable(identity.identity().split_person(request).await.map(|_| ()))
}

/// Links that come in meanwhile may have moved the persons: then the steward is refused. On a busy machine a call's time may run
/// out while it waits its turn; the journal then says whether it was carried out, and the oracle holds everybody to that.
fn refusable(answer: Result<(), tonic::Status>) -> anyhow::Result<bool> {
    match answer {
        Ok(()) => Ok(true),
        Err(status)
            if matches!(
                status.code(),
                tonic::Code::FailedPrecondition
                    | tonic::Code::NotFound
                    | tonic::Code::Aborted
                    | tonic::Code::DeadlineExceeded
            ) =>
        {
            Ok(false)
        }
        Err(status) => Err(status.into()),
    }
}
