//! What the guard saw of a customer when a survey went out, in one word: surveys of one stratum differ in when they went out, not in what
//! there was to ask about.

use tenure_kernel::Timestamp;

use crate::domain::survey::Situation;

/// Days for which a complaint that has ended is what there is to say of a customer.
const COMPLAINT_DAYS: u32 = 90;
/// The dissonance from which a customer feels let down: where calm ends.
const FELT: f64 = 20.0;

/// What the guard saw of a customer; of several things the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stratum {
    /// A complaint was open.
    ComplaintOpen,
    /// Something promised was overdue, and had not come.
    PromiseOverdue,
    /// A complaint had ended in the 90 days before.
    ComplaintSettled,
    /// The customer had been let down, and still felt it: a dissonance of 20 or more.
    LetDown,
    /// Nothing of all that.
    Plain,
}

impl Stratum {
    pub(super) fn of(situation: &Situation, at: Timestamp) -> Self {
        let settled = |closed| at < situation.zone.days_after(closed, COMPLAINT_DAYS);
        if situation.open_complaint {
            Self::ComplaintOpen
        } else if situation.felt.overdue {
            Self::PromiseOverdue
        } else if situation.complaint_closed_at.is_some_and(settled) {
            Self::ComplaintSettled
        } else if situation.felt.score >= FELT {
            Self::LetDown
        } else {
            Self::Plain
        }
    }
}
