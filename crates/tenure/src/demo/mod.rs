//! `tenure demo`: the main job on simulated customers, and a report that a retention manager understands.

mod feed;
mod let_down;
mod people;
mod place;
mod report;
mod seen;
mod worth;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use clap::Args;
use tenure_client::{Client, Purpose};
use tenure_kernel::{Clock as _, SystemClock};
use tenure_server::{ApiKeys, telemetry};
use tenure_simulator::{Settings, Simulation};

use crate::{
    Config, Deps, Suite, check,
    command::{print, say},
};

/// What to show.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many customers to simulate.
    #[arg(long, default_value_t = 1_000)]
    customers: u32,
    /// The seed: the same makes the same customers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the data in PostgreSQL, in schemas of this demo's own, instead of a SQLite folder. The server is the one that
    /// `TENURE_TEST_POSTGRES_URL` names; `make demo STORE=postgres` brings one up.
    #[arg(long)]
    postgres: bool,
    /// Show it on the suite that runs already where the section `[peers]` says, instead of one of its own; for a tenant that
    /// has nothing yet.
    #[arg(long, conflicts_with = "postgres", requires = "key_file")]
    peers: bool,
    /// With --peers: a file with an API key of that tenant.
    #[arg(long, requires = "peers")]
    key_file: Option<PathBuf>,
    /// End after the report instead of serving on.
    #[arg(long)]
    exit: bool,
}

/// Shows it, and serves on until told to end. Fails in the end when a figure is not as simulated.
pub(crate) async fn run(args: DemoArgs, config: Config) -> anyhow::Result<()> {
    let telemetry =
        telemetry::init(&telemetry::TelemetryConfig { log: "warn".to_owned(), ..config.telemetry.clone() })?;
    if let Some(key_file) = args.key_file.as_deref().filter(|_| args.peers) {
        let shown = on_peers(&args, &config, key_file).await?;
        drop(telemetry);
        return shown.agrees;
    }
    let place = place::prepare(config, args.postgres).await?;
    let keys = ApiKeys::read(&place.config.api_keys_file())?;
    let deps = Deps { prefix: place.prefix.clone(), ..Deps::real(Arc::new(keys)) };
    let suite = Suite::open(&place.config, deps).await?;
    let tasks = suite.tasks();
    let serving = tokio::spawn(suite.serve(place.listener));
    say(&format!("the suite runs on {}, its data is in {}", place.address, check::place(&place.config)));

    let client = Client::connect(&format!("http://{}", place.address), &place.key)?.for_purpose(Purpose::Service);
    let shown = show(&args, &client).await?;
    if let Some(best) = &shown.best {
        print(&report::snippet(&place.address.to_string(), &place.key, best));
    }
    if args.exit {
        tasks.stopping().cancel();
    } else {
        if let Err(deviation) = &shown.agrees {
            say(&deviation.to_string());
        }
        say("the suite runs on; end it with Ctrl-C");
    }
    let ended = serving.await?;
    drop(telemetry);
    ended.and(shown.agrees)
}

/// What was shown.
struct Shown {
    /// The customer worth most.
    best: Option<String>,
    /// Whether the figures are as simulated.
    agrees: anyhow::Result<()>,
}

/// Sends the simulated customers to a suite and prints the report.
async fn show(args: &DemoArgs, client: &Client) -> anyhow::Result<Shown> {
    let settings = until_today(args);
    let simulation = Simulation::new(&settings)?;
    let fed = feed::send(client, &simulation).await?;
    let people = people::find(client, &simulation, &fed).await?;
    let worth = worth::ask(client, &settings, &fed).await?;
    let let_down = let_down::ask(client, &settings, &fed).await?;
    print(&report::write(&simulation, &fed, &people, &worth, &let_down));
    let agrees = report::agrees(&simulation, &fed, &worth, &let_down);
    Ok(Shown { best: worth.top.into_iter().next().map(|best| best.person_id), agrees })
}

/// On a suite that others run.
async fn on_peers(args: &DemoArgs, config: &Config, key_file: &Path) -> anyhow::Result<Shown> {
    let key = fs::read_to_string(key_file).with_context(|| format!("the API key in {}", key_file.display()))?;
    let client = Client::with_service(config.peers.reach_all()?, key.trim())?.for_purpose(Purpose::Service);
    show(args, &client).await
}

/// A base whose last day was yesterday: feelings fade, so that a story of years ago would show none.
fn until_today(args: &DemoArgs) -> Settings {
    let known = Settings::default();
    let (end_day, days) = (SystemClock.now().day(), known.end_day - known.start_day);
    Settings { customers: args.customers, seed: args.seed, start_day: end_day - days, end_day, lines: true, ..known }
}
