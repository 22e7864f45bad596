//! What a touchpoint states that matters here: promises, outcomes, complaints, contacts, consent and surveys.

mod agreement;
mod complaint;
mod contact;
mod sign;

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Timestamp, TouchpointId};
use tenure_proto::collector::v1::{
    PromiseDetail, PromiseOrigin, Touchpoint, TouchpointType as Type, touchpoint::Detail,
};
use tenure_server::wire;

use super::matter;
use crate::domain::{
    consent::ConsentStep,
    history::{History, Investigation, Rating},
    invite::Sent,
    promise::{
        Agreed, Expected, Matter, MatterKind, Observed, Outcome, Promise, PromiseId, Recovery, Release, ReleaseKind,
        SourceKind,
    },
    quantity::{Quantity, Unit},
    survey::SurveyKind,
};

/// Whether a touchpoint can state anything here.
pub(crate) fn matters(body: &Touchpoint) -> bool {
    let kind = body.r#type();
    promised(kind).is_some()
        || fulfils(kind).is_some()
        || complaint::may_tell(kind)
        || contact::is_contact(kind)
        || sign::is_purchase(kind)
        || agreement::may_tell(kind)
        || sign::doubts(body)
        || allows(kind).is_some()
        || matches!(
            kind,
            Type::OrderCancelled
                | Type::ContractCancelled
                | Type::ClaimSettled
                | Type::SurveySent
                | Type::SurveyAnswered
                | Type::ReviewPosted
                | Type::RecoveryOffered
                | Type::RecoveryAccepted
                | Type::InvestigationOpened
                | Type::InvestigationClosed
                | Type::DeathReported
                | Type::VulnerabilitySignalled
        )
}

/// A touchpoint as it is read: whose, which, of what moment.
pub(crate) struct Told<'a> {
    pub(crate) record: RecordId,
    pub(crate) touchpoint: TouchpointId,
    pub(crate) source_rank: i32,
    pub(crate) at: Timestamp,
    pub(crate) body: &'a Touchpoint,
}

/// What it states. Of what it does not know, it makes nothing.
pub(crate) fn history(told: &Told<'_>) -> History {
    let kind = told.body.r#type();
    let mut history = History {
        deceased: kind == Type::DeathReported,
        vulnerable: kind == Type::VulnerabilitySignalled,
        ..History::default()
    };
    history.facts.promises.extend(told.promise());
    history.facts.outcomes.extend(told.outcome());
    history.facts.releases.extend(told.release());
    history.facts.recoveries.extend(told.recovery());
    history.facts.contacts.extend(told.contact());
    history.facts.purchases.extend(told.purchase());
    history.facts.signs.extend(told.signs());
    history.facts.answers.extend(told.answer());
    history.facts.agreements.extend(told.agreement());
    history.complaints.extend(told.complaint());
    history.consents.extend(told.consent());
    history.sent.extend(told.sent());
    history.ratings.extend(told.rating());
    history.investigations.extend(told.investigation());
    history
}

/// What the types that may carry a promise promise, and who speaks. What PROMISE_MADE promises, it says itself.
fn promised(kind: Type) -> Option<(&'static str, SourceKind)> {
    Some(match kind {
        Type::DeliveryPromised | Type::DeliveryShipped | Type::DeliveryDelayed => {
            ("delivery", SourceKind::OrderConfirmation)
        }
        Type::OnboardingStepCompleted | Type::OnboardingStalled => ("onboarding", SourceKind::AgentStatement),
        Type::CaseOpened | Type::CaseReopened | Type::CaseEscalated => ("case_answer", SourceKind::AgentStatement),
        Type::ComplaintReceived | Type::ComplaintAcknowledged => ("complaint_answer", SourceKind::AgentStatement),
        Type::AppointmentBooked => ("appointment", SourceKind::AgentStatement),
        Type::ClaimNotified | Type::ClaimDocumented | Type::ClaimAssessed | Type::ClaimReopened => {
            ("claim_decision", SourceKind::AgentStatement)
        }
        Type::PromiseMade => ("", SourceKind::AgentStatement),
        Type::ClaimApproved => ("payout_amount", SourceKind::AgentStatement),
        _ => return None,
    })
}

/// What the types that report an outcome report on.
fn fulfils(kind: Type) -> Option<(&'static str, Observed)> {
    Some(match kind {
        Type::DeliveryDelivered => ("delivery", Observed::Done),
        Type::OnboardingCompleted => ("onboarding", Observed::Done),
        Type::CaseResolved => ("case_answer", Observed::Done),
        Type::ComplaintDecided => ("complaint_answer", Observed::Done),
        Type::AppointmentCompleted => ("appointment", Observed::Done),
        Type::AppointmentMissed => ("appointment", Observed::Failed),
        Type::ClaimApproved | Type::ClaimDenied => ("claim_decision", Observed::Done),
        Type::PromiseKept => ("", Observed::Done),
        Type::PromiseBroken => ("", Observed::Failed),
        _ => return None,
    })
}

