//! Reserves a survey: decides anew, counts the invite and gives a permit, in one transaction.

use std::{collections::BTreeSet, time::Duration};

use tenure_journal::Timer;
use tenure_kernel::{EntryId, PermitId, RecordId, Refusal, Tenant};
use tenure_proto::expectation::v1::SurveyReserved;
use tenure_server::Call;
use tenure_store::{Query, StoreError, Tx};

use super::{
    App,
    person::{self, Who, guarded},
    redeem_survey_permit::reused,
    refold::{AT_ONCE, timer},
};
use crate::{
    api::convert::survey,
    domain::{guard::Verdict, outlook::Survey},
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
        let (person, records) = person::find(&self.store, tenant, ask.who).await?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        // By its records, so that nobody else reserves for the person until the transaction ends, also through a merge.
        tx.lock_all(records.iter().map(|record| format!("expectation-survey-{tenant}-{record}"))).await?;
        let reservation = self.decide(&tx, tenant, &ask, &records).await?;
        if !reservation::insert(&tx, tenant, &ask.request_id, &reservation).await? {
            tx.rollback().await?;
            return answered(&self.store, tenant, &ask).await;
        }
        Timer::set(&tx, vec![timer(tenant, person, AT_ONCE)]).await?;
        let entry = EntryId(self.ids.next());
        let draft =
            event::of_record_entry(entry, tenant, reservation.record, &reservation.entry, reservation.reserved_at)
                .traced(call.traceparent().map(str::to_owned));
        self.journal.commit(tx, vec![draft]).await?;
        self.metrics.decided(if reservation.allowed { "allow" } else { "hold" });
        Ok(reservation.entry)
    }

    /// Decides by what the transaction finds.
    async fn decide(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        ask: &ReserveSurvey,
        records: &BTreeSet<RecordId>,
    ) -> Result<Reservation, Refusal> {
        // It stays with a record when persons are merged or split; the one that was named is the one that was meant.
        let record = match ask.who {
            Who::Record(record) => record,
            Who::Person(_) => records.first().copied().unwrap_or_default(),
        };
        let (rules, now) = (&self.refolder.rules, self.refolder.now());
        let known = guarded(tx, tenant, ask.who, (rules, now)).await?;
        // Merged or split while we waited: others may hold what we don't.
        if known.records != *records {
            return Err(Refusal::unavailable("person"));
        }
        let mut decision = known.decide(rules, &ask.survey, false);
        if decision.verdict == Verdict::Allow
            && let Some(channel) = rules.channel(&ask.survey, now)
            && !channel_day::count(tx, tenant, &channel).await?
        {
            decision = known.decide(rules, &ask.survey, true);
        }
        let (permit, expires_at) = (PermitId(self.ids.next()), now.plus(VALID));
        let allowed = decision.verdict == Verdict::Allow;
        let entry = survey::reserved(permit, record, &ask.survey, (&decision, now), allowed.then_some(expires_at));
        Ok(Reservation {
            permit,
            record,
            request_body: ask.body.clone(),
            allowed,
            reserved_at: now,
            expires_at,
            redeemed_at: None,
            redeem_request_id: String::new(),
            entry,
        })
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
