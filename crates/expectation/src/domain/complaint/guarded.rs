//! What the survey guard needs to know of complaints: open, with an outside body, or ended since when.

use tenure_kernel::Timestamp;

use super::{Complaint, State};

/// Where a person's complaints stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Complaints {
    pub(crate) open: bool,
    pub(crate) with_ombudsman: bool,
    /// When the latest of those that ended did.
    pub(crate) closed_at: Option<Timestamp>,
}

impl Complaints {
    pub(crate) fn of(complaints: &[Complaint]) -> Self {
        let mut all = Self::default();
        for complaint in complaints.iter().filter(|complaint| complaint.state != State::Merged) {
            match complaint.state {
                State::Referred => all.with_ombudsman = true,
                state if state.is_open() => all.open = true,
                _ => all.closed_at = all.closed_at.max(complaint.ended_at),
            }
        }
        all
    }
}
