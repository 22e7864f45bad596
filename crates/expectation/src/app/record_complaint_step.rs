//! Records a step that was taken with a complaint, if it may be taken.

use tenure_journal::Timer;
use tenure_kernel::{EntryId, Reason, RecordId, Refusal, Tenant, Timestamp};
use tenure_proto::expectation::v1::{Complaint as Message, ComplaintStepRecorded};
use tenure_server::{Call, wire};
use tenure_store::Tx;

use super::{
    App,
    complaints::Held,
    refold::{AT_ONCE, timer},
};
use crate::{
    api::convert::complaint::{
        standing::{message, state},
        step,
    },
    domain::{
        clock::holding_allowed,
        complaint::{
            Complaint, ComplaintId, State,
            rules::{Wrong, check},
            step::{Action, Step, StepId},
        },
    },
    event,
    store::complaint_step::{self, Request},
};

/// What was done with a complaint.
#[derive(Debug, Clone)]
pub(crate) struct RecordComplaintStep {
    pub(crate) request_id: String,
    pub(crate) complaint: ComplaintId,
    pub(crate) action: Action,
    /// None: now.
    pub(crate) at: Option<Timestamp>,
    pub(crate) actor: String,
    pub(crate) text: String,
    /// What is asked for, without request id and text.
    pub(crate) body: Vec<u8>,
}

impl App {
    /// Records a step, or answers with what the request got before.
    pub(crate) async fn record_complaint_step(
        &self,
        call: &Call,
        ask: RecordComplaintStep,
    ) -> Result<Message, Refusal> {
        let tenant = call.tenant()?;
        let request = Request { id: ask.request_id.clone(), body: ask.body.clone() };
        let repeat = (&request, ask.text.as_str());
        if let Some(first) = self.answered_complaint(&self.store, tenant, repeat).await? {
            return Ok(first);
        }
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("expectation-request-{tenant}-{}", ask.request_id)).await?;
        if let Some(first) = self.answered_complaint(&tx, tenant, repeat).await? {
            tx.rollback().await?;
            return Ok(first);
        }
        let record = Self::record_of(&tx, tenant, ask.complaint).await?;
        let mut held = self.hold(&tx, tenant, record).await?;
        let complaint = meant(&held, &ask).ok_or_else(Refusal::not_found)?;
        let Some(new) = self.step(&held, complaint, &ask)? else {
            tx.rollback().await?;
            let now = self.refolder.now();
            return Ok(message(held.id, complaint, &self.refolder.rules.clocks(complaint, &held.timetable, now), now));
        };
        let mut entry = step::recorded(complaint.id, &new);
        entry.text = self.seal(tenant, new.record, &ask.text).await?;
        let answer = self.after(&mut held, new).ok_or_else(Refusal::not_found)?;
        Timer::set(&tx, vec![timer(tenant, held.id, AT_ONCE)]).await?;
        write(self, call, tx, tenant, &request, (&entry, &answer)).await?;
        Ok(answer)
    }

    /// The step, if it may be taken; nothing if it changes nothing.
    fn step(&self, held: &Held, complaint: &Complaint, ask: &RecordComplaintStep) -> Result<Option<Step>, Refusal> {
        let now = self.refolder.now();
        let at = ask.at.unwrap_or_else(|| now.max(complaint.last_at()));
        if at > now.max(complaint.last_at()) {
            return Err(Refusal::field("step_time", Reason::TimeInFuture, "must not be in the future"));
        }
        if at < complaint.last_at() {
            return Err(Refusal::field("step_time", Reason::FieldOutOfRange, "before the complaint's last step"));
        }
        self.fits(held, complaint, &ask.action)?;
        if !check(complaint, &ask.actor, &ask.action).map_err(refused)? {
            return Ok(None);
        }
        Ok(Some(Step {
            id: StepId::Recorded(self.ids.next()),
            record: complaint.record,
            matter: complaint.matter.clone(),
            // Steps of one moment would count in the order of their kinds.
            at: at.max(Timestamp(complaint.last_at().0 + 1)),
            actor: ask.actor.clone(),
            action: ask.action.clone(),
        }))
    }

    /// Whether what the step names is there, and within the rules of its clocks.
    fn fits(&self, held: &Held, complaint: &Complaint, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Merge { into } => {
                let survivor = held.find(*into).filter(|one| one.id != complaint.id && one.state != State::Merged);
                let field = "action.merge.survivor_complaint_id";
                let why = "not another complaint of this customer";
                survivor.map(|_| ()).ok_or_else(|| Refusal::field(field, Reason::FieldNotAllowed, why))
            }
            Action::Assess(assessment) => {
                let promises = &held.person.history.facts.promises;
                let known = assessment.promise.is_none_or(|id| promises.iter().any(|promise| promise.id == id));
                let (field, why) = ("action.assess.promise_id", "no promise to this customer");
                if known { Ok(()) } else { Err(Refusal::field(field, Reason::FieldNotAllowed, why)) }
            }
            Action::Hold { answer_by } => {
                let rules = &self.refolder.rules;
                let allowed = holding_allowed(
                    &complaint.regimes,
                    complaint.received_at,
                    *answer_by,
                    &held.timetable.calendars,
                    &rules.zone,
                );
                allowed.map_err(|limit| refused(Wrong::HoldingTooLate { rule: limit.rule.id, latest: limit.latest }))
            }
            _ => Ok(()),
        }
    }
}

/// The complaint that is meant: of one that was merged its survivor, but where its merging is what it is about.
fn meant<'a>(held: &'a Held, ask: &RecordComplaintStep) -> Option<&'a Complaint> {
    match ask.action {
        Action::Merge { .. } | Action::Unmerge => held.named(ask.complaint),
        _ => held.find(ask.complaint),
    }
}

/// Writes a step with its entry.
pub(super) async fn write(
    app: &App,
    call: &Call,
    tx: Tx,
    tenant: &Tenant,
    request: &Request,
    (entry, answer): (&ComplaintStepRecorded, &Message),
) -> Result<(), Refusal> {
    complaint_step::insert(&tx, tenant, request, (entry, answer)).await?;
    let (id, record) = (entry.step_id.as_slice().try_into(), RecordId::from_slice(&entry.record_id));
    let (Ok(id), Ok(record)) = (id, record) else { return Err(Refusal::not_found()) };
    let draft = event::of_record_entry(EntryId(id), tenant, record, entry, app.refolder.now());
    app.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
    Ok(())
}

/// Why a step may not be taken, to the caller.
pub(super) fn refused(wrong: Wrong) -> Refusal {
    match wrong {
        Wrong::State(there) => {
            Refusal::new(Reason::ComplaintState, "the complaint is not where this step can be taken")
                .with("state", state(there).as_str_name())
        }
        Wrong::FourEyes => {
            Refusal::new(Reason::FourEyes, "who approves wrote the draft, is complained about, or approved it before")
        }
        Wrong::ResponseMissing => {
            Refusal::new(Reason::ResponseMissing, "the customer has neither a final response nor accepted anything")
        }
        Wrong::AdrTextMissing => {
            Refusal::new(Reason::AdrTextMissing, "who is not upheld must be pointed to the outside body")
        }
        Wrong::RedressOwed => Refusal::new(Reason::RedressOwed, "redress is owed, or more would be paid than is"),
        Wrong::HoldingTooLate { rule, latest } => {
            let latest = wire::to_wire(latest);
            Refusal::new(Reason::HoldingTooLate, "the date is past what the rule allows")
                .with("rule", rule)
                .with("latest", latest.to_string())
        }
    }
}
