//! States something of a customer's rights, for the records that are the person's now.

use tenure_kernel::{PersonId, Refusal, RightId, Tenant, Timestamp};
use tenure_server::Call;
use tenure_store::Query;

use super::{
    look_back::whose,
    rights::{Rights, reused, stated, traced},
};
use crate::{
    domain::right::{Ended, Kind, Right},
    hot::Asked as Whose,
    store::right::{self, Asked},
};

/// What is to be stated of a person.
#[derive(Debug, Clone)]
pub(crate) struct StateRight {
    pub(crate) request_id: String,
    pub(crate) kind: Kind,
    pub(crate) person: PersonId,
    pub(crate) ground: String,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) read_after: String,
}

/// Which restriction or hold is to end.
#[derive(Debug, Clone)]
pub(crate) struct EndRight {
    pub(crate) request_id: String,
    pub(crate) right: RightId,
}

impl Rights {
    /// States it, or answers with what the request stated before; and the token of its entry.
    ///
    /// # Errors
    /// `NOT_FOUND`, `REQUEST_ID_REUSED`; what waiting for the token says.
    pub(crate) async fn state_right(&self, call: &Call, ask: StateRight) -> Result<(Right, String), Refusal> {
        let tenant = call.tenant()?;
        let body = format!("{:?} {} {} {:?}", ask.kind, ask.person, ask.ground, ask.expires_at);
        let asked = Asked { request_id: ask.request_id, body };
        if let Some(first) = self.answered(&self.store, tenant, &asked).await? {
            return Ok(first);
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let (_, records) = whose(&self.store, tenant, Whose::Person(ask.person)).await?;
        let right = Right {
            id: RightId(self.ids.next()),
            kind: ask.kind,
            person: ask.person,
            records: records.into_iter().collect(),
            ground: ask.ground,
            at: self.clock.now(),
            expires_at: ask.expires_at,
        };
        self.keep(call, tenant, right, asked).await
    }

    /// Ends a restriction or a hold, or answers with what the request ended before.
    ///
    /// # Errors
    /// `NOT_FOUND`, also of an objection: that ends with new consent; `REQUEST_ID_REUSED`.
    pub(crate) async fn end_right(&self, call: &Call, ask: EndRight) -> Result<(Right, String), Refusal> {
        let tenant = call.tenant()?;
        let asked = Asked { request_id: ask.request_id, body: format!("end {}", ask.right) };
        if let Some(first) = self.answered(&self.store, tenant, &asked).await? {
            return Ok(first);
        }
        let there = right::get(&self.store, tenant, ask.right).await?.ok_or_else(Refusal::not_found)?;
        let ended = match there.kind {
            Kind::Restriction => Ended::Restriction,
            Kind::Hold => Ended::Hold,
            Kind::Objection(_) | Kind::End(..) => return Err(Refusal::not_found()),
        };
        let kind = Kind::End(ask.right, ended);
        // Never at the same moment as what it ends, or the larger id would win.
        let at = self.clock.now().max(Timestamp(there.at.0 + 1));
        let right = Right { id: RightId(self.ids.next()), kind, at, expires_at: None, ..there };
        self.keep(call, tenant, right, asked).await
    }

    async fn keep(&self, call: &Call, tenant: &Tenant, right: Right, asked: Asked) -> Result<(Right, String), Refusal> {
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        if !right::add(&tx, tenant, &right, asked.clone()).await? {
            tx.rollback().await?;
            return self.answered(&self.store, tenant, &asked).await?.ok_or_else(reused);
        }
        let sequence = self.journal.commit(tx, vec![traced(stated(tenant, &right), call)]).await?;
        Ok((right, self.journal.token(sequence)))
    }

    /// What the request stated before, if it is the same request, and a token behind it.
    async fn answered(
        &self,
        query: &impl Query,
        tenant: &Tenant,
        asked: &Asked,
    ) -> Result<Option<(Right, String)>, Refusal> {
        let Some((body, right)) = right::of_request(query, tenant, &asked.request_id).await? else { return Ok(None) };
        if body != asked.body {
            return Err(reused());
        }
        Ok(Some((right, self.journal.token(self.journal.head().await?))))
    }
}
