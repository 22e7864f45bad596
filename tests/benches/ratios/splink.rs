//! `tenure link dedupe` against Splink, on the same customers with the same blocking rules: CPU time and memory of a process from
//! the file of records to the file of clusters, and how good the clusters are.
//!
//! Splink is installed from its package, pinned, into an environment of its own beside the build. Where that cannot be done there is
//! nothing to compare with, and the benchmark fails.

pub(crate) mod customers;
mod names;

use std::{fs::File, io::BufWriter, path::PathBuf, process::Command};

use serde_json::Value;
use tenure_tests::{
    cluster::binary,
    measured::{Aim, Round, Row},
};

use crate::python;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ratios/splink");
/// Times that each is measured, in turn.
const ROUNDS: usize = 3;
const GIB: f64 = (1 << 20) as f64;

/// The rows, or why there are none.
pub(crate) fn measure() -> Result<Vec<Row>, String> {
    let python = python::environment("splink", &script("requirements.txt"))?;
    let records = if crate::long() { 1_000_000 } else { 100_000 };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let bench = Bench { records, python, folder: folder.path().to_owned() };
    let mut file = BufWriter::new(File::create(bench.file()).map_err(|error| error.to_string())?);
    customers::write(records, &mut file).map_err(|error| error.to_string())?;
    let mut rounds_of: [Vec<Linked>; 3] = Default::default();
    for _ in 0..ROUNDS {
        rounds_of[0].push(bench.ours(&["--spec", &script("plain.toml")])?);
        rounds_of[1].push(bench.splink()?);
        rounds_of[2].push(bench.ours(&["--spec", "customers-nl"])?);
    }
    Ok(rows(records, &rounds_of))
}

fn rows(records: usize, [ours, splink, by_default]: &[Vec<Linked>; 3]) -> Vec<Row> {
    let thousands = records / 1_000;
    let row = |what: &str, unit, aim, of: &[Linked], value: fn(&Linked) -> f64| Row {
        what: format!("link dedupe, {thousands} thousand records, {what}"),
        baseline: "Splink".to_owned(),
        unit,
        rounds: of.iter().zip(splink).map(|(ours, splink)| Round::against(value(ours), value(splink))).collect(),
        aim,
        note: String::new(),
    };
    let pairs = |of: &[Linked]| of.first().map_or(0, |linked| linked.pairs);
    let memory = row("memory", "GiB at most", Aim::AtMost(4.0), ours, |linked| linked.memory);
    let theirs = splink.iter().map(|linked| linked.memory).fold(0.0, f64::max);
    vec![
        Row {
            note: format!("the same rules: {} pairs looked at, {} by Splink", pairs(ours), pairs(splink)),
            ..row("CPU", "records/CPU s", Aim::AtLeast(3.0), ours, |linked| linked.speed)
        },
        Row { note: accuracy(ours, splink), ..row("F1", "% F1", Aim::AtLeast(1.0), ours, |linked| linked.f1 * 100.0) },
        Row {
            baseline: String::new(),
            rounds: ours.iter().map(|linked| linked.memory.into()).collect(),
            note: format!("Splink {theirs:.2}"),
            ..memory
        },
        Row {
            note: format!("{} pairs looked at", pairs(by_default)),
            ..row("CPU, default keys", "records/CPU s", Aim::More, by_default, |linked| linked.speed)
        },
        Row {
            note: accuracy(by_default, splink),
            ..row("F1, default keys", "% F1", Aim::More, by_default, |linked| linked.f1 * 100.0)
        },
    ]
}

/// Precision, recall and F1, and Splink's; every round has the same.
fn accuracy(of: &[Linked], splink: &[Linked]) -> String {
    let said = |of: &[Linked]| {
        of.first().map(|one| format!("{:.4}, {:.4}, {:.4}", one.precision, one.recall, one.f1)).unwrap_or_default()
    };
    format!("precision, recall, F1: {}; Splink {}", said(of), said(splink))
}

/// What linking took, and how good it is.
struct Linked {
    /// Records in a second of CPU time of the process and its children.
    speed: f64,
    /// The most that it held, in GiB.
    memory: f64,
    pairs: u64,
    /// Of pairs in one cluster, over all true pairs.
    precision: f64,
    recall: f64,
    f1: f64,
}

struct Bench {
    records: usize,
    python: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn file(&self) -> PathBuf {
        self.folder.join("customers.csv")
    }

    fn clusters(&self) -> PathBuf {
        self.folder.join("clusters.csv")
    }

    fn ours(&self, spec: &[&str]) -> Result<Linked, String> {
        let mut command = Command::new(binary());
        command.args(["link", "dedupe", "--quiet", "--json", "--out"]).arg(self.clusters()).args(spec).arg(self.file());
        let linked = python::spent(&self.python, &self.folder, &command)?;
        let said: Value = serde_json::from_str(&linked.1).map_err(|error| format!("{error}: {}", linked.1))?;
        self.judged(linked.0, number(&said["candidates"])? as u64)
    }

    fn splink(&self) -> Result<Linked, String> {
        let mut command = Command::new(&self.python);
        command.arg(script("linked.py")).arg(self.file()).arg(self.clusters());
        let linked = python::spent(&self.python, &self.folder, &command)?;
        let pairs = linked.1.trim().parse().map_err(|_| format!("Splink said: {}", linked.1))?;
        self.judged(linked.0, pairs)
    }

    /// Both are measured in the same way, by clusters in a file.
    fn judged(&self, [cpu, memory]: [f64; 2], pairs: u64) -> Result<Linked, String> {
        let mut command = Command::new(binary());
        command.args(["link", "evaluate", "--quiet", "--json", "--spec"]).arg(script("plain.toml"));
        let told = python::text(python::run(command.arg("--clusters").arg(self.clusters()).arg(self.file()))?);
        std::fs::remove_file(self.clusters()).map_err(|error| error.to_string())?;
        let said: Value = serde_json::from_str(&told).map_err(|error| format!("{error}: {told}"))?;
        let pairwise = |name: &str| number(&said["pairwise"][name]);
        let [precision, recall, f1] = [pairwise("precision")?, pairwise("recall")?, pairwise("f1")?];
        let speed = self.records as f64 / cpu;
        Ok(Linked { speed, memory: memory / GIB, pairs, precision, recall, f1 })
    }
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("no number: {value}"))
}

fn script(name: &str) -> String {
    format!("{FOLDER}/{name}")
}
