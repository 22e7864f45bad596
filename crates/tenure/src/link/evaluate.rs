//! `tenure link evaluate`: clusters against a truth.

use std::{collections::HashMap, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use tenure_linkage::metrics::measure;

use super::{
    args::Source,
    dedupe,
    input::{Input, by_id},
    report::{AgainstTruth, Report},
    spec::Spec,
};
use crate::command::print;

/// Which files, and which clusters.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Files (CSV with a header, or Parquet) and a column with the truth (--truth, or that of the spec).
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// Clusters to measure (CSV: ids and `cluster_id`), of any tool. Without it the records are linked here.
    #[arg(long)]
    clusters: Option<PathBuf>,
    /// Print the metrics as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    let spec = Spec::read(args.source.spec.as_deref())?;
    let mut source_truth = args.source.truth.clone();
    if source_truth.is_none() {
        source_truth.clone_from(&spec.truth);
    }
    let Some(truth) = source_truth else { bail!("say which column has the truth: --truth COLUMN") };
    let source = args.source.with_truth(truth);
    let options = spec.options(source.threads)?;
    let input = Input::read(&args.files, &source, &spec)?;
    let truth = input.truth.as_deref().context("not every file has the truth")?;
    if let Some(path) = &args.clusters {
        input.progress.finish_and_clear();
        let metrics = AgainstTruth { metrics: measure(&clusters(path, &input)?, truth), blocking_ceiling: None };
        print(&if args.json { serde_json::to_string_pretty(&metrics)? } else { metrics.text().trim_end().to_owned() });
        return Ok(());
    }
    let linked = dedupe::linked(&input, &source, &options)?;
    let report = Report::of(&input.records, &linked, &options, Some(truth));
    if args.json {
        print(&serde_json::to_string_pretty(&dedupe::with_columns(&report, &input)?)?);
    } else {
        print(report.text().trim_end());
    }
    Ok(())
}

/// The cluster of each record; a record that is not named is alone.
fn clusters(path: &PathBuf, input: &Input) -> anyhow::Result<Vec<u32>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("can't read {}", path.display()))?;
    let headers = reader.headers()?.clone();
    let cluster = headers.iter().position(|header| header == "cluster_id").context("there is no column cluster_id")?;
    let id = (0..headers.len()).find(|column| *column != cluster).context("there is no column with ids")?;
    let places = by_id(&input.records);
    let mut clusters: Vec<u32> = (0..input.records.len() as u32).collect();
    let mut known: HashMap<String, u32> = HashMap::new();
    for row in reader.records() {
        let row = row?;
        let place = row.get(id).and_then(|id| places.get(id.trim()));
        let (Some(place), Some(name)) = (place, row.get(cluster)) else { continue };
        clusters[*place as usize] = *known.entry(name.to_owned()).or_insert(*place);
    }
    Ok(clusters)
}
