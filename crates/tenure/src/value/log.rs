//! A log: a line for each purchase. Purchases of one customer on one day count once.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    ops::ControlFlow,
};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;
use tenure_clv::Summary;
use time::{Date, macros::format_description};

use super::{
    args::{Source, Unit},
    columns::{CUSTOMER, place},
    customers::Customer,
    problems::Problems,
};
use crate::link::rows::rows;

/// Amounts are kept in this part of the unit that the file writes them in.
const PARTS: f64 = 1e4;
/// The largest amount, far from where sums of parts would overflow.
const MOST: f64 = 1e12;
/// The Julian day of 1970-01-01.
const EPOCH: i32 = 2_440_588;

/// Everybody's purchases.
#[derive(Debug)]
pub(crate) struct Log {
    names: Vec<String>,
    /// (customer, day, amount), by customer and day.
    purchases: Vec<(u32, i32, i64)>,
    amounts: bool,
}

/// Where the columns of a log are.
struct Columns {
    customer: usize,
    date: usize,
    amount: Option<usize>,
    currency: Option<usize>,
}

impl Columns {
    fn find(headers: &[String], source: &Source) -> anyhow::Result<Self> {
        let usual = |names: &[&str]| names.iter().find_map(|name| headers.iter().position(|header| header == name));
        let asked = |name: &Option<String>| name.as_deref().map(|name| place(headers, name)).transpose();
        let required = |name: &Option<String>, usual: Option<usize>, option: &str| {
            let found = asked(name)?.or(usual);
            found.with_context(|| format!("say which column: {option} NAME; there are {}", headers.join(", ")))
        };
        let amount = asked(&source.log.amount)?.or_else(|| usual(&["amount"]));
        Ok(Self {
            customer: required(&source.log.customer, usual(CUSTOMER), "--customer")?,
            date: required(&source.log.date, usual(&["date"]), "--date")?,
            currency: asked(&source.log.currency)?.or_else(|| usual(&["currency"])).filter(|_| amount.is_some()),
            amount,
        })
    }
}

impl Log {
    /// Reads a log whole; says everything that is wrong with it.
    pub(crate) fn read(source: &Source) -> anyhow::Result<Self> {
        let headers = rows(&source.file, &ProgressBar::hidden(), &mut |_| ControlFlow::Break(()))?;
        let columns = Columns::find(&headers, source)?;
        let mut log = Self { names: Vec::new(), purchases: Vec::new(), amounts: columns.amount.is_some() };
        let (mut numbers, mut currencies) = (HashMap::new(), BTreeSet::new());
        let (mut problems, mut row) = (Problems::default(), 0);
        rows(&source.file, &ProgressBar::hidden(), &mut |line| {
            row += 1;
            if let Some(currency) = columns.currency.and_then(|column| line.get(column)) {
                // There are few: no copy is made of one that is known.
                if !currencies.contains(currency.trim()) {
                    currencies.insert(currency.trim().to_owned());
                }
            }
            if let Some((name, day, amount)) = purchase(line, &columns, row, &mut problems) {
                let number = match numbers.get(name) {
                    Some(number) => *number,
                    None => {
                        let next = log.names.len() as u32;
                        numbers.insert(name.to_owned(), next);
                        log.names.push(name.to_owned());
                        next
                    }
                };
                log.purchases.push((number, day, amount));
            }
            ControlFlow::Continue(())
        })?;
        problems.none()?;
        if currencies.len() > 1 {
            let named: Vec<String> = currencies.into_iter().collect();
            bail!("the amounts are in several currencies ({}): fit each by itself", named.join(", "));
        }
        log.purchases.sort_unstable();
        Ok(log)
    }

    pub(crate) fn has_amounts(&self) -> bool {
        self.amounts
    }

    /// The last day that counts: the one that was asked for, or the last with a purchase.
    pub(crate) fn end(&self, until: Option<&str>) -> anyhow::Result<i32> {
        match until {
            Some(text) => day(text).with_context(|| format!("\"{text}\" is no date, YYYY-MM-DD")),
            None => self.purchases.iter().map(|(_, day, _)| *day).max().context("the log has no purchases"),
        }
    }

    /// What everybody did up to a day, who had bought by then.
    pub(crate) fn customers(&self, end: i32, unit: Unit) -> Vec<Customer> {
        self.histories(end).map(|(id, history)| self.customer(id, &history, unit)).collect()
    }

    fn customer(&self, id: u32, history: &Summary, unit: Unit) -> Customer {
        Customer {
            id: self.names[id as usize].clone(),
            frequency: history.frequency(),
            recency: f64::from(history.recency_days()) / unit.days(),
            age: f64::from(history.age_days()) / unit.days(),
            money: self.amounts.then(|| history.mean_minor_per_repeat_day() / PARTS),
            weight: 1,
        }
    }

