//! Entries of collector and identity, as they write them.

use std::sync::atomic::{AtomicU64, Ordering};

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, PersonId, RecordId, Tenant, Timestamp, TouchpointId};
use tenure_proto::{collector::v1 as collector, identity::v1 as identity};

pub(crate) const DAY_ZERO: i32 = 9_862; // 1997-01-01

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

/// What an amendment does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amends {
    pub(crate) target: u64,
    pub(crate) revision: i32,
    pub(crate) retracts: bool,
}

/// Something that costs, by numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Serves {
    pub(crate) kind: collector::TouchpointType,
    pub(crate) channel: collector::Channel,
    pub(crate) seconds: i64,
    pub(crate) paid: Option<(&'static str, i64)>,
}

/// How a customer came or stayed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deals {
    /// Of a purchase nothing.
    pub(crate) kind: collector::TouchpointType,
    pub(crate) channel: collector::Channel,
    pub(crate) contract: &'static str,
    pub(crate) product: &'static str,
    pub(crate) offer: &'static str,
    pub(crate) price: Option<(&'static str, i64)>,
}

/// A touchpoint by numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touch {
    pub(crate) number: u64,
    pub(crate) record: u64,
    /// Days since [`DAY_ZERO`].
    pub(crate) day: i32,
    /// `None`: a call, or what `serves` says, which is no purchase.
    pub(crate) bought: Option<(&'static str, i64)>,
    /// What of the purchase is margin.
    pub(crate) margin: Option<i64>,
    pub(crate) serves: Option<Serves>,
    pub(crate) deals: Option<Deals>,
    pub(crate) amends: Option<Amends>,
    /// The product line; empty: none.
    pub(crate) line: &'static str,
}

impl Touch {
    /// Of a product line.
    pub(crate) fn of(self, line: &'static str) -> Self {
        Self { line, ..self }
    }

    pub(crate) fn purchase(number: u64, record: u64, day: i32, code: &'static str, minor_units: i64) -> Self {
        Self {
            number,
            record,
            day,
            bought: Some((code, minor_units)),
            margin: None,
            serves: None,
            deals: None,
            amends: None,
            line: "",
        }
    }

    pub(crate) fn deal(number: u64, record: u64, day: i32, deals: Deals) -> Self {
        Self {
            number,
            record,
            day,
            bought: None,
            margin: None,
            serves: None,
            deals: Some(deals),
            amends: None,
            line: "",
        }
    }

    pub(crate) fn service(number: u64, record: u64, day: i32, serves: Serves) -> Self {
        Self {
            number,
            record,
            day,
            bought: None,
            margin: None,
            serves: Some(serves),
            deals: None,
            amends: None,
            line: "",
        }
    }

    /// A call of so many seconds by phone.
    pub(crate) fn call(number: u64, record: u64, day: i32, seconds: i64) -> Self {
        let (kind, channel) = (collector::TouchpointType::CallEnded, collector::Channel::Phone);
        Self::service(number, record, day, Serves { kind, channel, seconds, paid: None })
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
        let money = |(code, minor_units): (&str, i64)| collector::Money { currency_code: code.to_owned(), minor_units };
        let kind = match (self.bought, self.serves, self.deals) {
            (Some(_), _, _) => collector::TouchpointType::OrderPlaced,
            (None, Some(serves), _) => serves.kind,
            (None, None, Some(deals)) => deals.kind,
            (None, None, None) => collector::TouchpointType::CallEnded,
        };
        let paid = self.serves.map_or(self.deals.and_then(|deals| deals.price), |serves| serves.paid);
        let amount = self.bought.or(paid).map(money);
        let channel = self.serves.map(|serves| serves.channel).or(self.deals.map(|deals| deals.channel));
        let contract_ref = self.deals.map_or_else(String::new, |deals| deals.contract.to_owned());
        // Late in the evening, so that a day in another zone would be another day.
        let seconds = i64::from(DAY_ZERO + self.day) * 86_400 + 86_399;
        let body = collector::Touchpoint {
            source: "shop".to_owned(),
            event_id: self.number.to_string(),
            r#type: kind.into(),
            occur_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
            amount,
            amendment,
            channel: channel.map_or(0, Into::into),
            correlation: Some(collector::Correlation { contract_ref, ..Default::default() }),
            detail: self.detail(),
            line_code: self.line.to_owned(),
            ..Default::default()
        };
        let fact = self.amends.map_or(self.number, |amends| amends.target);
        let subject = |record: RecordId, role: collector::SubjectRole| collector::RecordedSubject {
            record_id: record.0.to_vec(),
            role: role.into(),
            ..Default::default()
        };
        collector::TouchpointRecorded {
            touchpoint_id: touchpoint(self.number).0.to_vec(),
            fact_id: touchpoint(fact).0.to_vec(),
            subjects: vec![
                subject(record(self.record), collector::SubjectRole::Primary),
                subject(self.broker(), collector::SubjectRole::Broker),
            ],
            touchpoint: Some(body),
            receive_time: None,
            source_rank: 0,
            forgotten: false,
        }
    }

