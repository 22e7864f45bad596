//! A line through answers, with a slope for gains and one for losses.

/// An answer, and the gap that it is about: of gain and loss one is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) score: f64,
    pub(crate) gain: f64,
    pub(crate) loss: f64,
}

/// What an answer is made of: `level + gains × gain - losses × loss`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The answer where all is as expected.
    pub level: f64,
    /// What a step of gain adds.
    pub gains: f64,
    /// What a step of loss takes away.
    pub losses: f64,
}

impl Fit {
    /// How many times more a loss weighs than a gain; none where gains add nothing.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        (self.gains > 0.0).then(|| self.losses / self.gains)
    }
}

/// Sums over points, of which least squares are made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    count: f64,
    score: f64,
    gain: f64,
    loss: f64,
    gain_gain: f64,
    loss_loss: f64,
    gain_score: f64,
    loss_score: f64,
}

impl Sums {
    pub(super) fn add(&mut self, point: &Point) {
        self.count += 1.0;
        self.score += point.score;
        self.gain += point.gain;
        self.loss += point.loss;
        self.gain_gain += point.gain * point.gain;
        self.loss_loss += point.loss * point.loss;
        self.gain_score += point.gain * point.score;
        self.loss_score += point.loss * point.score;
    }

    /// The line of least squares; none where gains or losses do not vary. Gain and loss are never both there, so that their product
    /// is nothing.
    pub(super) fn fit(&self) -> Option<Fit> {
        let mean = |sum: f64| sum / self.count;
        let centred = |product: f64, one: f64, other: f64| product - one * mean(other);
        let (gains, losses) =
            (centred(self.gain_gain, self.gain, self.gain), centred(self.loss_loss, self.loss, self.loss));
        let both = centred(0.0, self.gain, self.loss);
        let (gain_score, loss_score) =
            (centred(self.gain_score, self.gain, self.score), centred(self.loss_score, self.loss, self.score));
        let determinant = gains * losses - both * both;
        if self.count < 1.0 || determinant <= 1e-9 * gains * losses || gains <= 0.0 || losses <= 0.0 {
            return None;
        }
        let gain = (losses * gain_score - both * loss_score) / determinant;
        let loss = (gains * loss_score - both * gain_score) / determinant;
        let level = mean(self.score) - gain * mean(self.gain) - loss * mean(self.loss);
        Some(Fit { level, gains: gain, losses: -loss })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_noise_is_found() {
        let mut sums = Sums::default();
        for step in 0..5_u8 {
            let step = f64::from(step);
            sums.add(&Point { score: 4.0 + 0.2 * step, gain: step, loss: 0.0 });
            sums.add(&Point { score: 4.0 - 0.6 * step, gain: 0.0, loss: step });
        }
        let fit = sums.fit().expect("a line");
        let close = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(close(fit.level, 4.0) && close(fit.gains, 0.2) && close(fit.losses, 0.6), "{fit:?}");
        assert!(close(fit.ratio().expect("gains"), 3.0));
        assert_eq!(Fit { gains: -0.1, ..fit }.ratio(), None);
    }

    #[test]
    fn without_gains_or_losses_there_is_none() {
        let mut sums = Sums::default();
        assert_eq!(sums.fit(), None);
        for step in 0..5_u8 {
            sums.add(&Point { score: 4.0, gain: f64::from(step), loss: 0.0 });
        }
        assert_eq!(sums.fit(), None);
    }
}
