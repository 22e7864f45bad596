//! What a rule about clocks consists of.

use super::Regime;
use crate::domain::calendar::working::CalendarName;

/// Who has the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The firm must have done something by then.
    Firm,
    /// The firm may take a shorter way until then. Missing it breaks nothing.
    Shortcut,
    /// The customer may go to an outside body, from when on and until when.
    Customer,
}

/// What starts or satisfies a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    Received,
    FirstComplained,
    Acknowledged,
    Accepted,
    FinalResponse,
    /// A holding reply whose date the rules allow.
    HoldingSent,
    /// The date in it.
    HoldingDate,
}

impl Event {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::FirstComplained => "first_complained",
            Self::Acknowledged => "acknowledged",
            Self::Accepted => "accepted",
            Self::FinalResponse => "final_response",
            Self::HoldingSent => "holding_sent",
            Self::HoldingDate => "holding_date",
        }
    }
}

/// How a term is counted. The day of the event does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Days,
    Weeks,
    Months,
    Years,
    /// Of each of the rule's calendars.
    WorkingDays,
    /// Until the moment that the event itself names.
    AsStated,
}

/// A time after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) from: Event,
    pub(crate) amount: u16,
    pub(crate) unit: Unit,
}

/// Which of several terms counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Governs {
    Earliest,
    Latest,
}

/// A rule, as a law or a code sets it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) id: &'static str,
    /// One more whenever anything about the rule changes.
    pub(crate) version: u16,
    pub(crate) jurisdiction: &'static str,
    /// Law and article.
    pub(crate) source: &'static str,
    /// Whether its text was seen. What was not should be checked before it is relied on.
    pub(crate) seen: bool,
    pub(crate) regimes: &'static [Regime],
    pub(crate) kind: Kind,
    /// Those whose event has happened take part.
    pub(crate) terms: &'static [Term],
    pub(crate) governs: Governs,
    /// For the customer's time: the earliest of these opens it.
    pub(crate) opens: &'static [Term],
    /// Whose days off may count. The target heeds all of them.
    pub(crate) calendars: &'static [CalendarName],
    /// Whether a law moves an end on a day off to the next working day: Algemene termijnenwet, article 1, for terms that are
    /// set in a law or decree.
    pub(crate) moves_on: bool,
    /// Any of them.
    pub(crate) satisfied_by: &'static [Event],
    /// What adds the time that the customer takes to answer questions, if anything does.
    pub(crate) extended_by: Option<&'static str>,
    /// Whether a holding reply may name no later date.
    pub(crate) limits_holding: bool,
    /// Whom the customer may go to: within the customer's time, or when the firm's is over.
    pub(crate) body: Option<&'static str>,
    /// In percent of the time to the target.
    pub(crate) warn: &'static [u8],
}
