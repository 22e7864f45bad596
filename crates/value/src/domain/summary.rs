//! A person's purchases and what serving took: the days of all its records, merged.

use std::collections::BTreeMap;

use tenure_clv::Summary;
use tenure_kernel::{PersonId, RecordId};

use super::{
    purchase::Total,
    service::{Channel, Kind, Served, ServiceKey},
};

/// What serving took, by what it was and where.
pub(crate) type Services = BTreeMap<(Kind, Channel), Served>;

/// What one of a person's records bought on a day, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordDay {
    pub(crate) person: PersonId,
    pub(crate) record: RecordId,
    /// Days since 1970-01-01, in UTC.
    pub(crate) day: i32,
    pub(crate) total: Total,
}

/// A person's purchases in one currency up to a day. Purchases of several records on one day are one purchase day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PersonSummary {
    pub(crate) person: PersonId,
    /// The records that bought something, ascending.
    pub(crate) records: Vec<RecordId>,
    /// How many purchases, counting each.
    pub(crate) purchases: i64,
    pub(crate) history: Summary,
    /// The day of the first purchase, days since 1970-01-01.
    pub(crate) first_day: i32,
    pub(crate) margins: Margins,
    /// From the day of the first purchase on: what came before was no service to a customer.
    pub(crate) services: Services,
}

/// Of the purchases whose margin is known. Held at the ends of 64 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Margins {
    /// What they brought.
    pub(crate) known_minor: i64,
    /// What of it was margin.
    pub(crate) margin_minor: i64,
}

impl PersonSummary {
    /// Of a person who has bought nothing by a day: to a model that is a customer at the first purchase, of whom nothing more is known.
    pub(crate) fn unknown(person: PersonId, day: i32) -> Option<Self> {
        let history = Summary::from_purchases([(day, 0)], day)?;
        Some(Self {
            person,
            records: Vec::new(),
            purchases: 0,
            history,
            first_day: day,
            margins: Margins::default(),
            services: Services::new(),
        })
    }
}

/// The persons of days that are ordered by person, up to a day, each with what serving it took; persons without a purchase by
/// then are left out.
pub(crate) fn persons(
    days: &[RecordDay],
    services: &BTreeMap<PersonId, Vec<(ServiceKey, Served)>>,
    through: i32,
) -> Vec<PersonSummary> {
    let people = days.chunk_by(|left, right| left.person == right.person);
    people.filter_map(|days| merge(days, services.get(&days.first()?.person), through)).collect()
}

/// The purchases of each person of days that are ordered by person, as of several days; `None` before the first purchase, and where
/// there are more places than days.
pub(crate) fn histories<const N: usize>(days: &[RecordDay], as_of: &[i32]) -> Vec<[Option<Summary>; N]> {
    let one = |days: &[RecordDay], through: i32| {
        Summary::from_purchases(days.iter().map(|day| (day.day, day.total.minor_units)), through)
    };
    days.chunk_by(|left, right| left.person == right.person)
        .map(|days| std::array::from_fn(|place| as_of.get(place).and_then(|through| one(days, *through))))
        .collect()
}

/// Sums are of integers, so that it makes no difference under how many records the purchases stand.
fn merge(days: &[RecordDay], services: Option<&Vec<(ServiceKey, Served)>>, through: i32) -> Option<PersonSummary> {
    let counted = || days.iter().filter(|day| day.day <= through);
    let history = Summary::from_purchases(counted().map(|day| (day.day, day.total.minor_units)), through)?;
    let mut records: Vec<RecordId> = counted().map(|day| day.record).collect();
    records.sort_unstable();
    records.dedup();
    let sum = |of: fn(&Total) -> i64| counted().fold(0_i64, |sum, day| sum.saturating_add(of(&day.total)));
    let first = counted().map(|day| day.day).min()?;
    Some(PersonSummary {
        person: days.first()?.person,
        records,
        purchases: sum(|total| total.purchases),
        history,
        first_day: first,
        margins: Margins { known_minor: sum(|total| total.known_minor), margin_minor: sum(|total| total.margin_minor) },
        services: served(services.map_or(&[], Vec::as_slice), first, through),
    })
}

