//! Answers about one attribute, summed up as they are read: however many there are, it takes no more room.

use tenure_kernel::TouchpointId;

use super::{
    bootstrap::{Dice, percentiles},
    fit::{Point, Sums},
    proposal::Proposal,
};

/// How often the answers are drawn anew.
const REPLICATES: usize = 200;

/// Sums over answers, and over each drawing of them.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    late: usize,
    early: usize,
    answers: usize,
    sums: Sums,
    drawn: Vec<Sums>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { late: 0, early: 0, answers: 0, sums: Sums::default(), drawn: vec![Sums::default(); REPLICATES] }
    }
}

impl Tally {
    /// Adds an answer. How often it is drawn follows from its touchpoint, so that the same answers give the same interval.
    pub(crate) fn add(&mut self, touchpoint: TouchpointId, point: &Point) {
        self.answers += 1;
        self.late += usize::from(point.loss > 0.0);
        self.early += usize::from(point.gain > 0.0);
        self.sums.add(point);
        let [a, b, c, d, e, f, g, h, ..] = touchpoint.0;
        let mut dice = Dice(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        for sums in &mut self.drawn {
            (0..dice.times()).for_each(|_| sums.add(point));
        }
    }

    /// What the answers come to, beside the loss aversion that is used.
    pub(crate) fn proposal(&self, current: f64) -> Proposal {
        let fit = self.sums.fit();
        let ratio = |sums: &Sums| sums.fit().and_then(|fit| fit.ratio()).unwrap_or(f64::INFINITY);
        let interval = fit.is_some().then(|| percentiles(&mut self.drawn.iter().map(ratio).collect::<Vec<_>>()));
        Proposal::of((self.answers, self.late, self.early), (fit, interval), current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{calibration::Doubt, promise::hashed};

    fn tally(count: u32, ratio: f64) -> Tally {
        let mut tally = Tally::default();
        for number in 0..count {
            let steps = f64::from(number % 9) - 4.0;
            let (gain, loss) = if steps > 0.0 { (steps, 0.0) } else { (0.0, -steps) };
            let noise = [0.3, -0.1, 0.2, -0.4][usize::try_from(number / 9 % 4).expect("few")];
            let score = 7.0 + gain - ratio * loss + noise;
            tally.add(TouchpointId(hashed("answer", &[&number.to_be_bytes()])), &Point { score, gain, loss });
        }
        tally
    }

    #[test]
    fn a_ratio_is_found_with_its_interval() {
        let found = tally(360, 3.0).proposal(2.25);
        let ratio = found.fit.and_then(|fit| fit.ratio()).expect("a ratio");
        let (low, high) = found.interval.expect("an interval");
        assert!((ratio - 3.0).abs() < 0.05 && low < ratio && ratio < high && high - low < 0.5, "{found:?}");
        assert_eq!((found.answers, found.late, found.early, found.current), (360, 160, 160, 2.25));
        assert_eq!(found.doubts, []);
        assert_eq!(tally(216, 3.0).proposal(2.25).doubts, [Doubt::FewLate], "96 were late");
        assert_eq!(tally(360, 1.0).proposal(2.25).doubts, [Doubt::MayBeOne]);
        let none = Tally::default().proposal(2.25);
        assert_eq!((none.fit, none.interval), (None, None));
        assert_eq!(none.doubts, [Doubt::FewLate, Doubt::NoGain, Doubt::MayBeOne]);
    }

    #[test]
    fn answers_are_drawn_as_often_as_there_are() {
        let (mut dice, draws) = (Dice(1), 100_000);
        let counts = (0..draws).fold([0_usize; 7], |mut counts, _| {
            counts[dice.times()] += 1;
            counts
        });
        let mean: usize = counts.iter().enumerate().map(|(times, count)| times * count).sum();
        assert!(mean.abs_diff(draws) < 1_000, "{counts:?}");
        assert!(counts[0].abs_diff(36_788) < 700 && counts[1].abs_diff(36_788) < 700, "{counts:?}");
    }
}
