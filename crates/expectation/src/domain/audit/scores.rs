//! Answers, added up.

use crate::domain::survey::SurveyKind;

/// From what to what a survey is answered, in whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    lowest: i32,
    highest: i32,
}

impl Scale {
    /// One to five stars.
    pub const STARS: Self = Self { lowest: 1, highest: 5 };
    /// Would you recommend us: 0 to 10.
    pub const NPS: Self = Self { lowest: 0, highest: 10 };

    /// What surveys of a kind are usually answered in.
    #[must_use]
    pub fn of(kind: SurveyKind) -> Self {
        if kind.is_nps() { Self::NPS } else { Self::STARS }
    }

    /// From one number to a greater one, both within a thousand of zero.
    #[must_use]
    pub fn new(lowest: i32, highest: i32) -> Option<Self> {
        let near = -1_000..=1_000;
        (lowest < highest && near.contains(&lowest) && near.contains(&highest)).then_some(Self { lowest, highest })
    }

    /// The worst answer.
    #[must_use]
    pub fn lowest(self) -> i32 {
        self.lowest
    }

    /// The best answer.
    #[must_use]
    pub fn highest(self) -> i32 {
        self.highest
    }

    pub(super) fn has(self, score: i32) -> bool {
        (self.lowest..=self.highest).contains(&score)
    }
}

/// Surveys and their answers, added up. Whole numbers, so that their order can't matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scores {
    /// How many were sent.
    pub surveys: u64,
    /// How many were answered.
    pub answered: u64,
    /// The sum of the answers.
    pub sum: i64,
    /// How many answers are the lowest of the scale.
    pub lowest: u64,
    /// How many answers are 9 or 10, if 10 is the highest.
    pub promoters: u64,
    /// How many answers are 6 or less, if 10 is the highest.
    pub detractors: u64,
}

impl Scores {
    pub(super) fn add(&mut self, score: Option<i32>, scale: Scale) {
        self.surveys += 1;
        let Some(score) = score else { return };
        self.answered += 1;
        self.sum += i64::from(score);
        self.lowest += u64::from(score == scale.lowest);
        if scale == Scale::NPS {
            self.promoters += u64::from(score >= 9);
            self.detractors += u64::from(score <= 6);
        }
    }

    /// The mean answer; none without answers.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        ratio(self.sum, self.answered)
    }

    /// The share of the answers that are the lowest; none without answers.
    #[must_use]
    pub fn lowest_share(&self) -> Option<f64> {
        ratio(count(self.lowest), self.answered)
    }

    /// The share that these are of others' surveys; none if there are none.
    #[must_use]
    pub fn share_of(&self, all: &Self) -> Option<f64> {
        ratio(count(self.surveys), all.surveys)
    }

    /// The share of others' lowest answers that are these; none if there are none.
    #[must_use]
    pub fn share_of_lowest(&self, all: &Self) -> Option<f64> {
        ratio(count(self.lowest), all.lowest)
    }
}

pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "answers are far fewer than 2^53")]
pub(super) fn ratio(part: i64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
