//! Answers that are kept, for all customers: by what was asked of whom, without anybody's id.

use std::time::Duration;

use moka::sync::Cache;
use tenure_kernel::Timestamp;

use crate::domain::{fingerprint::Fingerprint, outcome::Outcome};

/// How long it stays so that there is nothing, unless the provider says.
const NEGATIVE: Duration = Duration::from_secs(3_600);
const LEAST: Duration = Duration::from_secs(60);
const MOST: Duration = Duration::from_secs(30 * 86_400);

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The answer.
    pub outcome: Outcome,
    /// When to ask anew.
    pub fresh_until: Timestamp,
    /// Until when it will do while the provider can't be asked.
    pub good_until: Timestamp,
}

/// What of an answer that is kept can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It holds.
    Fresh,
    /// Only while the provider can't be asked.
    Stale,
    /// Not at all.
    Gone,
}

impl Kept {
    /// What to keep of an answer; `None` of one that is no answer. Facts are kept until the first expires; that there is nothing for a
    /// short time, a tenth more or less.
    #[must_use]
    pub fn of(
        asked: Fingerprint,
        outcome: &Outcome,
        negative_ttl: Option<Duration>,
        (now, stale_for): (Timestamp, Duration),
    ) -> Option<Self> {
        let (fresh_until, good_until) = match outcome {
            Outcome::Unavailable(_) => return None,
            Outcome::Found(facts) => {
                let first = facts.iter().map(|fact| fact.expires_at).min()?;
                // No longer than what it says is true.
                let valid = facts.iter().filter_map(|fact| fact.valid_to).min().unwrap_or(Timestamp::MAX);
                (first, first.plus(stale_for).min(valid))
            }
            _ => {
                let ttl = negative_ttl.unwrap_or(NEGATIVE).clamp(LEAST, MOST);
                let until = now.0.saturating_add(asked.jitter(i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX)));
                (Timestamp(until), Timestamp(until))
            }
        };
        Some(Self { outcome: outcome.clone(), fresh_until, good_until })
    }

    /// What can be done with it now.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Use {
        if now < self.fresh_until {
            Use::Fresh
        } else if now < self.good_until {
            Use::Stale
        } else {
            Use::Gone
        }
    }
}

/// The answers of a provider.
pub(super) struct Answers(Cache<Fingerprint, Kept>);

impl Answers {
    pub(super) fn new(entries: u64) -> Self {
        Self(Cache::new(entries))
    }

    /// An answer that will do in some way.
    pub(super) fn find(&self, asked: Fingerprint, now: Timestamp) -> Option<(Kept, Use)> {
        let kept = self.0.get(&asked)?;
        let will = kept.at(now);
        (will != Use::Gone).then_some((kept, will))
    }

    pub(super) fn keep(&self, asked: Fingerprint, kept: Kept) {
        self.0.insert(asked, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        fact::{Confidence, Fact, Method},
        outcome::Unavailable,
    };

    const ASKED: Fingerprint = Fingerprint([9; 16]);
    const NOW: Timestamp = Timestamp(0);
    const MINUTE: i64 = 60_000_000;

    fn fact(expires_at: i64, valid_to: Option<i64>) -> Fact {
        Fact {
            path: "enriched.a".to_owned(),
            value: "b".to_owned(),
            observed_at: NOW,
            valid_from: None,
            valid_to: valid_to.map(Timestamp),
            expires_at: Timestamp(expires_at),
            dataset_version: String::new(),
            confidence: Confidence::CERTAIN,
            method: Method::Derived,
            licence: String::new(),
            evidence_ref: String::new(),
        }
    }

    fn kept(outcome: &Outcome, ttl: Option<Duration>) -> Option<Kept> {
        Kept::of(ASKED, outcome, ttl, (NOW, Duration::from_secs(600)))
    }

    #[test]
    fn facts_are_fresh_until_the_first_expires_and_stale_no_longer_than_they_are_true() {
        let found = Outcome::Found(vec![fact(5 * MINUTE, None), fact(3 * MINUTE, Some(8 * MINUTE))]);
        let kept = kept(&found, None).expect("kept");
        let at = |minutes: i64| kept.at(Timestamp(minutes * MINUTE));
        assert_eq!([at(0), at(2), at(3), at(7), at(8)], [Use::Fresh, Use::Fresh, Use::Stale, Use::Stale, Use::Gone]);
    }

    #[test]
    fn nothing_is_kept_for_a_short_time_and_never_stale() {
        let of = |ttl| kept(&Outcome::NotFound, ttl).expect("kept");
        let within = |kept: &Kept, minutes: i64| {
            let (least, most) = (minutes * MINUTE * 9 / 10, minutes * MINUTE * 11 / 10);
            (least..=most).contains(&kept.fresh_until.0)
        };
        assert!(within(&of(None), 60) && within(&of(Some(Duration::ZERO)), 1));
        assert!(within(&of(Some(Duration::from_secs(600))), 10));
        assert!(within(&of(Some(Duration::MAX)), 30 * 24 * 60));
        assert_eq!(of(None).at(Timestamp(67 * MINUTE)), Use::Gone);
    }

    #[test]
    fn a_failure_is_not_kept() {
        for reason in Unavailable::ALL {
            assert_eq!(kept(&Outcome::Unavailable(reason), None), None);
        }
        assert_eq!(kept(&Outcome::Found(Vec::new()), None), None);
    }
}
