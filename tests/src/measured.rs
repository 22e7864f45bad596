//! What benchmarks measure: figures in rounds, each against a baseline that was measured in turn with it.

pub mod kept;
pub mod table;

/// Which way is better, and how far it should go at least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    /// More is better, and this much is aimed at.
    AtLeast(f64),
    /// Less is better, and this much is the most that is aimed at.
    AtMost(f64),
    /// More is better.
    More,
    /// Less is better.
    Less,
}

impl Aim {
    /// Whether one value is worse than another.
    #[must_use]
    pub fn is_worse(self, one: f64, other: f64) -> bool {
        match self {
            Self::AtLeast(_) | Self::More => one < other,
            Self::AtMost(_) | Self::Less => one > other,
        }
    }

    /// Whether a value is as aimed at; always without a limit.
    #[must_use]
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(limit) => value >= limit,
            Self::AtMost(limit) => value <= limit,
            Self::More | Self::Less => true,
        }
    }
}

/// One round: our figure, and the baseline's in the same unit. Without a baseline the figure speaks for itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// Ours.
    pub ours: f64,
    /// The baseline's.
    pub baseline: Option<f64>,
}

impl Round {
    /// Against a baseline.
    #[must_use]
    pub fn against(ours: f64, baseline: f64) -> Self {
        Self { ours, baseline: Some(baseline) }
    }

    /// What is compared: the ratio, or the figure alone.
    #[must_use]
    pub fn value(self) -> f64 {
        self.baseline.map_or(self.ours, |baseline| self.ours / baseline)
    }
}

impl From<f64> for Round {
    fn from(ours: f64) -> Self {
        Self { ours, baseline: None }
    }
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was measured. The same words in the next run mean the same.
    pub what: String,
    /// Against what; empty without a baseline.
    pub baseline: String,
    /// Of our figure and the baseline's.
    pub unit: &'static str,
    /// At least one.
    pub rounds: Vec<Round>,
    /// What we aim at.
    pub aim: Aim,
    /// What else should be known; mostly empty.
    pub note: String,
}

impl Row {
    /// The middle and the ends of what is compared.
    #[must_use]
    pub fn spread(&self) -> Spread {
        Spread::of(self.rounds.iter().map(|round| round.value()))
    }
}

/// The least, the middle and the most of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The one in the middle; of an even number the upper of the two.
    pub median: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of some values; not numbers if there are none.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        Self { least: at(0), median: at(values.len() / 2), most: at(values.len().saturating_sub(1)) }
    }

    /// Whether it is worse than another beyond what rounds differ by: its median is worse than each round of the other, and each
    /// of its rounds worse than the other's median.
    #[must_use]
    pub fn is_worse(self, before: Self, aim: Aim) -> bool {
        let every = |spread: Self, than: Self| {
            aim.is_worse(spread.median, than.least) && aim.is_worse(spread.median, than.most)
        };
        every(self, before) && aim.is_worse(self.least, before.median) && aim.is_worse(self.most, before.median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: [f64; 3]) -> Spread {
        Spread::of(values)
    }

    #[test]
    fn a_row_is_judged_by_the_ratios_of_its_rounds() {
        let rounds = [(10.0, 20.0), (9.0, 10.0), (30.0, 40.0)].map(|(ours, theirs)| Round::against(ours, theirs));
        let row = Row {
            what: "it".to_owned(),
            baseline: "the least".to_owned(),
            unit: "/s",
            rounds: rounds.to_vec(),
            aim: Aim::AtLeast(0.7),
            note: String::new(),
        };
        assert_eq!(row.spread(), Spread { least: 0.5, median: 0.75, most: 0.9 });
        assert!(row.aim.is_met(0.75) && !row.aim.is_met(0.5));
        assert_eq!(Round::from(3.0).value(), 3.0);
        assert!(Spread::of([]).median.is_nan());
    }

    #[test]
    fn worse_is_what_lies_beyond_both_spreads() {
        let before = spread([1.0, 1.1, 1.2]);
        for (now, aim, worse) in [
            ([1.3, 1.4, 1.5], Aim::AtMost(2.0), true),
            ([1.15, 1.4, 1.5], Aim::Less, true),
            ([1.0, 1.4, 1.5], Aim::Less, false),
            ([1.15, 1.2, 1.5], Aim::Less, false),
            ([1.3, 1.4, 1.5], Aim::More, false),
            ([0.7, 0.8, 0.9], Aim::AtLeast(0.1), true),
            ([0.7, 0.8, 0.9], Aim::Less, false),
            ([1.0, 1.1, 1.2], Aim::Less, false),
        ] {
            assert_eq!(spread(now).is_worse(before, aim), worse, "{now:?} {aim:?}");
        }
    }
}
