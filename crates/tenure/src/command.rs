//! The command line.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use tenure_server::ConfigError;

use crate::{
    Config, certificates, check, demo, doctor, expectation, health, import, keys, link, migrate, serve, simulate,
    tenant, value,
};

/// Exit status of a wrong configuration (sysexits' EX_CONFIG).
const EXIT_CONFIG: u8 = 78;

/// Tenure: who your customers are, what they are worth, and what happens to them after the purchase.
#[derive(Debug, Parser)]
#[command(name = "tenure", version)]
pub struct Command {
    /// A configuration file (TOML). Without it the defaults hold; `TENURE__SECTION__KEY` in the environment goes before both.
    #[arg(long, global = true, env = "TENURE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run services in this process: all, or those that are named.
    Serve(serve::ServeArgs),
    /// Bring the tables of every service up to date.
    Migrate(migrate::MigrateArgs),
    /// Read the configuration and say everything that is wrong with it.
    CheckConfig,
    /// Look whether this machine and its data are fit to serve.
    Doctor,
    /// Ask the server of this configuration whether it serves.
    Health,
    /// Make an API key. It is shown once.
    MintKey(keys::MintArgs),
    /// Make a new version of the secret that a tenant's identifiers are hashed under for look-up. It takes effect when the projection
    /// "identity" is rebuilt; the one before is deleted once that is done.
    RotateMatchingSecret(keys::RotateArgs),
    /// Wrap the keyring's keys under a new key-encryption key, while servers run.
    RewrapKeys,
    /// Write a tenant with everything that is known of it into a directory, while no server runs.
    ExportTenant(tenant::ExportArgs),
    /// Fill a deployment that knows nobody yet with an exported tenant.
    ImportTenant(tenant::ImportArgs),
    /// Record the lines of a CSV file as touchpoints.
    Import(import::ImportArgs),
    /// Find the records of files that are one person. Needs no server.
    #[command(subcommand)]
    Link(link::LinkVerb),
    /// Fit models of customers, score customers by them, and look how good the forecasts are. Needs no server.
    #[command(subcommand)]
    Value(value::ValueVerb),
    /// Look back at promises and surveys of a file. Needs no server.
    #[command(subcommand)]
    Expectation(expectation::ExpectationVerb),
    /// Make customers with a known truth, as a file of touchpoints. The same seed makes the same bytes.
    Simulate(simulate::SimulateArgs),
    /// Run everything on simulated customers and say what came out.
    Demo(demo::DemoArgs),
    /// Make certificates for processes of this machine, to try TLS with.
    #[command(hide = true)]
    DevCerts(certificates::CertificateArgs),
}

/// Runs a command to its end.
#[must_use]
pub fn run(command: Command) -> ExitCode {
    let config = match Config::load(command.config.as_deref(), std::env::vars()) {
        Ok(config) => config,
        Err(error) => {
            say(&format!("{error}"));
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(command.verb, config)) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("{error:#}"));
            let configuration = error.chain().any(|cause| cause.is::<ConfigError>());
            if configuration { ExitCode::from(EXIT_CONFIG) } else { ExitCode::FAILURE }
        }
    }
}

async fn dispatch(verb: Verb, config: Config) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Serve(args) => serve::run(args, config).await.map(|()| ExitCode::SUCCESS),
        Verb::Migrate(args) => migrate::run(args, &config).await.map(|()| ExitCode::SUCCESS),
        Verb::CheckConfig => check::run(&config),
        Verb::Doctor => doctor::run(&config).await,
        Verb::Health => health::run(&config).await,
        Verb::MintKey(args) => keys::run(&args, &config),
        Verb::RewrapKeys => keys::rewrap(&config).await.map(|()| ExitCode::SUCCESS),
        Verb::RotateMatchingSecret(args) => keys::rotate(&args, &config).await.map(|()| ExitCode::SUCCESS),
        Verb::ExportTenant(args) => tenant::export(&args, &config).await.map(|()| ExitCode::SUCCESS),
        Verb::ImportTenant(args) => tenant::import(&args, &config).await.map(|()| ExitCode::SUCCESS),
        Verb::Import(args) => import::run(args).await.map(|report| report.exit_code()),
        Verb::Link(verb) => link::run(&verb),
        Verb::Value(verb) => value::run(&verb),
        Verb::Expectation(verb) => expectation::run(&verb, &config),
        Verb::Simulate(args) => simulate::run(&args).map(|()| ExitCode::SUCCESS),
        Verb::Demo(args) => demo::run(args, config).await.map(|()| ExitCode::SUCCESS),
        Verb::DevCerts(args) => certificates::run(&args).map(|()| ExitCode::SUCCESS),
    }
}

#[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
