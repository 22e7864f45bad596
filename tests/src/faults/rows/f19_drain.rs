//! Replicas are told to end, one after the other, as in a rolling restart.

use std::time::Duration;

use futures::FutureExt as _;
use tenure::Service;
use tenure_client::{Client, Settings};
use tenure_server::Peer;

use crate::faults::{
    client::DEADLINE,
    load::{Load, Pace, Plan},
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F19",
    fault: "replicas of every service drain (SIGTERM) and come back",
    kinds: &[Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let pause = ("TENURE__SERVER__DRAIN_PAUSE_MS".to_owned(), "1500".to_owned());
    let mut stage = Stage::start(&case, Setup { environment: vec![pause], apart: true, ..Setup::default() }).await?;
    let collectors = stage.servers.iter().filter(|server| server.service == Some(Service::Collector));
    let uris: Vec<_> = collectors.map(|server| stage.uri(&server.address)).collect();
    let settings = Settings { attempts: 1, deadline: DEADLINE, ..Settings::default() };
    let way = Peer::balanced(&uris, &stage.peer_tls())?;
    let client = Client::with_service(way, stage.key())?.with_settings(settings);
    let plan = Plan { seed: case.seed, batch: 5, pace: Pace::Closed { clients: 4 } };
    let load = Load::start(vec![client], stage.ledger.clone(), plan);
    load.acknowledges(50, Duration::from_secs(30)).await?;
    for round in 0..case.rounds {
        let places = stage.servers.len() as u64;
        // A collector in every other round, for that is where the calls are.
        let chosen = case.choose(&format!("chosen {round}"), places);
        let chosen = if round % 2 == 0 { chosen - chosen % Service::ALL.len() as u64 } else { chosen };
        let server = &mut stage.servers[usize::try_from(chosen)?];
        server.signal("TERM")?;
        let status = server.ends(Duration::from_secs(20)).await?;
        anyhow::ensure!(status.success(), "{status}: {}", server.said());
        server.start().await?;
        load.recovers(Duration::from_secs(30)).await?;
    }
    let verdict = stage.end(load).await?;
    let codes = stage.ledger.book().codes.clone();
    anyhow::ensure!(codes.keys().all(|code| code == "Ok"), "a restart was noticed: {codes:?}");
    Ok(Played::judged(verdict, None, ""))
}
