//! The file of an audit: a line for each survey that was sent.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use anyhow::{Context as _, bail};
use csv::ByteRecord;
use tenure_expectation::audit::{Auditor, Case, Field, MOST_OF_CUSTOMER, Scale, crowded};
use tenure_kernel::Timestamp;

use super::faults::Faults;
use crate::link::rows::delimiter;

const CASE: &str = "case_id";
const PROMISED: &str = "promised_by";
const EXPERIENCED: &str = "experienced_at";
const SENT: &str = "survey_sent_at";
const SCORE: &str = "score";
const CUSTOMER: &str = "customer";
const OPENED: &str = "complaint_opened_at";
const CLOSED: &str = "complaint_closed_at";

const REQUIRED: [&str; 5] = [CASE, PROMISED, EXPERIENCED, SENT, SCORE];
const OPTIONAL: [&str; 3] = [CUSTOMER, OPENED, CLOSED];

/// The cases of a file, and on which line each begins.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) cases: Vec<Case>,
    pub(crate) lines: Vec<u64>,
}

/// Reads a file whole, or says everything that is wrong with it.
pub(crate) fn read(path: &Path, auditor: &Auditor, scale: Scale) -> anyhow::Result<Rows> {
    let cannot = || format!("can't read {}", path.display());
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).with_context(cannot)?);
    let delimiter = delimiter(file.fill_buf().with_context(cannot)?);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
    let headers: Vec<String> = reader.byte_headers().with_context(cannot)?.iter().map(header).collect();
    let places = places(&headers).with_context(|| format!("{}", path.display()))?;
    let (mut rows, mut faults, mut record) = (Rows::default(), Faults::default(), ByteRecord::new());
    while reader.read_byte_record(&mut record).with_context(cannot)? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() > headers.len() {
            faults.of_line(line, format!("{} cells, and the header has {}", record.len(), headers.len()));
            continue;
        }
        let mut row = Row { places: &places, record: &record, line, auditor, faults: &mut faults };
        if let Some(case) = row.case(scale) {
            rows.cases.push(case);
            rows.lines.push(line);
        }
    }
    for (place, count) in crowded(&rows.cases) {
        let what = format!("is that of {count} surveys; at most {MOST_OF_CUSTOMER} can be judged for one");
        let column = if rows.cases[place].customer.is_some() { CUSTOMER } else { CASE };
        faults.of_cell(rows.lines[place], column, &what);
    }
    faults.none(path).map(|()| rows)
}

fn header(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').trim().to_owned()
}

/// Where each column is, by its name.
fn places(headers: &[String]) -> anyhow::Result<Vec<(&'static str, usize)>> {
    let all = REQUIRED.iter().chain(&OPTIONAL);
    let of = |name: &str| headers.iter().position(|header| header == name);
    let missing: Vec<&str> = REQUIRED.into_iter().filter(|name| of(name).is_none()).collect();
    if !missing.is_empty() {
        bail!("line 1: there is no column {}; there are {}", missing.join(", "), headers.join(", "));
    }
    let twice: Vec<&str> =
        all.clone().filter(|name| headers.iter().filter(|header| header == *name).count() > 1).copied().collect();
    if !twice.is_empty() {
        bail!("line 1: there is more than one column {}", twice.join(", "));
    }
    Ok(all.filter_map(|name| Some((*name, of(name)?))).collect())
}

/// A line that is being read.
struct Row<'a> {
    places: &'a [(&'static str, usize)],
    record: &'a ByteRecord,
    line: u64,
    auditor: &'a Auditor,
    faults: &'a mut Faults,
}

impl<'a> Row<'a> {
    /// The case, or none and everything that is wrong with it.
    fn case(&mut self, scale: Scale) -> Option<Case> {
        let happened = |auditor: &Auditor, text: &str| auditor.happened(text);
        let promised = self.time(PROMISED, |auditor, text| auditor.due(text));
        let (sent, experienced) = (self.time(SENT, happened), self.time(EXPERIENCED, happened));
        let (opened, closed) = (self.time(OPENED, happened), self.time(CLOSED, happened));
        let score = self.score();
        for (column, given) in [(PROMISED, &promised), (SENT, &sent)] {
            if matches!(given, Ok(None)) {
                self.faults.of_cell(self.line, column, "is missing");
            }
        }
        let customer = Some(self.text(CUSTOMER).into_owned()).filter(|name| !name.is_empty());
        let case = Case {
            // What is not known takes no part in what is looked at.
            sent_at: sent.ok().flatten().unwrap_or_default(),
            case: self.text(CASE).into_owned(),
            customer,
            promised_by: promised.ok().flatten().unwrap_or_default(),
            experienced_at: experienced.ok().flatten(),
            complaint_opened_at: opened.ok().flatten(),
            complaint_closed_at: closed.ok().flatten().filter(|_| opened.is_ok()),
            score: score.ok().flatten(),
        };
        for wrong in case.wrong(scale) {
            let column = match wrong.field {
                Field::Case => CASE,
                Field::ComplaintClosed => CLOSED,
                Field::Score => SCORE,
            };
            self.faults.of_cell(self.line, column, &wrong.what);
        }
        let told = matches!((promised, sent), (Ok(Some(_)), Ok(Some(_))));
        told.then_some(case)
    }

    fn text(&self, column: &str) -> Cow<'a, str> {
        let place = self.places.iter().find(|(name, _)| *name == column).map(|(_, place)| *place);
        let cell = place.and_then(|place| self.record.get(place)).unwrap_or_default();
        String::from_utf8_lossy(cell.trim_ascii())
    }

    /// The time in a cell, none if it is empty; or that it is none, which is noted.
    fn time(
        &mut self,
        column: &str,
        read: impl Fn(&Auditor, &str) -> Option<Timestamp>,
    ) -> Result<Option<Timestamp>, Unread> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(at) = read(self.auditor, &text) {
            return Ok(Some(at));
        }
        let what = format!("\"{text}\" is no time from 1900 through 2199, YYYY-MM-DD or as in RFC 3339");
        self.faults.of_cell(self.line, column, &what);
        Err(Unread)
    }

    /// The same of the score.
    fn score(&mut self) -> Result<Option<i32>, Unread> {
        let text = self.text(SCORE);
        if text.is_empty() {
            return Ok(None);
        }
        // Files that passed through a spreadsheet have 4.0 for 4.
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        if let Ok(score) = whole.parse() {
            return Ok(Some(score));
        }
        let what = format!("\"{text}\" is no whole number");
        self.faults.of_cell(self.line, SCORE, &what);
        Err(Unread)
    }
}

/// That a cell could not be read; what is wrong with it was noted.
#[derive(Debug, Clone, Copy)]
struct Unread;