    /// The same in opportunities: one in each full unit of time after the first purchase, taken if there was a purchase in it.
    pub(crate) fn opportunities(&self, end: i32, unit: Unit) -> Vec<Customer> {
        let of = |purchases: &[(u32, i32, i64)]| {
            let (id, first, _) = purchases[0];
            let number = |day: i32| (f64::from(day - first) / unit.days()).ceil() as u32;
            let periods = (f64::from(end - first) / unit.days()).floor() as u32;
            let taken: BTreeSet<u32> = purchases.iter().map(|(_, day, _)| number(*day)).collect();
            let taken = taken.range(1..).take_while(|number| **number <= periods);
            let (count, last) = taken.fold((0, 0), |(count, _), number| (count + 1, *number));
            Customer {
                id: self.names[id as usize].clone(),
                frequency: count,
                recency: f64::from(last),
                age: f64::from(periods),
                money: None,
                weight: 1,
            }
        };
        self.each(end).map(of).collect()
    }

    /// What each of those who had bought by `end` did in the days after it up to `last`: days with a purchase, and the sum
    /// of the amounts. In the order of [`Self::customers`].
    pub(crate) fn holdout(&self, end: i32, last: i32) -> Vec<(u32, f64)> {
        let after = |purchases: &[(u32, i32, i64)]| {
            let later = |purchase: &&(u32, i32, i64)| purchase.1 > end && purchase.1 <= last;
            let days: BTreeSet<i32> = purchases.iter().filter(later).map(|(_, day, _)| *day).collect();
            let sum: i64 = purchases.iter().filter(later).map(|(_, _, amount)| amount).sum();
            (days.len() as u32, sum as f64 / PARTS)
        };
        self.all().filter(|purchases| purchases[0].1 <= end).map(after).collect()
    }

    /// The last day of anybody.
    pub(crate) fn last(&self) -> Option<i32> {
        self.purchases.iter().map(|(_, day, _)| *day).max()
    }

    /// Everything that somebody paid up to a day, in the order of [`Self::customers`].
    pub(crate) fn paid(&self, end: i32) -> Vec<f64> {
        self.histories(end).map(|(_, history)| history.total_minor() as f64 / PARTS).collect()
    }

    fn histories(&self, end: i32) -> impl Iterator<Item = (u32, Summary)> {
        self.each(end).filter_map(move |purchases| {
            let days = purchases.iter().map(|(_, day, amount)| (*day, *amount));
            Summary::from_purchases(days, end).map(|history| (purchases[0].0, history))
        })
    }

    /// The purchases of each customer up to a day.
    fn each(&self, end: i32) -> impl Iterator<Item = &[(u32, i32, i64)]> {
        self.all().filter_map(move |purchases| {
            let known = purchases.partition_point(|(_, day, _)| *day <= end);
            (known > 0).then(|| &purchases[..known])
        })
    }

    fn all(&self) -> impl Iterator<Item = &[(u32, i32, i64)]> {
        self.purchases.chunk_by(|left, right| left.0 == right.0)
    }
}

/// The purchase of a row, or none and every problem with it.
fn purchase<'a>(
    line: &'a [Cow<'_, str>],
    columns: &Columns,
    row: usize,
    problems: &mut Problems,
) -> Option<(&'a str, i32, i64)> {
    let cell = |column: usize| line.get(column).map_or("", |cell| cell.trim());
    let (name, date) = (cell(columns.customer), cell(columns.date));
    if name.is_empty() {
        problems.add(row, || "the customer is missing".to_owned());
    }
    let at = day(date);
    if at.is_none() {
        problems.add(row, || format!("\"{date}\" is no date, YYYY-MM-DD"));
    }
    let paid = columns.amount.map_or(Ok(0), |column| parts(cell(column)));
    if let Err(what) = &paid {
        problems.add(row, || what.clone());
    }
    Some((name, at?, paid.ok()?)).filter(|_| !name.is_empty())
}

fn parts(text: &str) -> Result<i64, String> {
    match text.parse::<f64>() {
        Ok(amount) if (0.0..=MOST).contains(&amount) => Ok((amount * PARTS).round() as i64),
        Ok(amount) if amount < 0.0 => {
            Err(format!("the amount {text} is below 0; a refund is no purchase, leave it out"))
        }
        _ => Err(format!("\"{text}\" is no amount")),
    }
}

/// Days since 1970-01-01 of a date, whatever time of day follows it.
pub(crate) fn day(text: &str) -> Option<i32> {
    let date = match text.split_at_checked(10) {
        Some((date, "")) => date,
        Some((date, rest)) if rest.starts_with(['T', ' ']) => date,
        Some(_) => return None,
        None => text,
    };
    let date = Date::parse(date, format_description!("[year]-[month]-[day]"))
        .or_else(|_| Date::parse(date, format_description!("[year][month][day]")))
        .ok()?;
    Some(date.to_julian_day() - EPOCH)
}

/// The date of a day.
pub(crate) fn date(day: i32) -> String {
    Date::from_julian_day(day + EPOCH).map(|date| date.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{date, day};

    #[test]
    fn dates_are_days() {
        assert_eq!((day("1970-01-01"), day("1997-09-30"), day("19700102")), (Some(0), Some(10_134), Some(1)));
        assert_eq!((day("1970-01-03T23:59:59Z"), day("1970-01-03 00:00")), (Some(2), Some(2)));
        for text in ["", "1997-02-30", "30-09-1997", "1997-09-30x", "1997-9-1", "é997-09-30"] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(date(10_134), "1997-09-30");
    }
}
