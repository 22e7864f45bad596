//! Registers a complaint.

use std::collections::BTreeMap;

use tenure_journal::Timer;
use tenure_kernel::{Reason, RecordId, Refusal, Timestamp};
use tenure_proto::expectation::v1::Complaint as Message;
use tenure_server::Call;

use super::{
    App,
    complaints::Held,
    record_complaint_step::{refused, write},
    refold::{AT_ONCE, timer},
};
use crate::{
    api::convert::complaint::step,
    domain::{
        complaint::{
            ComplaintId,
            rules::check,
            step::{Action, Receipt, Step, StepId},
        },
        promise::{Matter, MatterKind},
    },
    store::{complaint_name, complaint_step::Request},
};

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct RegisterComplaint {
    pub(crate) request_id: String,
    pub(crate) record: RecordId,
    /// Empty: it gets a name of its own.
    pub(crate) case_ref: String,
    pub(crate) receipt: Receipt,
    pub(crate) received_at: Timestamp,
    pub(crate) actor: String,
    pub(crate) text: String,
    pub(crate) read_after: String,
    /// What is asked for, without request id, text and read token.
    pub(crate) body: Vec<u8>,
}

impl App {
    /// Registers a complaint, or answers with what the request got before.
    pub(crate) async fn register_complaint(&self, call: &Call, ask: RegisterComplaint) -> Result<Message, Refusal> {
        let tenant = call.tenant()?;
        let request = Request { id: ask.request_id.clone(), body: ask.body.clone() };
        let repeat = (&request, ask.text.as_str());
        if let Some(first) = self.answered_complaint(&self.store, tenant, repeat).await? {
            return Ok(first);
        }
        if ask.received_at > self.refolder.now() {
            let field = "receipt.receive_time";
            return Err(Refusal::field(field, Reason::TimeInFuture, "must not be in the future"));
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-request-{tenant}-{}", ask.request_id)).await?;
        if let Some(first) = self.answered_complaint(&tx, tenant, repeat).await? {
            tx.rollback().await?;
            return Ok(first);
        }
        let mut held = self.hold(&tx, tenant, ask.record).await?;
        let new = self.receipt(&held, &ask)?;
        let sealed = self.seal(tenant, ask.record, &ask.text).await?;
        let id = ComplaintId::of(new.record, &new.matter);
        let mut entry = step::recorded(id, &new);
        entry.text = sealed;
        let answer = self.after(&mut held, new).ok_or_else(Refusal::not_found)?;
        complaint_name::add(&tx, tenant, &BTreeMap::from([(id, ask.record)])).await?;
        Timer::set(&tx, vec![timer(tenant, held.id, AT_ONCE)]).await?;
        write(self, call, tx, tenant, &request, (&entry, &answer)).await?;
        Ok(answer)
    }

    /// The step, if nothing speaks against it.
    fn receipt(&self, held: &Held, ask: &RegisterComplaint) -> Result<Step, Refusal> {
        for (field, other) in
            [("linked_complaint_id", ask.receipt.linked), ("part_of_complaint_id", ask.receipt.part_of)]
        {
            if other.is_some_and(|other| held.find(other).is_none()) {
                let field = format!("receipt.{field}");
                return Err(Refusal::field(field, Reason::FieldNotAllowed, "no complaint of this customer"));
            }
        }
        let id = self.ids.next();
        let reference = match ask.case_ref.as_str() {
            "" => tenure_kernel::ComplaintId(id).to_string(),
            given => given.to_owned(),
        };
        let matter = Matter { kind: MatterKind::Case, reference };
        let action = Action::Receive(ask.receipt.clone());
        if let Some(there) = held.complaints.iter().find(|complaint| complaint.matter == matter) {
            check(there, &ask.actor, &action).map_err(refused)?;
        }
        let (id, at, actor) = (StepId::Recorded(id), ask.received_at, ask.actor.clone());
        Ok(Step { id, record: ask.record, matter, at, actor, action })
    }
}
