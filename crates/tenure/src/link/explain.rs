//! `tenure link explain`: how the weight of a pair comes about.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tenure_linkage::{Judge, Scorer, model::probability, waterfall};

use super::{args::Source, dedupe, input::Input, spec::Spec};
use crate::command::print;

/// Which pair.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Files (CSV with a header, or Parquet); together they are one set, which the model is trained on unless one is given.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// The id of a record.
    #[arg(long)]
    left: String,
    /// The id of another.
    #[arg(long)]
    right: String,
    /// Where to draw the steps (SVG).
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Print the steps as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<()> {
    let spec = Spec::read(args.source.spec.as_deref())?;
    let options = spec.options(args.source.threads)?;
    let input = Input::read(&args.files, &args.source, &spec)?;
    let find = |id: &str| input.records.find(id).with_context(|| format!("no record has the id \"{id}\""));
    let (left, right) = (find(&args.left)?, find(&args.right)?);
    let linked = dedupe::linked(&input, &args.source, &options)?;
    let scorer = Scorer::new(linked.model);
    let judge = Judge::new(&scorer, input.records.table());
    let steps = judge.explain(left, right);
    let weight: f64 = steps.iter().map(|step| step.bits).sum();
    if let Some(path) = &args.svg {
        let title = format!("{} and {}", args.left, args.right);
        std::fs::write(path, waterfall::svg(&title, &steps))
            .with_context(|| format!("can't write {}", path.display()))?;
    }
    let together = linked.clusters[left] == linked.clusters[right];
    let candidate = linked.blocks.covers(left as u32, right as u32);
    let veto = judge.vetoes(left, right);
    if args.json {
        let steps: Vec<_> =
            steps.iter().map(|step| json!({ "step": waterfall::name(step), "bits": step.bits })).collect();
        let said = json!({
            "weight": weight, "probability": probability(weight), "steps": steps,
            "one_cluster": together, "candidate": candidate, "veto": veto,
        });
        print(&serde_json::to_string_pretty(&said)?);
        return Ok(());
    }
    let mut out = String::new();
    for step in &steps {
        let _ = writeln!(out, "{:+8.2}  {}", step.bits, waterfall::name(step));
    }
    let _ = writeln!(out, "{weight:+8.2}  weight in bits: {:.2} % likely one person", probability(weight) * 100.0);
    let _ = writeln!(out, "          {}", if together { "in one cluster" } else { "in two clusters" });
    if !candidate {
        out.push_str("          not looked at by any key\n");
    }
    if veto {
        out.push_str("          vetoed: can never be one person\n");
    }
    print(out.trim_end());
    Ok(())
}
