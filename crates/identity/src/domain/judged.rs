//! Pairs that stewards judged, as labels for a model.

use std::collections::BTreeMap;

use tenure_kernel::RecordId;
use tenure_linkage::{Judge, labels::Label, model::probability};

use super::{
    decision::{Decision, Place},
    edge::least,
};

/// Records of each piece of a decision that are looked at: the steward's pair is the likeliest between two pieces, and further
/// records of a piece say much the same.
const LOOKED_AT: usize = 20;

/// The records of a decision that are looked at, by piece.
pub(crate) fn pieces(decision: &Decision) -> BTreeMap<Place, Vec<RecordId>> {
    let mut pieces: BTreeMap<Place, Vec<RecordId>> = BTreeMap::new();
    for (record, place) in &decision.places {
        let piece = pieces.entry(*place).or_default();
        if piece.len() < LOOKED_AT {
            piece.push(*record);
        }
    }
    pieces
}

/// A label for each two parts that a decision put together, and one for each two sides that it parted: the pair between them that
/// the model holds for likeliest, for that is why a steward looked. `members` are the records of the judge, by place; a record
/// that is none of them, or names nobody, teaches nothing.
pub(crate) fn labels(
    decisions: &[Decision],
    members: &[RecordId],
    judge: &Judge<'_>,
    named: impl Fn(usize) -> bool,
) -> Vec<Label> {
    let place = |record: &RecordId| members.binary_search(record).ok().filter(|at| named(*at));
    let mut labels = Vec::new();
    for decision in decisions {
        let pieces: Vec<(i64, Vec<usize>)> = pieces(decision)
            .into_iter()
            .map(|(at, records)| (at.side, records.iter().filter_map(place).collect()))
            .collect();
        let is_split = pieces.iter().any(|(side, _)| *side > 0);
        if is_split {
            let side = |of: bool| {
                pieces.iter().filter(move |(side, _)| (*side > 0) == of).flat_map(|(_, records)| records.clone())
            };
            let (lefts, rights): (Vec<usize>, Vec<usize>) = (side(false).collect(), side(true).collect());
            labels.extend(likeliest(&lefts, &rights, judge).map(|(left, right)| label(left, right, false)));
        } else {
            let mut before: Vec<usize> = Vec::new();
            for (_, records) in pieces {
                labels.extend(likeliest(&before, &records, judge).map(|(left, right)| label(left, right, true)));
                before.extend(records);
            }
        }
    }
    labels
}

fn label(left: usize, right: usize, is_match: bool) -> Label {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Label { left: place(left), right: place(right), is_match }
}

fn likeliest(lefts: &[usize], rights: &[usize], judge: &Judge<'_>) -> Option<(usize, usize)> {
    let pairs = lefts.iter().flat_map(|left| rights.iter().map(move |right| (*left, *right)));
    let weighed = pairs.filter_map(|(left, right)| Some((judge.said(left, right).bits()?, left, right)));
    // The first of equals.
    let best = weighed.reduce(|best, one| if one.0 > best.0 { one } else { best });
    best.map(|(_, left, right)| (left, right))
}

/// How a model stands to labels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Agreement {
    /// Labels.
    pub(crate) labels: usize,
    /// Those with which its link zone agrees.
    pub(crate) agreed: usize,
    /// In bits a label.
    pub(crate) log_loss: f64,
}

/// What a model says of labels.
pub(crate) fn agreement(labels: &[Label], judge: &Judge<'_>) -> Agreement {
    let mut found = Agreement { labels: labels.len(), ..Agreement::default() };
    let floor = super::edge::bits(least());
    for label in labels {
        let bits = judge.said(label.left as usize, label.right as usize).bits().unwrap_or_default();
        let probability = if label.is_match { probability(bits) } else { probability(-bits) };
        found.log_loss -= probability.max(f64::MIN_POSITIVE).log2() / labels.len() as f64;
        found.agreed += usize::from((bits >= floor) == label.is_match);
    }
    found
}
