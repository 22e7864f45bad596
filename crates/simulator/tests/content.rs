//! What is sent agrees with what is said to be true, and keeps the contract but for the defects made on purpose.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::collections::{BTreeMap, HashMap, HashSet};

use proptest::prelude::*;
use prost::Message as _;
use tenure_proto::{
    collector::v1::{IdentifierKind, SubjectRole, Touchpoint, TouchpointType as Type},
    error::v1::Reason,
};
use tenure_simulator::{Customer, Settings, Simulation, Source, Tally};

const DAY: i64 = 86_400;

fn sample(customers: u32) -> Simulation {
    Simulation::new(&Settings { customers, seed: 7, ..Settings::default() }).unwrap()
}

fn at(touchpoint: &Touchpoint) -> i64 {
    touchpoint.occur_time.as_ref().unwrap().seconds
}

fn iban_is_valid(text: &str) -> bool {
    tenure_kernel::identifier::IdentifierKind::Iban.canonical(text).is_some()
}

/// No more than an address that nobody could refuse.
fn email_is_valid(text: &str) -> bool {
    let Some((local, domain)) = text.trim().split_once('@') else { return false };
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    local.chars().all(inner)
        && edge(local.chars().next())
        && edge(local.chars().last())
        && !local.contains("..")
        && domain.to_lowercase().ends_with(".example")
}

/// The reasons that a collector finds, by the contract.
fn reasons(touchpoint: &Touchpoint) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let kind = Type::try_from(touchpoint.r#type);
    match (&touchpoint.amount, kind) {
        (_, Err(_)) => reasons.push(Reason::TypeUnknown),
        (None, Ok(Type::OrderPlaced | Type::RefundIssued)) => reasons.push(Reason::AmountMissing),
        (Some(amount), _) if amount.minor_units < 0 => reasons.push(Reason::AmountNegative),
        (Some(amount), _) if amount.currency_code != "EUR" => reasons.push(Reason::CurrencyInvalid),
        _ => {}
    }
    let identifiers = &touchpoint.subjects[0].identifiers;
    if identifiers.iter().any(|i| i.kind() == IdentifierKind::Iban && !iban_is_valid(&i.value)) {
        reasons.push(Reason::IdentifierInvalid);
    }
    reasons
}

/// The body that a repeat must equal.
fn body(touchpoint: &Touchpoint) -> Vec<u8> {
    Touchpoint { send_time: None, ..touchpoint.clone() }.encode_to_vec()
}

/// What becomes of each touchpoint.
#[derive(Default)]
struct Intake {
    seen: HashMap<(String, String), Vec<u8>>,
    accepted: Vec<Touchpoint>,
    duplicate: u64,
    quarantined: BTreeMap<Reason, u64>,
}

fn take_in(simulation: &Simulation) -> Intake {
    let mut intake = Intake::default();
    for touchpoint in simulation.touchpoints() {
        let name = (touchpoint.source.clone(), touchpoint.event_id.clone());
        let found = match intake.seen.get(&name) {
            Some(before) if *before == body(&touchpoint) => {
                intake.duplicate += 1;
                continue;
            }
            Some(_) => vec![Reason::EventIdReused],
            None => reasons(&touchpoint),
        };
        intake.seen.entry(name).or_insert_with(|| body(&touchpoint));
        assert!(found.len() < 2, "a defect has one reason");
        match found.first() {
            Some(reason) => *intake.quarantined.entry(*reason).or_default() += 1,
            None => intake.accepted.push(touchpoint),
        }
    }
    intake
}

#[test]
fn intake_ends_as_the_truth_says() {
    let simulation = sample(5_000);
    let (intake, totals) = (take_in(&simulation), simulation.truth().totals());
    assert_eq!(simulation.touchpoints().len() as u64, totals.received);
    assert_eq!(intake.accepted.len() as u64, totals.accepted);
    assert_eq!(intake.duplicate, totals.duplicate);
    assert_eq!(intake.quarantined, totals.quarantined);
    assert_eq!(totals.received, totals.accepted + totals.duplicate + totals.quarantined.values().sum::<u64>());
    assert_eq!(totals.quarantined.len(), 6, "every defect occurs");

    let share = |count: u64| count as f64 / totals.received as f64;
    assert!((0.003..0.008).contains(&share(totals.quarantined.values().sum())));
    assert!((0.007..0.013).contains(&share(totals.duplicate)));
}

