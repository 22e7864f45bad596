//! The numbers that turn gaps into dissonance, under a version: a score of an old version can be worked out again.

/// Parameters of disconfirmation and dissonance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    pub(crate) version: &'static str,
    /// How fast feeling saturates with the size of the gap.
    pub(crate) curvature: f64,
    /// How much more a loss weighs than a gain of the same size.
    pub(crate) loss_aversion: f64,
    /// What a further failure on the same matter multiplies the loss by.
    pub(crate) repeated: f64,
    /// The most scales that a gap counts.
    pub(crate) cap: f64,
    /// The share of gains that offsets losses.
    pub(crate) offset: f64,
    /// The net loss at which dissonance reaches 63 of 100.
    pub(crate) saturation: f64,
    /// What an accepted recovery takes off the matter's losses.
    pub(crate) recovery: f64,
    /// The confidence from which a promise competes with others on the same thing.
    pub(crate) least_confidence: f64,
}

impl Default for Weights {
    /// Version v1: prospect theory's curvature and loss aversion, the rest set by judgement until fitted to a tenant.
    fn default() -> Self {
        Self {
            version: "v1",
            curvature: 0.88,
            loss_aversion: 2.25,
            repeated: 1.5,
            cap: 3.0,
            offset: 0.25,
            saturation: 3.0,
            recovery: 0.35,
            least_confidence: 0.6,
        }
    }
}
