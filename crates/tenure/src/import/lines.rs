//! The lines of a file, one after the other.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use anyhow::{Context as _, anyhow, bail, ensure};
use tenure_kernel::{Reason, Violation};
use tenure_proto::collector::v1::Touchpoint;
use toml::{Table, Value};

use super::{
    cells::Cells,
    event_id::EventIds,
    mapping::{self, Mapping},
    records::{Fault, Record, Records},
    row::Row,
};

/// A line and what it became.
pub(super) struct Line {
    /// Its number in the file, from 1; of one that spans several, the first.
    pub(super) number: u64,
    /// The touchpoint, or all that keeps it from being one.
    pub(super) touchpoint: Result<Touchpoint, Vec<Violation>>,
}

/// A CSV file under a mapping. Holds one record at a time.
pub(super) struct Lines<R> {
    records: Records<R>,
    header: Vec<String>,
    mapping: Mapping,
    ids: EventIds,
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

/// The names of the columns, in the first line that is not empty.
fn header<R: Read>(records: &mut Records<R>) -> anyhow::Result<Vec<String>> {
    loop {
        let record = records.next(None)?.context("the file is empty")?;
        match record.fault {
            Some(Fault::OpenQuote) => bail!("the header opens a quote and does not close it"),
            Some(Fault::TooLong) => bail!("the header is larger than 1 MiB"),
            None if records.cells().is_blank() => {}
            None => return names(records.cells()),
        }
    }
}

fn names(header: &Cells) -> anyhow::Result<Vec<String>> {
    let names = header.iter().map(|cell| str::from_utf8(cell).map(|name| name.trim().to_owned()));
    let names = names.collect::<Result<Vec<_>, _>>().context("the header is not UTF-8")?;
    let twice = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name));
    ensure!(twice.is_none(), "two columns have the name \"{}\"", twice.map_or("", |(_, name)| name));
    Ok(names)
}

impl<R: Read> Lines<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When there is none, or the mapping does not fit it, with every problem.
    pub(super) fn new(input: R, table: &Table) -> anyhow::Result<Self> {
        let delimiter = table.get("delimiter").and_then(Value::as_str).and_then(mapping::delimiter);
        let mut records = Records::new(input, delimiter.unwrap_or(b','))?;
        let header = header(&mut records)?;
        let mapping = Mapping::read(table, &header)
            .map_err(|problems| anyhow!("the mapping is wrong or does not fit:\n  {}", problems.join("\n  ")))?;
        let ids = EventIds::new(&header);
        Ok(Self { records, header, mapping, ids })
    }

    /// The next line; `None` after the last one. Empty lines are passed over.
    ///
    /// # Errors
    /// When the file can't be read any further.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Line>> {
        while let Some(record) = self.records.next(Some(self.header.len())).context("can't read on")? {
            if record.fault.is_some() || !self.records.cells().is_blank() {
                return Ok(Some(Line { number: record.first, touchpoint: self.read(&record) }));
            }
        }
        Ok(None)
    }

    fn read(&mut self, record: &Record) -> Result<Touchpoint, Vec<Violation>> {
        match record.fault {
            Some(Fault::OpenQuote) => return Err(vec![self.open_quote()]),
            Some(Fault::TooLong) => return Err(vec![Violation::new("", Reason::ItemTooLarge, "larger than 1 MiB")]),
            None => {}
        }
        let row = Row::new(&self.header, self.records.cells());
        let mut touchpoint = row.and_then(|row| self.mapping.touchpoint(&row, &mut self.ids));
        if let Err(violations) = &mut touchpoint
            && record.last > record.first
        {
            let text = format!("the record ends on line {}: is a quote not closed?", record.last);
            violations.push(Violation::new("", Reason::FieldMalformed, text));
        }
        touchpoint
    }

    fn open_quote(&self) -> Violation {
        let columns = self.header.len();
        let text = format!(
            "a quote is opened and not closed on this line, and no later line completes a record of {columns} columns"
        );
        Violation::new("", Reason::FieldMalformed, text)
    }

    /// How many bytes were read.
    pub(super) fn bytes(&self) -> u64 {
        self.records.bytes()
    }
}
