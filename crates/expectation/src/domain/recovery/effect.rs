//! What a gesture did, against those who were held out.

/// The two-sided 95 % of a normal distribution.
const Z: f64 = 1.96;
/// So few on either side, recovered or not, that an interval says nothing.
const FEWEST: u64 = 5;

/// One of the two sides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Arm {
    pub(crate) customers: u64,
    pub(crate) recovered: u64,
}

/// What can be said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// More recovered, and more than chance would have it.
    Effective,
    /// Fewer did.
    Harmful,
    /// It can't be told: the interval holds nothing at all, or there are too few.
    Unclear,
}

/// By how much more recovered of those that were offered it, with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Effect {
    pub(crate) difference: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) verdict: Verdict,
}

/// None while one of the sides is empty.
pub(crate) fn effect(treated: Arm, held_out: Arm) -> Option<Effect> {
    let (one, other) = (treated.share()?, held_out.share()?);
    let difference = one.0 - other.0;
    let margin = Z * (one.1 + other.1).sqrt();
    let (low, high) = (difference - margin, difference + margin);
    let enough = treated.is_enough() && held_out.is_enough();
    let verdict = match () {
        () if enough && low > 0.0 => Verdict::Effective,
        () if enough && high < 0.0 => Verdict::Harmful,
        () => Verdict::Unclear,
    };
    Some(Effect { difference, low, high, verdict })
}

impl Arm {
    /// The share that recovered, and its variance.
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many customers")]
    fn share(self) -> Option<(f64, f64)> {
        let (all, good) = (self.customers as f64, self.recovered as f64);
        let share = good / all;
        (self.customers > 0).then(|| (share, share * (1.0 - share) / all))
    }

    fn is_enough(self) -> bool {
        self.recovered >= FEWEST && self.customers - self.recovered >= FEWEST
    }
}
