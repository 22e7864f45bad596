//! The type, channel, amount and detail of each kind of event.

use tenure_proto::collector::v1::{
    AccountDetail, CaseDetail, Channel, ConsentDetail, ContactDetail, DeliveryDetail, DigitalDetail, FeedbackDetail,
    LifeDetail, OnboardingDetail, OrderDetail, OrderLine, TouchpointType as Type, touchpoint::Detail,
};

use crate::{
    event::{CallStep, ComplaintStep, DeliveryStep, Event, Happening},
    records::Source,
    rng::Rng,
    touchpoint::{euro, time},
};

/// What a touchpoint says apart from who and when.
pub(crate) struct Content {
    /// The type.
    pub(crate) kind: Type,
    /// The channel.
    pub(crate) channel: Channel,
    /// The amount in cents.
    pub(crate) minor_units: Option<i64>,
    /// The number of the order.
    pub(crate) order: Option<u32>,
    /// The number of the complaint.
    pub(crate) complaint: Option<u32>,
    /// The detail.
    pub(crate) detail: Option<Detail>,
}

impl Content {
    fn new(kind: Type, channel: Channel, detail: Detail) -> Self {
        Self { kind, channel, minor_units: None, order: None, complaint: None, detail: Some(detail) }
    }

    fn of_order(self, order: u32) -> Self {
        Self { order: Some(order), ..self }
    }

    fn worth(self, minor_units: i64) -> Self {
        Self { minor_units: Some(minor_units), ..self }
    }
}

/// The content of an event.
pub(crate) fn content(event: &Event, rng: &mut Rng) -> Content {
    match event.happening {
        Happening::Opened => opened(),
        Happening::Welcomed => welcomed(),
        Happening::ConsentGiven => consent(Type::ConsentGiven, event.source),
        Happening::ConsentWithdrawn => consent(Type::ConsentWithdrawn, event.source),
        Happening::Browsed { pages } => browsed(pages),
        Happening::Ordered { order, minor_units } => ordered(event.source, minor_units, rng).of_order(order),
        Happening::Delivery { order, step, promised_at } => {
            Content { order: Some(order), ..delivery(event, order, step, promised_at, rng) }
        }
        Happening::Returned { order, received } => returned(received, event.source, rng).of_order(order),
        Happening::Refunded { order, minor_units } => refunded().worth(minor_units).of_order(order),
        Happening::Survey { order, score } => survey(score).of_order(order),
        Happening::Call { order, step } => Content { order, ..call(order, step, rng) },
        Happening::Complaint { number, step, promised_at } => {
            Content { complaint: Some(number), ..complaint(step, promised_at, event.source) }
        }
        Happening::Moved => moved(event.source),
    }
}

/// Where customers meet a source.
fn desk(source: Source) -> Channel {
    match source {
        Source::Webshop => Channel::Web,
        Source::Crm => Channel::Branch,
        Source::ContactCentre => Channel::Phone,
    }
}

fn opened() -> Content {
    let detail = AccountDetail { product_code: "webshop-account".into(), ..AccountDetail::default() };
    Content::new(Type::AccountOpened, Channel::Web, Detail::Account(detail))
}

fn welcomed() -> Content {
    let detail = OnboardingDetail { step_code: "welcome".into(), ..OnboardingDetail::default() };
    Content::new(Type::OnboardingCompleted, Channel::System, Detail::Onboarding(detail))
}

fn consent(kind: Type, source: Source) -> Content {
    let detail = ConsentDetail {
        purpose_code: "marketing".into(),
        channel_code: "email".into(),
        text_version: "2".into(),
        ..ConsentDetail::default()
    };
    Content::new(kind, desk(source), Detail::Consent(detail))
}

fn browsed(pages: i32) -> Content {
    let detail = DigitalDetail { item_code: "shop".into(), count: pages, ..DigitalDetail::default() };
    Content::new(Type::SessionSummarized, Channel::Web, Detail::Digital(detail))
}

/// One to five lines that add up to the total, and a margin of 15 to 45 per cent.
fn ordered(source: Source, minor_units: i64, rng: &mut Rng) -> Content {
    let margin = minor_units * rng.between(15, 45) / 100;
    let mut lines = Vec::new();
    let mut rest = minor_units;
    for left in (1..=rng.between(1, 5).min(minor_units)).rev() {
        let part = if left == 1 { rest } else { rng.between(1, rest - left + 1) };
        rest -= part;
        lines.push(OrderLine {
            product_code: format!("product-{:04}", rng.between(1, 2_000)),
            quantity: *rng.pick(&[1, 1, 1, 2, 3]),
            amount: Some(euro(part)),
        });
    }
    let detail = OrderDetail { lines, margin: Some(euro(margin)), reason_code: String::new() };
    Content::new(Type::OrderPlaced, desk(source), Detail::Order(detail)).worth(minor_units)
}

