//! The catalogue: every type of touchpoint, the detail that belongs to it, and whether it has an amount.

/// Which detail belongs to a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Contracts, policies and subscriptions.
    Contract,
    /// Onboarding.
    Onboarding,
    /// Orders, returns and carts.
    Order,
    /// Deliveries.
    Delivery,
    /// Payments, bills and mandates.
    Payment,
    /// Calls, messages and visits.
    Contact,
    /// Cases, complaints, appointments and outages.
    Case,
    /// Promises.
    Promise,
    /// Accounts, cards, loans and advice.
    Account,
    /// Insurance claims.
    Claim,
    /// Telecom and energy use.
    Usage,
    /// Logins, sessions, mails and offers.
    Digital,
    /// Consent and preferences.
    Consent,
    /// Surveys, reviews and referrals.
    Feedback,
    /// Loyalty.
    Loyalty,
    /// Life events.
    Life,
    /// The tenant's own.
    Custom,
}

impl Group {
    /// The detail's field in a touchpoint, such as "order".
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Onboarding => "onboarding",
            Self::Order => "order",
            Self::Delivery => "delivery",
            Self::Payment => "payment",
            Self::Contact => "contact",
            Self::Case => "case",
            Self::Promise => "promise",
            Self::Account => "account",
            Self::Claim => "claim",
            Self::Usage => "usage",
            Self::Digital => "digital",
            Self::Consent => "consent",
            Self::Feedback => "feedback",
            Self::Loyalty => "loyalty",
            Self::Life => "life",
            Self::Custom => "custom",
        }
    }
}

/// Whether a type has an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountRule {
    /// It must have one; zero is one.
    Required,
    /// It may have one.
    Optional,
    /// It has none.
    None,
}

/// A type of touchpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeRule {
    /// Its number on the wire.
    pub number: i32,
    /// Its dot name, such as "order.placed".
    pub name: &'static str,
    /// The detail that belongs to it.
    pub group: Group,
    /// Whether it has an amount.
    pub amount: AmountRule,
}

/// The type of a number on the wire.
#[must_use]
pub fn find(number: i32) -> Option<&'static TypeRule> {
    TYPES.binary_search_by_key(&number, |rule| rule.number).ok().map(|place| &TYPES[place])
}

const fn rule(number: i32, name: &'static str, group: Group, amount: AmountRule) -> TypeRule {
    TypeRule { number, name, group, amount }
}

const fn plain(number: i32, name: &'static str, group: Group) -> TypeRule {
    rule(number, name, group, AmountRule::None)
}

use AmountRule::{Optional, Required};

