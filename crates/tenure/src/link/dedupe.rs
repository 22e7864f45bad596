//! `tenure link dedupe` and `tenure link match`: records in, clusters out.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tenure_linkage::{
    Linked, Options, Role,
    model::{Model, probability, refine},
    pipeline::{Stage, dedupe_telling},
};

use super::{args::Source, input::Input, labels, report::Report, spec::Spec};
use crate::command::print;

/// Which files, and what to write.
#[derive(Debug, Args)]
pub(crate) struct DedupeArgs {
    /// Files (CSV with a header, or Parquet); together they are one set.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    outputs: Outputs,
}

/// Which two files, and what to write.
#[derive(Debug, Args)]
pub(crate) struct MatchArgs {
    /// A file (CSV with a header, or Parquet) in which nobody is twice.
    left: PathBuf,
    /// Another.
    right: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    outputs: Outputs,
}

/// What to write.
#[derive(Debug, Args)]
struct Outputs {
    /// Where to write the clusters: the id column and `cluster_id`, one line a record, in the order of the input.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Where to write the pairs of one cluster and those near it: ids, weight in bits, probability.
    #[arg(long)]
    pairs: Option<PathBuf>,
    /// Where to write the pairs in two clusters that a person should look at, the most likely first.
    #[arg(long)]
    review: Option<PathBuf>,
    /// Where to write the model (JSON).
    #[arg(long)]
    save_model: Option<PathBuf>,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &DedupeArgs) -> anyhow::Result<()> {
    link(&args.files, &args.source, &args.outputs, false)
}

pub(crate) fn run_match(args: &MatchArgs) -> anyhow::Result<()> {
    link(&[args.left.clone(), args.right.clone()], &args.source, &args.outputs, true)
}

fn link(files: &[PathBuf], source: &Source, outputs: &Outputs, across: bool) -> anyhow::Result<()> {
    let spec = Spec::read(source.spec.as_deref())?;
    let options = Options { across, ..spec.options(source.threads)? };
    let input = Input::read(files, source, &spec)?;
    let linked = linked(&input, source, &options)?;
    let id = input.schemas.first().map_or("rec_id", |(_, headers, _)| named_id(headers, source, &spec));
    if let Some(path) = &outputs.out {
        write_clusters(path, id, &input, &linked)?;
    }
    let weighed = |edges: &[(u32, u32, f32)], path: &Path| write_pairs(path, &input, edges);
    if let Some(path) = &outputs.pairs {
        weighed(&linked.edges, path)?;
    }
    if let Some(path) = &outputs.review {
        weighed(&linked.review(&options.clustering), path)?;
    }
    if let Some(path) = &outputs.save_model {
        save(path, &linked.model)?;
    }
    let report = Report::of(&input.records, &linked, &options, input.truth.as_deref());
    if outputs.json {
        print(&serde_json::to_string_pretty(&with_columns(&report, &input)?)?);
    } else {
        print(report.text().trim_end());
    }
    Ok(())
}

/// Links what was read: with the model that was given, or one that is trained here; labels and decisions come on top.
pub(crate) fn linked(input: &Input, source: &Source, options: &Options) -> anyhow::Result<Linked> {
    let tell = |stage: Stage| {
        input.progress.set_message(match stage {
            Stage::Blocking => "putting records into blocks".to_owned(),
            Stage::Comparing => "comparing pairs".to_owned(),
            Stage::Training(pairs) => format!("training on {pairs} pairs"),
            Stage::Weighing(pairs) => format!("weighing {pairs} pairs"),
            Stage::Clustering(pairs) => format!("clustering {pairs} pairs"),
        });
    };
    let judged = |path: &Option<PathBuf>| path.as_ref().map(|path| labels::read(path, &input.records)).transpose();
    let decisions = judged(&source.decisions)?.map(|pairs| labels::decisions(&pairs)).unwrap_or_default();
    let given = source.model.as_ref().map(|path| load(path)).transpose()?;
    let taught = judged(&source.labels)?;
    let model = match (given, &taught) {
        (Some(model), Some(labels)) => Some(refine(&model, input.records.table(), labels)),
        (None, Some(labels)) => {
            let first = dedupe_telling(&input.records, None, &decisions, options, &tell);
            Some(refine(&first.model, input.records.table(), labels))
        }
        (given, None) => given,
    };
    let done = dedupe_telling(&input.records, model.as_ref(), &decisions, options, &tell);
    input.progress.finish_and_clear();
    Ok(done)
}

pub(crate) fn load(path: &Path) -> anyhow::Result<Model> {
    let text = std::fs::read(path).with_context(|| format!("can't read the model {}", path.display()))?;
    let model: Model = serde_json::from_slice(&text).with_context(|| format!("the model {}", path.display()))?;
    model.check().with_context(|| format!("the model {}", path.display()))?;
    Ok(model)
}

pub(crate) fn save(path: &Path, model: &Model) -> anyhow::Result<()> {
    std::fs::write(path, serde_json::to_vec(model)?).with_context(|| format!("can't write {}", path.display()))
}

fn named_id<'a>(headers: &'a [String], source: &'a Source, spec: &'a Spec) -> &'a str {
    let recognised = || {
        let names: Vec<&str> = headers.iter().map(String::as_str).collect();
        tenure_linkage::recognise(&names, &[], None).column(Role::Id).map(|at| headers[at].as_str())
    };
    source.id.as_deref().or(spec.id.as_deref()).or_else(recognised).unwrap_or("row")
}

fn write_clusters(path: &Path, id: &str, input: &Input, linked: &Linked) -> anyhow::Result<()> {
    let records = &input.records;
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_unstable_by_key(|record| records.came(*record));
    let mut file = csv::Writer::from_path(path).with_context(|| format!("can't write {}", path.display()))?;
    file.write_record([id, "cluster_id"])?;
    for record in order {
        file.write_record([records.id(record), records.id(linked.clusters[record] as usize)])?;
    }
    Ok(file.flush()?)
}

pub(crate) fn write_pairs(path: &Path, input: &Input, edges: &[(u32, u32, f32)]) -> anyhow::Result<()> {
    let mut file = csv::Writer::from_path(path).with_context(|| format!("can't write {}", path.display()))?;
    file.write_record(["left_id", "right_id", "weight", "probability"])?;
    for (left, right, weight) in edges {
        let (left, right) = (input.records.id(*left as usize), input.records.id(*right as usize));
        let likely = format!("{:.6}", probability(f64::from(*weight)));
        file.write_record([left, right, &format!("{weight:.3}"), &likely])?;
    }
    Ok(file.flush()?)
}

/// The report, and what the columns were taken for.
pub(crate) fn with_columns(report: &Report, input: &Input) -> anyhow::Result<serde_json::Value> {
    let mut value = serde_json::to_value(report)?;
    let columns = input.schemas.iter().map(|(file, headers, schema)| {
        let roles: serde_json::Map<String, serde_json::Value> =
            headers.iter().zip(schema.roles()).map(|(header, role)| (header.clone(), json!(role))).collect();
        json!({ "file": file, "roles": roles })
    });
    value["columns"] = columns.collect();
    Ok(value)
}
