//! Steps that are taken with a complaint.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::ComplaintId;
use crate::domain::{
    clock::Regime,
    promise::{Matter, PromiseId},
};

/// Money that is owed or paid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Redress {
    pub(crate) minor_units: i64,
    pub(crate) currency: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Upheld,
    PartlyUpheld,
    Rejected,
}

/// What is decided of a complaint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decision {
    /// None: a source told of a decision, and not which.
    pub(crate) outcome: Option<Outcome>,
    /// What is paid, goodwill too. That something is paid makes no complaint an upheld one.
    pub(crate) redress: Option<Redress>,
    /// The version of the text that points to the outside body; empty: none.
    pub(crate) adr_text: String,
}

/// How a complaint is about what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExpectationGap {
    PromiseBroken,
    NeverSet,
    SetWrongByMarketing,
    None,
}

/// What a complaint comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Assessment {
    pub(crate) cause: String,
    pub(crate) gap: Option<ExpectationGap>,
    pub(crate) promise: Option<PromiseId>,
}

/// How it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Receipt {
    pub(crate) channel: String,
    pub(crate) product: String,
    pub(crate) regimes: BTreeSet<Regime>,
    /// The employee that it is about; empty: none.
    pub(crate) about: String,
    pub(crate) linked: Option<ComplaintId>,
    pub(crate) part_of: Option<ComplaintId>,
}

/// What is done. In the order in which steps of the same moment count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Receive(Receipt),
    Acknowledge {
        answer_by: Option<Timestamp>,
    },
    Assess(Assessment),
    Investigate,
    Ask {
        answer_by: Option<Timestamp>,
    },
    Answer,
    Hold {
        answer_by: Timestamp,
    },
    Draft(Decision),
    ReturnDraft,
    Approve,
    /// The final response went out: what was drafted, or what a source says.
    Respond(Option<Decision>),
    Accept,
    Dispute,
    Reopen,
    Refer {
        body: String,
    },
    Determine(Decision),
    Pay {
        reference: String,
        amount: Redress,
    },
    Forward {
        to: String,
    },
    Merge {
        into: ComplaintId,
    },
    Unmerge,
    Withdraw,
    Close,
}

/// A step of a complaint. What a touchpoint tells may be more than one step, under its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) id: StepId,
    /// The record of who complains.
    pub(crate) record: RecordId,
    pub(crate) matter: Matter,
    pub(crate) at: Timestamp,
    /// The employee; empty: a source told of it.
    pub(crate) actor: String,
    pub(crate) action: Action,
}

/// Where a step is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StepId {
    Told(TouchpointId),
    Recorded([u8; 16]),
}

impl Step {
    /// What steps count by: one that comes twice counts once.
    pub(super) fn order(&self) -> (Timestamp, &Action, StepId) {
        (self.at, &self.action, self.id)
    }
}
