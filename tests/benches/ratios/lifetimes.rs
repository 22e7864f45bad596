//! Models of customers against lifetimes, in one run: CPU time of fits and of scores, reading files apart, and the memory of a fit of a
//! large base.
//!
//! lifetimes is installed from its package, pinned, with the pandas it works with, into an environment of its own beside the build. Where
//! that cannot be done, or CDNOW's data are not there, there is nothing to compare with, and the benchmark fails. Ours runs in
//! this process on one thread.

mod customers;

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use serde_json::Value;
use tenure_clv::{
    Ahead, BgNbd, Cell, DiscountRate, GammaGamma, Horizon, Outlook, ParetoNbd, RepeatSpend, WeightedCell, cell,
};
use tenure_tests::{
    cluster::binary,
    measured::{Aim, Round, Row},
};

use crate::python;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ratios/lifetimes");
const KIB: f64 = 1024.0;
/// What is quick is done so often, and the mean counts.
const TIMES: u32 = 20;

/// What is measured: its name in `timed.py`, in words, and how many times less CPU is aimed at.
const COMPARED: [(&str, &str, f64); 5] = [
    ("bg_known", "BG/NBD fit of CDNOW's 23,570 customers", 30.0),
    ("pareto_known", "Pareto/NBD fit of the same", 100.0),
    ("bg_rows", "BG/NBD fit", 50.0),
    ("bg_cells", "BG/NBD fit of weighted cells", 5.0),
    ("clv", "twelve months' value", 10.0),
];

/// A customer: what they did, and what a repeat brought.
type Customer = (Cell, f64);

/// The rows, or why there are none.
pub(crate) fn measure() -> Result<Vec<Row>, String> {
    let (count, rounds) = if crate::long() { (1_000_000, 3) } else { (100_000, 2) };
    let python = python::environment("lifetimes", &format!("{FOLDER}/requirements.txt"))?;
    let known = known()?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let base = folder.path().join("base.csv");
    customers::write(count, &base).map_err(|error| error.to_string())?;
    let bench = Bench { known: read(&known, [1, 2, 3, 4])?, base: read(&base, [0, 1, 2, 3])? };
    let (mut ours, mut theirs, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(bench.ours()?);
        let mut timed = Command::new(&python);
        timed.arg(format!("{FOLDER}/timed.py")).arg(&known).arg(&base);
        let said = python::text(python::run(&mut timed)?);
        theirs.push(serde_json::from_str::<Value>(&said).map_err(|error| format!("{error}: {said}"))?);
        let mut fit = Command::new(binary());
        fit.args(["value", "fit", "--model", "bg-nbd", "--json"]).arg(&base);
        memory.push(python::spent(&python, folder.path(), &fit)?.0[1] / KIB);
    }
    rows(count, &ours, &theirs, &memory)
}

fn rows(count: usize, ours: &[[f64; 5]], theirs: &[Value], memory: &[f64]) -> Result<Vec<Row>, String> {
    let of_base = format!("{} thousand customers", count / 1_000);
    let mut rows = Vec::new();
    for (place, (name, what, aim)) in COMPARED.into_iter().enumerate() {
        let mut rounds = Vec::new();
        for (ours, theirs) in ours.iter().zip(theirs) {
            let theirs = theirs["seconds"][name].as_f64().ok_or_else(|| format!("timed.py did not tell {name}"))?;
            rounds.push(Round::against(1.0 / ours[place], 1.0 / theirs));
        }
        let what = if place < 2 { what.to_owned() } else { format!("{what}, {of_base}") };
        let aim = Aim::AtLeast(aim);
        rows.push(Row { what, baseline: "lifetimes".to_owned(), unit: "1/CPU s", rounds, aim, note: String::new() });
    }
    rows.push(Row {
        what: format!("memory of tenure value fit, {of_base}"),
        baseline: String::new(),
        unit: "MiB at most",
        rounds: memory.iter().map(|memory| (*memory).into()).collect(),
        aim: Aim::AtMost(200.0),
        note: String::new(),
    });
    Ok(rows)
}

struct Bench {
    known: Vec<Customer>,
    base: Vec<Customer>,
}

impl Bench {
    /// Seconds of each, in the order of [`COMPARED`].
    fn ours(&self) -> Result<[f64; 5], String> {
        let (known, base) = (weighted(&self.known), weighted(&self.base));
        let cells = cell::unique(&base);
        let model = BgNbd::fit(&cells).map_err(|error| error.to_string())?.model;
        let spends: Vec<RepeatSpend> =
            self.base.iter().filter_map(|(cell, money)| RepeatSpend::new(cell.frequency(), *money)).collect();
        let spend = GammaGamma::fit(&spends).map_err(|error| error.to_string())?.model;
        Ok([
            seconds(TIMES, || BgNbd::fit(&cell::unique(&known))),
            seconds(TIMES, || ParetoNbd::fit(&cell::unique(&known))),
            seconds(3, || BgNbd::fit(&cell::unique(&base))),
            seconds(3, || BgNbd::fit(&cells)),
            seconds(3, || self.value(&model, &spend)),
        ])
    }

    /// What each customer is worth in a year.
    fn value(&self, model: &BgNbd, spend: &GammaGamma) -> Option<Vec<f64>> {
        let (horizon, discount) = (Horizon::from_weeks(52.0).ok()?, DiscountRate::from_annual(0.127).ok()?);
        let mut outlook = Outlook::new(model, Ahead::from((horizon, discount)));
        let worth = |(cell, money): &Customer| {
            Some(outlook.of(cell).discounted * spend.expected_value(cell.frequency(), *money).ok()?)
        };
        self.base.iter().map(worth).collect()
    }
}

fn weighted(customers: &[Customer]) -> Vec<WeightedCell> {
    customers.iter().map(|(cell, _)| WeightedCell { cell: *cell, weight: 1 }).collect()
}

/// The mean of so many times, in CPU time of this thread; by the clock where the system does not tell it.
fn seconds<T>(times: u32, work: impl Fn() -> T) -> f64 {
    let (start, spent) = (Instant::now(), on_cpu());
    (0..times).for_each(|_| drop(black_box(work())));
    let all = spent.zip(on_cpu()).map_or(start.elapsed().as_secs_f64(), |(before, after)| after - before);
    all / f64::from(times)
}

/// Seconds that this thread has been on a processor.
fn on_cpu() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
}

/// Where CDNOW's summary is.
fn known() -> Result<PathBuf, String> {
    let root = std::env::var_os("TENURE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let file = root.join("value/cdnow_full_cal_holdout.csv");
    if file.exists() { Ok(file) } else { Err(format!("ABSENT: {} (TENURE_DATA names the folder)", file.display())) }
}

/// Customers of a file, from the columns of frequency, recency, age and money.
fn read(file: &Path, columns: [usize; 4]) -> Result<Vec<Customer>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let customer = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |column: usize| cells.get(column)?.parse::<f64>().ok();
        let [frequency, recency, age, money] = columns.map(number);
        Some((Cell::new(frequency? as u32, recency?, age?).ok()?, money?))
    };
    let read = |line| customer(line).ok_or_else(|| format!("{}: {line}", file.display()));
    text.lines().skip(1).map(read).collect()
}
