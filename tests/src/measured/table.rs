//! The table as it is printed.

use std::fmt::Write as _;

use super::{
    Aim, Row, Spread,
    kept::{Kept, Measured, Run},
};

/// Writes rows beside what was measured before, and below them what should be seen.
#[must_use]
pub fn write(rows: &[Row], before: &Result<Kept, String>, run: &Run) -> String {
    let form = if run.long { "the long form" } else { "the short form" };
    let mut text = format!(
        "median [least..most] of the rounds, each measured in turn with its baseline; {form}, {} cores, commit {}\n",
        run.cores, run.commit
    );
    let _ = writeln!(text, "{:54} {:>24}   {:9} before", "", "now", "aim");
    let mut remarks = Vec::new();
    for row in rows {
        let (now, earlier) = (row.spread(), before.as_ref().ok().and_then(|kept| kept.rows.get(&row.what)));
        let shown = earlier.map_or_else(|| "-".to_owned(), |earlier| show(earlier.spread()));
        let line = format!("{:54} {:>24}   {:9} {shown:24} {}", row.what, show(now), aim(row.aim), figures(row));
        let _ = writeln!(text, "{}", line.trim_end());
        if !row.aim.is_met(now.median) {
            remarks.push(format!("MISSED: {}: {}, aim {}", row.what, show(now), aim(row.aim)));
        }
        remarks.extend(earlier.and_then(|earlier| compared(row, earlier, run)));
    }
    match before {
        Err(why) => remarks.push(format!("nothing to compare with: {why}")),
        Ok(kept) if !rows.iter().any(|row| kept.rows.contains_key(&row.what)) => {
            remarks.push("nothing to compare with: none of this was measured before".to_owned());
        }
        Ok(_) => {}
    }
    remarks.iter().for_each(|remark| text.push_str(&format!("{remark}\n")));
    text
}

/// What is to be said of a row beside what it was before.
fn compared(row: &Row, earlier: &Measured, run: &Run) -> Option<String> {
    let (Run { commit, date, .. }, what) = (&earlier.run, &row.what);
    if earlier.run.cores != run.cores || earlier.run.long != run.long || earlier.baseline != row.baseline {
        return Some(format!("NOT COMPARED: {what}: it was measured otherwise before ({commit}, {date})"));
    }
    let (now, then) = (row.spread(), earlier.spread());
    let worse = now.is_worse(then, row.aim);
    worse.then(|| format!("WORSE: {what}: {} after {} ({commit}, {date}), beyond the spread", show(now), show(then)))
}

fn show(Spread { least, median, most }: Spread) -> String {
    // As many digits as a reader can use: two behind the point of a ratio, none of thousands.
    let digits = match median {
        _ if median.abs() < 10.0 => 2,
        _ if median.abs() < 100.0 => 1,
        _ => 0,
    };
    format!("{median:.digits$} [{least:.digits$}..{most:.digits$}]")
}

fn aim(aim: Aim) -> String {
    match aim {
        Aim::AtLeast(limit) => format!(">= {limit:.2}"),
        Aim::AtMost(limit) => format!("<= {limit:.2}"),
        Aim::More | Aim::Less => "none".to_owned(),
    }
}

/// The figures behind a ratio, or the unit of one that speaks for itself.
fn figures(row: &Row) -> String {
    let median = |values: &mut dyn Iterator<Item = f64>| Spread::of(values).median;
    let ours = median(&mut row.rounds.iter().map(|round| round.ours));
    let theirs = median(&mut row.rounds.iter().filter_map(|round| round.baseline));
    let figures = match row.baseline.as_str() {
        "" => row.unit.to_owned(),
        baseline => format!("{ours:.0} against {theirs:.0} {} of {baseline}", row.unit),
    };
    if row.note.is_empty() { figures } else { format!("{figures}; {}", row.note) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::Round;

    fn row(what: &str, ratios: [f64; 3], aim: Aim) -> Row {
        let rounds = ratios.map(|ratio| Round::against(100.0 * ratio, 100.0)).to_vec();
        Row { what: what.to_owned(), baseline: "nothing".to_owned(), unit: "us", rounds, aim, note: String::new() }
    }

    fn run(commit: &str, cores: usize) -> Run {
        Run { commit: commit.to_owned(), date: "2026-01-01T00:00:00Z".to_owned(), cores, long: false }
    }

    #[test]
    fn the_table_tells_what_missed_its_aim_and_what_became_worse() {
        let mut before = Kept::default();
        let then = [row("same", [1.0, 1.1, 1.2], Aim::Less), row("worse", [1.0, 1.1, 1.2], Aim::Less)];
        before.take(&then, &run("c0ffee", 2));
        before.take(&[row("elsewhere", [0.1, 0.1, 0.1], Aim::Less)], &run("c0ffee", 64));
        let mut alone = row("p99", [0.0; 3], Aim::AtMost(50.0));
        (alone.baseline, alone.unit, alone.note) = (String::new(), "ms", "while it runs".to_owned());
        alone.rounds = [31.25, 12.0, 40.0].map(Round::from).to_vec();
        let rows = [
            row("same", [1.0, 1.15, 1.3], Aim::AtMost(1.5)),
            row("worse", [1.3, 1.4, 1.5], Aim::AtMost(1.2)),
            row("elsewhere", [1.0, 1.0, 1.0], Aim::Less),
            row("new", [4000.0, 4100.0, 4200.0], Aim::AtLeast(3.0)),
            alone,
        ];
        insta::assert_snapshot!(write(&rows, &Ok(before), &run("decaf", 2)));
    }

    #[test]
    fn without_results_to_compare_with_the_table_says_so() {
        let rows = [row("it", [1.0, 1.0, 1.0], Aim::More)];
        let text = write(&rows, &Err("there are no results of an earlier run".to_owned()), &run("decaf", 2));
        assert!(text.ends_with("nothing to compare with: there are no results of an earlier run\n"), "{text}");
        let text = write(&rows, &Ok(Kept::default()), &run("decaf", 2));
        assert!(text.ends_with("nothing to compare with: none of this was measured before\n"), "{text}");
    }
}