/// Who a promise comes from, if its source says so.
fn origin(stated: &PromiseDetail) -> Option<SourceKind> {
    Some(match stated.origin() {
        PromiseOrigin::Unspecified => return None,
        PromiseOrigin::Statutory => SourceKind::Statutory,
        PromiseOrigin::PolicyTerms => SourceKind::PolicyTerms,
        PromiseOrigin::Quote => SourceKind::Quote,
        PromiseOrigin::OrderConfirmation => SourceKind::OrderConfirmation,
        PromiseOrigin::AgentStatement => SourceKind::AgentStatement,
        PromiseOrigin::CustomerStated => SourceKind::CustomerStated,
        PromiseOrigin::MarketingClaim => SourceKind::MarketingClaim,
        PromiseOrigin::SegmentInferred => SourceKind::SegmentInferred,
    })
}

fn allows(kind: Type) -> Option<bool> {
    match kind {
        Type::ConsentGiven => Some(true),
        Type::ConsentWithdrawn | Type::ObjectionRaised | Type::ChannelUnsubscribed => Some(false),
        _ => None,
    }
}

fn due(detail: Option<&Detail>) -> Option<Timestamp> {
    let time = match detail? {
        Detail::Delivery(detail) => detail.promised_time,
        Detail::Onboarding(detail) => detail.promised_time,
        Detail::Case(detail) => detail.promised_time,
        Detail::Claim(detail) => detail.promised_time,
        Detail::Promise(detail) => detail.due_time,
        _ => None,
    };
    time.as_ref().and_then(wire::timestamp)
}

