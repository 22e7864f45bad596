//! How an outlook is kept. It is made anew whenever its person is looked at, so one that can't be read is as good as none.

use std::collections::BTreeSet;

use prost::Message;
use tenure_kernel::{RecordId, RightId, Timestamp, TouchpointId};
use tenure_records::RestrictionStep;

use crate::{
    api::convert::survey::{kind, kind_message},
    domain::{
        complaint::Complaints,
        consent::ConsentStep,
        dissonance::Fading,
        history::Investigation,
        invite::{Reserved, Sent},
        outlook::Outlook,
        promise::hashed,
        survey::Felt,
    },
};

#[derive(Clone, PartialEq, Message)]
struct Kept {
    /// Of the rules that it was worked out by.
    #[prost(fixed64, tag = "1")]
    rules: u64,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(double, tag = "3")]
    score: f64,
    #[prost(int64, optional, tag = "4")]
    falls_at: Option<i64>,
    #[prost(bool, tag = "5")]
    source_stale: bool,
    #[prost(int64, optional, tag = "6")]
    resolved_at: Option<i64>,
    #[prost(int64, optional, tag = "7")]
    recovered_at: Option<i64>,
    #[prost(message, repeated, tag = "8")]
    fading: Vec<KeptFading>,
    #[prost(string, repeated, tag = "9")]
    waits_for: Vec<String>,
    #[prost(bool, tag = "10")]
    complaint_open: bool,
    #[prost(bool, tag = "11")]
    with_ombudsman: bool,
    #[prost(int64, optional, tag = "12")]
    complaint_closed_at: Option<i64>,
    #[prost(message, repeated, tag = "13")]
    consents: Vec<KeptConsent>,
    #[prost(message, repeated, tag = "14")]
    restrictions: Vec<KeptRestriction>,
    #[prost(message, repeated, tag = "15")]
    investigations: Vec<KeptStatement>,
    #[prost(message, repeated, tag = "16")]
    sent: Vec<KeptStatement>,
    #[prost(string, repeated, tag = "17")]
    rated: Vec<String>,
    #[prost(bool, tag = "18")]
    deceased: bool,
    #[prost(bool, tag = "19")]
    vulnerable: bool,
    /// When something changes by itself.
    #[prost(int64, optional, tag = "20")]
    until: Option<i64>,
    /// The person's, 16 bytes each.
    #[prost(bytes = "vec", repeated, tag = "21")]
    records: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "22")]
    reserved: Vec<KeptReserved>,
    #[prost(int64, optional, tag = "23")]
    minor_until: Option<i64>,
    #[prost(bool, tag = "24")]
    identity_pending: bool,
}

/// Half-life, losses and gains of a product, over and over.
#[derive(Clone, PartialEq, Message)]
struct KeptFading {
    #[prost(double, repeated, tag = "1")]
    sums: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptConsent {
    #[prost(bytes = "vec", tag = "1")]
    touchpoint: Vec<u8>,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(int32, tag = "3")]
    source_rank: i32,
    #[prost(string, tag = "4")]
    purpose: String,
    #[prost(string, tag = "5")]
    channel: String,
    #[prost(bool, tag = "6")]
    allows: bool,
}

#[derive(Clone, PartialEq, Message)]
struct KeptRestriction {
    #[prost(bytes = "vec", tag = "1")]
    right: Vec<u8>,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(bool, tag = "3")]
    begins: bool,
    #[prost(int64, optional, tag = "4")]
    expires_at: Option<i64>,
}

/// That an investigation began or ended, or a survey of a kind went out.
#[derive(Clone, PartialEq, Message)]
struct KeptStatement {
    #[prost(bytes = "vec", tag = "1")]
    touchpoint: Vec<u8>,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(int32, tag = "3")]
    what: i32,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct KeptReserved {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(int64, tag = "2")]
    at: i64,
    #[prost(int64, tag = "3")]
    expires_at: i64,
    #[prost(int64, optional, tag = "4")]
    redeemed_at: Option<i64>,
}

/// What is kept of a person for the guard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeptOutlook {
    pub(crate) outlook: Outlook,
    pub(crate) records: BTreeSet<RecordId>,
    pub(crate) reserved: Vec<Reserved>,
}

