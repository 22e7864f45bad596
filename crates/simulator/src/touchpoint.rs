//! Writes an event down as its source would send it.

use prost_types::Timestamp;
use tenure_proto::collector::v1::{
    Correlation, Identifier, IdentifierKind, Money, Subject, SubjectAttributes, SubjectRole, Touchpoint,
};

use crate::{
    detail::{self, Content},
    dirt,
    event::{Event, Happening},
    household::{Household, Population},
    people::Person,
    records::{Known, Record, Source},
    rng::{Rng, Stream, mix},
};

/// Writes an event down. A pure function: the same event always gives the same touchpoint.
pub(crate) fn write(seed: u64, population: &Population, event: &Event) -> Touchpoint {
    let mut rng = Rng::new(seed, Stream::Touchpoint, u64::from(event.customer), u64::from(event.ordinal));
    let person = &population.people[event.customer as usize];
    let household = &population.households[person.household as usize];
    let content = detail::content(event, &mut rng);
    let captured = event.at + capture_delay(event.source, &mut rng);
    let mut touchpoint = Touchpoint {
        source: event.source.name().into(),
        event_id: format!("{}-{:07}-{:04}", event.source.name(), event.customer, event.ordinal),
        r#type: content.kind.into(),
        occur_time: Some(time(event.at)),
        capture_time: Some(time(captured)),
        send_time: Some(time(captured + 2)),
        channel: content.channel.into(),
        amount: content.minor_units.map(euro),
        correlation: correlation(event, &content),
        detail: content.detail,
        subjects: subject(seed, person, household, event, &mut rng).into_iter().collect(),
        ..Touchpoint::default()
    };
    event.fate.befall(&mut touchpoint);
    touchpoint
}

/// The administration notes things within the hour, the others at once.
fn capture_delay(source: Source, rng: &mut Rng) -> i64 {
    if source == Source::Crm { rng.between(60, 3_600) } else { 0 }
}

fn correlation(event: &Event, content: &Content) -> Option<Correlation> {
    let reference = |letter, number| format!("{letter}-{:07}-{number:03}", event.customer);
    let order_ref = content.order.map(|number| reference('o', number)).unwrap_or_default();
    let case_ref = content.complaint.map(|number| reference('c', number)).unwrap_or_default();
    let any = content.order.is_some() || content.complaint.is_some();
    any.then(|| Correlation { order_ref, case_ref, ..Correlation::default() })
}

fn subject(seed: u64, person: &Person, household: &Household, event: &Event, rng: &mut Rng) -> Option<Subject> {
    let record = person.records.iter().find(|record| record.source == event.source)?;
    let mut identifiers = identifiers(record, event.first, rng);
    if let Happening::Browsed { .. } = event.happening {
        identifiers.push(cookie(seed, person, event.customer));
    }
    let attributes = match event.happening {
        Happening::Moved => moved(household, rng),
        _ => event.first.then(|| known_at_first(seed, person, household, event)),
    };
    let role = SubjectRole::Primary.into();
    Some(Subject { role, key: record.key.clone(), identifiers, attributes })
}

/// All of them at first, later the first one and now and then another.
fn identifiers(record: &Record, all: bool, rng: &mut Rng) -> Vec<Identifier> {
    let mut list = Vec::new();
    for (number, known) in record.known.iter().enumerate() {
        if all || number == 0 || rng.chance(0.25) {
            let value = dirt::identifier(known.kind, &known.value, rng);
            list.push(Identifier { kind: known.kind.into(), value, issuer: issuer(record, known) });
        }
    }
    list
}

/// Customer numbers are the administration's; it need not say so itself.
fn issuer(record: &Record, known: &Known) -> String {
    let foreign = known.kind == IdentifierKind::CustomerNumber && record.source != Source::Crm;
    if foreign { Source::Crm.name().into() } else { String::new() }
}

/// Some households browse on one device.
fn cookie(seed: u64, person: &Person, customer: u32) -> Identifier {
    let household = mix(seed ^ u64::from(person.household));
    let value = if household.is_multiple_of(4) { household } else { mix(household ^ (u64::from(customer) << 32)) };
    Identifier { kind: IdentifierKind::Cookie.into(), value: format!("{value:016x}"), issuer: String::new() }
}

/// The attributes that a source notes when it first sees somebody: with the address of that time.
fn known_at_first(seed: u64, person: &Person, household: &Household, event: &Event) -> SubjectAttributes {
    let number = u64::from(event.customer);
    let mut rng = Rng::new(seed, Stream::Attributes, number, event.source as u64);
    let address = match &household.moves {
        Some((at, address)) if *at <= event.at => address,
        _ => &household.address,
    };
    dirt::attributes(event.source, person, address, &mut rng)
}

fn moved(household: &Household, rng: &mut Rng) -> Option<SubjectAttributes> {
    let (_, address) = household.moves.as_ref()?;
    let postal_address = Some(dirt::postal_address(address, rng));
    Some(SubjectAttributes { postal_address, ..SubjectAttributes::default() })
}

/// A moment as the contract has it.
pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}

/// An amount of euros.
pub(crate) fn euro(minor_units: i64) -> Money {
    Money { currency_code: "EUR".into(), minor_units }
}
