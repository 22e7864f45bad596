//! The lines between services fail, each by itself: silence, one way or both, cuts, refusals, ends that nobody is told of.

use std::time::Duration;

use futures::FutureExt as _;

use crate::faults::{
    proxy::{Fault, Proxy},
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F20",
    fault: "partitions between services, one-way and half-open among them",
    kinds: &[Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let mut stage = Stage::prepare(&case, Setup { apart: true, ..Setup::default() }).await?;
    let proxies = stage.put_proxies().await?;
    stage.start_all().await?;
    let load = stage.load()?;
    load.acknowledges(50, Duration::from_secs(30)).await?;
    for round in 0..2 * case.rounds {
        for (number, proxy) in proxies.iter().enumerate() {
            harm(proxy, case.choose(&format!("harm {round} {number}"), 8));
        }
        tokio::time::sleep(Duration::from_millis(500 + case.choose(&format!("time {round}"), 1_500))).await;
        proxies.iter().for_each(Proxy::heal);
        load.recovers(Duration::from_secs(30)).await?;
    }
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, None, ""))
}

/// Does one of several harms, or none.
fn harm(proxy: &Proxy, which: u64) {
    match which {
        0 => proxy.set(Fault::black_hole()),
        1 => proxy.set(Fault { mute: true, ..Fault::default() }),
        2 => proxy.set(Fault { deaf: true, ..Fault::default() }),
        3 => proxy.half_open(),
        4 => {
            proxy.set(Fault { refuse: true, ..Fault::default() });
            proxy.cut();
        }
        5 => proxy.set(Fault::slow(Duration::from_millis(200))),
        _ => {}
    }
}
