//! Sends an item in quarantine through the same door again, as it is or corrected.

use std::collections::BTreeMap;

use prost::Message;
use tenure_kernel::{QuarantineId, Reason, Refusal, Tenant};
use tenure_proto::collector::v1 as pb;
use tenure_store::Tx;

use super::{
    App, Recorded, Sender,
    batch::{Batch, Failure},
    intake::Item,
};
use crate::{
    domain::{
        intake::Held,
        outcome::{Outcome, Status},
    },
    store::{
        erased,
        quarantine::{self, Quarantined},
        tally::{self, Tally},
    },
};

/// How often it is decided again after a lost race.
const TRIES: usize = 5;

impl App {
    /// Replays an item. What is accepted, here already or about an erased record leaves the quarantine; anything else stays.
    ///
    /// # Errors
    /// `NOT_FOUND`; `QUARANTINE_SETTLED` when it left before; `UNAVAILABLE`.
    pub(crate) async fn replay(
        &self,
        sender: Sender,
        id: QuarantineId,
        corrected: Option<pb::Touchpoint>,
    ) -> Result<Recorded, Refusal> {
        let held = quarantine::get(&self.store, &sender.tenant, id).await?.ok_or_else(Refusal::not_found)?;
        if held.held == Held::Settled {
            return Err(settled());
        }
        let as_it_was = corrected.is_none();
        let touchpoint = match corrected {
            Some(touchpoint) => touchpoint,
            None => self.reopen(&sender.tenant, &held).await?,
        };
        let secret = self.id_secret(&sender.tenant).await?;
        let prepared = self.prepare(&sender.tenant, &secret, vec![touchpoint]).await?;
        let mut items = self.seal(&sender, &secret, prepared).await?;
        let _turn = self.journal.turn().await?;
        for _ in 0..TRIES {
            let batch = Batch { tenant: &sender.tenant, secret: &secret, items: items.iter().collect() };
            match self.decide_replay(&batch, &held, as_it_was).await {
                Ok((tx, outcome)) => return self.conclude_replay(tx, &sender.tenant, id, outcome, &mut items).await,
                Err(Failure::Lost) => {}
                Err(Failure::Refused(refusal)) => return Err(refusal),
            }
        }
        Err(Refusal::unavailable("database"))
    }

    /// The item as it came.
    async fn reopen(&self, tenant: &Tenant, held: &Quarantined) -> Result<pb::Touchpoint, Refusal> {
        let keys = self.keyring.data_keys(tenant, [held.id.0], false).await?;
        let sealed = quarantine::sealed(&self.store, tenant, &[held.id]).await?.remove(&held.id);
        // Its content and its key are gone when it left meanwhile.
        let raw = sealed.and_then(|sealed| keys.open(&sealed)).ok_or_else(settled)?;
        pb::Touchpoint::decode(raw.as_slice()).map_err(|_| Refusal::new(Reason::Internal, "an item can't be read"))
    }

    /// Decides, and writes all but the journal.
    async fn decide_replay(
        &self,
        batch: &Batch<'_>,
        held: &Quarantined,
        as_it_was: bool,
    ) -> Result<(Tx, Outcome), Failure> {
        let tx = self.store.begin().await?;
        if !quarantine::hold(&tx, batch.tenant, held.id).await? {
            return Err(Failure::Refused(settled()));
        }
        let outcome = self.retake(&tx, batch, held.id).await?.ok_or_else(Refusal::not_found)?;
        let source = batch.items.first().map_or("", |item| item.source.as_str());
        let tally = match outcome.status {
            Status::Quarantined if as_it_was => reasoned_anew(&tx, batch.tenant, held, &outcome).await?,
            Status::Quarantined | Status::Refused => Tally::default(),
            status => {
                quarantine::settle(&tx, batch.tenant, &[held.id]).await?;
                erased::doom(&tx, batch.tenant, [held.id.0].into_iter(), self.clock.now()).await?;
                moved(held, source, status)
            }
        };
        tally::add(&tx, tally::MOVES, &BTreeMap::from([(batch.tenant.clone(), tally)])).await?;
        Ok((tx, outcome))
    }

    async fn conclude_replay(
        &self,
        tx: Tx,
        tenant: &Tenant,
        id: QuarantineId,
        outcome: Outcome,
        items: &mut [Item],
    ) -> Result<Recorded, Refusal> {
        let accepted = outcome.status == Status::Accepted;
        let drafts: Vec<_> = items.iter_mut().filter(|_| accepted).filter_map(|item| item.draft.take()).collect();
        let last = self.journal.commit(tx, drafts).await?;
        let sequence = if accepted { last } else { self.journal.head().await? };
        if !matches!(outcome.status, Status::Quarantined | Status::Refused) {
            self.destroy_settled(tenant, id).await;
        }
        Ok(Recorded { outcomes: vec![outcome], sequence })
    }
}

fn settled() -> Refusal {
    Refusal::new(Reason::QuarantineSettled, "the item left the quarantine before")
}

/// Notes what is wrong with an item now.
async fn reasoned_anew(tx: &Tx, tenant: &Tenant, held: &Quarantined, outcome: &Outcome) -> Result<Tally, Failure> {
    quarantine::set_violations(tx, tenant, held.id, &outcome.violations).await?;
    let mut tally = Tally::default();
    tally.count(&held.source, Status::Quarantined, &held.violations, -1);
    tally.count(&held.source, Status::Quarantined, &outcome.violations, 1);
    Ok(tally)
}

/// Moves an item from the quarantine to what became of it. Corrected, it may come from another source.
fn moved(held: &Quarantined, source: &str, status: Status) -> Tally {
    let mut tally = Tally::default();
    tally.received(&held.source, -1);
    tally.count(&held.source, Status::Quarantined, &held.violations, -1);
    tally.received(source, 1);
    tally.count(source, status, &[], 1);
    tally
}
