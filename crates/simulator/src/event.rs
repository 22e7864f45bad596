//! What happens, in a form small enough to hold millions of.

use crate::{fate::Fate, records::Source};

/// One thing that happens to a customer. Ordered by time, then customer, then ordinal; a copy comes after its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    /// When, in seconds since 1970.
    pub(crate) at: i64,
    /// The customer's number.
    pub(crate) customer: u32,
    /// The event's number within the customer.
    pub(crate) ordinal: u32,
    /// What is to become of it.
    pub(crate) fate: Fate,
    /// Who reports it.
    pub(crate) source: Source,
    /// Whether it is the one that tells all that its source knows.
    pub(crate) first: bool,
    /// What it is.
    pub(crate) happening: Happening,
}

/// What happens. Orders and complaints are numbered within the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    /// An account in the shop was opened.
    Opened,
    /// The administration took the customer in.
    Welcomed,
    /// Consent to marketing was given.
    ConsentGiven,
    /// It was withdrawn.
    ConsentWithdrawn,
    /// A session in the shop, with so many pages.
    Browsed { pages: i32 },
    /// A purchase.
    Ordered { order: u32, minor_units: i64 },
    /// A step of an order's delivery.
    Delivery { order: u32, step: DeliveryStep, promised_at: i64 },
    /// A step of an order's return.
    Returned { order: u32, received: bool },
    /// Money went back.
    Refunded { order: u32, minor_units: i64 },
    /// A survey went out, or with a score, came back.
    Survey { order: u32, score: Option<i32> },
    /// A step of a phone call, about an order or not.
    Call { order: Option<u32>, step: CallStep },
    /// A step of a complaint.
    Complaint { number: u32, step: ComplaintStep, promised_at: i64 },
    /// The household moved.
    Moved,
}

/// The steps of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DeliveryStep {
    Promised,
    Shipped,
    Delayed,
    Delivered,
}

/// The steps of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CallStep {
    Queued,
    Answered { wait: i32 },
    Abandoned { wait: i32 },
    Ended { handle: i32, transfers: i32, resolved: bool },
}

/// The steps of a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ComplaintStep {
    Received,
    Acknowledged,
    /// With the redress in minor units; 0: none.
    Decided {
        redress: i64,
    },
}

impl Happening {
    /// Whether its type needs an amount.
    pub(crate) fn has_amount(self) -> bool {
        matches!(self, Self::Ordered { .. } | Self::Refunded { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn millions_fit() {
        assert!(size_of::<Event>() <= 56, "{}", size_of::<Event>());
    }
}
