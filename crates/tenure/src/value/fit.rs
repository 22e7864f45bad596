//! `tenure value fit`: a file in, a model out.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context as _, bail};
use clap::Args;
use tenure_clv::GammaGamma;

use super::{
    args::{Source, Unit},
    customers::{self, Customer},
    fit_file::{FitFile, Fitting},
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
    let fit = fit(&args.source, args.model)?;
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
    let customers = customers::read(source, model, false)?;
    to_customers(&customers, model, source.unit())
}

/// Fits a model to customers, and with a model of purchases one of how much they spend, if that is known.
pub(crate) fn to_customers(customers: &[Customer], model: ModelName, unit: Unit) -> anyhow::Result<FitFile> {
    if model == ModelName::GammaGamma {
        return spend(customers, unit);
    }
    let started = Instant::now();
    let (fit, cells) = if model == ModelName::BgBb {
        let cells = customers::opportunity_cells(customers)?;
        (Fitted::to_opportunities(&cells), cells.len())
    } else {
        let cells = customers::cells(customers)?;
        (Fitted::to_cells(model, &cells), cells.len())
    };
    let fit = fit.with_context(|| format!("{model} cannot be fitted"))?;
    let fitting = Fitting {
        model,
        unit,
        customers: customers.iter().map(|one| one.weight as f64).sum(),
        cells,
        seconds: started.elapsed().as_secs_f64(),
        notes: Vec::new(),
    };
    let mut file = FitFile::of(&fit, fitting);
    if model.is_of_purchases() && customers.iter().any(|one| one.money.is_some()) {
        match spend(customers, unit) {
            Ok(margin) => file.margin = Some(Box::new(margin)),
            Err(error) => file.diagnostics.warnings.push(format!("no value: {error:#}")),
        }
    }
    Ok(file)
}

/// Gamma-Gamma.
fn spend(customers: &[Customer], unit: Unit) -> anyhow::Result<FitFile> {
    let repeaters: u64 = customers.iter().filter(|one| one.frequency > 0).map(|one| one.weight).sum();
    let spends = customers::spends(customers);
    let started = Instant::now();
    let fit = GammaGamma::fit(&spends).map(|fit| fit.map(Fitted::GammaGamma));
    let seconds = started.elapsed().as_secs_f64();
    let fit = fit.context("gamma-gamma cannot be fitted: it learns from repeats with an amount above 0")?;
    let free = repeaters - spends.len() as u64;
    let notes = (free > 0).then(|| format!("{free} customers whose repeats cost nothing are left out"));
    let (customers, cells) = (spends.len() as f64, customers::different_spends(&spends));
    let notes = notes.into_iter().collect();
    Ok(FitFile::of(&fit, Fitting { model: ModelName::GammaGamma, unit, customers, cells, seconds, notes }))
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
