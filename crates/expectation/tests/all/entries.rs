//! Entries of collector and identity, as they write them.

use std::sync::atomic::{AtomicU64, Ordering};

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, PersonId, RecordId, RightId, Tenant, Timestamp, TouchpointId};
use tenure_proto::{
    collector::v1::{self as collector, TouchpointType, touchpoint::Detail},
    identity::v1 as identity,
    profile::v1 as profile,
};
use tenure_server::wire;

use crate::stage::START;

static NEXT: AtomicU64 = AtomicU64::new(1);

fn entry_id() -> EntryId {
    EntryId(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)).to_be_bytes())
}

pub(crate) fn tenant(name: &str) -> Tenant {
    name.parse().unwrap()
}

/// Spread over the partitions, and in the order of the numbers within none.
fn spread(number: u64) -> [u8; 16] {
    (u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_0C1B_2D4E_8F63)).to_be_bytes()
}

pub(crate) fn record(number: u64) -> RecordId {
    RecordId(spread(number + 1))
}

pub(crate) fn person(number: u64) -> PersonId {
    PersonId(spread(number + 1_000_003))
}

pub(crate) fn touchpoint(number: u64) -> TouchpointId {
    TouchpointId(spread(number + 5_000_011))
}

/// So many hours after the start.
pub(crate) fn hour(hours: i64) -> Timestamp {
    Timestamp(START.0 + hours * 3_600_000_000)
}

/// What an amendment does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amends {
    pub(crate) target: u64,
    pub(crate) revision: i32,
    pub(crate) retracts: bool,
}

/// A touchpoint by numbers.
#[derive(Debug, Clone)]
pub(crate) struct Touch {
    pub(crate) number: u64,
    pub(crate) record: u64,
    /// Hours since the start.
    pub(crate) hour: i64,
    pub(crate) source: &'static str,
    pub(crate) kind: TouchpointType,
    pub(crate) references: collector::Correlation,
    pub(crate) amount: Option<i64>,
    pub(crate) detail: Option<Detail>,
    pub(crate) amends: Option<Amends>,
    /// When the customer comes of age, in hours since the start; 0 for one who is of age.
    pub(crate) of_age: Option<i64>,
}

impl Touch {
    pub(crate) fn new(number: u64, record: u64, hour: i64, kind: TouchpointType) -> Self {
        let references = collector::Correlation::default();
        let (amount, detail, amends, of_age) = (None, None, None, None);
        Self { number, record, hour, source: "shop", kind, references, amount, detail, amends, of_age }
    }

    /// A delivery promised by an hour.
    pub(crate) fn promised(number: u64, record: u64, order: &str, at: i64, due: i64) -> Self {
        let promised_time = Some(wire::to_wire(hour(due)));
        let detail = collector::DeliveryDetail { promised_time, ..Default::default() };
        Self::new(number, record, at, TouchpointType::DeliveryPromised).of_order(order).with(Detail::Delivery(detail))
    }

    pub(crate) fn delivered(number: u64, record: u64, order: &str, at: i64) -> Self {
        Self::new(number, record, at, TouchpointType::DeliveryDelivered).of_order(order)
    }

    pub(crate) fn complaint(number: u64, record: u64, kind: TouchpointType, case: &str, at: i64) -> Self {
        let mut touch = Self::new(number, record, at, kind);
        case.clone_into(&mut touch.references.case_ref);
        touch.with(Detail::Case(collector::CaseDetail::default()))
    }

    pub(crate) fn sent(number: u64, record: u64, scale: &str, at: i64) -> Self {
        let detail = collector::FeedbackDetail { scale_code: scale.to_owned(), ..Default::default() };
        Self::new(number, record, at, TouchpointType::SurveySent).with(Detail::Feedback(detail))
    }

    pub(crate) fn consent(number: u64, record: u64, kind: TouchpointType, at: i64) -> Self {
        let (purpose_code, channel_code) = ("marketing".to_owned(), "email".to_owned());
        let detail = collector::ConsentDetail { purpose_code, channel_code, ..Default::default() };
        Self::new(number, record, at, kind).with(Detail::Consent(detail))
    }

