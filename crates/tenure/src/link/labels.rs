//! Pairs that somebody judged or decided, from a CSV file.

use std::path::Path;

use anyhow::{Context as _, bail};
use tenure_linkage::{Records, cluster::Decisions, labels::Label};

use super::input::by_id;

/// Names of the column that says whether a pair is one person.
const JUDGED: [&str; 4] = ["is_match", "match", "clerical_match_score", "label"];

/// Reads pairs: the first two columns whose names have to do with ids, and `is_match` (1, 0, true, false, yes, no, or a
/// score from 0 to 1). Lines without a judgement are left out.
pub(crate) fn read(path: &Path, records: &Records) -> anyhow::Result<Vec<Label>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("can't read {}", path.display()))?;
    let headers: Vec<String> = reader.headers()?.iter().map(|header| header.trim().to_lowercase()).collect();
    let judged = JUDGED.iter().find_map(|name| headers.iter().position(|header| header == name));
    let judged = judged.with_context(|| format!("{} has no column \"is_match\"", path.display()))?;
    let mut ids = (0..headers.len()).filter(|column| *column != judged && headers[*column].contains("id"));
    let (Some(left), Some(right)) = (ids.next(), ids.next()) else {
        bail!("{} has no two columns with ids, such as left_id and right_id", path.display());
    };
    let places = by_id(records);
    let mut labels = Vec::new();
    for row in reader.records() {
        let row = row.with_context(|| format!("{}", path.display()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let Some(is_match) = judgement(row.get(judged).unwrap_or_default())
            .with_context(|| format!("{}, line {line}: is_match must be 1 or 0", path.display()))?
        else {
            continue;
        };
        let place = |column: usize| {
            let id = row.get(column).unwrap_or_default().trim();
            places.get(id).copied().with_context(|| format!("{}, line {line}: no record has this id", path.display()))
        };
        let (left, right) = (place(left)?, place(right)?);
        if left != right {
            labels.push(Label { left, right, is_match });
        }
    }
    Ok(labels)
}

/// `None` for a cell that says nothing yet.
fn judgement(cell: &str) -> anyhow::Result<Option<bool>> {
    Ok(match cell.trim().to_lowercase().as_str() {
        "" => None,
        "true" | "yes" | "y" | "ja" | "j" => Some(true),
        "false" | "no" | "n" | "nee" => Some(false),
        number => Some(number.parse::<f64>().context("not a judgement")? >= 0.5),
    })
}

/// The same pairs as decisions.
pub(crate) fn decisions(labels: &[Label]) -> Decisions {
    let pairs = |is_match: bool| {
        labels.iter().filter(move |label| label.is_match == is_match).map(|label| (label.left, label.right))
    };
    Decisions::new(pairs(true), pairs(false))
}
