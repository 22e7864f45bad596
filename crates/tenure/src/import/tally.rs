//! Counting what became of the lines, and naming those that were not taken in.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use csv::Writer;
use tenure_kernel::{Reason, Violation};
use tenure_proto::collector::v1::{Outcome, outcome::Status};

use super::{door::Answer, report::ImportReport};

/// The counts, and the lines whose answer is still due.
pub(super) struct Tally {
    pub(super) report: ImportReport,
    due: VecDeque<u64>,
    errors: Errors,
}

impl Tally {
    /// Nothing counted yet; a file of errors that an earlier import left is gone.
    pub(super) fn new(errors: PathBuf, dry_run: bool) -> anyhow::Result<Self> {
        match fs::remove_file(&errors) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| errors.display().to_string());
            }
            _ => {}
        }
        let report = ImportReport { dry_run, ..ImportReport::default() };
        Ok(Self { report, due: VecDeque::new(), errors: Errors { path: errors, file: None } })
    }

    /// A line was sent.
    pub(super) fn sent(&mut self, line: u64) {
        self.due.push_back(line);
    }

    /// A line could not be read.
    pub(super) fn unreadable(&mut self, line: u64, violations: &[Violation]) -> anyhow::Result<()> {
        self.report.unreadable += 1;
        self.report.reported += 1;
        let reasons = violations.iter();
        reasons
            .map(|one| (one.reason.as_str(), one.field.as_str(), &*one.description))
            .try_for_each(|reason| self.errors.write(line, reason))
    }

    /// The oldest lines whose answer was due got it.
    pub(super) fn answered(&mut self, answer: Answer) -> anyhow::Result<()> {
        ensure!(answer.outcomes.len() <= self.due.len(), "the collector answered more than it was asked");
        for outcome in &answer.outcomes {
            let line = self.due.pop_front().unwrap_or_default();
            self.count(outcome.status());
            if !taken_in(outcome) {
                self.report.reported += 1;
                self.explain(line, outcome)?;
            }
        }
        if !answer.read_token.is_empty() {
            self.report.read_token = answer.read_token;
        }
        Ok(())
    }

    fn count(&mut self, status: Status) {
        let report = &mut self.report;
        report.received += 1;
        *match status {
            Status::Accepted => &mut report.accepted,
            Status::Duplicate => &mut report.duplicate,
            Status::Quarantined => &mut report.quarantined,
            Status::Suppressed => &mut report.suppressed,
            Status::Refused | Status::Unspecified => &mut report.refused,
        } += 1;
    }

    fn explain(&mut self, line: u64, outcome: &Outcome) -> anyhow::Result<()> {
        if outcome.violations.is_empty() {
            let status = outcome.status().as_str_name().trim_start_matches("STATUS_");
            return self.errors.write(line, (status, "", in_words(outcome.status())));
        }
        for violation in &outcome.violations {
            let reason = Reason::from_number(violation.reason).map_or("", Reason::as_str);
            self.errors.write(line, (reason, &violation.field, &violation.description))?;
        }
        Ok(())
    }

    /// The report, when every answer has come.
    pub(super) fn finish(mut self, seconds: f64) -> anyhow::Result<ImportReport> {
        ensure!(self.due.is_empty(), "the collector answered less than it was asked");
        self.report.errors = self.errors.close()?;
        Ok(ImportReport { seconds, ..self.report })
    }
}

/// Whether the line is stored. One that lies in quarantine since an earlier import is a duplicate, but not taken in.
fn taken_in(outcome: &Outcome) -> bool {
    match outcome.status() {
        Status::Accepted => true,
        Status::Duplicate => outcome.quarantine_id.is_empty(),
        _ => false,
    }
}

fn in_words(status: Status) -> &'static str {
    match status {
        Status::Duplicate => "in quarantine since an earlier import",
        Status::Suppressed => "its source record was erased",
        Status::Refused => "the quarantine is full",
        _ => "not taken in",
    }
}

/// The file that names the lines which were not taken in; made with the first one.
struct Errors {
    path: PathBuf,
    file: Option<Writer<File>>,
}

impl Errors {
    fn write(&mut self, line: u64, (reason, field, description): (&str, &str, &str)) -> anyhow::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(create(&self.path)?),
        };
        file.write_record([line.to_string().as_str(), reason, field, description]).with_context(|| named(&self.path))
    }

    fn close(self) -> anyhow::Result<Option<PathBuf>> {
        let Some(mut file) = self.file else { return Ok(None) };
        file.flush().with_context(|| named(&self.path))?;
        Ok(Some(self.path))
    }
}

fn create(path: &Path) -> anyhow::Result<Writer<File>> {
    let file =
        File::create_new(path).with_context(|| format!("{}; choose another place with --errors", named(path)))?;
    let mut file = Writer::from_writer(file);
    file.write_record(["line", "reason", "field", "description"]).with_context(|| named(path))?;
    Ok(file)
}

fn named(path: &Path) -> String {
    format!("can't write {}", path.display())
}
