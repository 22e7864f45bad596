//! Files as records.

use std::{
    borrow::Cow,
    collections::HashMap,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use tenure_linkage::{Records, Schema};

use super::{args::Source, columns::Columns, rows::rows, spec::Spec};

/// How many rows, about, columns are recognised by. Which ones depends on what stands in them, not on where they stand.
const SAMPLE: u64 = 2_000;
/// How many bytes a row has, about.
const ROW: u64 = 100;
/// For how many records room is made at most before they are there.
const MOST_ROOM: u64 = 4_000_000;

/// Everything that was read.
pub(crate) struct Input {
    pub(crate) records: Records,
    /// The truth of each record in the order of the records, if it was told.
    pub(crate) truth: Option<Vec<u32>>,
    /// What the columns of each file mean.
    pub(crate) schemas: Vec<(PathBuf, Vec<String>, Schema)>,
    pub(crate) progress: ProgressBar,
}

impl Input {
    /// Reads files. The progress goes on after reading; whoever is done ends it.
    pub(crate) fn read(files: &[PathBuf], source: &Source, spec: &Spec) -> anyhow::Result<Self> {
        let size: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
        let progress = if source.quiet { ProgressBar::hidden() } else { ProgressBar::new(size) };
        progress.set_style(ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}")?);
        progress.set_message("reading");
        let mut records = Records::default();
        records.reserve((size / ROW).min(MOST_ROOM) as usize);
        let mut truths: Vec<String> = Vec::new();
        let mut schemas = Vec::new();
        for (number, path) in files.iter().enumerate() {
            let number = u8::try_from(number).context("at most 256 files")?;
            let columns = sampled(path, source, spec)?;
            let headers = rows(path, &progress, &mut |cells| {
                let cell = |column: usize| cells.get(column).map_or("", AsRef::as_ref);
                let id = columns.id.map(|column| cell(column).trim());
                records.push(&columns.schema, id, number, cell);
                truths.extend(columns.truth.map(|column| cell(column).trim().to_owned()));
                ControlFlow::Continue(())
            })?;
            schemas.push((path.clone(), headers, columns.schema));
        }
        if records.is_empty() {
            bail!("there are no records");
        }
        records.finish();
        let truth = (truths.len() == records.len()).then(|| numbered(&records, &truths));
        progress.set_style(ProgressStyle::with_template("{spinner} {msg} {elapsed}")?);
        if !source.quiet {
            progress.enable_steady_tick(Duration::from_millis(200));
        }
        Ok(Self { records, truth, schemas, progress })
    }
}

/// The truth of each record as a number.
fn numbered(records: &Records, truths: &[String]) -> Vec<u32> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut number = |record: usize| {
        let next = known.len() as u32;
        *known.entry(truths[records.came(record)].as_str()).or_insert(next)
    };
    (0..records.len()).map(&mut number).collect()
}

/// Recognises the columns of a file from rows that are drawn by their content.
fn sampled(path: &Path, source: &Source, spec: &Spec) -> anyhow::Result<Columns> {
    let every = path.metadata().map_or(1, |metadata| (metadata.len() / ROW / SAMPLE).max(1));
    let mut drawn: Vec<Vec<String>> = Vec::new();
    let told = Columns::are_told(source, spec);
    let headers = rows(path, &ProgressBar::hidden(), &mut |row| {
        if told {
            return ControlFlow::Break(());
        }
        if drawn_by(row).is_multiple_of(every) {
            drawn.push(row.iter().map(|cell| cell.clone().into_owned()).collect());
        }
        ControlFlow::Continue(())
    })?;
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let sample: Vec<Vec<&str>> = drawn.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    Columns::of(&headers, &sample, source, spec).with_context(|| format!("{}", path.display()))
}

/// A number that depends on what stands in a row (FNV-1a).
fn drawn_by(row: &[Cow<'_, str>]) -> u64 {
    let bytes = row.iter().flat_map(|cell| cell.bytes().chain([0]));
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash >> 20
}

/// Where the record of each id is.
pub(crate) fn by_id(records: &Records) -> HashMap<&str, u32> {
    let mut places = HashMap::with_capacity(records.len());
    for record in 0..records.len() {
        places.entry(records.id(record)).or_insert(record as u32);
    }
    places
}
