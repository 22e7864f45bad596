//! Everything comes again, late, in another order, in other batches, over other servers, several at once.

use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _, stream};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use tenure::Service;
use tenure_proto::collector::v1::{RecordTouchpointsRequest, outcome::Status};

use crate::faults::{
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F14",
    fault: "everything is sent again, shuffled, while new things come",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let stage = Stage::start(&case, Setup::default()).await?;
    let load = stage.load()?;
    load.acknowledges(200, Duration::from_secs(30)).await?;
    for round in 0..case.rounds {
        again(&stage, case.seed + u64::from(round)).await?;
    }
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, None, ""))
}

/// Sends everything that was acknowledged once more.
async fn again(stage: &Stage, seed: u64) -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut all: Vec<_> = {
        let book = stage.ledger.book();
        book.acknowledged.iter().filter_map(|id| book.sent.get(id)).map(|said| said.touchpoint.clone()).collect()
    };
    all.shuffle(&mut random);
    let doors = stage.doors()?.to(Service::Collector);
    let mut calls = Vec::new();
    while !all.is_empty() {
        let rest = all.split_off(all.len().min(random.random_range(1..60)));
        let mut collector = doors[random.random_range(0..doors.len())].collector();
        let request = RecordTouchpointsRequest { touchpoints: std::mem::replace(&mut all, rest), validate_only: false };
        calls.push(async move { collector.record_touchpoints(request).await });
    }
    let answers: Vec<_> = stream::iter(calls).buffer_unordered(4).collect().await;
    for answer in answers {
        let odd = answer?.into_inner().outcomes.into_iter().find(|outcome| outcome.status() != Status::Duplicate);
        anyhow::ensure!(odd.is_none(), "a repeat is {odd:?}");
    }
    Ok(())
}
