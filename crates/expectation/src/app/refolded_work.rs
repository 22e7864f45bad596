//! What waits for somebody, and what of it is new or gone since a person was last looked at.

use std::collections::BTreeMap;

use tenure_journal::Draft;
use tenure_kernel::{EntryId, IdSource, PersonId, Tenant, Timestamp};
use tenure_proto::expectation::v1::{WorkItemChange, WorkKind};
use tenure_store::{StoreError, Tx};

use super::judge::Judged;
use crate::{
    api::convert::work,
    domain::{
        promise::{Expected, hashed},
        standing::{Standing, State},
    },
    event,
    store::work_item::{self, Item, ItemId},
};

/// Changes in one entry.
const AT_ONCE: usize = 500;

/// Items to be written.
#[derive(Default)]
pub(super) struct Work {
    items: BTreeMap<ItemId, Item>,
    gone: BTreeMap<ItemId, Item>,
}

impl Work {
    /// Compares what waits for a person with what was known to; without a judgement there is no such person any more.
    pub(super) fn compare(
        &mut self,
        person: PersonId,
        judged: Option<&Judged<'_>>,
        known: Option<&BTreeMap<ItemId, Item>>,
    ) {
        let before = |id: &ItemId| known.and_then(|known| known.get(id));
        let mut now: BTreeMap<ItemId, Item> = BTreeMap::new();
        if let Some(judged) = judged {
            now.extend(judged.standings.iter().filter_map(|standing| promised(person, standing)));
            let id = item_id(person, WorkKind::CustomerToCall, &[]);
            now.extend(call(person, judged, before(&id).map(|item| item.due)).map(|item| (id, item)));
        }
        let gone = known.into_iter().flatten().filter(|(id, _)| !now.contains_key(*id));
        self.gone.extend(gone.map(|(id, item)| (*id, item.clone())));
        now.retain(|id, item| before(id) != Some(item));
        self.items.extend(now);
    }

    /// What is said of it.
    pub(super) fn drafts(&self, tenant: &Tenant, ids: &dyn IdSource, now: Timestamp) -> Vec<Draft> {
        let new = self.items.values().map(|item| work::change(&item.message, false));
        let gone = self.gone.values().map(|item| work::change(&item.message, true));
        let changes: Vec<_> = gone.chain(new).collect();
        let entry = |some: &[WorkItemChange]| event::work_items_changed(EntryId(ids.next()), tenant, some, now);
        changes.chunks(AT_ONCE).map(entry).collect()
    }

    pub(super) async fn save(&self, tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
        work_item::save(tx, tenant, (&self.items, &self.gone)).await
    }
}

fn item_id(person: PersonId, kind: WorkKind, about: &[u8]) -> ItemId {
    hashed("work", &[&person.0, &i32::from(kind).to_be_bytes(), about])
}

fn promised(person: PersonId, standing: &Standing) -> Option<(ItemId, Item)> {
    let Expected::By(due) = standing.promise.expected else { return None };
    let kind = match standing.state {
        State::AtRisk => WorkKind::PromiseAtRisk,
        _ if standing.is_overdue() => WorkKind::PromiseOverdue,
        _ => return None,
    };
    let about = [standing.promise.id.0.as_slice(), &due.0.to_be_bytes()].concat();
    let message = work::promise(kind, person, standing, due);
    Some((item_id(person, kind, &about), Item { person, due, message }))
}

/// That somebody should call, since it was first seen.
fn call(person: PersonId, judged: &Judged<'_>, since: Option<Timestamp>) -> Option<Item> {
    let (decision, due) = (judged.relational(), since.unwrap_or(judged.now));
    decision.human_followup.then(|| Item { person, due, message: work::call(person, decision, due) })
}
