//! A summary: what each customer did, a line for each or for several that are alike.

use std::{borrow::Cow, ops::ControlFlow};

use anyhow::bail;
use indicatif::ProgressBar;
use tenure_clv::{Cell, Opportunities, WeightedCell, cell::CellCounter};

use super::{
    args::Source,
    columns::{AGE, CUSTOMER, Columns, FREQUENCY, MONEY, RECENCY, WEIGHT},
    log::Log,
    model::ModelName,
    problems::Problems,
};
use crate::link::rows::rows;

/// What a customer did.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// As the file names them; empty if nobody needs it.
    pub(crate) id: String,
    /// Repeats; for bg-bb purchases.
    pub(crate) frequency: u32,
    /// From the first to the last purchase.
    pub(crate) recency: f64,
    /// From the first purchase to the end of the period; for sbg and bdw renewals so far.
    pub(crate) age: f64,
    /// Mean of the amounts of the repeats; none if the file does not say.
    pub(crate) money: Option<f64>,
    /// How many are alike.
    pub(crate) weight: u64,
}

/// The customers of a summary or a log, as a model sees them, with their names.
pub(crate) fn read(source: &Source, model: ModelName) -> anyhow::Result<Vec<Customer>> {
    let mut customers = Vec::new();
    each(source, model, true, &mut |customer| customers.push(customer))?;
    Ok(customers)
}

/// Gives each customer to `take`, with their names if `named`. What was taken counts only if all of it is fine.
pub(crate) fn each(
    source: &Source,
    model: ModelName,
    named: bool,
    take: &mut dyn FnMut(Customer),
) -> anyhow::Result<()> {
    let mut count = 0_u64;
    let mut counted = |customer| {
        count += 1;
        take(customer);
    };
    if source.log.log {
        of_log(source, model)?.into_iter().for_each(&mut counted);
    } else {
        of_summary(source, model, named, &mut counted)?;
    }
    if count == 0 {
        bail!("there are no customers in {}", source.file.display());
    }
    Ok(())
}

fn of_log(source: &Source, model: ModelName) -> anyhow::Result<Vec<Customer>> {
    let log = Log::read(source)?;
    if model == ModelName::GammaGamma && !log.has_amounts() {
        bail!("{model} needs amounts: say which column by --amount");
    }
    let (end, unit) = (log.end(source.until.as_deref())?, source.unit());
    Ok(if model == ModelName::BgBb { log.opportunities(end, unit) } else { log.customers(end, unit) })
}

fn of_summary(source: &Source, model: ModelName, named: bool, take: &mut dyn FnMut(Customer)) -> anyhow::Result<()> {
    // The header is known only after the rows: one look for it, another for the rows.
    let headers = rows(&source.file, &ProgressBar::hidden(), &mut |_| ControlFlow::Break(()))?;
    let reader = Reader::new(&headers, source, model, named)?;
    let (mut problems, mut row) = (Problems::default(), 0);
    rows(&source.file, &ProgressBar::hidden(), &mut |line| {
        row += 1;
        if let Some(customer) = reader.customer(line, row, &mut problems) {
            take(customer);
        }
        ControlFlow::Continue(())
    })?;
    problems.none()
}

/// Reads rows of a summary.
struct Reader {
    model: ModelName,
    id: Option<usize>,
    frequency: usize,
    times: Option<[usize; 2]>,
    money: Option<usize>,
    weight: Option<usize>,
}

impl Reader {
    fn new(headers: &[String], source: &Source, model: ModelName, named: bool) -> anyhow::Result<Self> {
        let order: &[_] = match model {
            ModelName::BgBb => &[FREQUENCY, RECENCY, AGE, WEIGHT],
            ModelName::GammaGamma if source.columns.len() <= 3 => &[FREQUENCY, MONEY, WEIGHT],
            ModelName::Sbg | ModelName::Bdw => &[AGE, MONEY],
            _ => &[FREQUENCY, RECENCY, AGE, MONEY, WEIGHT],
        };
        let mut asked = source.columns.clone();
        asked.extend(source.log.customer.iter().map(|name| format!("customer={name}")));
        let columns = Columns::new(headers, &asked, order, &[CUSTOMER, FREQUENCY, RECENCY, AGE, MONEY, WEIGHT])?;
        let (frequency, times) = if model.is_contract() {
            let [age] = columns.required([AGE])?;
            (age, Some([age, age]))
        } else if model != ModelName::GammaGamma {
            let [frequency, recency, age] = columns.required([FREQUENCY, RECENCY, AGE])?;
            (frequency, Some([recency, age]))
        } else {
            let [frequency, _] = columns.required([FREQUENCY, MONEY])?;
            (frequency, None)
        };
        let id = if named { columns.find(CUSTOMER)? } else { None };
        Ok(Self { model, id, frequency, times, money: columns.find(MONEY)?, weight: columns.find(WEIGHT)? })
    }

