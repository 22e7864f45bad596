//! What serving customers takes: touchpoints that cost something, and their sums by record and day.

use tenure_kernel::RecordId;

use super::{
    book::Line,
    currency::Currency,
    statement::{Counted, Sum},
};

/// The most seconds of handling that one touchpoint counts for: a day. What is longer counts as that.
pub(crate) const MAX_SECONDS: i64 = 86_400;

/// A type of touchpoint that costs something: its number in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Kind(i32);

/// Number, name, and whether its amount is money that went to the customer.
type Known = (i32, &'static str, bool);

/// Those that take somebody's time, goods, postage or money. What customers do by themselves (logins, sessions, carts) costs nothing
/// that could be saved, and is not counted; a purchase's own costs are in its margin.
const KNOWN: [Known; 37] = [
    (104, "contract.cancel_requested", false),
    (106, "contract.retained", false),
    (120, "onboarding.step_completed", false),
    (121, "onboarding.stalled", false),
    (141, "order.changed", false),
    (142, "order.cancelled", false),
    (143, "return.requested", false),
    (144, "return.received", false),
    (145, "refund.issued", true),
    (147, "warranty.claimed", false),
    (161, "delivery.shipped", false),
    (162, "delivery.attempted", false),
    (181, "payment.failed", false),
    (182, "payment.charged_back", true),
    (183, "invoice.issued", false),
    (185, "dunning.sent", false),
    (186, "arrangement.agreed", false),
    (203, "call.ended", false),
    (204, "message.received", false),
    (205, "message.replied", false),
    (206, "visit.made", false),
    (207, "bot.handed_off", false),
    (220, "case.opened", false),
    (221, "case.reopened", false),
    (222, "case.escalated", false),
    (224, "complaint.received", false),
    (226, "complaint.decided", true),
    (227, "complaint.referred", false),
    (229, "appointment.missed", false),
    (230, "appointment.completed", false),
    (263, "card.issued", false),
    (266, "loan.applied", false),
    (271, "advice.given", false),
    (280, "claim.notified", false),
    (282, "claim.assessed", false),
    (285, "claim.settled", true),
    (286, "claim.reopened", false),
];

impl Kind {
    /// All of them, by number.
    #[cfg(test)]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().map(|(number, _, _)| Self(*number))
    }

    /// `None`: that type costs nothing.
    pub(crate) fn of(number: i32) -> Option<Self> {
        KNOWN.binary_search_by_key(&number, |known| known.0).is_ok().then_some(Self(number))
    }

    pub(crate) fn number(self) -> i32 {
        self.0
    }

    /// Its name in texts and mapping files, such as "call.ended".
    pub(crate) fn name(self) -> &'static str {
        self.known().map_or("unknown", |known| known.1)
    }

    /// Whether its amount is money that went to the customer: a refund, redress, a claim.
    pub(crate) fn pays_out(self) -> bool {
        self.known().is_some_and(|known| known.2)
    }

    fn known(self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.0 == self.0)
    }
}

/// Where it happened: a channel's number in the contract; 0 is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Channel(pub(crate) i32);

impl Channel {
    const NAMES: [&str; 9] = ["web", "app", "phone", "email", "chat", "letter", "branch", "partner", "system"];

    /// As the contract calls it; empty: unknown.
    pub(crate) fn name(self) -> &'static str {
        let place = usize::try_from(self.0).ok().and_then(|number| number.checked_sub(1));
        place.and_then(|place| Self::NAMES.get(place)).copied().unwrap_or_default()
    }
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Service {
    /// The day in UTC that it occurred on, days since 1970-01-01.
    pub(crate) day: i32,
    pub(crate) kind: Kind,
    pub(crate) channel: Channel,
    /// The product line that it says; if none, all.
    pub(crate) line: Line,
    /// 0 to [`MAX_SECONDS`].
    pub(crate) seconds: i64,
    /// What went to the customer: 0 to `MAX_MINOR_UNITS`.
    pub(crate) paid: Option<(Currency, i64)>,
}

/// Which of whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServiceKey {
    pub(crate) record: RecordId,
    /// Days since 1970-01-01, in UTC.
    pub(crate) day: i32,
    pub(crate) kind: Kind,
    pub(crate) channel: Channel,
    pub(crate) line: Line,
    /// `None`: no money went to the customer, and it counts whatever the currency.
    pub(crate) currency: Option<Currency>,
}

/// How much of it, or by how much that changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) count: i64,
    /// Of handling.
    pub(crate) seconds: i64,
    /// What went to the customer.
    pub(crate) minor_units: i64,
}

impl Counted for Service {
    type Key = ServiceKey;
    type Total = Served;

    fn keys(&self, record: RecordId) -> impl Iterator<Item = ServiceKey> {
        let Self { day, kind, channel, line, paid, .. } = *self;
        let currency = paid.map(|(currency, _)| currency);
        line.counted_in().map(move |line| ServiceKey { record, day, kind, channel, line, currency })
    }

    fn total(&self) -> Served {
        Served { count: 1, seconds: self.seconds, minor_units: self.paid.map_or(0, |(_, minor)| minor) }
    }
}

impl Sum for Served {
    fn add(&mut self, other: &Self, times: i64) {
        self.count += times * other.count;
        self.seconds += times * other.seconds;
        self.minor_units += times * other.minor_units;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_their_numbers() {
        assert!(KNOWN.is_sorted_by_key(|known| known.0));
        assert_eq!(Kind::all().count(), KNOWN.len());
        for kind in Kind::all() {
            assert_eq!(Kind::of(kind.number()), Some(kind));
        }
        assert_eq!(Kind::of(203).map(Kind::name), Some("call.ended"));
        assert_eq!([140, 320, 0, -1].map(Kind::of), [None; 4], "purchases and what customers do by themselves");
        assert_eq!(Kind::all().filter(|kind| kind.pays_out()).count(), 4);
    }
}
