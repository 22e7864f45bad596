//! The clocks that run on a complaint: those that laws and codes set, and, apart from them, those that a firm sets itself.
//!
//! A term is over with the local day that it ends on: what is due on 16 November is late from the first moment of the 17th
//! on, and that moment is what the clock names. Nothing but a rule's named extension stops a statutory clock.

use jiff::civil::Date;
use tenure_kernel::Timestamp;

use super::calendar::{Unknown, Zone, working::Calendars};

mod judge;
mod rule;
mod rules;
pub(crate) mod service;
mod term;
mod timetable;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod table;

pub(crate) use judge::{clocks, holding_allowed};
pub(crate) use rule::{Event, Kind, Rule};
pub(crate) use timetable::{Clocks, Timetable};

/// Whose clocks a complaint runs under. It can be several at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Regime {
    /// Besluit Gedragstoezicht financiële ondernemingen Wft, articles 41 to 44, and Kifid.
    NlFinancial,
    /// Gedragscode Klachtbehandeling of the Dutch insurers.
    NlInsurerCode,
    /// Gedragscode Kleinzakelijke Financiering of the Dutch banks.
    NlBankSmeCode,
    /// Payment services in the EU: directive (EU) 2015/2366.
    Psd2,
    /// United Kingdom: the FCA's DISP, but for payment services.
    UkDisp,
    /// United Kingdom: DISP for payment services and electronic money.
    UkDispPayment,
    /// United States: the complaint portal of the CFPB.
    UsCfpb,
}

impl Regime {
    pub(crate) const ALL: [Self; 7] = [
        Self::NlFinancial,
        Self::NlInsurerCode,
        Self::NlBankSmeCode,
        Self::Psd2,
        Self::UkDisp,
        Self::UkDispPayment,
        Self::UsCfpb,
    ];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NlFinancial => "nl_financial",
            Self::NlInsurerCode => "nl_insurer_code",
            Self::NlBankSmeCode => "nl_bank_sme_code",
            Self::Psd2 => "psd2",
            Self::UkDisp => "uk_disp",
            Self::UkDispPayment => "uk_disp_payment",
            Self::UsCfpb => "us_cfpb",
        }
    }

    pub(crate) fn of_code(code: &str) -> Result<Self, Unknown> {
        Self::ALL.into_iter().find(|regime| regime.code() == code).ok_or_else(|| Unknown::new("regime", code))
    }
}

/// What the firm needs to know from the customer in order to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) asked: Timestamp,
    /// Until when the customer was given time.
    pub(crate) answer_by: Option<Timestamp>,
    pub(crate) answered: Option<Timestamp>,
}

/// A holding reply: why it takes longer, and by when the answer will be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) sent: Timestamp,
    /// A stated day ends with the day: for 15 June, the first moment of the 16th.
    pub(crate) answer_by: Timestamp,
}

/// What happened to a complaint, as far as clocks care. What has not happened yet by the moment of asking does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Moments {
    pub(crate) received: Timestamp,
    /// When the customer first complained of the matter to the firm; as received, unless earlier.
    pub(crate) first_complained: Timestamp,
    /// When the receipt was confirmed and the term of handling stated.
    pub(crate) acknowledged: Option<Timestamp>,
    pub(crate) questions: Vec<Question>,
    pub(crate) holding: Option<Holding>,
    /// When it was settled and the customer agreed to that.
    pub(crate) accepted: Option<Timestamp>,
    pub(crate) final_response: Option<Timestamp>,
    /// When it was withdrawn, merged away or forwarded: no clock runs on after that.
    pub(crate) ended: Option<Timestamp>,
}

impl Moments {
    /// Of a complaint that just came in, and was not made before.
    pub(crate) fn received_at(received: Timestamp) -> Self {
        Self { received, first_complained: received, ..Self::default() }
    }
}

/// Days that a named rule adds to a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extension {
    pub(crate) name: &'static str,
    pub(crate) days: i64,
}

/// A clock on a complaint, with all that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) rule: &'static Rule,
    pub(crate) kind: Kind,
    /// From when the term that governs runs.
    pub(crate) origin: Timestamp,
    /// Where it is the customer's time: from when on.
    pub(crate) opens_at: Option<Timestamp>,
    /// The first moment that is too late by the strictest reading: over every calendar that may count, and not on a day off.
    /// Aim at it.
    pub(crate) due_target: Timestamp,
    /// The first moment that is too late by every reading.
    pub(crate) due_legal_latest: Timestamp,
    /// Of every calendar that took part, such as "nl-1 target-1"; empty if none did.
    pub(crate) calendar_version: String,
    pub(crate) extensions: Vec<Extension>,
    /// When to warn, by percent of the time to the target. A clock that is satisfied or stopped by then warns nobody.
    pub(crate) warn_at: Vec<(u8, Timestamp)>,
    pub(crate) satisfied_at: Option<Timestamp>,
    /// When the complaint ended without this clock being satisfied.
    pub(crate) stopped_at: Option<Timestamp>,
    /// When the last lawful moment was over. What comes later changes nothing about it.
    pub(crate) breached_at: Option<Timestamp>,
    /// How the dates come about, step by step.
    pub(crate) trace: Vec<String>,
}

/// That the date in a holding reply is later than a rule allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {} allows no answer after {last_day}: {}", .rule.id, .rule.source)]
pub(crate) struct Refused {
    pub(crate) rule: &'static Rule,
    pub(crate) last_day: Date,
    /// The first moment that is too late.
    pub(crate) latest: Timestamp,
}
