//! What persons add to the sums of loyalty, as they are now in place of as they were.

use std::{collections::BTreeMap, time::Duration};

use tenure_kernel::{Tenant, Timestamp};
use tenure_records::{RestrictionStep, is_restricted};
use tenure_store::{StoreError, Tx};

use super::{judge::Judged, person::Person};
use crate::{
    domain::{
        group_loyalty::{Key, Member, Sum},
        loyalty::drivers,
    },
    store::loyalty_sum,
};

/// How long until somebody is looked at again of whom nothing is heard: what is felt fades, terms run down and answers grow old.
const AGAIN: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What a person adds. Whoever is restricted or has died adds nothing.
pub(super) fn of(person: &Person, judged: &Judged<'_>) -> Member {
    let history = &person.history;
    if history.deceased || is_restricted(&history.restrictions, judged.now) {
        return Member::default();
    }
    let drivers = drivers(&history.facts, &judged.standings, &judged.assessment, &judged.rules.weights);
    Member::of(&drivers, &history.facts)
}

/// When a person is to be looked at again, for what it adds may have changed by itself.
pub(super) fn again(person: &Person, member: &Member, now: Timestamp) -> Option<Timestamp> {
    let restricted = person.history.restrictions.iter().flat_map(|step| match *step {
        RestrictionStep::Begins { at, expires_at, .. } => [Some(at), expires_at],
        RestrictionStep::Ends { at, .. } => [Some(at), None],
    });
    let moves = (!member.is_empty()).then(|| now.plus(AGAIN));
    restricted.flatten().chain(moves).filter(|at| *at > now).min()
}

/// What has changed of the sums.
#[derive(Default)]
pub(super) struct ChangedLoyalty(BTreeMap<Key, Sum>);

impl ChangedLoyalty {
    /// Notes what a person adds now, and no longer.
    pub(super) fn compare(&mut self, now: Option<&Member>, before: Option<&Member>) {
        if now == before {
            return;
        }
        before.into_iter().for_each(|member| member.count(&mut self.0, -1));
        now.into_iter().for_each(|member| member.count(&mut self.0, 1));
    }

    pub(super) async fn save(self, tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
        loyalty_sum::add(tx, tenant, &self.0).await
    }
}
