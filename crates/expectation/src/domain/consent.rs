//! Whether a person may be asked at all: consent withdrawn, contact objected to, a channel left.

use std::collections::BTreeMap;

use tenure_kernel::{Timestamp, TouchpointId};

/// The purposes that a survey serves, as sources name them. Without one, contact of any purpose is meant.
const PURPOSES: [&str; 6] = ["", "marketing", "survey", "surveys", "feedback", "research"];

/// What a person said about being contacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsentStep {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) at: Timestamp,
    /// Of two statements of the same moment the higher rank wins.
    pub(crate) source_rank: i32,
    pub(crate) purpose: String,
    /// Empty: every channel.
    pub(crate) channel: String,
    pub(crate) allows: bool,
}

/// Whether a survey over a channel would go against what a person said last about any purpose it serves. Where no channel is
/// named, one that was left is enough.
pub(crate) fn forbids(steps: &[ConsentStep], channel: &str, now: Timestamp) -> bool {
    let mut last: BTreeMap<(&str, &str), &ConsentStep> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.at <= now && PURPOSES.contains(&step.purpose.as_str())) {
        let kept = last.entry((&step.purpose, &step.channel)).or_insert(step);
        let order = |one: &ConsentStep| (one.at, one.source_rank, one.touchpoint);
        if order(step) > order(kept) {
            *kept = step;
        }
    }
    let meant = |of: &str| of.is_empty() || channel.is_empty() || of == channel;
    last.values().any(|step| !step.allows && meant(&step.channel))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(number: u8, day: i32, (purpose, channel): (&str, &str), allows: bool) -> ConsentStep {
        ConsentStep {
            touchpoint: TouchpointId([number; 16]),
            at: Timestamp::from_day(day),
            source_rank: 0,
            purpose: purpose.to_owned(),
            channel: channel.to_owned(),
            allows,
        }
    }

    #[test]
    fn the_last_word_on_each_purpose_and_channel_counts() {
        let now = Timestamp::from_day(100);
        let mail = ("marketing", "email");
        let mut steps = vec![said(1, 1, mail, true)];
        assert!(!forbids(&steps, "email", now));
        steps.push(said(2, 5, mail, false));
        assert!(forbids(&steps, "email", now) && forbids(&steps, "", now) && !forbids(&steps, "phone", now));
        steps.insert(0, said(3, 9, mail, true));
        assert!(!forbids(&steps, "email", now), "whatever the order");
        steps.push(said(4, 9, ("profiling", ""), false));
        assert!(!forbids(&steps, "email", now), "a purpose that no survey serves");
        steps.push(said(5, 9, ("marketing", ""), false));
        assert!(forbids(&steps, "phone", now), "an objection is about every channel");
    }
}
