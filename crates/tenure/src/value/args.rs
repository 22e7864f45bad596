//! What all verbs of `tenure value` ask.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// Mean days of a year.
const DAYS_PER_YEAR: f64 = 365.25;

/// A file, and what stands in it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Source {
    /// A summary with a line for each customer, a log with a line for each purchase (--log), or a table of how many of a
    /// cohort are left (for sbg and bdw). CSV with a header, or Parquet.
    pub(crate) file: PathBuf,
    /// Which columns of a summary or survival table to read: names in the order frequency,recency,T,monetary_value,weight
    /// (period,survivors for a survival table), or ROLE=NAME for any of them and customer [default: those names].
    #[arg(long, value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    #[command(flatten)]
    pub(crate) log: LogArgs,
    /// The unit of time of the model: that of a summary's times, or that in which a log is counted [default: week, or that of
    /// the fit].
    #[arg(long, value_enum)]
    pub(crate) unit: Option<Unit>,
    /// The last day of a log that counts, YYYY-MM-DD [default: the last one in the file]; of a survival table the last period.
    #[arg(long)]
    pub(crate) until: Option<String>,
    /// How many customers a survival table starts with, where it is a table of parts or per cents.
    #[arg(long)]
    pub(crate) customers: Option<f64>,
}

/// How a file was read, for another run to read it alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ReadAs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<String>,
    log: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl ReadAs {
    pub(crate) fn of(source: &Source) -> Self {
        let log = source.log.clone();
        Self {
            columns: source.columns.clone(),
            log: log.log,
            customer: log.customer,
            date: log.date,
            amount: log.amount,
            currency: log.currency,
            until: source.until.clone(),
        }
    }

    /// The source, read like this unless it says itself how, or has not the columns for it.
    pub(crate) fn or(&self, source: &Source, headers: &[String]) -> Source {
        let mut source = source.clone();
        let told = source.log.log || source.log.date.is_some() || !source.columns.is_empty();
        let has = |name: &str| headers.iter().any(|header| header == name);
        let named = self.columns.iter().map(|one| one.split_once('=').map_or(one.as_str(), |(_, name)| name));
        let fits = if self.log { has(self.date.as_deref().unwrap_or("date")) } else { named.clone().all(has) };
        if told || !fits {
            return source;
        }
        source.columns.clone_from(&self.columns);
        source.log.log = self.log;
        source.log.date.clone_from(&self.date);
        let fill = |mine: &mut Option<String>, theirs: &Option<String>| {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        };
        fill(&mut source.log.customer, &self.customer);
        fill(&mut source.log.amount, &self.amount);
        fill(&mut source.log.currency, &self.currency);
        if self.log {
            fill(&mut source.until, &self.until);
        }
        source
    }
}

impl Source {
    /// The unit of time that was asked for, or the usual one.
    pub(crate) fn unit(&self) -> Unit {
        self.unit.unwrap_or(Unit::Week)
    }
}

/// The columns of a log.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogArgs {
    /// The file is a log: a line for each purchase.
    #[arg(long)]
    pub(crate) log: bool,
    /// The column of a log (or a summary) that names the customer [default: customer, else customer_id or id].
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// The column of a log with the date, YYYY-MM-DD; a time of day after it is left aside [default: date].
    #[arg(long)]
    pub(crate) date: Option<String>,
    /// The column of a log with the amount, for value [default: amount, if there is one].
    #[arg(long)]
    pub(crate) amount: Option<String>,
    /// The column of a log with the currency of the amount; there must be one only [default: currency, if there is one].
    #[arg(long)]
    pub(crate) currency: Option<String>,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    /// A day.
    Day,
    /// Seven days.
    Week,
    /// A twelfth of a year.
    Month,
    /// 365.25 days.
    Year,
}

impl Unit {
    /// How many days it has.
    pub(crate) fn days(self) -> f64 {
        match self {
            Self::Day => 1.0,
            Self::Week => 7.0,
            Self::Month => DAYS_PER_YEAR / 12.0,
            Self::Year => DAYS_PER_YEAR,
        }
    }

    /// The continuous force of discount for this unit, of a rate a year.
    pub(crate) fn force(self, annual: f64) -> f64 {
        annual.ln_1p() * self.days() / DAYS_PER_YEAR
    }

    /// Its name for many.
    pub(crate) fn many(self) -> &'static str {
        match self {
            Self::Day => "days",
            Self::Week => "weeks",
            Self::Month => "months",
            Self::Year => "years",
        }
    }
}
