//! A person's purchases: the days of all its records, merged.

use tenure_clv::Summary;
use tenure_kernel::{PersonId, RecordId};

use super::fold::Total;

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
}

/// The persons of days that are ordered by person, up to a day; persons without a purchase by then are left out.
pub(crate) fn persons(days: &[RecordDay], through: i32) -> Vec<PersonSummary> {
    days.chunk_by(|left, right| left.person == right.person).filter_map(|days| merge(days, through)).collect()
}

/// Sums are of integers, so that it makes no difference under how many records the purchases stand.
fn merge(days: &[RecordDay], through: i32) -> Option<PersonSummary> {
    let counted = || days.iter().filter(|day| day.day <= through);
    let history = Summary::from_purchases(counted().map(|day| (day.day, day.total.minor_units)), through)?;
    let mut records: Vec<RecordId> = counted().map(|day| day.record).collect();
    records.sort_unstable();
    records.dedup();
    let purchases = counted().fold(0_i64, |sum, day| sum.saturating_add(day.total.purchases));
    Some(PersonSummary { person: days.first()?.person, records, purchases, history })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(person: u8, record: u8, day: i32, purchases: i64, minor_units: i64) -> RecordDay {
        let total = Total { purchases, minor_units };
        RecordDay { person: PersonId([person; 16]), record: RecordId([record; 16]), day, total }
    }

    #[test]
    fn purchases_of_several_records_on_one_day_are_one_purchase_day() {
        let days = [day(1, 1, 10, 1, 500), day(1, 1, 24, 2, 700), day(1, 2, 24, 1, 300), day(2, 3, 99, 1, 1)];
        let found = persons(&days, 38);
        assert_eq!(found.len(), 1, "the second bought later");
        assert_eq!((found[0].history.frequency(), found[0].purchases), (1, 4));
        assert_eq!(found[0].history.mean_minor_per_repeat_day(), 1_000.0);
        assert_eq!(found[0].records, [RecordId([1; 16]), RecordId([2; 16])]);
    }

    proptest! {
        #[test]
        fn records_make_no_difference(days in prop::collection::vec((0_u8..4, 0_i32..60, 0_i64..1_000_000), 1..40)) {
            let split: Vec<_> = days.iter().map(|(record, on, minor)| day(1, *record, *on, 1, *minor)).collect();
            let whole: Vec<_> = days.iter().map(|(_, on, minor)| day(1, 9, *on, 1, *minor)).collect();
            for through in [0, 30, 60] {
                let (split, whole) = (persons(&split, through), persons(&whole, through));
                let facts = |all: &[PersonSummary]| all.iter().map(|one| (one.purchases, one.history)).collect::<Vec<_>>();
                prop_assert_eq!(facts(&split), facts(&whole));
            }
        }
    }
}