#[test]
fn purchases_and_refunds_are_those_of_the_truth() {
    let simulation = sample(3_000);
    let (intake, truth) = (take_in(&simulation), simulation.truth());
    let mut purchases: HashMap<&str, (Tally, HashSet<i64>)> = HashMap::new();
    let mut refunds: HashMap<&str, Tally> = HashMap::new();
    for touchpoint in &intake.accepted {
        let customer = truth.customer_of(&touchpoint.source, &touchpoint.subjects[0].key).unwrap();
        let add = |tally: &mut Tally| {
            tally.count += 1;
            tally.minor_units += touchpoint.amount.as_ref().unwrap().minor_units;
        };
        match touchpoint.r#type() {
            Type::OrderPlaced => {
                let (tally, days) = purchases.entry(&customer.number).or_default();
                add(tally);
                days.insert(at(touchpoint) / DAY);
            }
            Type::RefundIssued => add(refunds.entry(&customer.number).or_default()),
            _ => {}
        }
    }
    let (mut bought, mut sum) = (0, 0);
    for customer in truth.customers() {
        let (tally, days) = purchases.remove(customer.number.as_str()).unwrap_or_default();
        assert_eq!((customer.accepted_purchases, customer.purchase_days), (tally, days.len() as u64));
        assert_eq!(customer.accepted_refunds, refunds.remove(customer.number.as_str()).unwrap_or_default());
        assert!(customer.purchases.count >= tally.count.max(1));
        (bought, sum) = (bought + tally.count, sum + tally.minor_units);
    }
    assert_eq!(truth.totals().accepted_purchases, Tally { count: bought, minor_units: sum });
    assert!(truth.totals().purchases.count > bought, "some purchases are sent with a defect");
    assert!(truth.totals().accepted_refunds.count > 0);
}

#[test]
fn the_drawn_parameters_have_the_moments_of_the_model() {
    let simulation = sample(20_000);
    let mean = |value: fn(&Customer) -> f64| simulation.truth().customers().iter().map(value).sum::<f64>() / 20_000.0;
    assert!((mean(|c| c.lambda) / (0.55 / 4.0) - 1.0).abs() < 0.05);
    assert!((mean(|c| c.dropout) / (0.8 / 3.3) - 1.0).abs() < 0.03);
    let alive = mean(|c| f64::from(u8::from(c.alive)));
    assert!((0.3..0.8).contains(&alive), "{alive}");
    let purchases = simulation.truth().totals().purchases;
    assert!((purchases.minor_units as f64 / purchases.count as f64 / 3_521.9 - 1.0).abs() < 0.05);
}

#[test]
fn good_touchpoints_keep_the_contract() {
    let settings = Settings { customers: 2_000, seed: 7, ..Settings::default() };
    let simulation = Simulation::new(&settings).unwrap();
    let intake = take_in(&simulation);
    let mut kinds = HashSet::new();
    for touchpoint in &intake.accepted {
        assert!((i64::from(settings.start_day) * DAY..i64::from(settings.end_day) * DAY).contains(&at(touchpoint)));
        assert!(touchpoint.encoded_len() < 4_096 && touchpoint.detail.is_some());
        let [subject] = touchpoint.subjects.as_slice() else { panic!("one subject") };
        assert_eq!(subject.role(), SubjectRole::Primary);
        assert!(simulation.truth().customer_of(&touchpoint.source, &subject.key).is_some());
        assert!(!subject.identifiers.is_empty());
        let emails = subject.identifiers.iter().filter(|i| i.kind() == IdentifierKind::Email);
        assert!(emails.clone().all(|email| email_is_valid(&email.value)));
        kinds.insert(touchpoint.r#type());
    }
    assert!(kinds.len() >= 20, "{kinds:?}");
    for (_, id) in intake.seen.keys() {
        assert!((1..=128).contains(&id.len()));
    }
}

#[test]
fn lines_add_up_to_the_order() {
    use tenure_proto::collector::v1::touchpoint::Detail;
    for touchpoint in take_in(&sample(1_000)).accepted {
        if let (Type::OrderPlaced, Some(Detail::Order(order))) = (touchpoint.r#type(), &touchpoint.detail) {
            let parts: Vec<i64> = order.lines.iter().map(|l| l.amount.as_ref().unwrap().minor_units).collect();
            assert_eq!(parts.iter().sum::<i64>(), touchpoint.amount.unwrap().minor_units);
            assert!(parts.iter().all(|part| *part > 0));
        }
    }
}

#[test]
fn every_record_of_the_truth_is_sent_and_no_other() {
    let simulation = sample(2_000);
    let sent: HashSet<(String, String)> = take_in(&simulation)
        .accepted
        .into_iter()
        .map(|mut touchpoint| (touchpoint.source, touchpoint.subjects.remove(0).key))
        .collect();
    let records = simulation.truth().customers().iter().flat_map(|customer| &customer.records);
    let known: HashSet<(String, String)> = records.map(|r| (r.source.name().to_owned(), r.key.clone())).collect();
    assert_eq!(sent, known);
    assert_eq!(known.len() as u64, simulation.truth().totals().records, "no two customers have the same key");
    assert!(Source::ALL.iter().all(|source| known.iter().any(|(name, _)| name == source.name())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn times_ascend_whatever_the_settings(seed: u64, customers in 1..200_u32, start in 0..40_000, days in 28..2_000) {
        let settings = Settings { customers, seed, start_day: start, end_day: start + days, ..Settings::default() };
        let simulation = Simulation::new(&settings).unwrap();
        let times: Vec<i64> = simulation.touchpoints().map(|t| at(&t)).collect();
        prop_assert!(times.is_sorted());
        prop_assert!(times[0] >= i64::from(start) * DAY);
        prop_assert!(*times.last().unwrap() < i64::from(start + days) * DAY);
        prop_assert_eq!(simulation.truth().customers().len(), customers as usize);
    }
}
