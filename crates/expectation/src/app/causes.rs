//! The causes that persons met, as they are now in place of as they were.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Tenant};
use tenure_store::{StoreError, Tx};

use super::judge::Judged;
use crate::{
    domain::systemic::cause::{Cause, Causes, Struck, causes},
    store::{cause_count, person_cause},
};

/// The causes that a person met.
pub(super) fn of(judged: &Judged<'_>) -> Causes {
    causes(&judged.standings, &judged.complaints, &judged.rules.weights, &judged.rules.zone)
}

/// What has changed of the causes that persons met.
#[derive(Default)]
pub(super) struct ChangedCauses {
    persons: BTreeMap<PersonId, Causes>,
    gone: BTreeSet<PersonId>,
    differences: cause_count::Differences,
}

impl ChangedCauses {
    /// Notes what has changed of a person.
    pub(super) fn compare(&mut self, person: PersonId, now: Causes, before: Option<&Causes>) {
        let none = Causes::new();
        let before = before.unwrap_or(&none);
        if now == *before {
            return;
        }
        for (key, struck) in before {
            self.add(key, struck, -1);
        }
        for (key, struck) in &now {
            self.add(key, struck, 1);
        }
        if now.is_empty() {
            self.gone.insert(person);
            return;
        }
        let taken = before.keys().filter(|key| !now.contains_key(key)).map(|key| (key.clone(), Struck::default()));
        let mut changed: Causes = taken.collect();
        changed.extend(now.into_iter().filter(|(key, struck)| before.get(key) != Some(struck)));
        self.persons.insert(person, changed);
    }

    fn add(&mut self, key: &(i32, Cause), struck: &Struck, sign: i64) {
        let (count, exposure) = self.differences.entry(key.clone()).or_default();
        *count += sign * struck.count;
        *exposure += sign * struck.exposure;
    }

    pub(super) async fn save(self, tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
        person_cause::save(tx, tenant, &self.persons).await?;
        person_cause::drop(tx, tenant, &self.gone).await?;
        cause_count::add(tx, tenant, &self.differences).await
    }
}
