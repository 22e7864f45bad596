//! What waits for somebody, and what of it is new or gone since a person was last looked at.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, Tenant, Timestamp};
use tenure_proto::expectation::v1::{WorkItem, WorkKind};
use tenure_store::{StoreError, Tx};

use super::judge::{Judged, Survey};
use crate::{
    api::convert::work,
    domain::{
        promise::{Expected, hashed},
        standing::{Standing, State},
    },
    store::work_item::{self, Key},
};

/// Items to be written.
#[derive(Default)]
pub(super) struct Work {
    items: BTreeMap<Key, (Timestamp, WorkItem)>,
    gone: BTreeSet<Key>,
}

impl Work {
    /// Compares what waits for a person with what was known to; without a judgement there is no such person any more.
    pub(super) fn compare(
        &mut self,
        id: PersonId,
        judged: Option<&Judged<'_>>,
        known: &BTreeMap<Key, (Timestamp, WorkItem)>,
    ) {
        let known = known.range((id, i32::MIN, [0; 16])..=(id, i32::MAX, [u8::MAX; 16]));
        let known: BTreeMap<&Key, &(Timestamp, WorkItem)> = known.collect();
        let mut now = BTreeMap::new();
        if let Some(judged) = judged {
            now.extend(judged.standings.iter().filter_map(|standing| promised(id, standing)));
            let key = (id, WorkKind::CustomerToCall.into(), [0; 16]);
            now.extend(call(id, judged, known.get(&key).map(|(since, _)| *since)).map(|item| (key, item)));
        }
        self.gone.extend(known.keys().filter(|key| !now.contains_key(**key)).map(|key| **key));
        now.retain(|key, item| known.get(key).is_none_or(|before| **before != *item));
        self.items.extend(now);
    }

    pub(super) async fn save(&self, tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
        work_item::save(tx, tenant, (&self.items, &self.gone)).await
    }
}

fn promised(id: PersonId, standing: &Standing) -> Option<(Key, (Timestamp, WorkItem))> {
    let Expected::By(due) = standing.promise.expected else { return None };
    let kind = match standing.state {
        State::AtRisk => WorkKind::PromiseAtRisk,
        _ if standing.is_overdue() => WorkKind::PromiseOverdue,
        _ => return None,
    };
    let item = hashed("work", &[&standing.promise.id.0, &due.0.to_be_bytes()]);
    Some(((id, kind.into(), item), (due, work::promise(kind, id, standing, due))))
}

/// That somebody should call, since it was first seen.
fn call(id: PersonId, judged: &Judged<'_>, since: Option<Timestamp>) -> Option<(Timestamp, WorkItem)> {
    let decision = judged.decide(&Survey::relational());
    let since = since.unwrap_or(judged.now);
    decision.human_followup.then(|| (since, work::call(id, &decision, since)))
}
