//! How far a ratio may be off: what it comes to on answers drawn again from those there are.

use super::fit::{Point, Sums};

const REPLICATES: usize = 1_000;

/// Dice with a seed (SplitMix64), so that the same answers give the same interval.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// How often one of many is drawn when as many are drawn as there are: by Poisson's law, once on average.
    pub(super) fn times(&mut self) -> usize {
        const AT_MOST: [u64; 6] = [367_879, 735_759, 919_699, 981_012, 996_340, 999_406];
        let drawn = self.below(1_000_000);
        AT_MOST.iter().filter(|most| drawn >= **most).count()
    }

    /// A number below a bound.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(mixed ^ (mixed >> 31)) * u128::from(bound)) >> 64) as u64
    }
}

/// The 95 % interval of how many times more a loss weighs, by percentiles. Where gains add nothing it is without bound.
pub(super) fn interval(points: &[Point], seed: u64) -> (f64, f64) {
    let mut dice = Dice(seed);
    let mut ratios: Vec<f64> = (0..REPLICATES)
        .map(|_| {
            let mut sums = Sums::default();
            for _ in points {
                let place = usize::try_from(dice.below(points.len() as u64)).unwrap_or_default();
                points.get(place).iter().for_each(|point| sums.add(point));
            }
            sums.fit().and_then(|fit| fit.ratio()).unwrap_or(f64::INFINITY)
        })
        .collect();
    percentiles(&mut ratios)
}

/// What 95 % of ratios lie between.
pub(super) fn percentiles(ratios: &mut [f64]) -> (f64, f64) {
    ratios.sort_unstable_by(f64::total_cmp);
    let outside = ratios.len() / 40;
    let of = |place: usize| ratios.get(place).copied().unwrap_or(f64::INFINITY);
    (of(outside), of(ratios.len().saturating_sub(1 + outside)))
}
