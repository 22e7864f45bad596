//! What touchpoints tell of complaints, by whatever name.

use tenure_proto::collector::v1::{CaseDetail, TouchpointType as Type, touchpoint::Detail};

use super::{Told, due};
use crate::domain::complaint::{
    cause,
    step::{Action, Assessment, Decision, Outcome, Receipt, Step, StepId},
};

/// Whether touchpoints of a type can tell of a complaint, beside those that matter for other reasons.
pub(super) fn may_tell(kind: Type) -> bool {
    matches!(
        kind,
        Type::ComplaintReceived
            | Type::ComplaintAcknowledged
            | Type::ComplaintDecided
            | Type::ComplaintReferred
            | Type::CaseReopened
            | Type::MessageReceived
    )
}

impl Told<'_> {
    pub(super) fn complaint(&self) -> Vec<Step> {
        let actions = self.complaint_actions();
        let step = |action| Step {
            id: StepId::Told(self.touchpoint),
            record: self.record,
            matter: self.matter("complaint_answer"),
            at: self.at,
            actor: String::new(),
            action,
        };
        actions.into_iter().map(step).collect()
    }

    fn complaint_actions(&self) -> Vec<Action> {
        let case = match &self.body.detail {
            Some(Detail::Case(detail)) => detail.clone(),
            _ => CaseDetail::default(),
        };
        let receive = || Action::Receive(Receipt { product: self.product(), ..Receipt::default() });
        match self.kind() {
            Type::ComplaintReceived => {
                let known = cause::is_known(&case.category_code);
                let assessment = Assessment { cause: case.category_code, gap: None, promise: None };
                [receive()].into_iter().chain(known.then_some(Action::Assess(assessment))).collect()
            }
            Type::ComplaintAcknowledged => vec![Action::Acknowledge { answer_by: due(self.body.detail.as_ref()) }],
            Type::ComplaintDecided => vec![Action::Respond(Some(self.decision(&case)))],
            Type::ComplaintReferred => vec![Action::Refer { body: case.body_code }],
            Type::CaseReopened => vec![Action::Reopen],
            // Whatever it is called, and whoever it was said to.
            _ if self.states_dissatisfaction() => vec![receive()],
            // The customer wrote about a case: if something was asked, that is the answer.
            Type::MessageReceived if self.has_case() => vec![Action::Answer],
            _ => Vec::new(),
        }
    }

    fn decision(&self, case: &CaseDetail) -> Decision {
        let outcome = match case.outcome_code.as_str() {
            "upheld" => Some(Outcome::Upheld),
            "partly_upheld" => Some(Outcome::PartlyUpheld),
            "rejected" => Some(Outcome::Rejected),
            _ => None,
        };
        Decision { outcome, redress: None, adr_text: String::new() }
    }

    fn states_dissatisfaction(&self) -> bool {
        match &self.body.detail {
            Some(Detail::Contact(detail)) => detail.states_dissatisfaction,
            Some(Detail::Feedback(detail)) => detail.states_dissatisfaction,
            _ => false,
        }
    }

    fn has_case(&self) -> bool {
        self.body.correlation.as_ref().is_some_and(|refs| !refs.case_ref.is_empty())
    }
}
