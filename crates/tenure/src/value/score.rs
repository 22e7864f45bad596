//! `tenure value score`: a file and a fit in, a line for each customer out.

use std::{ops::ControlFlow, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use tenure_clv::{Ahead, Forecast, Outlook, outlook::Prospect};

use super::{
    args::Source,
    customers::{self, Customer},
    fit_file::FitFile,
    margin::{Margin, MarginArgs},
    model::Fitted,
};
use crate::{command::print, link::rows::rows};

/// Which file, by which fit, and what to write.
#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    source: Source,
    /// The fit, as `tenure value fit --json` prints it.
    #[arg(long)]
    fit: PathBuf,
    /// How far ahead, in the unit of time of the fit; for bg-bb, sbg and bdw a whole number of periods.
    #[arg(long)]
    horizon: f64,
    /// Where to write the scores (CSV): customer, p_alive, expected_purchases and, if a margin is known, clv.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    margin: MarginArgs,
    /// Write intervals that hold with this probability, such as 0.9: of the expected purchases (expected_low, expected_high), as
    /// parameters are uncertain, and of the purchases themselves (purchases_low, purchases_high), as customers do as they like.
    #[arg(long)]
    interval: Option<f64>,
    /// Write the parts of the value too: discounted_purchases, margin_per_purchase, margin_known (told, own, or base for
    /// those without repeats), cost.
    #[arg(long)]
    parts: bool,
    /// Print the sums as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ScoreArgs) -> anyhow::Result<()> {
    let fit = FitFile::read(&args.fit)?;
    let model = fit.fitted()?;
    if matches!(model, Fitted::GammaGamma(_)) {
        bail!(
            "gamma-gamma says what a purchase brings and not how many there are: score by another fit, with --margin {}",
            args.fit.display()
        );
    }
    if let Some(unit) = args.source.unit.filter(|unit| *unit != fit.unit) {
        bail!("the fit counts time in {} and not in {}", fit.unit.many(), unit.many());
    }
    if !(args.horizon.is_finite() && args.horizon >= 0.0) {
        bail!("--horizon must be a number from 0 on");
    }
    if args.interval.is_some_and(|level| !(0.0..1.0).contains(&level)) {
        bail!("--interval must be a probability, such as 0.9");
    }
    let headers = rows(&args.source.file, &ProgressBar::hidden(), &mut |_| ControlFlow::Break(()))?;
    // Contracts are not in the survival table that was fitted.
    let alike = if fit.model.is_contract() { args.source.clone() } else { fit.read_as.or(&args.source, &headers) };
    let source = Source { unit: Some(fit.unit), ..alike };
    let customers = customers::read(&source, fit.model)?;
    let margin = args.margin.margin(&fit)?;
    let scorer = Scorer { fit: &fit, model, margin, horizon: args.horizon, level: args.interval };
    let sums = scorer.write(args, &customers)?;
    print(&if args.json { serde_json::to_string_pretty(&sums)? } else { said(&sums, args) });
    Ok(())
}

/// Scores customers by one fit.
struct Scorer<'a> {
    fit: &'a FitFile,
    model: Fitted,
    margin: Margin,
    horizon: f64,
    level: Option<f64>,
}

