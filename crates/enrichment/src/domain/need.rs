//! Whether a provider is to be asked: only when the inputs changed, or what is known of them expires.

use tenure_kernel::Timestamp;

use super::fingerprint::Fingerprint;

/// What is known of the last time that a provider was asked about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// What it was asked.
    pub asked: Fingerprint,
    /// Whether it could not answer, or was not asked because it was not allowed; then it is asked at the next occasion.
    pub failed: bool,
    /// When to ask anew, whatever happens.
    pub refresh_at: Timestamp,
}

/// Whether to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// There is nothing to ask, and nothing is known.
    Nothing,
    /// There is nothing to ask any more: what is known is withdrawn.
    Withdraw,
    /// What is known holds until then.
    Wait(Timestamp),
    /// It is to be asked now.
    Ask,
}

/// What is to be done about a record and a provider, by what there is to ask now.
#[must_use]
pub fn need(inputs: Option<Fingerprint>, last: Option<&Last>, now: Timestamp) -> Need {
    match (inputs, last) {
        (None, None) => Need::Nothing,
        (None, Some(_)) => Need::Withdraw,
        (Some(inputs), Some(last)) if last.asked == inputs && !last.failed && last.refresh_at > now => {
            Need::Wait(last.refresh_at)
        }
        (Some(_), _) => Need::Ask,
    }
}

/// How long to wait after so many failures in a row: half a minute, doubled each time, up to an hour.
#[must_use]
pub fn pause(failures: u32) -> std::time::Duration {
    std::time::Duration::from_secs((30_u64 << failures.min(7)).min(3_600))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: Fingerprint = Fingerprint([1; 16]);
    const TWO: Fingerprint = Fingerprint([2; 16]);

    fn last(asked: Fingerprint, refresh_at: i64) -> Last {
        Last { asked, failed: false, refresh_at: Timestamp(refresh_at) }
    }

    #[test]
    fn it_is_asked_when_inputs_change_or_facts_expire() {
        let now = Timestamp(10);
        assert_eq!(need(None, None, now), Need::Nothing);
        assert_eq!(need(None, Some(&last(ONE, 20)), now), Need::Withdraw);
        assert_eq!(need(Some(ONE), None, now), Need::Ask);
        assert_eq!(need(Some(ONE), Some(&last(ONE, 11)), now), Need::Wait(Timestamp(11)));
        assert_eq!(need(Some(ONE), Some(&last(ONE, 10)), now), Need::Ask);
        assert_eq!(need(Some(TWO), Some(&last(ONE, 20)), now), Need::Ask);
        let failed = Last { failed: true, ..last(ONE, 20) };
        assert_eq!(need(Some(ONE), Some(&failed), now), Need::Ask);
    }

    proptest! {
        #[test]
        fn nothing_is_asked_twice_of_the_same_inputs(refresh_at in 1..100_i64, now in 0..100_i64) {
            let waits = need(Some(ONE), Some(&last(ONE, refresh_at)), Timestamp(now)) != Need::Ask;
            prop_assert_eq!(waits, now < refresh_at);
        }
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let seconds: Vec<_> = (0..9).map(|failures| pause(failures).as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(pause(u32::MAX).as_secs(), 3_600);
    }
}
