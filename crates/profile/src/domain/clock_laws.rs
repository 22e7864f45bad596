//! What time alone changes: until the moment that is told, nothing is other than it is now, whoever is asked about.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tenure_kernel::Timestamp;

use super::{
    bucket::{Buckets, HOUR},
    catalogue::{Catalogue, Definition, Source},
    condition,
    expression::Expression,
    fact::Happened,
    measure::Measures,
    segment::Segment,
    windowed::{Aggregate, Filter, Measure, Names, Windowed},
};

const NOW: i64 = 1_774_747_800_000_000;
const MINUTE: i64 = 60_000_000;
const NAMES: Names = Names { kind: |number| format!("type {number}"), channel: |number| format!("channel {number}") };

/// Conditions on `recent`, `last`, `ever` and `idle`, some of which move with the clock in every way that there is.
const CONDITIONS: [&str; 21] = [
    "recent > 1",
    "idle",
    "since(last) > 3h",
    "since(last) >= 3h",
    "since(last) < 90m and recent >= 1",
    "not (since(last) <= 2h) or recent = 2",
    "now > last + 5h",
    "last + 5h < now",
    "last > now",
    "now - last > 4h",
    "since(last) * 2 > 7h",
    "since(last) / 1h > 2.5",
    "since(last) / 2 - 1h > 0h",
    "exists(last)",
    "if(since(last) > 2h, recent > 0, ever > 3)",
    "otherwise(since(last), 9h) > 4h",
    "otherwise(if(since(last) > 3h, 1, number('x')), 0) > 0",
    "since(last + 6h) > 0h",
    "since(now - 3h) > 2h",
    "since(time(field('contract.a.end'))) > 30m",
    "now > time(field('contract.a.end')) - 1h",
];

fn windowed(aggregate: Aggregate, measure: Measure, hours: i64) -> Source {
    Source::Windowed(Windowed { aggregate, measure, filter: Filter::default(), hours })
}

fn catalogue(conditions: &[&str]) -> Catalogue {
    let read = |text: &str| Expression::read(text).expect("an expression");
    let idle = Source::Expression("since(last) > 100m".to_owned(), read("since(last) > 100m"));
    let sources = [
        ("recent", windowed(Aggregate::Count, Measure::None, 3)),
        ("last", windowed(Aggregate::Last, Measure::Time, 0)),
        ("ever", windowed(Aggregate::Count, Measure::None, 0)),
        ("idle", idle),
    ];
    let definitions = sources.map(|(name, source)| Definition {
        name: name.to_owned(),
        version: 1,
        defined_at: Timestamp(0),
        source,
        indexed: name != "ever",
    });
    let segment = |(number, text): (usize, &&str)| Segment {
        name: format!("s{number}"),
        version: 1,
        defined_at: Timestamp(0),
        text: (*text).to_owned(),
        condition: read(text),
    };
    let catalogue = Catalogue::of(definitions, 1).with_segments(conditions.iter().enumerate().map(segment));
    let fit = |segment: &Segment| catalogue.check_segment(&segment.name, &segment.condition);
    catalogue.all_segments().for_each(|segment| assert_eq!(fit(segment), Ok(()), "{}", segment.text));
    catalogue
}

/// Which segments a person is in at a moment, what its indexed traits are, and when that may change.
fn state(catalogue: &Catalogue, buckets: &Buckets, end: &str, now: Timestamp) -> (Vec<String>, Option<Timestamp>) {
    let fields = BTreeMap::from([("contract.a.end", end)]);
    let traits = catalogue.values(buckets, &fields, now, NAMES);
    let belongings = catalogue.belongings(&traits, &fields, now).into_iter().map(|one| one.segment);
    let indexed = traits.iter().filter(|one| catalogue.get(&one.name).is_some_and(|found| found.indexed));
    let keys = indexed.map(|one| format!("{} {:?}", one.name, one.value.as_ref().map(condition::key)));
    let state = belongings.chain(keys).collect();
    (state, catalogue.next_change(&traits, buckets, &fields, now))
}

#[test]
fn what_is_no_line_is_looked_at_by_the_hour() {
    let mut buckets = Buckets::default();
    buckets.add(&Happened { kind: 1, at: Timestamp(NOW - 40 * HOUR), measures: Some(Measures::default()), aml: false });
    for text in ["money(100, 'EUR') * (since(last) / 1h) > money(350, 'EUR')", "1h / since(last) > 0.01"] {
        let catalogue = catalogue(&[text]);
        let (_, next) = state(&catalogue, &buckets, "no time", Timestamp(NOW));
        assert_eq!(next, Some(Timestamp((NOW.div_euclid(HOUR) + 1) * HOUR)), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn nothing_changes_before_the_moment_that_is_told(
        minutes in prop::collection::vec(-600..300_i64, 0..6),
        begin in 0..HOUR,
        end in 0..4_usize,
        looks in prop::collection::vec(0..12 * HOUR, 24),
    ) {
        let catalogue = catalogue(&CONDITIONS);
        let mut buckets = Buckets::default();
        for minute in minutes {
            let at = Timestamp(NOW + minute * MINUTE + minute);
            buckets.add(&Happened { kind: 1, at, measures: Some(Measures::default()), aml: false });
        }
        let end = ["2026-03-29T03:00:00Z", "2026-03-29T01:30:00Z", "2026-03-28T23:59:59.5Z", "no time"][end];
        let mut now = Timestamp(NOW + begin);
        let mut looks: Vec<Timestamp> = looks.into_iter().map(|micros| Timestamp(NOW + begin + micros)).collect();
        looks.sort();
        let mut times = 0;
        while now.0 < NOW + begin + 12 * HOUR {
            times += 1;
            prop_assert!(times < 400, "it is looked at again and again");
            let (held, next) = state(&catalogue, &buckets, end, now);
            let until = next.unwrap_or(Timestamp(NOW + begin + 12 * HOUR));
            prop_assert!(until > now);
            // A quotient of clocks is told to a few microseconds.
            let last = Timestamp((until.0 - 5).max(now.0));
            for look in looks.iter().copied().filter(|look| now <= *look && *look < last).chain([last]) {
                prop_assert_eq!(&state(&catalogue, &buckets, end, look).0, &held, "from {:?} at {:?}", now, look);
            }
            now = until;
        }
    }
}
