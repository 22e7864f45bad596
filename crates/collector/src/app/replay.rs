//! Sends an item in quarantine through the same door again, as it is or corrected.

use std::collections::BTreeMap;

use prost::Message;
use tenure_kernel::{QuarantineId, Reason, Refusal, Tenant, record::IdSecret};
use tenure_proto::collector::v1 as pb;
use tenure_store::Tx;

use super::{
    App, Recorded, Sender,
    batch::{Batch, Failure},
    intake::{self, Item},
};
use crate::{
    domain::{
        intake::Held,
        outcome::{Outcome, Status},
    },
    store::{
        erased,
        quarantine::{self, Quarantined, Replayed},
        tally::{self, Tally},
    },
};

/// How often it is decided again after a lost race.
const TRIES: usize = 5;

impl App {
    /// Replays an item. What is accepted, here already or about an erased record leaves the quarantine; anything else stays.
    /// A repeat of the call that took it out gets the first answer.
    ///
    /// # Errors
    /// `NOT_FOUND`; `QUARANTINE_SETTLED` when it left before by another call; `UNAVAILABLE`.
    pub(crate) async fn replay(
        &self,
        sender: Sender,
        id: QuarantineId,
        corrected: Option<pb::Touchpoint>,
    ) -> Result<Recorded, Refusal> {
        let tenant = &sender.tenant;
        let secret = self.id_secret(tenant).await?;
        let held = quarantine::get(&self.store, tenant, id).await?.ok_or_else(Refusal::not_found)?;
        let as_it_was = corrected.is_none();
        let body = corrected.as_ref().map(|touchpoint| intake::body(touchpoint, &secret));
        let touchpoint = match corrected {
            _ if held.held == Held::Settled => return self.first_answer(tenant, id, body, &secret).await,
            Some(touchpoint) => touchpoint,
            None => match self.reopen(tenant, &held).await? {
                Some(touchpoint) => touchpoint,
                None => return self.first_answer(tenant, id, body, &secret).await,
            },
        };
        let prepared = self.prepare(tenant, &secret, vec![touchpoint]).await?;
        let mut items = self.seal(&sender, &secret, prepared).await?;
        let _turn = self.journal.turn().await?;
        for _ in 0..TRIES {
            let batch = Batch { tenant, secret: &secret, items: items.iter().collect() };
            match self.decide_replay(&batch, &held, as_it_was).await {
                Ok(Some((tx, outcome))) => return self.conclude_replay(tx, tenant, id, outcome, &mut items).await,
                Ok(None) => return self.first_answer(tenant, id, body, &secret).await,
                Err(Failure::Lost) => {}
                Err(Failure::Refused(refusal)) => return Err(refusal),
            }
        }
        Err(Refusal::unavailable("database"))
    }

    /// The answer that took an item out of quarantine, for a repeat of that call. `body` is of the correction, if one was sent.
    async fn first_answer(
        &self,
        tenant: &Tenant,
        id: QuarantineId,
        body: Option<[u8; 16]>,
        secret: &IdSecret,
    ) -> Result<Recorded, Refusal> {
        let replayed = quarantine::replayed(&self.store, tenant, id).await?.ok_or_else(settled)?;
        let Replayed { status, touchpoint, record, .. } = replayed;
        let same = match body {
            Some(body) => body == replayed.body,
            // As it was: the item's id is made of its body.
            None => intake::quarantine_id(touchpoint, replayed.body, secret) == id,
        };
        if !same {
            return Err(settled());
        }
        let outcome = Outcome { status, touchpoint, record, quarantine: None, violations: Vec::new() };
        Ok(Recorded { outcomes: vec![outcome], sequence: self.journal.head().await? })
    }

    /// The item as it came; none when it left meanwhile, and its content and key with it.
    async fn reopen(&self, tenant: &Tenant, held: &Quarantined) -> Result<Option<pb::Touchpoint>, Refusal> {
        let keys = self.keyring.data_keys(tenant, [held.id.0], false).await?;
        let sealed = quarantine::sealed(&self.store, tenant, &[held.id]).await?.remove(&held.id);
        let Some(raw) = sealed.and_then(|sealed| keys.open(&sealed)) else { return Ok(None) };
        let unreadable = |_| Refusal::new(Reason::Internal, "an item can't be read");
        pb::Touchpoint::decode(raw.as_slice()).map(Some).map_err(unreadable)
    }

    /// Decides, and writes all but the journal. `None` when the item left meanwhile.
    async fn decide_replay(
        &self,
        batch: &Batch<'_>,
        held: &Quarantined,
        as_it_was: bool,
    ) -> Result<Option<(Tx, Outcome)>, Failure> {
        let tx = self.store.begin().await?;
        if !quarantine::hold(&tx, batch.tenant, held.id).await? {
            return Ok(None);
        }
        let outcome = self.retake(&tx, batch, held.id).await?.ok_or_else(Refusal::not_found)?;
        let source = batch.items.first().map_or("", |item| item.source.as_str());
        let tally = match outcome.status {
            Status::Quarantined if as_it_was => reasoned_anew(&tx, batch.tenant, held, &outcome).await?,
            Status::Quarantined | Status::Refused => Tally::default(),
            status => {
                let body = batch.items.first().map(|item| item.body).unwrap_or_default();
                let Outcome { touchpoint, record, .. } = outcome;
                let replayed = Replayed { body, status, touchpoint, record };
                quarantine::settle_replayed(&tx, batch.tenant, held.id, &replayed).await?;
                erased::doom(&tx, batch.tenant, [held.id.0].into_iter(), self.clock.now()).await?;
                moved(held, source, status)
            }
        };
        tally::add(&tx, tally::MOVES, &BTreeMap::from([(batch.tenant.clone(), tally)])).await?;
        Ok(Some((tx, outcome)))
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
