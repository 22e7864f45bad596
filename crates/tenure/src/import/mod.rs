//! `tenure import`: streams a CSV file of any size into the collector.
//!
//! A mapping file says what the columns mean; `mappings/` has ready ones and a template. It may be run again at any time: a line that is in
//! already is a duplicate. Lines that were not taken in are named in a file beside the input, with line numbers and reasons
//! but without what stands in them. Memory stays the same however large the file, but for some 40 bytes for each distinct
//! line when the file has no event ids.

mod amount;
mod cells;
mod door;
mod event_id;
mod lines;
mod mapping;
mod moment;
mod records;
mod report;
mod row;
mod tally;
#[cfg(test)]
mod tests;
mod touchpoint;

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tenure_client::{Client, ClientError};

use door::Door;
use lines::Lines;
pub use report::ImportReport;
use tally::Tally;

/// Where `tenure serve` leaves the first API key.
const KEY_FILE: &str = "data/api-key";
const KEY_VARIABLE: &str = "TENURE_API_KEY";

/// What to import, and how.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The CSV file: UTF-8, with a header.
    pub file: PathBuf,
    /// What its columns mean (TOML).
    #[arg(long)]
    pub mapping: PathBuf,
    /// The server.
    #[arg(long, env = "TENURE_ENDPOINT", default_value = "http://127.0.0.1:7411")]
    pub endpoint: String,
    /// Roots of the server's certificate (PEM); needed for an endpoint with https.
    #[arg(long)]
    pub ca_file: Option<PathBuf>,
    /// The certificate to show to a server that asks for one (PEM).
    #[arg(long, requires_all = ["ca_file", "client_key_file"])]
    pub client_cert_file: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, requires = "client_cert_file")]
    pub client_key_file: Option<PathBuf>,
    /// A file with the API key. Without it the key comes from the environment (`TENURE_API_KEY`), then from data/api-key.
    #[arg(long)]
    pub key_file: Option<PathBuf>,
    /// Where to name the lines that were not taken in [default: FILE.errors.csv].
    #[arg(long)]
    pub errors: Option<PathBuf>,
    /// Say what would happen, and store nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Imports a file and prints a summary.
///
/// # Errors
/// When the file, the mapping or the key can't be read, or the server refuses the call or can't be reached. What was
/// acknowledged until then is stored, and running the import again brings in the rest.
pub async fn run(args: ImportArgs) -> anyhow::Result<ImportReport> {
    let report = execute(&args).await?;
    write!(std::io::stdout().lock(), "{report}").context("can't write to standard output")?;
    Ok(report)
}

async fn execute(args: &ImportArgs) -> anyhow::Result<ImportReport> {
    let mut lines = lines::open(&args.file, &args.mapping)?;
    let key = api_key(args.key_file.as_deref(), std::env::var(KEY_VARIABLE).ok())?;
    let client = connect(args, &key)?;
    let tally = Tally::new(errors_file(args)?, args.dry_run)?;
    let bar = progress(&args.file)?;
    let report = import(&mut lines, Door::new(&client, args.dry_run), tally, &bar).await;
    bar.finish_and_clear();
    report
}

fn connect(args: &ImportArgs, key: &str) -> anyhow::Result<Client> {
    let text = |file: &Path| fs::read_to_string(file).with_context(|| format!("{}", file.display()));
    let client = match (&args.ca_file, args.client_cert_file.as_ref().zip(args.client_key_file.as_ref())) {
        (None, _) => Client::connect(&args.endpoint, key),
        (Some(roots), None) => Client::connect_tls(&args.endpoint, key, &text(roots)?),
        (Some(roots), Some((certificate, private_key))) => {
            let shown = (&*text(certificate)?, &*text(private_key)?);
            Client::connect_mutual_tls(&args.endpoint, key, &text(roots)?, shown)
        }
    };
    client.with_context(|| args.endpoint.clone())
}

async fn import(
    lines: &mut Lines<File>,
    mut door: Door,
    mut tally: Tally,
    bar: &ProgressBar,
) -> anyhow::Result<ImportReport> {
    let begun = Instant::now();
    while let Some(line) = lines.next()? {
        match line.touchpoint {
            Ok(touchpoint) => {
                tally.sent(line.number);
                if let Some(answer) = door.send(touchpoint).await.map_err(|error| broken_off(error, &tally))? {
                    tally.answered(answer)?;
                    bar.set_position(lines.bytes());
                }
            }
            Err(violations) => tally.unreadable(line.number, &violations)?,
        }
    }
    while let Some(answer) = door.next().await.map_err(|error| broken_off(error, &tally))? {
        tally.answered(answer)?;
    }
    tally.finish(begun.elapsed().as_secs_f64())
}

fn broken_off(error: ClientError, tally: &Tally) -> anyhow::Error {
    anyhow::Error::new(error).context(match tally.report.received {
        0 => "nothing was taken in".to_owned(),
        received => format!("stopped after {received} lines, which stay; run it again for the rest"),
    })
}

/// A progress bar by bytes; it shows only on a terminal.
fn progress(file: &Path) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}")?;
    let bytes = fs::metadata(file).with_context(|| file.display().to_string())?.len();
    Ok(ProgressBar::new(bytes).with_style(style))
}

/// Where to name the lines that were not taken in. Never the input itself.
fn errors_file(args: &ImportArgs) -> anyhow::Result<PathBuf> {
    let errors = args.errors.clone().unwrap_or_else(|| {
        let mut name = args.file.clone().into_os_string();
        name.push(".errors.csv");
        name.into()
    });
    let real = |path: &Path| fs::canonicalize(path).ok();
    for input in [&args.file, &args.mapping] {
        if real(&errors).is_some() && real(&errors) == real(input) {
            bail!("{}: the errors would overwrite the input", errors.display());
        }
    }
    Ok(errors)
}

/// The API key, from a file or the environment.
fn api_key(file: Option<&Path>, variable: Option<String>) -> anyhow::Result<String> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("the API key in {}", path.display()));
    let key = match (file, variable) {
        (Some(file), _) => read(file)?,
        (None, Some(key)) => key,
        (None, None) => {
            read(Path::new(KEY_FILE)).context(format!("give an API key by --key-file or {KEY_VARIABLE}"))?
        }
    };
    Ok(key.trim().to_owned())
}
