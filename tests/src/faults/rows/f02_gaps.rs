//! A server crashes, or loses its connection, in the gaps: around the append, the commit, the checkpoint, before the reply.

use std::time::Duration;

use futures::FutureExt as _;

use crate::faults::{
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F02",
    fault: "a crash or a lost connection at append, commit, checkpoint and reply",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

/// What happens where: of each, at some passage.
const GAPS: &[&str] = &[
    "commit.after=crash",
    "append.after=crash",
    "reply=crash",
    "checkpoint.before=crash",
    "checkpoint.after=crash",
    "commit.before=crash",
    "append.before=crash",
];

/// Errors that a process survives. The one after the commit is the connection that breaks before the answer comes.
const ERRORS: &str = "commit.after=error@40,append.after=error@25,checkpoint.before=error@30,checkpoint.after=error@45,\
                      commit.before=error@90,append.before=error@55,reply=delay:300@20";

async fn play(case: Case) -> anyhow::Result<Played> {
    let errors = ("TENURE_FAILPOINTS".to_owned(), ERRORS.to_owned());
    let mut stage = Stage::start(&case, Setup { environment: vec![errors], ..Setup::default() }).await?;
    let load = stage.load()?;
    load.acknowledges(200 + 100 * case.rounds as usize, Duration::from_secs(60)).await?;
    let mut longest = Duration::ZERO;
    for round in 0..case.rounds {
        let gap = GAPS[(case.seed as usize + round as usize) % GAPS.len()];
        let passage = 20 + case.choose(&format!("passage {round}"), 60);
        let victim = usize::try_from(case.choose(&format!("victim {round}"), stage.servers.len() as u64))?;
        let server = &mut stage.servers[victim];
        server.set("TENURE_FAILPOINTS", &format!("{gap}@{passage}"));
        server.kill();
        server.spawn()?;
        server.ends(Duration::from_secs(60)).await?;
        anyhow::ensure!(server.crashed(), "{gap} did not crash the server: {}", server.said());
        server.set("TENURE_FAILPOINTS", "");
        server.start().await?;
        longest = longest.max(load.recovers(Duration::from_secs(30)).await?);
    }
    let verdict = stage.end(load).await?;
    Ok(Played::judged(verdict, Some(longest), ""))
}
