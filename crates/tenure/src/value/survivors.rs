//! A survival table: how many of a cohort are left after each renewal.

use std::ops::ControlFlow;

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use tenure_clv::Survivors;

use super::{
    args::Source,
    columns::{Columns, PERIOD, SURVIVORS},
    problems::Problems,
};
use crate::link::rows::rows;

/// Reads a table whose periods are 0, 1, 2, ..., and what a reader of the result should know.
pub(crate) fn read(source: &Source) -> anyhow::Result<(Survivors, Option<String>)> {
    let headers = rows(&source.file, &ProgressBar::hidden(), &mut |_| ControlFlow::Break(()))?;
    let (period, survivors) = columns(&headers, source)?;
    let until = source.until.as_deref().map(last_period).transpose()?;
    let (mut left, mut problems, mut row) = (Vec::new(), Problems::default(), 0);
    rows(&source.file, &ProgressBar::hidden(), &mut |line| {
        let cell = |column: usize| line.get(column).map_or("", |cell| cell.trim());
        let expected = row as f64;
        row += 1;
        if period.is_some_and(|column| cell(column).parse() != Ok(expected)) {
            let found = period.map_or("", cell);
            problems.add(row, || format!("the period is \"{found}\" where {expected} is expected: the start is 0"));
        }
        match cell(survivors).parse::<f64>() {
            Ok(number) if number.is_finite() => left.push(number),
            _ => problems.add(row, || format!("\"{}\" is no number of survivors", cell(survivors))),
        }
        if until.is_some_and(|last| row > last) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    problems.none()?;
    if until.is_some_and(|last| left.len() <= last) {
        bail!("the table ends before the period that --until names");
    }
    let note = match (source.customers, left.first()) {
        (Some(customers), Some(start)) if *start > 0.0 => {
            if !(customers.is_finite() && customers > 0.0) {
                bail!("--customers must be above 0");
            }
            let factor = customers / start;
            left.iter_mut().for_each(|number| *number *= factor);
            None
        }
        (None, Some(start)) if [1.0, 100.0].contains(start) => Some(format!(
            "the cohort is taken to be of {start}: if the table is of parts or per cents, --customers says of how many"
        )),
        _ => None,
    };
    Ok((Survivors::new(left).with_context(|| format!("{}", source.file.display()))?, note))
}

/// Where the periods (if they are told) and the survivors are.
fn columns(headers: &[String], source: &Source) -> anyhow::Result<(Option<usize>, usize)> {
    let order: &[_] = if source.columns.len() == 1 { &[SURVIVORS] } else { &[PERIOD, SURVIVORS] };
    let columns = Columns::new(headers, &source.columns, order, &[PERIOD, SURVIVORS])?;
    let period = columns.find(PERIOD)?;
    if let Some(survivors) = columns.find(SURVIVORS)? {
        return Ok((period.filter(|period| *period != survivors), survivors));
    }
    // Two columns that nobody named are the periods and the survivors; else what is left, if it is one column only.
    if source.columns.is_empty() && period.is_none() && headers.len() == 2 {
        return Ok((Some(0), 1));
    }
    let mut others = (0..headers.len()).filter(|column| Some(*column) != period);
    match (others.next(), others.next()) {
        (Some(survivors), None) => Ok((period, survivors)),
        _ => bail!("say which column has the survivors: --columns survivors=NAME; there are {}", headers.join(", ")),
    }
}

fn last_period(text: &str) -> anyhow::Result<usize> {
    let wrong = || format!("--until of a survival table is a number of periods, not \"{text}\"");
    let period: usize = text.parse().with_context(wrong)?;
    if period == 0 {
        bail!("--until of a survival table is 1 or more");
    }
    Ok(period)
}
