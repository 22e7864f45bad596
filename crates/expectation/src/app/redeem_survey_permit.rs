//! Uses a permit, once.

use tenure_journal::Timer;
use tenure_kernel::{EntryId, PermitId, Reason, Refusal, Timestamp};
use tenure_proto::expectation::v1::SurveyPermitRedeemed;
use tenure_server::{Call, wire};

use super::{
    App,
    refold::{AT_ONCE, timer},
};
use crate::{
    event,
    store::{
        MEMBERSHIPS,
        reservation::{self, Reservation},
    },
};

/// Which permit.
#[derive(Debug, Clone)]
pub(crate) struct RedeemSurveyPermit {
    pub(crate) request_id: String,
    pub(crate) permit: PermitId,
}

impl App {
    /// Uses a permit, or answers with when the request used it before.
    pub(crate) async fn redeem_survey_permit(
        &self,
        call: &Call,
        ask: RedeemSurveyPermit,
    ) -> Result<Timestamp, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-redeem-{tenant}-{}", ask.request_id)).await?;
        tx.lock(&format!("expectation-permit-{tenant}-{}", ask.permit)).await?;
        if reservation::used_by(&tx, tenant, &ask.request_id).await?.is_some_and(|used| used != ask.permit) {
            return Err(reused());
        }
        let reservation = reservation::of_permit(&tx, tenant, ask.permit).await?.ok_or_else(Refusal::not_found)?;
        let now = self.refolder.now();
        if let Some(first) = used(&reservation, &ask.request_id, now)? {
            tx.rollback().await?;
            return Ok(first);
        }
        reservation::redeem(&tx, tenant, ask.permit, (&ask.request_id, now)).await?;
        let person = MEMBERSHIPS.person_of(&tx, tenant, reservation.record).await?;
        Timer::set(&tx, person.into_iter().map(|person| timer(tenant, person, AT_ONCE)).collect()).await?;
        let redeemed = SurveyPermitRedeemed {
            permit_id: ask.permit.0.to_vec(),
            record_id: reservation.record.0.to_vec(),
            redeem_time: Some(wire::to_wire(now)),
        };
        let draft = event::of_record_entry(EntryId(self.ids.next()), tenant, reservation.record, &redeemed, now)
            .traced(call.traceparent().map(str::to_owned));
        self.journal.commit(tx, vec![draft]).await?;
        Ok(now)
    }
}

/// When the request used the permit before; nothing if it may be used now.
fn used(reservation: &Reservation, request_id: &str, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    match reservation.redeemed_at {
        Some(at) if reservation.redeem_request_id == request_id => Ok(Some(at)),
        Some(_) => Err(Refusal::new(Reason::PermitUsed, "the permit was used before")),
        None if now >= reservation.expires_at => {
            Err(Refusal::new(Reason::PermitExpired, "the permit has expired; reserve the survey anew"))
        }
        None => Ok(None),
    }
}

pub(super) fn reused() -> Refusal {
    Refusal::new(Reason::RequestIdReused, "the request_id was used with another body")
}
