//! The lines of a file, one after the other.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use anyhow::{Context as _, anyhow, ensure};
use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use tenure_kernel::Violation;
use tenure_proto::collector::v1::Touchpoint;
use toml::{Table, Value};

use super::{
    event_id::EventIds,
    mapping::{self, Mapping},
    metered::{Meter, Metered},
    row::Row,
};

/// A line and what it became.
pub(super) struct Line {
    /// Its number in the file, from 1; of one that spans several, the first.
    pub(super) number: u64,
    /// The touchpoint, or all that keeps it from being one.
    pub(super) touchpoint: Result<Touchpoint, Vec<Violation>>,
}

/// A CSV file under a mapping. Holds one line at a time.
pub(super) struct Lines<R> {
    reader: Reader<Metered<R>>,
    meter: Meter,
    header: Vec<String>,
    mapping: Mapping,
    ids: EventIds,
    record: ByteRecord,
}

/// Opens a file and reads its mapping.
///
/// # Errors
/// When either can't be read, with everything that is wrong with the mapping.
pub(super) fn open(file: &Path, mapping: &Path) -> anyhow::Result<Lines<File>> {
    let text = fs::read_to_string(mapping).with_context(|| mapping.display().to_string())?;
    let table = text.parse().with_context(|| mapping.display().to_string())?;
    let opened = File::open(file).with_context(|| file.display().to_string())?;
    Lines::new(opened, &table).with_context(|| format!("{} with {}", file.display(), mapping.display()))
}

/// The names of the columns.
fn names(header: &ByteRecord) -> anyhow::Result<Vec<String>> {
    let names = header.iter().map(|cell| str::from_utf8(cell).map(|name| name.trim().to_owned()));
    let names = names.collect::<Result<Vec<_>, _>>().context("the header is not UTF-8")?;
    let twice = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name));
    ensure!(twice.is_none(), "two columns have the name \"{}\"", twice.map_or("", |(_, name)| name));
    Ok(names)
}

/// The record without the carriage return at its end.
fn without_return(record: ByteRecord) -> ByteRecord {
    match record.iter().next_back().and_then(|last| last.strip_suffix(b"\r")) {
        None => record,
        Some(last) => record.iter().take(record.len() - 1).chain([last]).collect(),
    }
}

impl<R: Read> Lines<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When there is none, or the mapping does not fit it, with every problem.
    pub(super) fn new(input: R, table: &Table) -> anyhow::Result<Self> {
        let delimiter = table.get("delimiter").and_then(Value::as_str).and_then(mapping::delimiter);
        let (input, meter) = Metered::new(input);
        // With line feeds as the only ends, the reader's line numbers can be relied on. Carriage returns are taken off here.
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter.unwrap_or(b','))
            .terminator(Terminator::Any(b'\n'))
            .from_reader(input);
        let mut record = ByteRecord::new();
        ensure!(reader.read_byte_record(&mut record)?, "the file is empty");
        meter.record_read();
        let header = names(&without_return(record))?;
        let mapping = Mapping::read(table, &header)
            .map_err(|problems| anyhow!("the mapping is wrong or does not fit:\n  {}", problems.join("\n  ")))?;
        let ids = EventIds::new(&header);
        Ok(Self { reader, meter, header, mapping, ids, record: ByteRecord::new() })
    }

    /// The next line; `None` after the last one. Empty lines are passed over.
    ///
    /// # Errors
    /// When the file can't be read any further.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Line>> {
        loop {
            let begun = self.reader.position().line();
            let read = self.reader.read_byte_record(&mut self.record);
            if !read.with_context(|| format!("after line {}", begun - 1))? {
                return Ok(None);
            }
            self.meter.record_read();
            let within = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
            let number = self.reader.position().line() - 1 - within;
            self.record = without_return(std::mem::take(&mut self.record));
            if self.record.len() > 1 || self.record.get(0).is_some_and(|cell| !cell.is_empty()) {
                return Ok(Some(self.read(number)));
            }
        }
    }

    fn read(&mut self, number: u64) -> Line {
        let row = Row::new(&self.header, &self.record);
        Line { number, touchpoint: row.and_then(|row| self.mapping.touchpoint(&row, &mut self.ids)) }
    }

    /// How many bytes were read.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.position().byte()
    }
}