    pub(crate) fn with(self, detail: Detail) -> Self {
        Self { detail: Some(detail), ..self }
    }

    pub(crate) fn from(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    pub(crate) fn of_order(mut self, order: &str) -> Self {
        order.clone_into(&mut self.references.order_ref);
        self
    }

    /// States when the customer comes of age.
    pub(crate) fn of_age(self, at: i64) -> Self {
        Self { of_age: Some(at), ..self }
    }

    pub(crate) fn amending(self, target: u64, revision: i32, retracts: bool) -> Self {
        Self { amends: Some(Amends { target, revision, retracts }), ..self }
    }

    pub(crate) fn event(self) -> collector::TouchpointRecorded {
        let kind = |retracts| match retracts {
            true => collector::amendment::Kind::Retraction,
            false => collector::amendment::Kind::Correction,
        };
        let amendment = self.amends.map(|amends| collector::Amendment {
            kind: kind(amends.retracts).into(),
            target_event_id: amends.target.to_string(),
            revision: amends.revision,
        });
        let amount = self.amount.map(|minor_units| collector::Money { currency_code: "EUR".to_owned(), minor_units });
        let body = collector::Touchpoint {
            source: self.source.to_owned(),
            event_id: self.number.to_string(),
            r#type: self.kind.into(),
            occur_time: Some(wire::to_wire(hour(self.hour))),
            correlation: Some(self.references),
            amount,
            amendment,
            detail: self.detail,
            ..Default::default()
        };
        let fact = self.amends.map_or(self.number, |amends| amends.target);
        let of_age_time = |at: i64| (at != 0).then(|| wire::to_wire(hour(at)));
        let majority = self.of_age.map(|at| collector::Majority { of_age_time: of_age_time(at) });
        let subject = |record: RecordId, role: collector::SubjectRole, majority| collector::RecordedSubject {
            record_id: record.0.to_vec(),
            role: role.into(),
            sealed: None,
            majority,
        };
        collector::TouchpointRecorded {
            touchpoint_id: touchpoint(self.number).0.to_vec(),
            fact_id: touchpoint(fact).0.to_vec(),
            subjects: vec![
                subject(record(self.record), collector::SubjectRole::Primary, majority),
                subject(broker(self.record), collector::SubjectRole::Broker, None),
            ],
            touchpoint: Some(body),
            receive_time: None,
            source_rank: 0,
            forgotten: false,
        }
    }

    pub(crate) fn draft(self, tenant: &Tenant) -> Draft {
        let route = Route::Records(vec![record(self.record), broker(self.record)]);
        Draft::new(entry_id(), tenant.clone(), route, &self.event(), Timestamp(0))
    }
}

/// Another subject, in another partition: the entry comes to both ranges and counts in one.
fn broker(of: u64) -> RecordId {
    record(of + 900_000)
}

pub(crate) fn draft_of(tenant: &Tenant, event: &collector::TouchpointRecorded) -> Draft {
    Draft::new(entry_id(), tenant.clone(), Route::All, event, Timestamp(0))
}

/// That facts of a record had their time.
pub(crate) fn forgotten(tenant: &Tenant, of: u64, facts: &[u64]) -> Draft {
    let fact = |number: &u64| collector::ForgottenFact {
        record_id: record(of).0.to_vec(),
        fact_id: touchpoint(*number).0.to_vec(),
        sequences: Vec::new(),
    };
    let event = collector::FactsForgotten { run_id: vec![1; 16], facts: facts.iter().map(fact).collect() };
    Draft::new(entry_id(), tenant.clone(), Route::Records(vec![record(of)]), &event, Timestamp(0))
}

pub(crate) fn erased(tenant: &Tenant, records: &[u64]) -> Draft {
    let records: Vec<RecordId> = records.iter().map(|number| record(*number)).collect();
    let event = collector::RecordsErased { record_ids: records.iter().map(|record| record.0.to_vec()).collect() };
    Draft::new(entry_id(), tenant.clone(), Route::Records(records), &event, Timestamp(0))
}

/// Identity says of records whether it is open whose they are, in a version.
pub(crate) fn pending(tenant: &Tenant, said: &[(u64, bool, i64)]) -> Draft {
    let identity = |(number, pending, version): &(u64, bool, i64)| identity::PendingIdentity {
        record_id: record(*number).0.to_vec(),
        pending: *pending,
        version: *version,
    };
    let event = identity::PendingIdentitiesChanged { identities: said.iter().map(identity).collect() };
    let records = said.iter().map(|(number, ..)| record(*number)).collect();
    Draft::new(entry_id(), tenant.clone(), Route::Records(records), &event, Timestamp(0))
}

/// What is stated of the rights of a record: number 0 stands for none that ends.
pub(crate) fn stated(
    tenant: &Tenant,
    (number, of): (u8, u64),
    kind: profile::right::Kind,
    (purpose, ended): (&str, u8),
) -> Draft {
    let id = |number: u8| RightId([number; 16]).to_string();
    let right = profile::Right {
        right_id: id(number),
        kind: kind.into(),
        person_id: person(of).to_string(),
        record_ids: vec![record(of).to_string(), broker(of).to_string()],
        purpose_code: purpose.to_owned(),
        ended_right_id: if ended == 0 { String::new() } else { id(ended) },
        state_time: Some(wire::to_wire(hour(i64::from(number) - 100))),
        ..Default::default()
    };
    let route = Route::Records(vec![record(of), broker(of)]);
    Draft::new(entry_id(), tenant.clone(), route, &profile::RightStated { right: Some(right) }, Timestamp(0))
}

/// A source has told all through an hour.
pub(crate) fn progressed(tenant: &Tenant, source: &str, until: i64) -> Draft {
    let complete_until = Some(wire::to_wire(hour(until)));
    let event = collector::SourceProgressReported { source: source.to_owned(), complete_until };
    Draft::new(entry_id(), tenant.clone(), Route::All, &event, Timestamp(0))
}

/// A decision: (record, person before, person or nobody, version), and (from, to or nobody, version).
#[derive(Debug, Clone, Default)]
pub(crate) struct Decision {
    pub(crate) moves: Vec<(u64, Option<u64>, Option<u64>, i64)>,
    pub(crate) redirects: Vec<(u64, Option<u64>, i64)>,
}

impl Decision {
    /// New records, each with its person.
    pub(crate) fn found(records: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let moves = records.into_iter().map(|(record, person)| (record, None, Some(person), 1));
        Self { moves: moves.collect(), redirects: Vec::new() }
    }