/// An outlook as it is kept, with a mark of the rules that it was worked out by, until something changes by itself; nothing for one that
/// does not last.
pub(crate) fn write(
    outlook: &Outlook,
    (records, reserved): (&BTreeSet<RecordId>, &[Reserved]),
    rules: u64,
    until: Option<Timestamp>,
) -> Vec<u8> {
    if !outlook.lasts {
        return Vec::new();
    }
    let sums = |one: &Fading| [one.half_life, one.losses, one.gains];
    let kept = Kept {
        rules,
        at: outlook.at.0,
        score: outlook.felt.score,
        falls_at: outlook.felt.falls_at.map(|at| at.0),
        source_stale: outlook.felt.source_stale,
        resolved_at: outlook.felt.resolved_at.map(|at| at.0),
        recovered_at: outlook.felt.recovered_at.map(|at| at.0),
        fading: outlook.fading.iter().map(|all| KeptFading { sums: all.iter().flat_map(sums).collect() }).collect(),
        waits_for: outlook.waits_for.iter().cloned().collect(),
        complaint_open: outlook.complaints.open,
        with_ombudsman: outlook.complaints.with_ombudsman,
        complaint_closed_at: outlook.complaints.closed_at.map(|at| at.0),
        consents: outlook.consents.iter().map(consent).collect(),
        restrictions: outlook.restrictions.iter().map(restriction).collect(),
        investigations: outlook
            .investigations
            .iter()
            .map(|one| statement(one.touchpoint, one.at, one.open.into()))
            .collect(),
        sent: outlook.sent.iter().map(|one| statement(one.touchpoint, one.at, kind_message(one.kind).into())).collect(),
        rated: outlook.rated.iter().cloned().collect(),
        deceased: outlook.deceased,
        vulnerable: outlook.vulnerable,
        until: until.map(|at| at.0),
        records: records.iter().map(|record| record.0.to_vec()).collect(),
        reserved: reserved.iter().map(permit).collect(),
        minor_until: outlook.minor_until.map(|until| until.0),
        identity_pending: outlook.identity_pending,
    };
    kept.encode_to_vec()
}

/// Tells an outlook as it is kept from others.
pub(crate) fn mark(bytes: &[u8]) -> Vec<u8> {
    hashed("outlook", &[bytes])[..8].to_vec()
}

/// An outlook that was kept, if it was worked out by the same rules and is good at a moment.
pub(crate) fn read(bytes: &[u8], rules: u64, now: Timestamp) -> Option<KeptOutlook> {
    let good = |kept: &Kept| kept.rules == rules && kept.at <= now.0 && kept.until.is_none_or(|until| now.0 < until);
    let kept = Kept::decode(bytes).ok().filter(good)?;
    let product = |product: &KeptFading| {
        let sums = product.sums.chunks_exact(3);
        sums.map(|one| Fading { half_life: one[0], losses: one[1], gains: one[2] }).collect()
    };
    let felt = Felt {
        score: kept.score,
        falls_at: kept.falls_at.map(Timestamp),
        overdue: false,
        source_stale: kept.source_stale,
        resolved_at: kept.resolved_at.map(Timestamp),
        recovered_at: kept.recovered_at.map(Timestamp),
    };
    let investigation = |one: &KeptStatement| {
        Some(Investigation { at: Timestamp(one.at), touchpoint: touchpoint(&one.touchpoint)?, open: one.what != 0 })
    };
    let sent = |one: &KeptStatement| {
        let kind = kind(one.what.try_into().ok()?)?;
        Some(Sent { touchpoint: touchpoint(&one.touchpoint)?, kind, at: Timestamp(one.at) })
    };
    let records = kept.records.iter().map(|record| RecordId::from_slice(record).ok()).collect::<Option<_>>()?;
    let reserved = kept.reserved.iter().map(read_permit).collect::<Option<_>>()?;
    let outlook = Outlook {
        at: Timestamp(kept.at),
        felt,
        fading: kept.fading.iter().map(product).collect(),
        waits_for: kept.waits_for.into_iter().collect(),
        complaints: Complaints {
            open: kept.complaint_open,
            with_ombudsman: kept.with_ombudsman,
            closed_at: kept.complaint_closed_at.map(Timestamp),
        },
        consents: kept.consents.into_iter().map(read_consent).collect::<Option<_>>()?,
        restrictions: kept.restrictions.iter().map(read_restriction).collect::<Option<_>>()?,
        investigations: kept.investigations.iter().map(investigation).collect::<Option<_>>()?,
        sent: kept.sent.iter().map(sent).collect::<Option<_>>()?,
        rated: kept.rated.into_iter().collect(),
        deceased: kept.deceased,
        vulnerable: kept.vulnerable,
        minor_until: kept.minor_until.map(Timestamp),
        identity_pending: kept.identity_pending,
        lasts: true,
    };
    Some(KeptOutlook { outlook, records, reserved })
}

fn permit(one: &Reserved) -> KeptReserved {
    let redeemed_at = one.redeemed_at.map(|at| at.0);
    KeptReserved { kind: kind_message(one.kind).into(), at: one.at.0, expires_at: one.expires_at.0, redeemed_at }
}

