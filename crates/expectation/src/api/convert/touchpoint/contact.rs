//! What touchpoints tell of contacts, and of what those cost the customer.

use tenure_proto::collector::v1::{
    Channel as Where, ContactDetail, Touchpoint, TouchpointType as Type, touchpoint::Detail,
};

use super::{Told, matter};
use crate::domain::{
    contact::{Channel, Contact},
    quantity::{Quantity, Unit},
};

/// Whether touchpoints of a type are contacts, or parts of one.
pub(super) fn is_contact(kind: Type) -> bool {
    matches!(
        kind,
        Type::CallQueued
            | Type::CallAnswered
            | Type::CallAbandoned
            | Type::CallEnded
            | Type::MessageReceived
            | Type::MessageReplied
            | Type::VisitMade
            | Type::BotHandedOff
            | Type::SelfserviceFailed
    )
}

/// Where it took place, as its source says, or else as its type has it.
fn channel(body: &Touchpoint) -> Option<Channel> {
    Some(match (body.channel(), body.r#type()) {
        (Where::Web, _) | (Where::Unspecified, Type::SelfserviceFailed) => Channel::Web,
        (Where::App, _) => Channel::App,
        (Where::Phone, _)
        | (Where::Unspecified, Type::CallQueued | Type::CallAnswered | Type::CallAbandoned | Type::CallEnded) => {
            Channel::Phone
        }
        (Where::Email, _) => Channel::Email,
        (Where::Chat, _) | (Where::Unspecified, Type::BotHandedOff) => Channel::Chat,
        (Where::Letter, _) => Channel::Letter,
        (Where::Branch, _) | (Where::Unspecified, Type::VisitMade) => Channel::Branch,
        (Where::Partner, _) => Channel::Partner,
        (Where::System, _) => Channel::System,
        (Where::Unspecified, _) => return None,
    })
}

impl Told<'_> {
    pub(super) fn contact(&self) -> Option<Contact> {
        let kind = self.kind();
        if !is_contact(kind) {
            return None;
        }
        let detail = match &self.body.detail {
            Some(Detail::Contact(detail)) => Some(detail),
            _ => None,
        };
        let channel = channel(self.body);
        let matter = self.body.correlation.as_ref().and_then(|refs| matter::of_references(refs, ""));
        Some(Contact {
            touchpoint: self.touchpoint,
            matter,
            intent: detail.map(|detail| detail.intent_code.clone()).unwrap_or_default(),
            team: detail.map(|detail| team(kind, detail)).unwrap_or_default(),
            product: String::new(),
            at: self.at,
            channel,
            by_customer: kind != Type::MessageReplied,
            wait: detail.and_then(|detail| wait(kind, channel, detail)),
            transfers: transfers(kind, detail),
            asked_again: detail.map_or(0, |detail| asked_again(kind, detail)),
        })
    }
}

/// How long the customer waited to be helped: a call, a visit or a chat, for of anything else nobody waits for the answer.
fn wait(kind: Type, channel: Option<Channel>, detail: &ContactDetail) -> Option<Quantity> {
    let waits = matches!(kind, Type::CallAnswered | Type::CallAbandoned | Type::VisitMade)
        || (kind == Type::MessageReplied && channel == Some(Channel::Chat));
    // Nobody is answered in no time: nobody measured.
    let measured = waits && detail.wait_seconds > 0;
    let seconds = f64::from(i32::try_from(detail.wait_seconds).unwrap_or(i32::MAX));
    measured.then(|| Quantity::new(seconds, Unit::Second).ok()).flatten()
}

/// How often the customer was passed on, as the end of the contact has it. A bot that passes somebody on does so once at least.
fn transfers(kind: Type, detail: Option<&ContactDetail>) -> Option<u32> {
    let times = detail.map(|detail| u32::try_from(detail.transfers).unwrap_or_default());
    match kind {
        Type::CallEnded => times,
        Type::VisitMade | Type::MessageReplied => times.filter(|times| *times > 0),
        Type::BotHandedOff => Some(times.unwrap_or_default().max(1)),
        _ => None,
    }
}

/// How often the customer was asked again, as the end of the contact has it.
fn asked_again(kind: Type, detail: &ContactDetail) -> u32 {
    let ends = matches!(kind, Type::CallEnded | Type::VisitMade | Type::MessageReplied | Type::BotHandedOff);
    if ends { u32::try_from(detail.repeated_questions).unwrap_or_default() } else { 0 }
}

/// Who helped, as the end of the contact has it.
fn team(kind: Type, detail: &ContactDetail) -> String {
    let ends = matches!(kind, Type::CallEnded | Type::VisitMade | Type::MessageReplied);
    if ends { detail.team_code.clone() } else { String::new() }
}