    fn detail(self) -> Option<collector::touchpoint::Detail> {
        use collector::touchpoint::Detail;
        let money = |code: &str, minor_units| collector::Money { currency_code: code.to_owned(), minor_units };
        if let Some((code, _)) = self.bought {
            let line = |product: &str| collector::OrderLine { product_code: product.to_owned(), ..Default::default() };
            let lines = self.deals.map_or_else(Vec::new, |deals| deals.product.split('+').map(line).collect());
            let margin = self.margin.map(|margin| money(code, margin));
            return Some(Detail::Order(collector::OrderDetail { lines, margin, ..Default::default() }));
        }
        if let Some(serves) = self.serves {
            let handle_seconds = serves.seconds;
            let detail = collector::ContactDetail { handle_seconds, ..Default::default() };
            return (handle_seconds > 0).then_some(Detail::Contact(detail));
        }
        let deals = self.deals?;
        Some(if deals.kind == collector::TouchpointType::OfferAccepted {
            let item_code = deals.offer.to_owned();
            Detail::Digital(collector::DigitalDetail { item_code, ..Default::default() })
        } else {
            let (product_code, offer_code) = (deals.product.to_owned(), deals.offer.to_owned());
            Detail::Contract(collector::ContractDetail {
                product_code,
                offer_code,
                term_months: 12,
                ..Default::default()
            })
        })
    }

    /// Another subject, in another partition: the entry comes to both ranges and counts in one.
    fn broker(self) -> RecordId {
        record(self.record + 900_000)
    }

    pub(crate) fn draft(self, tenant: &Tenant) -> Draft {
        let route = Route::Records(vec![record(self.record), self.broker()]);
        Draft::new(entry_id(), tenant.clone(), route, &self.event(), Timestamp(0))
    }
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

pub(crate) fn progressed(tenant: &Tenant) -> Draft {
    let event = collector::SourceProgressReported { source: "shop".to_owned(), complete_until: None };
    Draft::new(entry_id(), tenant.clone(), Route::All, &event, Timestamp(0))
}

/// A decision: (record, person or nobody, version), and (from, to or nobody, version).
#[derive(Debug, Clone, Default)]
pub(crate) struct Decision {
    pub(crate) moves: Vec<(u64, Option<u64>, i64)>,
    pub(crate) redirects: Vec<(u64, Option<u64>, i64)>,
}

impl Decision {
    pub(crate) fn moves(moves: impl IntoIterator<Item = (u64, u64, i64)>) -> Self {
        let moves = moves.into_iter().map(|(record, person, version)| (record, Some(person), version));
        Self { moves: moves.collect(), redirects: Vec::new() }
    }

    pub(crate) fn redirecting(mut self, from: u64, to: Option<u64>, version: i64) -> Self {
        self.redirects.push((from, to, version));
        self
    }

    pub(crate) fn draft(&self, tenant: &Tenant) -> Draft {
        let id = |number: Option<u64>| number.map_or_else(Vec::new, |number| person(number).0.to_vec());
        let event = identity::MembershipsChanged {
            cause: identity::memberships_changed::Cause::Linked.into(),
            moves: Vec::from_iter(self.moves.iter().map(|(of, to, version)| identity::Move {
                record_id: record(*of).0.to_vec(),
                from_person_id: Vec::new(),
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
        let records = self.moves.iter().map(|(number, _, _)| record(*number)).collect();
        Draft::new(entry_id(), tenant.clone(), Route::Records(records), &event, Timestamp(0))
    }
}
