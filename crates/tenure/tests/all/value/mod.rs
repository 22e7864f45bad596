//! `tenure value`: files in, models and scores out.

mod fits;
mod forecasts;
mod refusals;

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use crate::{run, text};

/// Runs a verb and gives what it printed.
fn value(folder: &Path, args: &[&str]) -> String {
    let done = run(folder, &[&["value"], args].concat());
    assert!(done.status.success(), "{args:?}: {}", text(&done.stderr));
    text(&done.stdout)
}

fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&value(folder, &[args, &["--json"]].concat())).expect("JSON")
}

/// What a verb says when it refuses.
fn refused(folder: &Path, args: &[&str]) -> String {
    let done = run(folder, &[&["value"], args].concat());
    assert_eq!(done.status.code(), Some(1), "{args:?}: {}", text(&done.stdout));
    text(&done.stderr)
}

fn write(folder: &Path, name: &str, content: &str) {
    fs::write(folder.join(name), content).expect("written");
}

/// A CSV file by its columns.
fn table(file: &Path) -> BTreeMap<String, Vec<String>> {
    let read = fs::read_to_string(file).expect("a file");
    let rows: Vec<Vec<&str>> = read.lines().map(|line| line.split(',').collect()).collect();
    let column = |at: usize| rows[1..].iter().map(|row| row[at].to_owned()).collect();
    rows[0].iter().enumerate().map(|(at, name)| ((*name).to_owned(), column(at))).collect()
}

fn numbers(column: &[String]) -> Vec<f64> {
    column.iter().map(|cell| cell.parse().expect("a number")).collect()
}

/// Dice that fall alike each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn wait(&mut self, mean: f64) -> f64 {
        -self.throw().ln() * mean
    }
}

/// A log of 600 customers over two years, who buy at rates of their own until they leave.
fn log() -> String {
    let mut dice = Dice(7);
    let mut text = String::from("klant,datum,bedrag,currency\n");
    for customer in 0..600 {
        let (pace, life) = (8.0 / dice.throw(), dice.throw());
        let life = dice.wait(60.0 / life);
        let first = dice.throw() * 80.0;
        let mut day = first;
        while day < (first + life).min(729.0) || day == first {
            let whole = day as i64;
            let date = time::Date::from_julian_day(2_458_850 + whole as i32).expect("a date");
            let _ = writeln!(text, "k{customer},{date}T12:00:00Z,{:.2},EUR", 5.0 + dice.wait(20.0));
            day += dice.wait(pace);
        }
    }
    text
}

/// How the log is read.
const LOG: [&str; 7] = ["--log", "--customer", "klant", "--date", "datum", "--amount", "bedrag"];

/// Where the public data sets are, if they are.
fn public(name: &str) -> Option<String> {
    let root = std::env::var_os("TENURE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), std::path::PathBuf::from);
    let file = root.join("value").join(name);
    if file.exists() {
        return fs::canonicalize(file).ok()?.to_str().map(str::to_owned);
    }
    use std::io::Write as _;
    // Not captured, as what a test prints is: a skipped test must be seen.
    let _ = writeln!(std::io::stderr(), "SKIPPED: data set value/{name} absent");
    None
}
