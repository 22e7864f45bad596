//! Reserves a survey: decides anew, counts the invite and gives a permit, all at once.
//!
//! Mostly the outlook that is kept of the person is good. Then it is read, and the invite is written on condition that it still is; of several
//! who read the same, one gets through. The others, and whoever finds none, hold the person first and read then.

use std::time::Duration;

use tenure_journal::{Claim, Draft, Timer};
use tenure_kernel::{EntryId, PermitId, Refusal, Tenant};
use tenure_proto::expectation::v1::SurveyReserved;
use tenure_server::Call;
use tenure_store::{Query, StoreError, Tx};

use super::{
    App,
    person::{Guarded, Who, guarded},
    redeem_survey_permit::reused,
    refold::{AT_ONCE, timer},
};
use crate::{
    api::convert::survey,
    domain::{
        guard::{Decision, Verdict},
        outlook::Survey,
    },
    event,
    store::{
        channel_day,
        reservation::{self, Reservation},
    },
};

/// For how long a permit may be used.
const VALID: Duration = Duration::from_secs(15 * 60);

/// Which survey, to whom.
#[derive(Debug, Clone)]
pub(crate) struct ReserveSurvey {
    pub(crate) request_id: String,
    pub(crate) who: Who,
    pub(crate) survey: Survey,
    pub(crate) read_after: String,
    /// What is asked for, as it stands on the wire, without request id and read token.
    pub(crate) body: Vec<u8>,
}

impl App {
    /// Reserves a survey, or answers with what the request got before.
    pub(crate) async fn reserve_survey(&self, call: &Call, ask: ReserveSurvey) -> Result<SurveyReserved, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let known = self.guarded(&self.store, tenant, &ask).await?;
        let _turn = self.journal.turn().await?;
        let mut claim = known.claim(tenant);
        if let Some(good) = claim.take_if(|_| self.refolder.rules.channel(&ask.survey, known.now).is_none()) {
            let reservation = self.reservation(&ask, &known, known.decide(&self.refolder.rules, &ask.survey, false));
            let (row, draft) =
                (reservation::row(tenant, &ask.request_id, &reservation), self.draft(call, tenant, &reservation));
            if self.journal.commit_claimed(&good, row, vec![draft]).await?.is_some() {
                return Ok(self.counted(reservation));
            }
        }
        let tx = self.store.begin().await?;
        let known = self.claimed(&tx, tenant, &ask, (known, claim)).await?;
        let decision = self.decide(&tx, tenant, &ask, &known).await?;
        let reservation = self.reservation(&ask, &known, decision);
        if tx.insert(reservation::row(tenant, &ask.request_id, &reservation)).await? == 0 {
            tx.rollback().await?;
            return answered(&self.store, tenant, &ask).await;
        }
        let draft = self.draft(call, tenant, &reservation);
        self.journal.commit(tx, vec![draft]).await?;
        Ok(self.counted(reservation))
    }

    async fn guarded(&self, query: &impl Query, tenant: &Tenant, ask: &ReserveSurvey) -> Result<Guarded, Refusal> {
        guarded(query, tenant, ask.who, (&self.refolder.rules, self.refolder.now())).await
    }

    /// What is known of the person, which nobody else changes or acts on until the transaction ends. The person's timer is what they wait for, as
    /// whoever merges, splits or reserves sets it.
    async fn claimed(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        ask: &ReserveSurvey,
        (known, claim): (Guarded, Option<Claim>),
    ) -> Result<Guarded, Refusal> {
        if let Some(claim) = claim
            && claim.take(tx).await?
        {
            return Ok(known);
        }
        Timer::set(tx, vec![timer(tenant, known.person, AT_ONCE)]).await?;
        let again = self.guarded(tx, tenant, ask).await?;
        // Merged or split while we waited: others may hold what we don't.
        if again.person != known.person {
            return Err(Refusal::unavailable("person"));
        }
        Ok(again)
    }

    /// Decides, and counts a permit for the channel.
    async fn decide(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        ask: &ReserveSurvey,
        known: &Guarded,
    ) -> Result<Decision, StoreError> {
        let rules = &self.refolder.rules;
        let decision = known.decide(rules, &ask.survey, false);
        if decision.verdict == Verdict::Allow
            && let Some(channel) = rules.channel(&ask.survey, known.now)
            && !channel_day::count(tx, tenant, &channel).await?
        {
            return Ok(known.decide(rules, &ask.survey, true));
        }
        Ok(decision)
    }

    fn reservation(&self, ask: &ReserveSurvey, known: &Guarded, decision: Decision) -> Reservation {
        // It stays with a record when persons are merged or split; the one that was named is the one that was meant.
        let record = match ask.who {
            Who::Record(record) => record,
            Who::Person(_) => known.records.first().copied().unwrap_or_default(),
        };
        let (permit, expires_at) = (PermitId(self.ids.next()), known.now.plus(VALID));
        let allowed = decision.verdict == Verdict::Allow;
        let entry =
            survey::reserved(permit, record, &ask.survey, (&decision, known.now), allowed.then_some(expires_at));
        Reservation {
            permit,
            record,
            request_body: ask.body.clone(),
            allowed,
            reserved_at: known.now,
            expires_at,
            redeemed_at: None,
            redeem_request_id: String::new(),
            entry,
        }
    }

    fn draft(&self, call: &Call, tenant: &Tenant, made: &Reservation) -> Draft {
        let id = EntryId(self.ids.next());
        event::of_record_entry(id, tenant, made.record, &made.entry, made.reserved_at)
            .traced(call.traceparent().map(str::to_owned))
    }

    fn counted(&self, made: Reservation) -> SurveyReserved {
        self.metrics.decided(if made.allowed { "allow" } else { "hold" });
        made.entry
    }
}

/// The answer that the request got before, if it is the same request.
async fn answered(query: &impl Query, tenant: &Tenant, ask: &ReserveSurvey) -> Result<SurveyReserved, Refusal> {
    let before: Result<_, StoreError> = reservation::of_request(query, tenant, &ask.request_id).await;
    match before? {
        Some(before) if before.request_body == ask.body => Ok(before.entry),
        Some(_) => Err(reused()),
        // Erased since.
        None => Err(Refusal::not_found()),
    }
}
