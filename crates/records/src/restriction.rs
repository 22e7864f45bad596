//! Whether the processing of a person is restricted (GDPR article 18): then it is kept, and nothing else is done with it.

use std::collections::BTreeSet;

use tenure_kernel::{RightId, Timestamp};
use tenure_proto::profile::v1::{Right, right::Kind};
use tenure_server::wire;

/// What was stated of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestrictionStep {
    /// A restriction, which may end by itself.
    Begins {
        /// Its id.
        right: RightId,
        /// Since when.
        at: Timestamp,
        /// Until when; `None`: until it is ended.
        expires_at: Option<Timestamp>,
    },
    /// The end of one.
    Ends {
        /// The id of the restriction.
        right: RightId,
        /// Since when.
        at: Timestamp,
    },
}

impl RestrictionStep {
    /// What a right states of restrictions, if anything. A legal hold keeps data and matters to erasures only.
    #[must_use]
    pub fn of(right: &Right) -> Option<Self> {
        let at = right.state_time.as_ref().and_then(wire::timestamp)?;
        match right.kind() {
            Kind::Restriction => {
                let expires_at = right.expire_time.as_ref().and_then(wire::timestamp);
                Some(Self::Begins { right: right.right_id.parse().ok()?, at, expires_at })
            }
            Kind::End => Some(Self::Ends { right: right.ended_right_id.parse().ok()?, at }),
            Kind::Objection | Kind::Hold | Kind::Unspecified => None,
        }
    }
}

/// Whether any restriction holds at a moment. Each ends by its own end only, in whatever order they are told.
#[must_use]
pub fn is_restricted(steps: &[RestrictionStep], now: Timestamp) -> bool {
    let ended: BTreeSet<RightId> = steps
        .iter()
        .filter_map(|step| match step {
            RestrictionStep::Ends { right, at } if *at <= now => Some(*right),
            _ => None,
        })
        .collect();
    steps.iter().any(|step| match step {
        RestrictionStep::Begins { right, at, expires_at } => {
            *at <= now && expires_at.is_none_or(|until| now < until) && !ended.contains(right)
        }
        RestrictionStep::Ends { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restriction_holds_until_it_is_ended_or_ends_by_itself() {
        let (one, other) = (RightId([1; 16]), RightId([2; 16]));
        let begins = |right, at, expires_at| RestrictionStep::Begins { right, at: Timestamp(at), expires_at };
        let steps = [
            RestrictionStep::Ends { right: one, at: Timestamp(20) },
            begins(one, 10, None),
            begins(other, 15, Some(Timestamp(30))),
        ];
        for (now, expected) in [(9, false), (10, true), (19, true), (20, true), (29, true), (30, false)] {
            assert_eq!(is_restricted(&steps, Timestamp(now)), expected, "{now}");
        }
        assert!(!is_restricted(&steps[..2], Timestamp(20)) && is_restricted(&steps[1..2], Timestamp(20)));
    }
}
