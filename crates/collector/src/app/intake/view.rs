//! A touchpoint of the wire as the domain sees it, without a copy.

use tenure_proto::collector::v1 as pb;

use super::detail;
use crate::domain::{
    detail::{Moment, Money},
    subject::{Attributes, MOST_IDENTIFIERS, MOST_SUBJECTS, SentIdentifier, Subject},
    touchpoint::{Amendment, Candidate},
};

/// The view of a touchpoint that was `size` bytes long.
pub(super) fn candidate(touchpoint: &pb::Touchpoint, size: usize) -> Candidate<'_> {
    let time = |time: &Option<prost_types::Timestamp>| time.as_ref().map(moment);
    Candidate {
        source: &touchpoint.source,
        event_id: &touchpoint.event_id,
        kind: touchpoint.r#type,
        occur_time: time(&touchpoint.occur_time),
        other_times: [
            ("capture_time", time(&touchpoint.capture_time)),
            ("send_time", time(&touchpoint.send_time)),
            ("effective_time", time(&touchpoint.effective_time)),
        ],
        channel: touchpoint.channel,
        line_code: &touchpoint.line_code,
        // One more than allowed is enough to see that there are too many.
        subjects: touchpoint.subjects.iter().take(MOST_SUBJECTS + 1).map(subject).collect(),
        amount: touchpoint.amount.as_ref().map(money),
        correlation: correlation(touchpoint.correlation.as_ref()),
        note: &touchpoint.note,
        amendment: touchpoint.amendment.as_ref().map(amendment),
        detail: touchpoint.detail.as_ref().map(detail::view),
        size,
    }
}

pub(super) fn moment(time: &prost_types::Timestamp) -> Moment {
    Moment(time.seconds, time.nanos)
}

pub(super) fn money(money: &pb::Money) -> Money<'_> {
    Money { currency: &money.currency_code, minor_units: money.minor_units }
}

fn correlation(correlation: Option<&pb::Correlation>) -> [(&'static str, &str); 4] {
    let Some(correlation) = correlation else { return [("", ""); 4] };
    [
        ("order_ref", &correlation.order_ref),
        ("contract_ref", &correlation.contract_ref),
        ("claim_ref", &correlation.claim_ref),
        ("case_ref", &correlation.case_ref),
    ]
}

fn amendment(amendment: &pb::Amendment) -> Amendment<'_> {
    Amendment { kind: amendment.kind, target_event_id: &amendment.target_event_id, revision: amendment.revision }
}

pub(super) fn subject(subject: &pb::Subject) -> Subject<'_> {
    Subject {
        role: subject.role,
        key: &subject.key,
        identifiers: subject.identifiers.iter().take(MOST_IDENTIFIERS + 1).map(identifier).collect(),
        attributes: subject.attributes.as_ref().map(attributes),
    }
}

fn identifier(identifier: &pb::Identifier) -> SentIdentifier<'_> {
    SentIdentifier { kind: identifier.kind, value: &identifier.value, issuer: &identifier.issuer }
}

fn attributes(attributes: &pb::SubjectAttributes) -> Attributes<'_> {
    let address = attributes.postal_address.as_ref();
    let part = |name, of: fn(&pb::PostalAddress) -> &str| (name, address.map_or("", of));
    Attributes {
        texts: [
            ("given_name", &attributes.given_name),
            ("initials", &attributes.initials),
            ("family_name_prefix", &attributes.family_name_prefix),
            ("family_name", &attributes.family_name),
            ("organisation_name", &attributes.organisation_name),
            part("postal_address.street", |address| &address.street),
            part("postal_address.house_number", |address| &address.house_number),
            part("postal_address.house_number_addition", |address| &address.house_number_addition),
            part("postal_address.postal_code", |address| &address.postal_code),
            part("postal_address.city", |address| &address.city),
        ],
        birth_date: &attributes.birth_date,
        language_code: &attributes.language_code,
        time_zone: &attributes.time_zone,
        country_code: address.map_or("", |address| &address.country_code),
    }
}
