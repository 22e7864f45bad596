//! The fault table: rows, the cases of a row, and what came of them.

use std::{fmt, time::Duration};

use futures::future::BoxFuture;

use super::oracle::Verdict;

/// The kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A folder of SQLite files, and one process.
    Sqlite,
    /// PostgreSQL, and several replicas.
    Postgres,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// A row of the table.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its number, as in the failure model.
    pub id: &'static str,
    /// The fault, in words.
    pub fault: &'static str,
    /// On what it is played.
    pub kinds: &'static [Kind],
    /// Plays it.
    pub play: fn(Case) -> BoxFuture<'static, anyhow::Result<Played>>,
}

/// One play of a row.
#[derive(Debug, Clone)]
pub struct Case {
    /// On what.
    pub kind: Kind,
    /// How many replicas of each service on PostgreSQL.
    pub replicas: usize,
    /// From what chance follows.
    pub seed: u64,
    /// How often the fault comes, more or less.
    pub rounds: u32,
    /// Whether each service has processes of its own on PostgreSQL; if not, each process hosts all.
    pub apart: bool,
    /// Whether the servers speak TLS on PostgreSQL.
    pub tls: bool,
    /// Whether figures are judged that depend on how fast and how busy the machine is: in the long form.
    pub figures: bool,
}

/// What came of a play.
#[derive(Debug)]
pub enum Played {
    /// It can't be played here.
    Skipped(&'static str),
    /// The oracle spoke.
    Judged {
        /// What it said.
        verdict: Verdict,
        /// From the end of the fault to the first calls that were served again, the longest of the play.
        recovery: Option<Duration>,
        /// What the row found worth telling.
        notes: String,
    },
}

impl Played {
    /// A verdict.
    #[must_use]
    pub fn judged(verdict: Verdict, recovery: Option<Duration>, notes: impl Into<String>) -> Self {
        Self::Judged { verdict, recovery, notes: notes.into() }
    }
}

impl Case {
    /// A number that follows from the seed and a name, from 0 to below a limit.
    #[must_use]
    pub fn choose(&self, name: &str, below: u64) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        (self.seed, name).hash(&mut hasher);
        hasher.finish() % below.max(1)
    }
}

/// The results of a row on a store, as a line of the table.
#[derive(Debug, Default)]
pub struct Line {
    seeds: usize,
    acknowledged: usize,
    lost: usize,
    doubled: usize,
    phantom: usize,
    different: usize,
    wrong: usize,
    recovery: Duration,
    failed: bool,
    remarks: Vec<String>,
}

/// The head of the table.
pub const HEAD: &str =
    "row  store     replicas  seeds  acknowledged  lost  doubled  phantom  rebuilt=live  wrong  recovery  remarks";

impl Line {
    /// Adds a play.
    pub fn add(&mut self, seed: u64, played: anyhow::Result<Played>) {
        self.seeds += 1;
        match played {
            Ok(Played::Skipped(why)) => self.remark(format!("SKIPPED: {why}")),
            Ok(Played::Judged { verdict, recovery, notes }) => {
                self.acknowledged += verdict.acknowledged;
                self.lost += verdict.lost;
                self.doubled += verdict.doubled;
                self.phantom += verdict.phantom;
                self.different += usize::from(!verdict.rebuilt);
                self.wrong += verdict.wrong;
                self.recovery = self.recovery.max(recovery.unwrap_or_default());
                self.failed |= !verdict.is_sound();
                self.remark(notes);
                let findings = verdict.findings.into_iter().map(|finding| format!("seed {seed}: {finding}"));
                self.remarks.extend(findings);
            }
            Err(error) => {
                self.failed = true;
                self.remark(format!("seed {seed}: {error:#}"));
            }
        }
    }

    fn remark(&mut self, text: String) {
        if !text.is_empty() && !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    /// Whether a play failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// The line.
    #[must_use]
    pub fn show(&self, row: &Row, kind: Kind, replicas: usize) -> String {
        let replicas = if kind == Kind::Sqlite { 1 } else { replicas };
        let equal = if self.different == 0 { "yes".to_owned() } else { format!("NO in {}", self.different) };
        let failed = if self.failed { "FAILED " } else { "" };
        format!(
            "{:<4} {:<9} {:>8} {:>6} {:>13} {:>5} {:>8} {:>8} {:>13} {:>6} {:>7} ms  {failed}{}",
            row.id,
            kind.to_string(),
            replicas,
            self.seeds,
            self.acknowledged,
            self.lost,
            self.doubled,
            self.phantom,
            equal,
            self.wrong,
            self.recovery.as_millis(),
            self.remarks.join("; ")
        )
    }
}