impl Told<'_> {
    fn kind(&self) -> Type {
        self.body.r#type()
    }

    /// What it is about: the promise that its source names, else the order, claim, case or contract, else what the type is
    /// always about.
    fn matter(&self, attribute: &str) -> Matter {
        let source = &self.body.source;
        if let Some(Detail::Promise(detail)) = &self.body.detail
            && !detail.promise_ref.is_empty()
        {
            return Matter { kind: MatterKind::Promise, reference: format!("{source}/{}", detail.promise_ref) };
        }
        let named = self.body.correlation.as_ref().and_then(|refs| matter::of_references(refs, attribute));
        named.unwrap_or_else(|| Matter { kind: MatterKind::Event, reference: format!("{source}/{attribute}") })
    }

    fn attribute<'a>(&'a self, known: &'a str) -> &'a str {
        match &self.body.detail {
            Some(Detail::Promise(detail)) if known.is_empty() => &detail.attribute_code,
            _ => known,
        }
    }

    fn amount(&self) -> Option<Quantity> {
        let amount = self.body.amount.as_ref()?;
        Quantity::money(amount.minor_units, &amount.currency_code).ok()
    }

    /// What a source says of a promise.
    fn stated(&self) -> Option<&PromiseDetail> {
        match &self.body.detail {
            Some(Detail::Promise(detail)) => Some(detail),
            _ => None,
        }
    }

    /// A number, in the unit that the source counts in.
    fn quantity(&self, number: Option<f64>) -> Option<Quantity> {
        Quantity::new(number?, Unit::of_code(&self.stated()?.unit_code)?).ok()
    }

    /// The range that was agreed before buying.
    fn agreed(&self) -> Option<Agreed> {
        let stated = self.stated()?;
        Some(Agreed { from: self.quantity(stated.range_from)?, to: self.quantity(stated.range_to)? })
    }

    /// What came of a promise that was kept: so much, or what was promised.
    fn came(&self) -> Observed {
        let quantity = self.stated().and_then(|stated| self.quantity(stated.quantity));
        quantity.map_or(Observed::Done, Observed::Level)
    }

    fn product(&self) -> String {
        match &self.body.detail {
            Some(Detail::Promise(detail)) => detail.product_code.clone(),
            Some(Detail::Contract(detail)) => detail.product_code.clone(),
            Some(Detail::Claim(detail)) => detail.line_code.clone(),
            _ => String::new(),
        }
    }

    fn promise(&self) -> Option<Promise> {
        let (known, source) = promised(self.kind())?;
        let source = self.stated().and_then(origin).unwrap_or(source);
        let attribute = self.attribute(known);
        let expected = match (self.kind(), due(self.body.detail.as_ref())) {
            (Type::ClaimApproved, _) => Expected::Level(self.amount()?),
            (_, Some(due)) => Expected::By(due),
            (_, None) => Expected::Level(self.quantity(self.stated()?.quantity)?),
        };
        let matter = self.matter(attribute);
        Some(Promise {
            id: PromiseId::of(self.record, &matter, attribute, source),
            touchpoint: self.touchpoint,
            matter,
            attribute: attribute.to_owned(),
            product: self.product(),
            expected,
            made_at: self.at,
            source,
            acknowledged: self.stated().is_some_and(|stated| stated.acknowledged),
            agreed: self.agreed(),
            feeds: BTreeSet::from([self.body.source.clone()]),
        })
    }

    fn outcome(&self) -> Option<Outcome> {
        let (known, observed) = match self.kind() {
            Type::ClaimSettled => ("payout_amount", Observed::Level(self.amount()?)),
            Type::PromiseKept => ("", self.came()),
            kind => fulfils(kind)?,
        };
        if self.kind() == Type::AppointmentMissed && self.was_missed_by_customer() {
            return None;
        }
        let attribute = self.attribute(known);
        Some(Outcome {
            touchpoint: self.touchpoint,
            matter: self.matter(attribute),
            attribute: attribute.to_owned(),
            at: self.at,
            observed,
        })
    }

    /// That nothing is owed any more: what it was about was cancelled, or the customer did not come.
    fn release(&self) -> Option<Release> {
        let refs = self.body.correlation.as_ref();
        let (matter, kind) = match self.kind() {
            Type::OrderCancelled => (matter::named(MatterKind::Order, &refs?.order_ref)?, ReleaseKind::Withdrawn),
            Type::ContractCancelled => {
                (matter::named(MatterKind::Contract, &refs?.contract_ref)?, ReleaseKind::Withdrawn)
            }
            Type::AppointmentMissed if self.was_missed_by_customer() => {
                (self.matter("appointment"), ReleaseKind::Waived)
            }
            _ => return None,
        };
        Some(Release { touchpoint: self.touchpoint, matter, at: self.at, kind })
    }

    fn was_missed_by_customer(&self) -> bool {
        matches!(&self.body.detail, Some(Detail::Case(detail)) if detail.outcome_code == "customer")
    }

    /// What was done to make up: redress that came with the decision on a complaint, or what a source calls so.
    fn recovery(&self) -> Option<Recovery> {
        let paid = self.body.amount.as_ref().is_some_and(|amount| amount.minor_units > 0);
        let (matter, sent_at, accepted_at) = match self.kind() {
            Type::ComplaintDecided if paid => (self.matter("complaint_answer"), self.at, None),
            Type::RecoveryOffered => (self.matter("recovery"), self.at, None),
            // When it was sent, the offer says.
            Type::RecoveryAccepted => (self.matter("recovery"), Timestamp::MIN, Some(self.at)),
            _ => return None,
        };
        Some(Recovery { touchpoint: self.touchpoint, matter, sent_at, accepted_at })
    }

    fn investigation(&self) -> Option<Investigation> {
        let open = match self.kind() {
            Type::InvestigationOpened => true,
            Type::InvestigationClosed => false,
            _ => return None,
        };
        Some(Investigation { at: self.at, touchpoint: self.touchpoint, open })
    }

    fn consent(&self) -> Option<ConsentStep> {
        let allows = allows(self.kind())?;
        let (purpose, channel) = match &self.body.detail {
            Some(Detail::Consent(detail)) => (detail.purpose_code.clone(), detail.channel_code.clone()),
            _ => (String::new(), String::new()),
        };
        let (touchpoint, at, source_rank) = (self.touchpoint, self.at, self.source_rank);
        Some(ConsentStep { touchpoint, at, source_rank, purpose, channel, allows })
    }

    fn order(&self) -> &str {
        self.body.correlation.as_ref().map_or("", |refs| refs.order_ref.as_str())
    }

    fn sent(&self) -> Option<Sent> {
        let Some(Detail::Feedback(detail)) = &self.body.detail else {
            let unknown = Sent { touchpoint: self.touchpoint, kind: SurveyKind::Csat, at: self.at };
            return (self.kind() == Type::SurveySent).then_some(unknown);
        };
        let kind = match detail.scale_code.as_str() {
            "nps" if self.order().is_empty() => SurveyKind::RelationalNps,
            "nps" => SurveyKind::TransactionalNps,
            "ces" => SurveyKind::Ces,
            _ => SurveyKind::Csat,
        };
        (self.kind() == Type::SurveySent).then_some(Sent { touchpoint: self.touchpoint, kind, at: self.at })
    }

    fn rating(&self) -> Option<Rating> {
        let rated = matches!(self.kind(), Type::SurveyAnswered | Type::ReviewPosted) && !self.order().is_empty();
        rated.then(|| Rating { touchpoint: self.touchpoint, at: self.at, order: self.order().to_owned() })
    }
}