fn read_permit(one: &KeptReserved) -> Option<Reserved> {
    let kind = kind(one.kind.try_into().ok()?)?;
    let redeemed_at = one.redeemed_at.map(Timestamp);
    Some(Reserved { kind, at: Timestamp(one.at), expires_at: Timestamp(one.expires_at), redeemed_at })
}

fn consent(one: &ConsentStep) -> KeptConsent {
    KeptConsent {
        touchpoint: one.touchpoint.0.to_vec(),
        at: one.at.0,
        source_rank: one.source_rank,
        purpose: one.purpose.clone(),
        channel: one.channel.clone(),
        allows: one.allows,
    }
}

fn read_consent(one: KeptConsent) -> Option<ConsentStep> {
    let KeptConsent { at, source_rank, purpose, channel, allows, .. } = one;
    let (touchpoint, at) = (touchpoint(&one.touchpoint)?, Timestamp(at));
    Some(ConsentStep { touchpoint, at, source_rank, purpose, channel, allows })
}

fn restriction(one: &RestrictionStep) -> KeptRestriction {
    let (right, at, begins, expires_at) = match *one {
        RestrictionStep::Begins { right, at, expires_at } => (right, at, true, expires_at),
        RestrictionStep::Ends { right, at } => (right, at, false, None),
    };
    KeptRestriction { right: right.0.to_vec(), at: at.0, begins, expires_at: expires_at.map(|at| at.0) }
}

fn read_restriction(one: &KeptRestriction) -> Option<RestrictionStep> {
    let (right, at) = (RightId::from_slice(&one.right).ok()?, Timestamp(one.at));
    let expires_at = one.expires_at.map(Timestamp);
    Some(if one.begins {
        RestrictionStep::Begins { right, at, expires_at }
    } else {
        RestrictionStep::Ends { right, at }
    })
}

fn statement(touchpoint: TouchpointId, at: Timestamp, what: i32) -> KeptStatement {
    KeptStatement { touchpoint: touchpoint.0.to_vec(), at: at.0, what }
}

fn touchpoint(bytes: &[u8]) -> Option<TouchpointId> {
    TouchpointId::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::survey::SurveyKind;

    #[test]
    fn an_outlook_is_read_as_it_was_written_by_the_same_rules_and_in_its_time_only() {
        let (touchpoint, right, at) = (TouchpointId([1; 16]), RightId([2; 16]), Timestamp(5));
        let begins = RestrictionStep::Begins { right, at, expires_at: Some(Timestamp(9)) };
        let consent = ConsentStep {
            touchpoint,
            at,
            source_rank: 3,
            purpose: "marketing".to_owned(),
            channel: "email".to_owned(),
            allows: true,
        };
        let outlook = Outlook {
            at: Timestamp(7),
            felt: Felt {
                score: 12.5,
                falls_at: Some(at),
                overdue: false,
                source_stale: true,
                resolved_at: None,
                recovered_at: Some(Timestamp(0)),
            },
            fading: vec![
                vec![
                    Fading { half_life: 30.0, losses: 1.5, gains: 0.0 },
                    Fading { half_life: 90.0, losses: 0.0, gains: 2.0 },
                ],
                vec![Fading { half_life: 90.0, losses: 0.1, gains: 0.2 }],
            ],
            waits_for: BTreeSet::from(["shop".to_owned()]),
            complaints: Complaints { open: true, with_ombudsman: true, closed_at: Some(at) },
            consents: vec![consent],
            restrictions: vec![begins, RestrictionStep::Ends { right, at }],
            investigations: vec![Investigation { at, touchpoint, open: true }],
            sent: vec![Sent { touchpoint, kind: SurveyKind::Ces, at }],
            rated: BTreeSet::from(["o1".to_owned()]),
            deceased: true,
            vulnerable: true,
            minor_until: Some(Timestamp(8)),
            identity_pending: true,
            lasts: true,
        };
        let reserved = |redeemed_at| Reserved { kind: SurveyKind::Csat, at, expires_at: Timestamp(6), redeemed_at };
        let (records, reserved) = (BTreeSet::from([RecordId([3; 16])]), vec![reserved(None), reserved(Some(at))]);
        let bytes = write(&outlook, (&records, &reserved), 42, Some(Timestamp(9)));
        let at = |rules, now| read(&bytes, rules, Timestamp(now));
        let kept = KeptOutlook { outlook: outlook.clone(), records, reserved };
        assert_eq!((at(42, 7).as_ref(), at(42, 8).as_ref()), (Some(&kept), Some(&kept)));
        assert_eq!((at(43, 8), at(42, 6), at(42, 9)), (None, None, None));
        assert!(write(&Outlook { lasts: false, ..outlook }, (&BTreeSet::new(), &[]), 42, None).is_empty());
    }
}