    /// The customer of a row, or none and every problem with it.
    fn customer(&self, line: &[Cow<'_, str>], row: usize, problems: &mut Problems) -> Option<Customer> {
        let mut number = |column: usize, name: &str| number(line, column, name, row, problems);
        let frequency = number(self.frequency, "frequency");
        let recency = self.times.map_or(Some(0.0), |[recency, _]| number(recency, "recency"));
        let age = self.times.map_or(Some(0.0), |[_, age]| number(age, "T"));
        let money = self.money.map_or(Some(None), |column| number(column, "monetary_value").map(Some));
        let weight = self.weight.map_or(Some(1.0), |column| number(column, "weight"));
        let (frequency, recency, age, money, weight) = (frequency?, recency?, age?, money?, weight?);
        let wrong = self.wrong(frequency, recency, age, money, weight);
        let fine = wrong.is_empty();
        wrong.into_iter().for_each(|what| problems.add(row, || what));
        let id = self.id.and_then(|column| line.get(column)).map(|id| id.trim().to_owned()).unwrap_or_default();
        fine.then_some(Customer { id, frequency: frequency as u32, recency, age, money, weight: weight as u64 })
    }

    /// Everything that is wrong with the numbers of a row; no memory is taken if nothing is.
    fn wrong(&self, frequency: f64, recency: f64, age: f64, money: Option<f64>, weight: f64) -> Vec<String> {
        let mut wrong = Vec::new();
        if !(frequency >= 0.0 && frequency.fract() == 0.0 && frequency <= f64::from(u32::MAX)) {
            wrong.push(format!("frequency is {frequency}, not a whole number from 0 on"));
        }
        for (name, time) in [("recency", recency), ("T", age)] {
            if time < 0.0 {
                wrong.push(format!("{name} is {time}, below 0"));
            }
        }
        if recency > age {
            wrong.push(format!("recency {recency} exceeds T {age}"));
        }
        if !(weight >= 0.0 && weight.fract() == 0.0 && weight <= 1e15) {
            wrong.push(format!("weight is {weight}, no number of customers"));
        }
        if money.is_some_and(|money| money < 0.0) {
            wrong.push("monetary_value is below 0; a refund is no purchase".to_owned());
        }
        if wrong.is_empty() && self.times.is_some() && !self.model.is_contract() {
            wrong.extend(self.history(frequency as u32, recency, age).err());
        }
        wrong
    }

    /// Whether the model takes such a history.
    fn history(&self, frequency: u32, recency: f64, age: f64) -> Result<(), String> {
        let said = |what: String| format!("frequency {frequency}, recency {recency}, T {age}: {what}");
        if self.model == ModelName::BgBb {
            opportunities(frequency, recency, age).map(|_| ()).map_err(said)
        } else {
            Cell::new(frequency, recency, age).map(|_| ()).map_err(|error| said(error.to_string()))
        }
    }
}

/// The number in a cell.
fn number(line: &[Cow<'_, str>], column: usize, name: &str, row: usize, problems: &mut Problems) -> Option<f64> {
    let text = line.get(column).map_or("", |cell| cell.trim());
    let found = text.parse::<f64>().ok().filter(|number| number.is_finite());
    if found.is_none() {
        problems.add(row, || match text {
            "" => format!("{name} is missing"),
            _ => format!("{name} is \"{text}\", not a number"),
        });
    }
    found
}

fn opportunities(frequency: u32, recency: f64, periods: f64) -> Result<Opportunities, String> {
    if recency.fract() != 0.0 || periods.fract() != 0.0 {
        return Err("bg-bb counts opportunities, so recency and T must be whole".to_owned());
    }
    Opportunities::new(frequency, recency as u32, periods as u32).map_err(|error| error.to_string())
}

impl Customer {
    /// For bg-nbd, mbg-nbd and pareto-nbd.
    pub(crate) fn cell(&self) -> anyhow::Result<Cell> {
        Ok(Cell::new(self.frequency, self.recency, self.age)?)
    }

    /// For bg-bb.
    pub(crate) fn opportunities(&self) -> anyhow::Result<Opportunities> {
        opportunities(self.frequency, self.recency, self.age).map_err(anyhow::Error::msg)
    }
}

/// The unique histories of customers.
pub(crate) fn cells(customers: &[Customer]) -> anyhow::Result<Vec<WeightedCell>> {
    let mut cells = CellCounter::default();
    for one in customers {
        cells.add(one.cell()?, one.weight);
    }
    Ok(cells.into_cells())
}
