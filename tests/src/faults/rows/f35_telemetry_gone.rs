//! The telemetry backend takes connections and never answers, then is gone.

use std::time::Duration;

use futures::FutureExt as _;
use tokio::net::TcpListener;

use crate::faults::{
    proxy::{Fault, Proxy},
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F35",
    fault: "the OTLP endpoint is a black hole, then gone",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let nobody = TcpListener::bind("127.0.0.1:0").await?;
    let proxy = Proxy::before(nobody.local_addr()?).await?;
    proxy.set(Fault::black_hole());
    let environment = vec![("TENURE__TELEMETRY__OTLP_ENDPOINT".to_owned(), format!("http://{}", proxy.address))];
    let mut stage = Stage::start(&case, Setup { environment, ..Setup::default() }).await?;
    let load = stage.load()?;
    load.acknowledges(300, Duration::from_secs(30)).await?;
    proxy.set(Fault { refuse: true, ..Fault::default() });
    proxy.cut();
    load.recovers(Duration::from_secs(30)).await?;
    proxy.set(Fault::black_hole());
    let verdict = stage.end(load).await?;
    for server in &mut stage.servers {
        server.signal("TERM")?;
        let status = server.ends(Duration::from_secs(20)).await?;
        anyhow::ensure!(status.success(), "{status}: {}", server.said());
    }
    let codes = stage.ledger.book().codes.clone();
    anyhow::ensure!(codes.keys().all(|code| code == "Ok"), "telemetry alone made calls fail: {codes:?}");
    Ok(Played::judged(verdict, None, ""))
}
