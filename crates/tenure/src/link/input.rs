//! CSV files as records.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use csv::ByteRecord;
use indicatif::{ProgressBar, ProgressStyle};
use tenure_linkage::{Records, Schema};

use super::{args::Source, columns::Columns, spec::Spec};

/// How many rows, about, columns are recognised by. Which ones depends on what stands in them, not on where they stand.
const SAMPLE: u64 = 2_000;
/// How many bytes a row has, about.
const ROW: u64 = 100;

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
        let mut truths: Vec<String> = Vec::new();
        let mut schemas = Vec::new();
        for (number, path) in files.iter().enumerate() {
            let number = u8::try_from(number).context("at most 256 files")?;
            let columns = sampled(path, source, spec)?;
            let headers = rows(path, &progress, |row| {
                let cell = |column: usize| lossy(row, column);
                let cells: Vec<Cow<'_, str>> = (0..columns.schema.roles().len()).map(cell).collect();
                let id = columns.id.map(|column| cells[column].trim());
                records.push(&columns.schema, id, number, |column| cells[column].as_ref());
                truths.extend(columns.truth.map(|column| cells[column].trim().to_owned()));
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
    let headers = rows(path, &ProgressBar::hidden(), |row| {
        if drawn_by(row).is_multiple_of(every) {
            drawn.push((0..row.len()).map(|column| lossy(row, column).into_owned()).collect());
        }
    })?;
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let sample: Vec<Vec<&str>> = drawn.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    Columns::of(&headers, &sample, source, spec).with_context(|| format!("{}", path.display()))
}

/// A number that depends on what stands in a row (FNV-1a).
fn drawn_by(row: &ByteRecord) -> u64 {
    let hash = row
        .as_slice()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash >> 20
}

fn lossy(row: &ByteRecord, column: usize) -> Cow<'_, str> {
    String::from_utf8_lossy(row.get(column).unwrap_or_default())
}

/// Reads every row of a file; returns the headers. A row may have fewer cells than there are headers.
fn rows(path: &Path, progress: &ProgressBar, mut row: impl FnMut(&ByteRecord)) -> anyhow::Result<Vec<String>> {
    let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    let mut file = BufReader::with_capacity(1 << 16, progress.wrap_read(file));
    let delimiter = delimiter(file.fill_buf().with_context(|| format!("can't read {}", path.display()))?);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(&mut file as &mut dyn Read);
    let headers = reader.byte_headers().with_context(|| format!("the header of {}", path.display()))?.clone();
    let mut one = ByteRecord::new();
    while reader.read_byte_record(&mut one).with_context(|| format!("{}", path.display()))? {
        row(&one);
    }
    let name = |column: usize| lossy(&headers, column).trim_start_matches('\u{feff}').trim().to_owned();
    Ok((0..headers.len()).map(name).collect())
}

/// What parts the cells: what is most frequent in the first line of comma, semicolon and tab.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Where the record of each id is.
pub(crate) fn by_id(records: &Records) -> HashMap<&str, u32> {
    let mut places = HashMap::with_capacity(records.len());
    for record in 0..records.len() {
        places.entry(records.id(record)).or_insert(record as u32);
    }
    places
}
