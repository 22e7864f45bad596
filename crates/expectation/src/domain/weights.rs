//! The numbers that turn gaps into dissonance, under a version: a score of an old version can be worked out again.

use std::collections::BTreeMap;

/// What of an attribute differs from others.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Own {
    pub(crate) loss_aversion: Option<f64>,
    pub(crate) weight: Option<f64>,
}

/// Parameters of disconfirmation and dissonance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    pub(crate) version: String,
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
    /// Attributes that differ.
    pub(crate) attributes: BTreeMap<String, Own>,
}

/// The version that is built in.
pub(crate) const BUILT_IN: &str = "v1";

impl Weights {
    /// How much more a loss in an attribute weighs than a gain of the same size.
    pub(crate) fn loss_aversion_of(&self, attribute: &str) -> f64 {
        self.attributes.get(attribute).and_then(|own| own.loss_aversion).unwrap_or(self.loss_aversion)
    }

    /// How much an attribute matters beside others, if that is not as built in.
    pub(crate) fn weight_of(&self, attribute: &str, built_in: f64) -> f64 {
        self.attributes.get(attribute).and_then(|own| own.weight).unwrap_or(built_in)
    }
}

impl Default for Weights {
    /// Version v1: prospect theory's curvature and loss aversion, the rest set by judgement until fitted to a tenant.
    fn default() -> Self {
        Self {
            version: BUILT_IN.to_owned(),
            curvature: 0.88,
            loss_aversion: 2.25,
            repeated: 1.5,
            cap: 3.0,
            offset: 0.25,
            saturation: 3.0,
            recovery: 0.35,
            least_confidence: 0.6,
            attributes: BTreeMap::new(),
        }
    }
}