    pub(crate) fn moving(mut self, record: u64, from: u64, to: Option<u64>, version: i64) -> Self {
        self.moves.push((record, Some(from), to, version));
        self
    }

    pub(crate) fn redirecting(mut self, from: u64, to: Option<u64>, version: i64) -> Self {
        self.redirects.push((from, to, version));
        self
    }

    pub(crate) fn draft(&self, tenant: &Tenant) -> Draft {
        let id = |number: Option<u64>| number.map_or_else(Vec::new, |number| person(number).0.to_vec());
        let event = identity::MembershipsChanged {
            cause: identity::memberships_changed::Cause::Linked.into(),
            moves: Vec::from_iter(self.moves.iter().map(|(of, from, to, version)| identity::Move {
                record_id: record(*of).0.to_vec(),
                from_person_id: id(*from),
                to_person_id: id(*to),
                version: *version,
            })),
            redirects: Vec::from_iter(self.redirects.iter().map(|(from, to, version)| identity::Redirect {
                from_person_id: id(Some(*from)),
                to_person_id: id(*to),
                version: *version,
            })),
            ..Default::default()
        };
        let records = self.moves.iter().map(|(number, ..)| record(*number)).collect();
        Draft::new(entry_id(), tenant.clone(), Route::Records(records), &event, Timestamp(0))
    }
}
