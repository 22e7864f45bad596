//! `tenure value compare`: several models on one file.

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::{
    args::Source,
    backtest::{Backtest, CutArgs, Trial, backtest},
    customers, fit,
    fit_file::FitFile,
    learning::Learning,
    log::Log,
    model::ModelName,
};
use crate::command::print;

/// Which file, and which models.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    source: Source,
    /// The models, of one kind: bg-nbd, mbg-nbd and pareto-nbd, or sbg and bdw.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [ModelName::BgNbd, ModelName::MbgNbd, ModelName::ParetoNbd])]
    models: Vec<ModelName>,
    #[command(flatten)]
    cut: CutArgs,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Comparison {
    models: Vec<Candidate>,
    best: Best,
}

/// One model.
#[derive(Debug, Serialize)]
struct Candidate {
    #[serde(flatten)]
    fit: FitFile,
    #[serde(skip_serializing_if = "Option::is_none")]
    backtest: Option<Backtest>,
}

/// The model with the least of each.
#[derive(Debug, Serialize)]
struct Best {
    aic: Option<ModelName>,
    bic: Option<ModelName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mae: Option<ModelName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rmse: Option<ModelName>,
}

pub(crate) fn run(args: &CompareArgs) -> anyhow::Result<()> {
    let [first, ..] = args.models[..] else { bail!("say which models: --models bg-nbd,pareto-nbd") };
    let kind = |model: ModelName| (model.is_contract(), model.is_of_purchases());
    if let Some(other) =
        args.models.iter().find(|model| kind(**model) != kind(first) || kind(**model) == (false, false))
    {
        bail!("{first} and {other} see different data, so nothing of theirs can be compared");
    }
    let trial = args.cut.trial(&args.source)?;
    let models: Vec<Candidate> = match (trial, first.is_contract()) {
        (Some(_), true) => bail!("a survival table is not cut by a date: use --until for the periods to learn from"),
        (Some(trial), false) => on_log(args, &trial)?,
        (None, true) => alone(args.models.iter().map(|model| fit::fit(&args.source, *model)))?,
        (None, false) => {
            let customers = customers::read(&args.source, first)?;
            alone(args.models.iter().map(|model| Learning::of(&customers, *model, args.source.unit()).fit()))?
        }
    };
    let least = |of: &dyn Fn(&Candidate) -> Option<f64>| {
        let converged = models.iter().filter(|one| one.fit.converged);
        let known = converged.filter_map(|one| of(one).map(|number| (one.fit.model, number)));
        known.min_by(|left, right| left.1.total_cmp(&right.1)).map(|(model, _)| model)
    };
    let best = Best {
        aic: least(&|one| Some(one.fit.diagnostics.aic)),
        bic: least(&|one| Some(one.fit.diagnostics.bic)),
        mae: least(&|one| Some(one.backtest.as_ref()?.mae)),
        rmse: least(&|one| Some(one.backtest.as_ref()?.rmse)),
    };
    let found = Comparison { models, best };
    print(&if args.json { serde_json::to_string_pretty(&found)? } else { found.text() });
    Ok(())
}

fn alone(fits: impl Iterator<Item = anyhow::Result<FitFile>>) -> anyhow::Result<Vec<Candidate>> {
    fits.map(|fit| Ok(Candidate { fit: fit?, backtest: None })).collect()
}

/// Fits to what came before the cut, and looks at what came after.
fn on_log(args: &CompareArgs, trial: &Trial) -> anyhow::Result<Vec<Candidate>> {
    let log = Log::read(&args.source)?;
    let customers = log.customers(trial.end, trial.unit);
    let each = args.models.iter().map(|model| {
        let backtest = backtest(&log, *model, trial)?;
        Ok(Candidate { fit: Learning::of(&customers, *model, trial.unit).fit()?, backtest: Some(backtest) })
    });
    each.collect()
}

impl Comparison {
    /// For a person.
    fn text(&self) -> String {
        let mut lines = vec!["model         log-likelihood         AIC         BIC      MAE     RMSE".to_owned()];
        for Candidate { fit, backtest } in &self.models {
            let held =
                backtest.as_ref().map_or(String::new(), |found| format!("  {:.4}   {:.4}", found.mae, found.rmse));
            let doubt = if fit.converged { "" } else { "  NOT CONVERGED" };
            lines.push(format!(
                "{:12} {:15.3} {:11.1} {:11.1} {held}{doubt}",
                fit.model.to_string(),
                fit.log_likelihood,
                fit.diagnostics.aic,
                fit.diagnostics.bic
            ));
        }
        let named = [("AIC", self.best.aic), ("BIC", self.best.bic), ("MAE", self.best.mae), ("RMSE", self.best.rmse)];
        let best: Vec<String> =
            named.iter().filter_map(|(name, model)| Some(format!("{} by {name}", (*model)?))).collect();
        lines.push(format!("the better: {}", best.join(", ")));
        lines.join("\n")
    }
}
