//! Erases persons: freezes their records, decides what is done with each, and has those erased that may be.

use std::collections::BTreeSet;

use tenure_journal::{Draft, Route, Timer};
use tenure_kernel::{EntryId, ErasureId, IdSource, PersonId, RecordId, Refusal, RightId, Tenant, Timestamp, partition};
use tenure_keyring::Keyring;
use tenure_proto::profile::v1 as pb;
use tenure_server::Call;
use tenure_store::{Query, StoreError, Tx};

use super::{
    look_back::whose,
    rights::{RECORDS, Rights, changed, reused, stated, traced},
};
use crate::{
    domain::{
        erasure::{Decision, Erasure, judge},
        right::{Kind, Right},
    },
    hot::Asked as Whose,
    store::{
        erasure, history,
        right::{self, Asked},
    },
};

/// Whom to erase.
#[derive(Debug, Clone)]
pub(crate) struct ErasePerson {
    pub(crate) request_id: String,
    pub(crate) person: PersonId,
    pub(crate) read_after: String,
}

/// What the timer of an erasure is for.
const TIMER: &str = "erasure";
/// Why retained records are restricted.
const RETAINED: &str = "erasure_retained";

impl Rights {
    /// Begins to erase a person, or answers with the erasure that the request began before.
    ///
    /// # Errors
    /// `NOT_FOUND`, `REQUEST_ID_REUSED`; what waiting for the token says.
    pub(crate) async fn erase_person(&self, call: &Call, ask: ErasePerson) -> Result<Erasure, Refusal> {
        let tenant = call.tenant()?;
        let asked = Asked { request_id: ask.request_id, body: ask.person.to_string() };
        if let Some(first) = erasure_of(&self.store, tenant, &asked).await? {
            return Ok(first);
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let (_, records) = whose(&self.store, tenant, Whose::Person(ask.person)).await?;
        let said = history::read(&self.store, &self.keyring, tenant, &records).await?;
        let now = self.clock.now();
        let id = ErasureId(self.ids.next());
        let erasure = Erasure { id, person: ask.person, run: None, records: judge(&said, now), asked_at: now };
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        if !erasure::add(&tx, tenant, &erasure, asked.clone()).await? {
            tx.rollback().await?;
            return erasure_of(&self.store, tenant, &asked).await?.ok_or_else(reused);
        }
        set_timer(&tx, tenant, &erasure).await?;
        let mut drafts = begun(tenant, &erasure, self.ids.as_ref(), now);
        if let Some(right) = self.restriction(&erasure, now) {
            let asked = Asked { request_id: format!("\u{1}{id}"), body: String::new() };
            right::add(&tx, tenant, &right, asked).await?;
            drafts.push(stated(tenant, &right));
        }
        self.journal.commit(tx, drafts.into_iter().map(|draft| traced(draft, call)).collect()).await?;
        Ok(erasure)
    }

    /// The restriction of the records that are retained, if any are.
    fn restriction(&self, erasure: &Erasure, now: Timestamp) -> Option<Right> {
        let records: Vec<RecordId> = erasure.retained().into_iter().collect();
        let id = RightId(self.ids.next());
        let ground = RETAINED.to_owned();
        let person = erasure.person;
        (!records.is_empty()).then_some(Right {
            id,
            kind: Kind::Restriction,
            person,
            records,
            ground,
            at: now,
            expires_at: None,
        })
    }
}

/// The erasure that the request began before, if it is the same request.
async fn erasure_of(query: &impl Query, tenant: &Tenant, asked: &Asked) -> Result<Option<Erasure>, Refusal> {
    match erasure::of_request(query, tenant, &asked.request_id).await? {
        Some((body, _)) if body != asked.body => Err(reused()),
        found => Ok(found.map(|(_, erasure)| erasure)),
    }
}

/// The entries of an erasure that begins.
pub(crate) fn begun(tenant: &Tenant, erasure: &Erasure, ids: &dyn IdSource, now: Timestamp) -> Vec<Draft> {
    let erased = erasure.records.iter().filter(|(_, judged)| judged.decision == Decision::Erase);
    let records: Vec<RecordId> = erased.map(|(record, _)| *record).collect();
    decided(tenant, erasure, &records, ids, now)
}

/// The entries that have records erased, and tell how far the erasure is.
fn decided(tenant: &Tenant, erasure: &Erasure, records: &[RecordId], ids: &dyn IdSource, now: Timestamp) -> Vec<Draft> {
    let decided = records.chunks(RECORDS).map(|records| {
        let record_ids = records.iter().map(|record| record.0.to_vec()).collect();
        let payload = pb::ErasureDecided { erasure_id: erasure.id.0.to_vec(), record_ids };
        Draft::new(EntryId(ids.next()), tenant.clone(), Route::Records(records.to_vec()), &payload, now)
    });
    decided.chain([changed(tenant, EntryId(ids.next()), erasure, now)]).collect()
}

/// Has an erasure looked at again when a record of it may be erased.
async fn set_timer(tx: &Tx, tenant: &Tenant, erasure: &Erasure) -> Result<(), StoreError> {
    match erasure.next() {
        Some(due_at) => Timer::set(tx, vec![timer(tenant, erasure.id, erasure.records.keys().next(), due_at)]).await,
        None => Ok(()),
    }
}

fn timer(tenant: &Tenant, id: ErasureId, of: Option<&RecordId>, due_at: Timestamp) -> Timer {
    let partition = of.map_or(0, |record| partition::of(*record));
    let (kind, payload) = (TIMER.to_owned(), id.0.to_vec());
    Timer { tenant: tenant.clone(), id: id.0, kind, partition, due_at, payload }
}

/// Has the erasures that retain records looked at again now, because a hold on them ended. It takes no lock of theirs, since who fires a
/// timer has its row before it takes one.
pub(crate) async fn wake(
    tx: &Tx,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let waiting = erasure::waiting_ids(tx, tenant, records).await?;
    let timer = |(id, records): (&ErasureId, &BTreeSet<RecordId>)| timer(tenant, *id, records.first(), now);
    Timer::set(tx, waiting.iter().map(timer).collect()).await
}

/// Looks at erasures again whose timers fired: what may be erased by now is.
pub(crate) async fn look_again(
    tx: &Tx,
    keyring: &Keyring,
    fired: &[Timer],
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<Vec<Draft>, StoreError> {
    let mut drafts = Vec::new();
    for timer in fired.iter().filter(|timer| timer.kind == TIMER) {
        let (tenant, Ok(id)) = (&timer.tenant, ErasureId::from_slice(&timer.payload)) else { continue };
        tx.lock(&erasure::lock(tenant, id)).await?;
        let Some(mut found) = erasure::get(tx, tenant, id).await? else { continue };
        let records = found.records.keys().copied().collect();
        let said = history::read(tx, keyring, tenant, &records).await?;
        let free = found.look_again(&said, now);
        erasure::update(tx, tenant, &found).await?;
        set_timer(tx, tenant, &found).await?;
        drafts.extend(decided(tenant, &found, &free, ids, now));
    }
    Ok(drafts)
}

/// Notes that records are erased here, and what that means for the erasures that wait for them.
pub(crate) async fn note_erased(
    tx: &Tx,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<Vec<Draft>, StoreError> {
    let mut drafts = Vec::new();
    for (mut erasure, records) in erasure::waiting(tx, tenant, records).await? {
        for record in &records {
            if let Some(judged) = erasure.records.get_mut(record) {
                judged.erased_at = Some(now);
            }
        }
        erasure::update(tx, tenant, &erasure).await?;
        drafts.push(changed(tenant, EntryId(ids.next()), &erasure, now));
    }
    erasure::settle(tx, tenant, records).await?;
    Ok(drafts)
}