/// What serving took from one day through another.
pub(crate) fn served(services: &[(ServiceKey, Served)], first: i32, through: i32) -> Services {
    let mut sums = Services::new();
    for (key, served) in services.iter().filter(|(key, _)| (first..=through).contains(&key.day)) {
        let sum = sums.entry((key.kind, key.channel)).or_default();
        sum.count = sum.count.saturating_add(served.count);
        sum.seconds = sum.seconds.saturating_add(served.seconds);
        sum.minor_units = sum.minor_units.saturating_add(served.minor_units);
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::book::Line;

    fn day(person: u8, record: u8, day: i32, purchases: i64, minor_units: i64) -> RecordDay {
        let total = Total { purchases, minor_units, known_minor: minor_units, margin_minor: minor_units / 3 - 10 };
        RecordDay { person: PersonId([person; 16]), record: RecordId([record; 16]), day, total }
    }

    #[test]
    fn purchases_of_several_records_on_one_day_are_one_purchase_day() {
        let days = [day(1, 1, 10, 1, 500), day(1, 1, 24, 2, 700), day(1, 2, 24, 1, 300), day(2, 3, 99, 1, 1)];
        let found = persons(&days, &BTreeMap::new(), 38);
        assert_eq!(found.len(), 1, "the second bought later");
        assert_eq!((found[0].history.frequency(), found[0].purchases), (1, 4));
        assert_eq!(found[0].history.mean_minor_per_repeat_day(), 1_000.0);
        assert_eq!(found[0].records, [RecordId([1; 16]), RecordId([2; 16])]);
    }

    fn service(record: u8, day: i32, kind: i32, seconds: i64) -> (ServiceKey, Served) {
        let (record, kind) = (RecordId([record; 16]), Kind::of(kind).unwrap());
        let key = ServiceKey { record, day, kind, channel: Channel(3), line: Line::ALL, currency: None };
        (key, Served { count: 1, seconds, minor_units: 0 })
    }

    #[test]
    fn service_counts_from_the_first_purchase_on() {
        let days = [day(1, 1, 10, 1, 500), day(1, 2, 24, 1, 300)];
        let services =
            vec![service(2, 9, 203, 60), service(1, 10, 203, 90), service(2, 38, 203, 30), service(2, 39, 203, 1)];
        let found = persons(&days, &BTreeMap::from([(PersonId([1; 16]), services)]), 38);
        let calls = Served { count: 2, seconds: 120, minor_units: 0 };
        assert_eq!(found[0].services, Services::from([((Kind::of(203).unwrap(), Channel(3)), calls)]));
        assert_eq!(found[0].margins, Margins { known_minor: 800, margin_minor: 246 });
    }

    proptest! {
        #[test]
        fn records_make_no_difference(
            days in prop::collection::vec((0_u8..4, 0_i32..60, 0_i64..1_000_000), 1..40),
            calls in prop::collection::vec((0_u8..4, 0_i32..60, prop::bool::ANY, 0_i64..600), 0..20),
        ) {
            let split: Vec<_> = days.iter().map(|(record, on, minor)| day(1, *record, *on, 1, *minor)).collect();
            let whole: Vec<_> = days.iter().map(|(_, on, minor)| day(1, 9, *on, 1, *minor)).collect();
            let as_of = [60, 30, 0];
            prop_assert_eq!(histories::<4>(&split, &as_of), histories::<4>(&whole, &as_of));
            let as_told: Vec<Option<Summary>> =
                as_of.iter().map(|through| persons(&whole, &BTreeMap::new(), *through).first().map(|one| one.history)).chain([None]).collect();
            prop_assert_eq!(histories::<4>(&whole, &as_of)[0].to_vec(), as_told);
            let called = |of: fn(u8) -> u8| {
                let calls = calls.iter().map(|(record, on, complaint, seconds)| {
                    service(of(*record), *on, if *complaint { 224 } else { 203 }, *seconds)
                });
                BTreeMap::from([(PersonId([1; 16]), calls.collect::<Vec<_>>())])
            };
            for through in [0, 30, 60] {
                let (split, whole) =
                    (persons(&split, &called(|record| record), through), persons(&whole, &called(|_| 9), through));
                let facts = |all: &[PersonSummary]| {
                    all.iter().map(|one| (one.purchases, one.history, one.margins, one.services.clone())).collect::<Vec<_>>()
                };
                prop_assert_eq!(facts(&split), facts(&whole));
            }
        }
    }
}
