//! `tenure link train`: a model, or pairs to judge.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use tenure_linkage::labels::choose;

use super::{args::Source, dedupe, input::Input, spec::Spec};
use crate::command::print;

/// Which files, and what to write.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Files (CSV with a header, or Parquet); together they are one set.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
    /// Where to write the model (JSON).
    #[arg(long)]
    out: Option<PathBuf>,
    /// Choose so many pairs for a person to judge, most where the model is in doubt. Fill in the column `is_match` of the
    /// file, and give it back by --labels.
    #[arg(long, requires = "to_judge")]
    choose: Option<usize>,
    /// Where to write the pairs to judge (CSV).
    #[arg(long, requires = "choose")]
    to_judge: Option<PathBuf>,
    /// Another seed chooses other pairs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    if args.out.is_none() && args.choose.is_none() {
        bail!("nothing to do: say --out MODEL.json, or --choose 500 --to-judge PAIRS.csv");
    }
    let spec = Spec::read(args.source.spec.as_deref())?;
    let options = spec.options(args.source.threads)?;
    let input = Input::read(&args.files, &args.source, &spec)?;
    let linked = dedupe::linked(&input, &args.source, &options)?;
    if let Some(path) = &args.out {
        dedupe::save(path, &linked.model)?;
        print(&format!("a model of {} candidate pairs in {}", linked.candidates, path.display()));
    }
    if let (Some(count), Some(path)) = (args.choose, &args.to_judge) {
        let chosen = choose(&input.records, &linked.edges, count, args.seed);
        let mut file = csv::Writer::from_path(path).with_context(|| format!("can't write {}", path.display()))?;
        file.write_record(["left_id", "right_id", "weight", "is_match"])?;
        for (left, right, weight) in &chosen {
            let (left, right) = (input.records.id(*left as usize), input.records.id(*right as usize));
            file.write_record([left, right, &format!("{weight:.3}"), ""])?;
        }
        file.flush()?;
        print(&format!("{} pairs to judge in {}", chosen.len(), path.display()));
    }
    Ok(())
}
