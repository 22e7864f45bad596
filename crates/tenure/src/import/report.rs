//! What an import did.

use std::{fmt, path::PathBuf, process::ExitCode};

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportReport {
    /// Lines that the collector judged: the sum of the next five.
    pub received: u64,
    /// Stored; in a dry run: would be.
    pub accepted: u64,
    /// There already. After a broken connection also lines that this very import had stored before it broke.
    pub duplicate: u64,
    /// Set aside by the collector, to be corrected and replayed.
    pub quarantined: u64,
    /// Of source records that were erased; nothing was stored.
    pub suppressed: u64,
    /// Not stored, because the quarantine is full.
    pub refused: u64,
    /// Lines that could not be read, and were not sent.
    pub unreadable: u64,
    /// Lines that are in the file of errors.
    pub reported: u64,
    /// Where each line that was not taken in is named, with its reasons; `None` when there is none.
    pub errors: Option<PathBuf>,
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// How long it took.
    pub seconds: f64,
    /// For `read_after`: a read with it has seen every line.
    pub read_token: String,
}

/// The exit code when some lines were not taken in.
const NOT_ALL: u8 = 3;

impl ImportReport {
    /// 0 when every line was taken in, now or before; 3 when some were not.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.reported == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_ALL) }
    }

    fn rows_per_second(&self) -> f64 {
        let rows = u32::try_from(self.received + self.unreadable).unwrap_or(u32::MAX);
        f64::from(rows) / self.seconds.max(1e-3)
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            writeln!(f, "dry run: nothing was stored")?;
        }
        let counts = [
            ("received", self.received),
            ("accepted", self.accepted),
            ("duplicate", self.duplicate),
            ("quarantined", self.quarantined),
            ("suppressed", self.suppressed),
            ("refused", self.refused),
            ("unreadable", self.unreadable),
        ];
        for (name, count) in counts {
            writeln!(f, "{name:<12}{count:>12}")?;
        }
        writeln!(f, "{:<12}{:>12.2}", "seconds", self.seconds)?;
        writeln!(f, "{:<12}{:>12.0}", "rows/s", self.rows_per_second())?;
        if !self.read_token.is_empty() {
            writeln!(f, "{:<12}{}", "read token", self.read_token)?;
        }
        if let Some(errors) = &self.errors {
            writeln!(f, "{} lines were not taken in; see {}", self.reported, errors.display())?;
        }
        Ok(())
    }
}
