//! Each server's clock jumps, forwards and backwards, by itself.

use std::time::Duration;

use futures::FutureExt as _;

use crate::faults::{
    preload::MovedClock,
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F11",
    fault: "each server's clock jumps by 100 ms to an hour, both ways",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

/// By how many milliseconds a clock may be ahead.
const JUMPS: [i64; 10] = [100, -100, 250, -250, 500, -500, 5_000, -5_000, 3_600_000, -3_600_000];

async fn play(case: Case) -> anyhow::Result<Played> {
    let mut stage = Stage::prepare(&case, Setup::default()).await?;
    let mut clocks = Vec::new();
    for number in 0..stage.servers.len() {
        let Some(clock) = MovedClock::create(stage.folder(), &format!("clock-{number}"))? else {
            return Ok(Played::Skipped("there is no C compiler"));
        };
        for (name, value) in clock.environment() {
            stage.servers[number].set(&name, &value);
        }
        clocks.push(clock);
    }
    stage.start_all().await?;
    let load = stage.load()?;
    load.acknowledges(50, Duration::from_secs(30)).await?;
    let mut longest = Duration::ZERO;
    for round in 0..2 * case.rounds {
        for (number, clock) in clocks.iter().enumerate() {
            let jump = case.choose(&format!("jump {round} {number}"), JUMPS.len() as u64);
            clock.set(JUMPS[usize::try_from(jump)?])?;
        }
        longest = longest.max(load.recovers(Duration::from_secs(30)).await?);
    }
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, Some(longest), ""))
}
