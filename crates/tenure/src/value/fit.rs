//! `tenure value fit`: a file in, a model out.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{
    args::{ReadAs, Source},
    customers,
    fit_file::{FitFile, Fitting},
    learning::Learning,
    model::{Fitted, ModelName},
    survivors,
};
use crate::command::{print, say};

/// Which file, and which model.
#[derive(Debug, Args)]
pub(crate) struct FitArgs {
    #[command(flatten)]
    source: Source,
    /// The model.
    #[arg(long, value_enum)]
    model: ModelName,
    /// Where to write the fit (JSON), to score with.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the fit as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &FitArgs) -> anyhow::Result<ExitCode> {
    let fit = FitFile { read_as: ReadAs::of(&args.source), ..fit(&args.source, args.model)? };
    let json = serde_json::to_string_pretty(&fit)?;
    if let Some(path) = &args.out {
        write(path, &json)?;
    }
    print(&if args.json { json } else { fit.text() });
    if fit.converged {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("the search did not converge: do not use this fit of {}", fit.model));
    Ok(ExitCode::FAILURE)
}

fn write(path: &Path, json: &str) -> anyhow::Result<()> {
    std::fs::write(path, format!("{json}\n")).with_context(|| format!("can't write {}", path.display()))
}

/// Reads a file and fits a model to it.
pub(crate) fn fit(source: &Source, model: ModelName) -> anyhow::Result<FitFile> {
    if model.is_contract() {
        return contract(source, model);
    }
    let mut learning = Learning::new(model, source.unit());
    customers::each(source, model, false, &mut |customer| learning.take(&customer))?;
    learning.fit()
}

/// Models of contracts.
fn contract(source: &Source, model: ModelName) -> anyhow::Result<FitFile> {
    if source.log.log {
        bail!("{model} needs a survival table, how many of a cohort are left after each renewal, not a log");
    }
    let (cohort, note) = survivors::read(source)?;
    let started = Instant::now();
    let cohort = [cohort];
    let fit = Fitted::to_survivors(model, &cohort).with_context(|| format!("{model} cannot be fitted"))?;
    let fitting = Fitting {
        model,
        unit: source.unit(),
        customers: cohort[0].cohort(),
        cells: cohort[0].left().len(),
        seconds: started.elapsed().as_secs_f64(),
        notes: note.into_iter().collect(),
    };
    Ok(FitFile::of(&fit, fitting))
}