/// Every type, by number.
pub const TYPES: &[TypeRule] = &[
    rule(100, "contract.started", Group::Contract, Optional),
    plain(101, "contract.renewal_due", Group::Contract),
    rule(102, "contract.renewed", Group::Contract, Optional),
    plain(103, "contract.lapsed", Group::Contract),
    plain(104, "contract.cancel_requested", Group::Contract),
    plain(105, "contract.cancelled", Group::Contract),
    plain(106, "contract.retained", Group::Contract),
    plain(107, "contract.won_back", Group::Contract),
    rule(108, "contract.price_changed", Group::Contract, Required),
    plain(109, "contract.terms_changed", Group::Contract),
    plain(120, "onboarding.step_completed", Group::Onboarding),
    plain(121, "onboarding.stalled", Group::Onboarding),
    plain(122, "onboarding.completed", Group::Onboarding),
    plain(123, "kyc.requested", Group::Onboarding),
    plain(124, "kyc.passed", Group::Onboarding),
    plain(125, "kyc.expired", Group::Onboarding),
    rule(140, "order.placed", Group::Order, Required),
    plain(141, "order.changed", Group::Order),
    plain(142, "order.cancelled", Group::Order),
    plain(143, "return.requested", Group::Order),
    plain(144, "return.received", Group::Order),
    rule(145, "refund.issued", Group::Order, Required),
    plain(146, "cart.abandoned", Group::Order),
    plain(147, "warranty.claimed", Group::Order),
    plain(160, "delivery.promised", Group::Delivery),
    plain(161, "delivery.shipped", Group::Delivery),
    plain(162, "delivery.attempted", Group::Delivery),
    plain(163, "delivery.delayed", Group::Delivery),
    plain(164, "delivery.delivered", Group::Delivery),
    rule(180, "payment.succeeded", Group::Payment, Required),
    rule(181, "payment.failed", Group::Payment, Optional),
    rule(182, "payment.charged_back", Group::Payment, Required),
    rule(183, "invoice.issued", Group::Payment, Required),
    rule(184, "invoice.overdue", Group::Payment, Optional),
    rule(185, "dunning.sent", Group::Payment, Optional),
    rule(186, "arrangement.agreed", Group::Payment, Optional),
    plain(187, "mandate.signed", Group::Payment),
    plain(188, "mandate.revoked", Group::Payment),
    plain(200, "call.queued", Group::Contact),
    plain(201, "call.answered", Group::Contact),
    plain(202, "call.abandoned", Group::Contact),
    plain(203, "call.ended", Group::Contact),
    plain(204, "message.received", Group::Contact),
    plain(205, "message.replied", Group::Contact),
    plain(206, "visit.made", Group::Contact),
    plain(207, "bot.handed_off", Group::Contact),
    plain(208, "selfservice.failed", Group::Contact),
    plain(220, "case.opened", Group::Case),
    plain(221, "case.reopened", Group::Case),
    plain(222, "case.escalated", Group::Case),
    plain(223, "case.resolved", Group::Case),
    plain(224, "complaint.received", Group::Case),
    plain(225, "complaint.acknowledged", Group::Case),
    rule(226, "complaint.decided", Group::Case, Optional),
    plain(227, "complaint.referred", Group::Case),
    plain(228, "appointment.booked", Group::Case),
    plain(229, "appointment.missed", Group::Case),
    plain(230, "appointment.completed", Group::Case),
    plain(231, "outage.started", Group::Case),
    plain(232, "outage.ended", Group::Case),
    rule(233, "recovery.offered", Group::Case, Optional),
    rule(234, "recovery.accepted", Group::Case, Optional),
    plain(240, "promise.made", Group::Promise),
    plain(241, "promise.kept", Group::Promise),
    plain(242, "promise.broken", Group::Promise),
    plain(260, "account.opened", Group::Account),
    plain(261, "account.dormant", Group::Account),
    plain(262, "account.closed", Group::Account),
    plain(263, "card.issued", Group::Account),
    plain(264, "card.blocked", Group::Account),
    plain(265, "card.declined", Group::Account),
    rule(266, "loan.applied", Group::Account, Optional),
    rule(267, "loan.approved", Group::Account, Optional),
    plain(268, "loan.rejected", Group::Account),
    plain(269, "loan.repaid", Group::Account),
    plain(270, "rate.period_ending", Group::Account),
    plain(271, "advice.given", Group::Account),
    plain(272, "investigation.opened", Group::Account),
    plain(273, "investigation.closed", Group::Account),
    plain(280, "claim.notified", Group::Claim),
    plain(281, "claim.documented", Group::Claim),
    plain(282, "claim.assessed", Group::Claim),
    rule(283, "claim.approved", Group::Claim, Optional),
    plain(284, "claim.denied", Group::Claim),
    rule(285, "claim.settled", Group::Claim, Required),
    plain(286, "claim.reopened", Group::Claim),
    plain(300, "usage.threshold_reached", Group::Usage),
    rule(301, "bill.shock", Group::Usage, Optional),
    plain(302, "meter.read", Group::Usage),
    plain(303, "tariff.ending", Group::Usage),
    plain(304, "move.announced", Group::Usage),
    plain(305, "port.out_requested", Group::Usage),
    plain(320, "login.succeeded", Group::Digital),
    plain(321, "login.failed", Group::Digital),
    plain(322, "session.summarized", Group::Digital),
    plain(323, "feature.used", Group::Digital),
    plain(324, "content.opened", Group::Digital),
    plain(325, "offer.shown", Group::Digital),
    plain(326, "offer.accepted", Group::Digital),
    plain(327, "offer.declined", Group::Digital),
    plain(340, "consent.given", Group::Consent),
    plain(341, "consent.withdrawn", Group::Consent),
    plain(342, "objection.raised", Group::Consent),
    plain(343, "preference.changed", Group::Consent),
    plain(344, "channel.unsubscribed", Group::Consent),
    plain(360, "survey.sent", Group::Feedback),
    plain(361, "survey.answered", Group::Feedback),
    plain(362, "review.posted", Group::Feedback),
    plain(363, "referral.made", Group::Feedback),
    plain(380, "points.earned", Group::Loyalty),
    plain(381, "points.redeemed", Group::Loyalty),
    plain(382, "points.expiring", Group::Loyalty),
    plain(383, "tier.changed", Group::Loyalty),
    plain(400, "address.changed", Group::Life),
    plain(401, "name.changed", Group::Life),
    plain(402, "marriage.reported", Group::Life),
    plain(403, "divorce.reported", Group::Life),
    plain(404, "birth.reported", Group::Life),
    plain(405, "retirement.reported", Group::Life),
    plain(406, "emigration.reported", Group::Life),
    plain(407, "death.reported", Group::Life),
    plain(408, "vulnerability.signalled", Group::Life),
    rule(900, "custom", Group::Custom, Optional),
];
/// Whether touchpoints of a type go first when more comes in than can be written: what a customer complains of, allows or forbids.
#[must_use]
pub fn is_urgent(number: i32) -> bool {
    find(number).is_some_and(|rule| rule.group == Group::Consent || rule.name.starts_with("complaint."))
}
