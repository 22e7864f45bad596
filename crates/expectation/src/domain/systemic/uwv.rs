//! S05 of the research note: the complaints of a Dutch benefits agency (BPI Challenge 2016). In the week of 30 November 2015 the form
//! by which people state their income could not be reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use jiff::civil::{Date, date};

use super::spike::{Cell, Limits, surprises};

/// Weeks that a week is held against.
const BASE: i64 = 8;

/// Complaints by cause and week, counted from the first week.
type Series = BTreeMap<String, BTreeMap<i64, u64>>;

struct Complaints {
    by_cause: Series,
    weeks: i64,
    incident: i64,
}

/// A week and a cause that an alert was raised for.
type Alert = (i64, String);

fn data() -> Option<PathBuf> {
    let root = env::var_os("TENURE_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let file = root.join("expectation/uwv_complaints_nl.csv");
    if !file.exists() {
        say("SKIPPED: data set expectation/uwv_complaints_nl.csv absent");
        return None;
    }
    Some(file)
}

/// Not captured, as what a test prints is: what was found and skipped must be seen.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

impl Complaints {
    /// By what a column says.
    fn read(file: &Path, column: &str) -> Self {
        let mut reader = csv::Reader::from_reader(fs::File::open(file).expect("the data set"));
        let headers = reader.headers().expect("a header").clone();
        let place = |name: &str| headers.iter().position(|header| header == name).expect("a column");
        let (day, cause) = (place("contact_date"), place(column));
        let first = date(2015, 6, 29);
        let week = |day: Date| i64::from(first.until(day).expect("days").get_days()) / 7;
        let (mut by_cause, mut weeks) = (Series::new(), 0);
        for row in reader.records().map(|row| row.expect("a row")) {
            let week = week(row[day].parse().expect("a date"));
            weeks = weeks.max(week + 1);
            *by_cause.entry(row[cause].to_owned()).or_default().entry(week).or_default() += 1;
        }
        Self { by_cause, weeks, incident: week(date(2015, 11, 30)) }
    }

    fn count(&self, cause: &str, week: i64) -> u64 {
        self.by_cause[cause].get(&week).copied().unwrap_or_default()
    }

    /// A cause in a week beside the weeks before; the incident, once it is known, is no example of what is usual.
    fn cell(&self, cause: &str, week: i64, incident: &str) -> Cell {
        let usual = (week - BASE..week).filter(|earlier| *earlier != self.incident || cause != incident);
        let counts: Vec<u64> = usual.map(|earlier| self.count(cause, earlier)).collect();
        let base_exposure = counts.len() as f64;
        Cell { base_count: counts.iter().sum(), base_exposure, count: self.count(cause, week), exposure: 1.0 }
    }

    /// The alerts of all weeks that have enough weeks before them; `together` looks at all causes of a week at once.
    fn alerts(&self, incident: &str, limits: &Limits, together: bool) -> BTreeSet<Alert> {
        let mut alerts = BTreeSet::new();
        for week in BASE..self.weeks {
            // Nobody knows of a cause before its first complaint.
            let known = self.by_cause.iter().filter(|(_, weeks)| weeks.keys().any(|first| *first <= week));
            let causes: Vec<&String> = known.map(|(cause, _)| cause).collect();
            let cells: Vec<Cell> = causes.iter().map(|cause| self.cell(cause, week, incident)).collect();
            let found = match together {
                true => surprises(&cells, limits),
                false => cells.iter().flat_map(|cell| surprises(&[*cell], limits)).collect(),
            };
            let alerted = causes.iter().zip(found).filter(|(_, found)| found.is_some_and(|found| found.alert));
            alerts.extend(alerted.map(|(cause, _)| (week, (*cause).clone())));
        }
        alerts
    }
}

/// Whatever is not the incident is counted as a false alarm: nobody knows whether some of it was not one.
#[test]
fn s05_the_incident_is_found_and_false_alarms_are_counted() {
    let Some(file) = data() else { return };
    let few = Limits { least_count: 1, least_ratio: 1.0, ..Limits::default() };
    let mut text = String::new();
    for (column, incident) in
        [("subtheme_nl", "bereikbaarheid / toegankelijkheid"), ("topic_nl", "inkomstenformulier ww niet bereikbaar")]
    {
        let complaints = Complaints::read(&file, column);
        for (name, limits, together) in [
            ("each alone, no least count", few, false),
            ("each alone", Limits::default(), false),
            ("Benjamini-Hochberg, no least count", few, true),
            ("Benjamini-Hochberg", Limits::default(), true),
        ] {
            let alerts = complaints.alerts(incident, &limits, together);
            assert!(alerts.contains(&(complaints.incident, incident.to_owned())), "{column}, {name}: not found");
            let (causes, weeks, others) = (complaints.by_cause.len(), complaints.weeks - BASE, alerts.len() - 1);
            text += &format!("| {column}, {causes} causes, {weeks} weeks | {name} | found | {others} |\n");
        }
        let cell = complaints.cell(incident, complaints.incident, incident);
        let surprise = surprises(&[cell], &Limits::default())[0].expect("a past");
        assert!(surprise.chance < 1e-4, "{surprise:?}");
    }
    say(&format!("UWV complaints, week of 30 November 2015:\n{text}"));
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipes/find-causes.md");
    let page = fs::read_to_string(page).expect("the recipe");
    assert!(page.contains(&text), "docs/recipes/find-causes.md says other numbers");
}
