//! Complaints: what was done with them, where they stand, which steps may follow, and which clocks run.
//!
//! A complaint is a function of the set of its steps, whether sources told of them or they were recorded here. What sources tell
//! has happened, and is taken as it is; what is recorded here must keep the rules.

pub(crate) mod cause;
mod fold;
mod guarded;
pub(crate) mod retention;
pub(crate) mod rules;
mod served;
pub(crate) mod step;
mod thread;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod served_table;
#[cfg(test)]
pub(crate) mod table;

use std::{collections::BTreeSet, fmt};

use tenure_kernel::{RecordId, Timestamp};

pub(crate) use guarded::Complaints;
pub(crate) use thread::complaints;

use self::step::{Assessment, Decision, Outcome, Redress, Step};
use super::{
    clock::{Holding, Moments, Question, Regime},
    promise::{Matter, hashed},
};

/// A complaint, by the record that it came in with and the matter: the same whoever works it out, and whenever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ComplaintId(pub(crate) [u8; 16]);

impl ComplaintId {
    pub(crate) fn of(record: RecordId, matter: &Matter) -> Self {
        Self(hashed("complaint", &[&record.0, &[matter.kind as u8], matter.reference.as_bytes()]))
    }
}

impl fmt::Display for ComplaintId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tenure_kernel::ComplaintId(self.0).fmt(f)
    }
}

/// Where a complaint stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    #[default]
    Received,
    Acknowledged,
    Assessed,
    Investigating,
    AwaitingCustomer,
    DecisionDrafted,
    Approved,
    FinalResponseSent,
    /// Accepted, or determined by an outside body, and nothing is owed.
    Settled,
    RedressDue,
    RedressPaid,
    Disputed,
    Referred,
    Closed,
    Withdrawn,
    Merged,
    Forwarded,
}

impl State {
    /// Whether the firm still owes an answer, or what the answer promised.
    pub(crate) fn is_open(self) -> bool {
        use State::{Closed, FinalResponseSent, Forwarded, Merged, RedressPaid, Settled, Withdrawn};
        !matches!(self, FinalResponseSent | Settled | RedressPaid | Closed | Withdrawn | Merged | Forwarded)
    }

    /// Whether nothing more is to be done with it, unless it is reopened.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Withdrawn | Self::Merged | Self::Forwarded)
    }

    /// Whether the firm has yet to answer in this cycle.
    pub(crate) fn awaits_response(self) -> bool {
        self <= Self::Approved
    }
}

/// What a firm has decided about how it handles complaints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    /// The rules that a complaint runs under if it names none.
    pub(crate) regimes: BTreeSet<Regime>,
    /// From above how much redress, in minor units of whatever currency, two must approve.
    pub(crate) second_approval_above: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { regimes: BTreeSet::from([Regime::NlFinancial]), second_approval_above: 250_000 }
    }
}

impl Policy {
    /// How many must approve a draft.
    fn approvals(&self, decision: &Decision) -> usize {
        let redress = decision.redress.as_ref().map_or(0, |redress| redress.minor_units);
        if redress > self.second_approval_above { 2 } else { 1 }
    }
}

impl Decision {
    /// Whether the customer was not, or not wholly, upheld, and so must be pointed to the outside body.
    fn needs_adr_text(&self) -> bool {
        matches!(self.outcome, Some(Outcome::PartlyUpheld | Outcome::Rejected))
    }
}

/// A draft, and who wrote it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drafted {
    pub(crate) by: String,
    pub(crate) decision: Decision,
    pub(crate) approved_by: BTreeSet<String>,
}

/// A payment; one reference counts once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) reference: String,
    pub(crate) amount: Redress,
}

/// A complaint as its steps leave it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) id: ComplaintId,
    /// All ids that lead to it: one for each record that told of it.
    pub(crate) names: BTreeSet<ComplaintId>,
    /// The record that it came in with.
    pub(crate) record: RecordId,
    pub(crate) matter: Matter,
    pub(crate) state: State,
    /// How often it was opened.
    pub(crate) cycle: u32,
    pub(crate) received_at: Timestamp,
    pub(crate) channel: String,
    pub(crate) product: String,
    pub(crate) regimes: BTreeSet<Regime>,
    /// The employees complained about.
    pub(crate) about: BTreeSet<String>,
    pub(crate) linked: Option<ComplaintId>,
    pub(crate) part_of: Option<ComplaintId>,
    pub(crate) acknowledged_at: Option<Timestamp>,
    pub(crate) assessment: Option<Assessment>,
    pub(crate) questions: Vec<Question>,
    pub(crate) holding: Option<Holding>,
    pub(crate) draft: Option<Drafted>,
    /// What the customer was told, or an outside body determined; none: nothing yet in this cycle.
    pub(crate) decision: Option<Decision>,
    pub(crate) responded_at: Option<Timestamp>,
    pub(crate) accepted_at: Option<Timestamp>,
    /// The outside body that has or had it.
    pub(crate) body: Option<String>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) reopened_at: Option<Timestamp>,
    /// When it came to its end for the firm; none while it is open.
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) merged_into: Option<ComplaintId>,
    pub(crate) merged: BTreeSet<ComplaintId>,
    /// What was done, in the order of time, and where it stood then.
    pub(crate) steps: Vec<(Step, State)>,
}

impl Complaint {
    /// What of the redress is still to be paid.
    pub(crate) fn owed(&self) -> Option<Redress> {
        let redress = self.decision.as_ref()?.redress.as_ref()?;
        let paid: i64 = self.paid(&redress.currency);
        let left = redress.minor_units.saturating_sub(paid);
        (left > 0).then(|| Redress { minor_units: left, currency: redress.currency.clone() })
    }

    fn paid(&self, currency: &str) -> i64 {
        let payments = self.payments.iter().filter(|payment| payment.amount.currency == currency);
        payments.fold(0, |sum, payment| sum.saturating_add(payment.amount.minor_units))
    }

    /// When the last step was taken.
    pub(crate) fn last_at(&self) -> Timestamp {
        self.steps.last().map_or(self.received_at, |(step, _)| step.at)
    }

    /// What its clocks run by.
    pub(crate) fn moments(&self) -> Moments {
        Moments {
            received: self.received_at,
            first_complained: self.received_at,
            acknowledged: self.acknowledged_at,
            questions: self.questions.clone(),
            holding: self.holding,
            accepted: self.accepted_at,
            final_response: self.responded_at,
            ended: self.ended_at.filter(|_| matches!(self.state, State::Withdrawn | State::Merged | State::Forwarded)),
        }
    }
}