impl Scorer<'_> {
    /// Writes a line for each customer, and gives the sums.
    fn write(&self, args: &ScoreArgs, customers: &[Customer]) -> anyhow::Result<serde_json::Value> {
        let valued = self.margin.is_known(customers);
        let mut file =
            csv::Writer::from_path(&args.out).with_context(|| format!("can't write {}", args.out.display()))?;
        file.write_record(self.header(valued, args.parts))?;
        let cost = self.margin.cost(self.horizon);
        let (mut expected, mut value, mut unvalued, mut count) = (0.0, 0.0, 0_u64, 0_u64);
        let ahead = Ahead::new(self.horizon, self.margin.force)?;
        let mut outlook = self.model.purchases().map(|model| Outlook::new(model, ahead));
        for (row, customer) in customers.iter().enumerate() {
            let score = match &mut outlook {
                Some(outlook) => outlook.of(&customer.cell()?),
                None => self.by_period(customer)?,
            };
            let id = if customer.id.is_empty() { (row + 1).to_string() } else { customer.id.clone() };
            let mut line = vec![id, number(score.p_alive), number(score.expected)];
            let brings = self.margin.brings(customer);
            let clv = brings.map(|brings| score.discounted * brings.amount - cost);
            let weight = customer.weight as f64;
            (count, expected) = (count + customer.weight, expected + weight * score.expected);
            if valued {
                line.push(clv.map(number).unwrap_or_default());
                value += weight * clv.unwrap_or(0.0);
                unvalued += if clv.is_none() { customer.weight } else { 0 };
            }
            if let Some(level) = self.level {
                line.extend(self.interval(customer, score.expected, level)?);
            }
            if args.parts {
                line.push(number(score.discounted));
                line.push(brings.map(|brings| number(brings.amount)).unwrap_or_default());
                line.push(brings.map(|brings| brings.known.name().to_owned()).unwrap_or_default());
                line.push(number(cost));
            }
            file.write_record(&line)?;
        }
        file.flush()?;
        let mut sums = json!({
            "model": self.fit.model, "unit": self.fit.unit, "horizon": self.horizon, "customers": count,
            "expected_purchases": expected, "out": args.out,
        });
        if valued {
            sums["clv"] = json!(value);
            sums["without_value"] = json!(unvalued);
        }
        if let Some((level, forecast)) = self.level.zip(self.together(customers)?) {
            let ((low, high), (expected_low, expected_high)) = (forecast.interval(level), forecast.of_mean(level));
            sums["interval"] = json!({
                "level": level, "purchases": [low, high], "expected": [expected_low, expected_high],
            });
        }
        Ok(sums)
    }

    fn header(&self, valued: bool, parts: bool) -> Vec<&'static str> {
        let mut names = vec!["customer", "p_alive", "expected_purchases"];
        names.extend(valued.then_some("clv"));
        if self.level.is_some() {
            names.extend(["expected_low", "expected_high", "purchases_low", "purchases_high"]);
        }
        if parts {
            names.extend(["discounted_purchases", "margin_per_purchase", "margin_known", "cost"]);
        }
        names
    }

    /// By a model that counts periods.
    fn by_period(&self, customer: &Customer) -> anyhow::Result<Prospect> {
        let periods = self.periods()?;
        let rate = self.margin.force.exp_m1();
        if let Fitted::BgBb(model) = &self.model {
            let history = customer.opportunities()?;
            return Ok(Prospect {
                p_alive: model.p_alive(&history, 1),
                expected: model.expected(&history, periods),
                discounted: model.discounted(&history, periods, rate)?,
            });
        }
        let model = self.model.retention().context("a fit of this model scores nobody")?;
        if customer.age.fract() != 0.0 {
            bail!("T is the number of renewals so far, so it must be whole, not {}", customer.age);
        }
        let done = customer.age as u32;
        let renews = |number: u32| model.survival_given(done, number);
        let discounted =
            (1..=periods).map(|number| renews(number) * (-self.margin.force * f64::from(number)).exp()).sum();
        Ok(Prospect { p_alive: 1.0, expected: model.expected(done, periods), discounted })
    }

    fn periods(&self) -> anyhow::Result<u32> {
        if self.horizon.fract() != 0.0 || self.horizon > 10_000.0 {
            bail!("--horizon of {} is a whole number of periods, ten thousand at most", self.fit.model);
        }
        Ok(self.horizon as u32)
    }

    /// expected_low, expected_high, purchases_low and purchases_high; empty what cannot be told.
    fn interval(&self, customer: &Customer, expected: f64, level: f64) -> anyhow::Result<[String; 4]> {
        let mut cells: [String; 4] = Default::default();
        if let Some(model) = self.model.purchases() {
            let cell = customer.cell()?;
            let says = |model: &dyn tenure_clv::Purchases| model.expected(&cell, self.horizon);
            if let Some(parameters) = self.fit.covariance.as_deref().and_then(|of| self.model.by_parameters(of, &says))
            {
                let (low, high) = Forecast { mean: expected, chance: 0.0, parameters }.of_mean(level);
                (cells[0], cells[1]) = (number(low), number(high));
            }
            let (low, high) = model.counts(&cell, self.horizon).interval(level);
            (cells[2], cells[3]) = (low.to_string(), high.to_string());
        } else if let Fitted::BgBb(model) = &self.model {
            let (low, high) = model.counts(&customer.opportunities()?, self.periods()?).interval(level);
            (cells[2], cells[3]) = (low.to_string(), high.to_string());
        }
        Ok(cells)
    }

    /// All customers together: what is uncertain about parameters does not cancel.
    fn together(&self, customers: &[Customer]) -> anyhow::Result<Option<Forecast>> {
        let (Some(model), Some(covariance)) = (self.model.purchases(), self.fit.covariance.as_deref()) else {
            return Ok(None);
        };
        if self.level.is_none() {
            return Ok(None);
        }
        let cells = customers::cells(customers)?;
        let sum = |of: &dyn Fn(&tenure_clv::Cell) -> f64| {
            cells.iter().map(|one| one.weight as f64 * of(&one.cell)).sum::<f64>()
        };
        let says = |model: &dyn tenure_clv::Purchases| sum(&|cell| model.expected(cell, self.horizon));
        let (mean, chance) = (says(model), sum(&|cell| model.variance(cell, self.horizon)));
        Ok(self.model.by_parameters(covariance, &says).map(|parameters| Forecast { mean, chance, parameters }))
    }
}

fn number(value: f64) -> String {
    value.to_string()
}

/// For a person.
fn said(sums: &serde_json::Value, args: &ScoreArgs) -> String {
    let float = |name: &str| sums[name].as_f64().unwrap_or(0.0);
    let mut said = format!(
        "{} customers in {}: {:.1} purchases expected in {} {}s",
        sums["customers"],
        args.out.display(),
        float("expected_purchases"),
        args.horizon,
        sums["unit"].as_str().unwrap_or("unit")
    );
    if sums["clv"].is_number() {
        said.push_str(&format!(", worth {:.2}", float("clv")));
    }
    if sums["without_value"].as_u64().unwrap_or(0) > 0 {
        said.push_str(&format!("; {} customers have no value that could be told", sums["without_value"]));
    }
    said
}
