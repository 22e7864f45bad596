//! What all verbs of `tenure link` ask.

use std::path::PathBuf;

use clap::Args;

/// Which records, and what is known of them.
#[derive(Debug, Clone, Args)]
pub(crate) struct Source {
    /// What the columns mean, which keys, which thresholds (TOML): a file, or the name of a ready spec: `customers-nl`,
    /// `febrl`, `fake`, `rldata`. Without it columns are recognised by their names and values.
    #[arg(long)]
    pub(crate) spec: Option<String>,
    /// The column that names a record [default: that of the spec, else rec_id or id, else the number of the row from 0].
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The column that says who is who in truth. It is used for metrics only, never for linking.
    #[arg(long)]
    pub(crate) truth: Option<String>,
    /// The country (ISO 3166, two letters) in which phone numbers without a country code are read [default: that of the
    /// spec, else that of most phone numbers with a code, else NL].
    #[arg(long)]
    pub(crate) country: Option<String>,
    /// A model to weigh with, as `tenure link train` writes it. Without it one is trained on the records, without labels.
    #[arg(long)]
    pub(crate) model: Option<PathBuf>,
    /// Pairs that somebody judged (CSV: two columns with ids and `is_match`): the model learns from them.
    #[arg(long)]
    pub(crate) labels: Option<PathBuf>,
    /// Pairs that somebody decided (CSV like labels): they are in one cluster, or not, whatever their weight.
    #[arg(long)]
    pub(crate) decisions: Option<PathBuf>,
    /// How many threads; the result is the same for any number [default: one for each processor, four at most].
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// No progress.
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl Source {
    /// The same with a column of truth.
    pub(crate) fn with_truth(&self, truth: String) -> Self {
        Self { truth: Some(truth), ..self.clone() }
    }
}