/// An order has one carrier.
fn delivery(event: &Event, order: u32, step: DeliveryStep, promised_at: i64, rng: &mut Rng) -> Content {
    let north = (event.customer ^ order).is_multiple_of(2);
    let mut detail = DeliveryDetail {
        carrier_code: if north { "carrier-north" } else { "carrier-south" }.into(),
        promised_time: Some(time(promised_at)),
        ..DeliveryDetail::default()
    };
    let kind = match step {
        DeliveryStep::Promised => Type::DeliveryPromised,
        DeliveryStep::Shipped => Type::DeliveryShipped,
        DeliveryStep::Delayed => {
            detail.reason_code = (*rng.pick(&["stock", "carrier", "weather"])).into();
            Type::DeliveryDelayed
        }
        DeliveryStep::Delivered => {
            detail.delay_minutes = ((event.at - promised_at) / 60) as i32;
            Type::DeliveryDelivered
        }
    };
    Content::new(kind, Channel::System, Detail::Delivery(detail))
}

fn returned(received: bool, source: Source, rng: &mut Rng) -> Content {
    let reason_code = (*rng.pick(&["size", "damaged", "regret", "wrong-item"])).into();
    let detail = Detail::Order(OrderDetail { reason_code, ..OrderDetail::default() });
    if received {
        Content::new(Type::ReturnReceived, Channel::System, detail)
    } else {
        Content::new(Type::ReturnRequested, desk(source), detail)
    }
}

fn refunded() -> Content {
    let detail = OrderDetail { reason_code: "return".into(), ..OrderDetail::default() };
    Content::new(Type::RefundIssued, Channel::System, Detail::Order(detail))
}

fn survey(score: Option<i32>) -> Content {
    let kind = if score.is_some() { Type::SurveyAnswered } else { Type::SurveySent };
    let detail = FeedbackDetail {
        states_dissatisfaction: false,
        survey_code: "after-delivery".into(),
        scale_code: "nps".into(),
        score,
        language_code: "nl".into(),
    };
    Content::new(kind, Channel::Email, Detail::Feedback(detail))
}

fn call(order: Option<u32>, step: CallStep, rng: &mut Rng) -> Content {
    let about = if order.is_some() { "delivery-late" } else { *rng.pick(&["product", "invoice", "return", "account"]) };
    let mut detail = ContactDetail { intent_code: about.into(), ..ContactDetail::default() };
    let kind = match step {
        CallStep::Queued => Type::CallQueued,
        CallStep::Answered { wait } | CallStep::Abandoned { wait } => {
            detail.wait_seconds = i64::from(wait);
            if matches!(step, CallStep::Answered { .. }) { Type::CallAnswered } else { Type::CallAbandoned }
        }
        CallStep::Ended { handle, transfers, resolved } => {
            detail.handle_seconds = i64::from(handle);
            detail.transfers = transfers;
            detail.resolved = Some(resolved);
            Type::CallEnded
        }
    };
    Content::new(kind, Channel::Phone, Detail::Contact(detail))
}

fn complaint(step: ComplaintStep, promised_at: i64, source: Source) -> Content {
    let mut detail = CaseDetail {
        category_code: "service".into(),
        severity: 2,
        promised_time: Some(time(promised_at)),
        ..CaseDetail::default()
    };
    let (kind, redress) = match step {
        ComplaintStep::Received => (Type::ComplaintReceived, 0),
        ComplaintStep::Acknowledged => (Type::ComplaintAcknowledged, 0),
        ComplaintStep::Decided { redress } => {
            detail.outcome_code = if redress > 0 { "upheld".into() } else { "rejected".into() };
            (Type::ComplaintDecided, redress)
        }
    };
    let content = Content::new(kind, desk(source), Detail::Case(detail));
    if redress > 0 { content.worth(redress) } else { content }
}

fn moved(source: Source) -> Content {
    let detail = LifeDetail { proof_code: "own-statement".into(), ..LifeDetail::default() };
    Content::new(Type::AddressChanged, desk(source), Detail::Life(detail))
}
