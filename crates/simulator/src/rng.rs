//! Randomness that never changes: SplitMix64 (Steele, Lea and Flood 2014), a counter and a mixer of 64 bits. It is
//! written out here so that no upgrade of a library changes what a seed means.

use crate::elementary::{exp, ln};

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes 64 bits one to one.
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// What a stream of numbers is for. Every thing has a stream of its own, so that one draw more in one place moves
/// nothing elsewhere.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// Who lives in a household; by household.
    Household = 1,
    /// What a customer does; by customer.
    Journey = 2,
    /// What a source knows of a customer; by customer and source.
    Attributes = 3,
    /// How a touchpoint is written down; by customer and ordinal.
    Touchpoint = 4,
}

/// A stream of random numbers.
pub(crate) struct Rng {
    state: u64,
}

impl Rng {
    /// The stream of a thing with two numbers (0 where it has only one).
    pub(crate) fn new(seed: u64, stream: Stream, first: u64, second: u64) -> Self {
        let state = [stream as u64, first, second]
            .into_iter()
            .fold(mix(seed.wrapping_add(GOLDEN)), |state, part| mix(state.wrapping_mul(3) ^ mix(part ^ GOLDEN)));
        Self { state }
    }

    /// 64 random bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number in (0, 1], whose logarithm is finite.
    fn positive(&mut self) -> f64 {
        1.0 - self.uniform()
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// An integer from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u128::from(high.abs_diff(low)) + 1;
        low + ((u128::from(self.next()) * span) >> 64) as i64
    }

    /// One of a list, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.between(0, list.len() as i64 - 1) as usize]
    }

    /// A standard normal number (Marsaglia's polar method).
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * ln(square) / square).sqrt();
            }
        }
    }

    /// An exponential number with this rate; infinite for a rate of 0.
    pub(crate) fn exponential(&mut self, rate: f64) -> f64 {
        -ln(self.positive()) / rate
    }

    /// A gamma number with this shape and rate (Marsaglia and Tsang 2000).
    pub(crate) fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        if shape < 1.0 {
            let boost = exp(ln(self.positive()) / shape);
            return boost * self.gamma(shape + 1.0, rate);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if ln(self.positive()) < 0.5 * x * x + d - d * v + d * ln(v) {
                return d * v / rate;
            }
        }
    }

    /// A beta number.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a, 1.0), self.gamma(b, 1.0));
        if x + y > 0.0 { x / (x + y) } else { 0.0 }
    }

    /// A Poisson number; for small means only, as it takes as many steps as it counts.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        let limit = exp(-mean);
        let mut product = self.positive();
        let mut count = 0;
        while product > limit {
            product *= self.positive();
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::{Rng, Stream};

    fn moments(mut draw: impl FnMut(&mut Rng) -> f64) -> (f64, f64) {
        let mut rng = Rng::new(7, Stream::Journey, 1, 2);
        let draws: Vec<f64> = (0..200_000).map(|_| draw(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64)
    }

    fn near(found: (f64, f64), mean: f64, variance: f64) {
        assert!((found.0 - mean).abs() < 5.0 * (variance / 200_000.0).sqrt(), "mean {} for {mean}", found.0);
        assert!((found.1 / variance - 1.0).abs() < 0.05, "variance {} for {variance}", found.1);
    }

    #[test]
    fn is_splitmix64() {
        let mut rng = Rng { state: 1_234_567 };
        let first = [rng.next(), rng.next(), rng.next()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        near(moments(|rng| rng.uniform()), 0.5, 1.0 / 12.0);
        near(moments(|rng| rng.normal()), 0.0, 1.0);
        near(moments(|rng| rng.exponential(2.0)), 0.5, 0.25);
        near(moments(|rng| rng.gamma(0.55, 4.0)), 0.1375, 0.034_375);
        near(moments(|rng| rng.gamma(6.25, 0.5)), 12.5, 25.0);
        near(moments(|rng| rng.beta(0.8, 2.5)), 0.242_424_24, 0.042_711_6);
        near(moments(|rng| f64::from(rng.poisson(1.5))), 1.5, 1.5);
        near(moments(|rng| rng.between(-3, 3) as f64), 0.0, 4.0);
    }

    #[test]
    fn streams_differ() {
        let first = |stream, a, b| Rng::new(1, stream, a, b).next();
        let all = [
            first(Stream::Journey, 0, 0),
            first(Stream::Journey, 1, 0),
            first(Stream::Journey, 0, 1),
            first(Stream::Household, 0, 0),
            Rng::new(2, Stream::Journey, 0, 0).next(),
        ];
        assert!((1..all.len()).all(|i| !all[..i].contains(&all[i])));
    }
}
