//! Touchpoints as the collector writes them.

use prost::Message;
use tenure_kernel::{RecordId, Tenant, Timestamp, TouchpointId};
use tenure_keyring::Keyring;
use tenure_proto::collector::v1::{
    Amendment, Channel, Correlation, Identifier, IdentifierKind, Money, RecordedSubject, SubjectAttributes,
    SubjectPrivate, Touchpoint, TouchpointRecorded, TouchpointType, amendment::Kind, touchpoint::Detail,
};
use tenure_server::wire;

use crate::suite::NOW;

pub(crate) const DAY: i64 = 86_400_000_000;

pub(crate) fn record(number: u8) -> RecordId {
    // The first byte routes, the last ones differ too: as those of real ids do.
    RecordId([number.wrapping_mul(67), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, number])
}

pub(crate) fn id(number: u32) -> TouchpointId {
    let mut bytes = [9; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    TouchpointId(bytes)
}

/// A touchpoint in the making.
#[derive(Clone)]
pub(crate) struct Told {
    id: TouchpointId,
    fact: TouchpointId,
    source_rank: i32,
    received_at: Timestamp,
    touchpoint: Touchpoint,
    subjects: Vec<(RecordId, SubjectPrivate)>,
}

/// A touchpoint of a record, some days ago.
pub(crate) fn told(number: u32, kind: TouchpointType, whose: RecordId, days_ago: i64) -> Told {
    let touchpoint = Touchpoint {
        source: "crm".into(),
        event_id: number.to_string(),
        r#type: kind.into(),
        occur_time: Some(wire::to_wire(ago(days_ago))),
        ..Default::default()
    };
    let subjects = vec![(whose, SubjectPrivate::default())];
    Told { id: id(number), fact: id(number), source_rank: 0, received_at: NOW, touchpoint, subjects }
}

pub(crate) fn ago(days: i64) -> Timestamp {
    Timestamp(NOW.0 - days * DAY)
}

impl Told {
    pub(crate) fn given_name(mut self, name: &str) -> Self {
        self.attributes().given_name = name.into();
        self
    }

    pub(crate) fn family_name(mut self, name: &str) -> Self {
        self.attributes().family_name = name.into();
        self
    }

    pub(crate) fn email(mut self, value: &str) -> Self {
        let kind = IdentifierKind::Email.into();
        self.last().identifiers.push(Identifier { kind, value: value.into(), issuer: String::new() });
        self
    }

    /// Of a contract.
    pub(crate) fn contract(mut self, contract_ref: &str) -> Self {
        let contract_ref = contract_ref.to_owned();
        self.touchpoint.correlation = Some(Correlation { contract_ref, ..Correlation::default() });
        self
    }

    /// Gathered for due diligence only.
    pub(crate) fn aml_only(mut self) -> Self {
        self.touchpoint.aml_only = true;
        self
    }

    /// Another subject; what follows is said of it.
    pub(crate) fn and(mut self, whose: RecordId) -> Self {
        self.subjects.push((whose, SubjectPrivate::default()));
        self
    }

    pub(crate) fn detail(mut self, detail: Detail) -> Self {
        self.touchpoint.detail = Some(detail);
        self
    }

    pub(crate) fn euros(mut self, cents: i64) -> Self {
        self.touchpoint.amount = Some(Money { currency_code: "EUR".into(), minor_units: cents });
        self
    }

    pub(crate) fn channel(mut self, channel: Channel) -> Self {
        self.touchpoint.channel = channel.into();
        self
    }

    pub(crate) fn line(mut self, code: &str) -> Self {
        self.touchpoint.line_code = code.into();
        self
    }

    /// Some minutes before what was said.
    pub(crate) fn earlier(mut self, minutes: i64) -> Self {
        let at = self.touchpoint.occur_time.as_ref().and_then(wire::timestamp).expect("a time");
        self.touchpoint.occur_time = Some(wire::to_wire(Timestamp(at.0 - minutes * 60_000_000)));
        self
    }

    pub(crate) fn source(mut self, source: &str, rank: i32) -> Self {
        (self.touchpoint.source, self.source_rank) = (source.into(), rank);
        self
    }

    pub(crate) fn effective(mut self, days_ago: i64) -> Self {
        self.touchpoint.effective_time = Some(wire::to_wire(ago(days_ago)));
        self
    }

    pub(crate) fn received(mut self, days_ago: i64) -> Self {
        self.received_at = ago(days_ago);
        self
    }

    pub(crate) fn corrects(self, target: u32, revision: i32) -> Self {
        self.amends(target, revision, Kind::Correction)
    }

    pub(crate) fn retracts(self, target: u32, revision: i32) -> Self {
        self.amends(target, revision, Kind::Retraction)
    }

    fn amends(mut self, target: u32, revision: i32, kind: Kind) -> Self {
        self.fact = id(target);
        self.touchpoint.amendment =
            Some(Amendment { kind: kind.into(), target_event_id: target.to_string(), revision });
        self
    }

    fn last(&mut self) -> &mut SubjectPrivate {
        &mut self.subjects.last_mut().expect("a subject").1
    }

    fn attributes(&mut self) -> &mut SubjectAttributes {
        self.last().attributes.get_or_insert_default()
    }

    /// With the personal part of each subject sealed.
    pub(crate) async fn seal(&self, keyring: &Keyring, tenant: &Tenant) -> TouchpointRecorded {
        let records = self.subjects.iter().map(|(record, _)| record.0);
        let keys = keyring.data_keys(tenant, records, true).await.expect("keys");
        let sealed = |(record, private): &(RecordId, SubjectPrivate)| RecordedSubject {
            record_id: record.0.to_vec(),
            role: 1,
            sealed: if private.encoded_len() == 0 { None } else { keys.seal(record.0, &private.encode_to_vec()) },
            majority: None,
        };
        TouchpointRecorded {
            touchpoint_id: self.id.0.to_vec(),
            fact_id: self.fact.0.to_vec(),
            subjects: self.subjects.iter().map(sealed).collect(),
            touchpoint: Some(self.touchpoint.clone()),
            receive_time: Some(wire::to_wire(self.received_at)),
            source_rank: self.source_rank,
            forgotten: false,
        }
    }
}

/// All of some touchpoints, sealed.
pub(crate) async fn seal(keyring: &Keyring, tenant: &Tenant, all: &[Told]) -> Vec<TouchpointRecorded> {
    let mut sealed = Vec::with_capacity(all.len());
    for one in all {
        sealed.push(one.seal(keyring, tenant).await);
    }
    sealed
}
