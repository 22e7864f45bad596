//! How far a service had followed its journals at some moment.

use std::collections::BTreeMap;

use tenure_proto::journal::v1::InputProgress;

use super::projection::Follow;
use crate::{
    ReadToken,
    input::{self, Position},
};

/// How far a service had followed at some moment: what was read since reflects all of it. A cached answer carries it, so that
/// a read after a token can tell whether the answer will do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Followed(Vec<InputProgress>);

/// The name under which it is kept how far a followed journal's service had come with a journal of its own.
fn through(followed: &str, input: &str) -> String {
    format!("{followed}/{input}")
}

impl Followed {
    /// Over the ranges of each journal the least. Ranges in different epochs say nothing.
    pub(super) fn of(positions: &BTreeMap<String, Vec<Position>>) -> Self {
        let mut all = Vec::new();
        for (journal, ranges) in positions {
            let Some(first) = ranges.first() else { continue };
            if ranges.iter().all(|range| range.epoch == first.epoch) {
                let sequence = ranges.iter().map(|range| range.sequence).min().unwrap_or_default();
                all.push(InputProgress { journal: journal.clone(), epoch: first.epoch.to_vec(), sequence });
            }
            for input in &first.inputs {
                let Ok(epoch) = input.epoch.as_slice().try_into() else { continue };
                let sequence = ranges.iter().map(|range| range.input(&input.journal, epoch)).min().unwrap_or_default();
                all.push(InputProgress { journal: through(journal, &input.journal), epoch: epoch.to_vec(), sequence });
            }
        }
        Self(all)
    }

    fn sequence(&self, name: &str, epoch: [u8; 16]) -> i64 {
        let found = self.0.iter().find(|one| one.journal == name && one.epoch == epoch);
        found.map_or(0, |one| one.sequence)
    }

    /// How many entries are still to come after it until what a token names, at the place that is furthest behind.
    pub(super) fn behind(&self, follows: &[Follow], token: &ReadToken) -> i64 {
        let mut behind = 0;
        for follow in follows {
            let least = if follow.journal == token.journal {
                self.sequence(follow.journal, token.epoch)
            } else if follow.inputs.contains(&token.journal.as_str()) {
                self.sequence(&through(follow.journal, &token.journal), token.epoch)
            } else {
                continue;
            };
            behind = behind.max(token.sequence - least);
        }
        behind
    }

    /// As bytes, to be kept.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        input::encode(&self.0)
    }

    /// From bytes; `None` if they are not what [`Followed::encode`] made.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        input::decode(bytes).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLLOWS: &[Follow] =
        &[Follow { journal: "collector", inputs: &[] }, Follow { journal: "identity", inputs: &["collector"] }];

    fn position(epoch: u8, sequence: i64, input: i64) -> Position {
        let inputs = vec![InputProgress { journal: "collector".to_owned(), epoch: vec![1; 16], sequence: input }];
        Position { epoch: [epoch; 16], sequence, inputs: if input > 0 { inputs } else { Vec::new() } }
    }

    fn behind(followed: &Followed, journal: &str, epoch: u8, sequence: i64) -> i64 {
        followed.behind(FOLLOWS, &ReadToken { journal: journal.to_owned(), epoch: [epoch; 16], sequence })
    }

    #[test]
    fn the_range_that_is_furthest_behind_counts_also_by_way_of_another_journal() {
        let collector = vec![position(1, 9, 0), position(1, 7, 0)];
        let identity = vec![position(2, 5, 6), position(2, 4, 8)];
        let positions = BTreeMap::from([("collector".to_owned(), collector), ("identity".to_owned(), identity)]);
        let followed = Followed::of(&positions);
        assert_eq!(Followed::decode(&followed.encode()).as_ref(), Some(&followed));
        assert_eq!([5, 6, 7, 8].map(|sequence| behind(&followed, "collector", 1, sequence)), [0, 0, 1, 2]);
        assert_eq!([4, 5].map(|sequence| behind(&followed, "identity", 2, sequence)), [0, 1]);
        assert_eq!(behind(&followed, "collector", 3, 2), 2, "another epoch was not followed at all");
    }

    #[test]
    fn ranges_in_different_epochs_say_nothing() {
        let positions = BTreeMap::from([("collector".to_owned(), vec![position(1, 9, 0), position(2, 9, 0)])]);
        assert_eq!(behind(&Followed::of(&positions), "collector", 1, 3), 3);
        assert_eq!(behind(&Followed::default(), "identity", 2, 3), 3);
        assert_eq!(Followed::decode(b"rubbish"), None);
    }
}
