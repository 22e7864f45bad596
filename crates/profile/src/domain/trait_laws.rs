//! Traits against a look at all touchpoints: whatever order, batches and repeats they come in, with amendments, merges and
//! splits, as of any moment, and across a change of clocks.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::Index};
use tenure_kernel::{PersonId, RecordId, Timestamp, TouchpointId};

use super::{
    bucket::Buckets,
    datum::Datum,
    fact::{Fact, Happened},
    history::{Moment, summary_at},
    laws::{Event, World, record},
    measure::{Amount, Measures},
    windowed::{Aggregate, Code, Filter, Measure, Names, Size, Windowed},
};

/// Sunday 29 March 2026, half past one in UTC: half an hour ago clocks in Europe were put forward.
const NOW: i64 = 1_774_747_800_000_000;
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
/// Hours of windows: all time, some that end near the change of clocks, and up to five years.
const WINDOWS: [i64; 9] = [0, 1, 2, 23, 24, 25, 720, 8_760, 43_848];
const NAMES: Names = Names { kind: |number| format!("type {number}"), channel: |number| format!("channel {number}") };

const AGGREGATES: [Aggregate; 7] = [
    Aggregate::Count,
    Aggregate::Sum,
    Aggregate::Minimum,
    Aggregate::Maximum,
    Aggregate::Last,
    Aggregate::DistinctCount,
    Aggregate::MostFrequent,
];

fn all_kinds(filter: &Filter, hours: i64) -> Vec<Windowed> {
    let codes = [Code::Type, Code::Channel, Code::Product, Code::Line].map(Measure::Code);
    let sizes = [Size::Amount("EUR".to_owned()), Size::Handling, Size::Waiting].map(Measure::Size);
    let measures: Vec<Measure> = [Measure::None, Measure::Time].into_iter().chain(codes).chain(sizes).collect();
    let each =
        AGGREGATES.iter().flat_map(|aggregate| measures.iter().map(move |measure| (*aggregate, measure.clone())));
    let all = each.map(|(aggregate, measure)| Windowed { aggregate, measure, filter: filter.clone(), hours });
    all.filter(Windowed::fits).collect()
}

fn filters() -> impl Strategy<Value = Filter> {
    let texts = |texts: [&str; 2]| texts.map(str::to_owned).into();
    prop_oneof![
        Just(Filter::default()),
        Just(Filter { kinds: [1, 2].into(), ..Filter::default() }),
        Just(Filter { channels: [1].into(), ..Filter::default() }),
        Just(Filter { products: texts(["hat", "car"]), ..Filter::default() }),
        Just(Filter { lines: texts(["motor", "home"]), kinds: [0, 1].into(), ..Filter::default() }),
    ]
}

/// When something happened: around now, around the edges of windows, and anywhere in the years before.
fn times() -> impl Strategy<Value = i64> {
    let edges = (prop::sample::select(&WINDOWS[..]), -90..90_i64);
    prop_oneof![
        (-6_000..5_i64).prop_map(|minutes| NOW + minutes * MINUTE),
        edges.prop_map(|(hours, minutes)| (NOW - hours * HOUR + minutes * MINUTE).min(NOW)),
        (0..60_000_i64).prop_map(|hours| NOW - hours * HOUR),
    ]
}

fn measures() -> impl Strategy<Value = Measures> {
    let codes = (0..3_i32, prop::collection::btree_set(prop::sample::select(&["car", "hat", "pen"][..]), 0..3));
    let line = prop::sample::select(&["", "home", "motor"][..]);
    let amount = prop::option::of((prop::sample::select(&["EUR", "USD"][..]), -3..1_000_i64));
    let seconds = || prop::option::of(1..500_i64);
    (codes, line, amount, seconds(), seconds()).prop_map(|((channel, products), line, amount, handled, waited)| {
        let amount = amount.map(|(currency, minor_units)| Amount { currency: currency.to_owned(), minor_units });
        let products = products.into_iter().map(str::to_owned).collect();
        Measures { channel, products, line: line.to_owned(), amount, handled, waited }
    })
}

fn happened() -> impl Strategy<Value = Happened> {
    let told = (0..3_i32, times(), measures());
    told.prop_map(|(kind, at, measures)| Happened { kind, at: Timestamp(at), measures: Some(measures), aml: false })
}

fn touchpoint(id: u8, slot: u8, revision: i32, of: u8, happened: Option<Happened>) -> Event {
    let (touchpoint, recorded_at) = (TouchpointId([id; 16]), Timestamp(i64::from(id)));
    let fact = Fact { touchpoint, revision, recorded_at, happened, statement: None, sequence: 0, forgotten: false };
    Event::Touchpoint { slot: TouchpointId([slot; 16]), facts: vec![(record(of), fact)] }
}

/// Touchpoints of five records, corrections and retractions, records that move between three persons, and repeats of all that.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let originals = prop::collection::vec((0..5_u8, happened()), 1..25);
    let amendments = prop::collection::vec((any::<Index>(), 1..3, prop::option::weighted(0.6, happened())), 0..8);
    let moves = prop::collection::vec((0..5_u8, 1..6_i64), 0..15);
    let repeats = prop::collection::vec(any::<Index>(), 0..6);
    (originals, amendments, moves, repeats).prop_map(|(originals, amendments, moves, repeats)| {
        let told = (1_u8..).zip(&originals);
        let mut events: Vec<Event> =
            told.map(|(id, (of, happened))| touchpoint(id, id, 0, *of, Some(happened.clone()))).collect();
        for (id, (target, revision, correction)) in (100_u8..).zip(amendments) {
            let target = target.index(originals.len());
            let slot = u8::try_from(target + 1).expect("few originals");
            events.push(touchpoint(id, slot, revision, originals[target].0, correction));
        }
        events.extend((0..5_u8).map(|number| moved(number, 0)));
        events.extend(moves.into_iter().map(|(number, version)| moved(number, version)));
        let again: Vec<Event> = repeats.iter().map(|index| events[index.index(events.len())].clone()).collect();
        events.extend(again);
        events
    })
}

/// The same version always says the same.
fn moved(number: u8, version: i64) -> Event {
    let person = u8::try_from((i64::from(number) * 7 + version * 3) % 3).expect("small");
    Event::Moved { record: record(number), version, person: Some(PersonId([person; 16])) }
}

/// What happened to some records, by a look at everything that was said by some moment.
fn looked_up(events: &[Event], members: &BTreeSet<RecordId>, known: i64) -> Vec<Happened> {
    let mut winners: BTreeMap<(RecordId, TouchpointId), &Fact> = BTreeMap::new();
    for event in events {
        let Event::Touchpoint { slot, facts } = event else { continue };
        for (record, fact) in
            facts.iter().filter(|(record, fact)| members.contains(record) && fact.recorded_at.0 <= known)
        {
            let there = winners.entry((*record, *slot)).or_insert(fact);
            if (fact.revision, fact.touchpoint) > (there.revision, there.touchpoint) {
                *there = fact;
            }
        }
    }
    winners.into_values().filter_map(|fact| fact.happened.clone()).collect()
}

fn told(one: &Happened) -> &Measures {
    one.measures.as_ref().expect("measures")
}

fn takes(filter: &Filter, one: &Happened) -> bool {
    (filter.kinds.is_empty() || filter.kinds.contains(&one.kind))
        && (filter.channels.is_empty() || filter.channels.contains(&told(one).channel))
        && (filter.products.is_empty() || told(one).products.iter().any(|code| filter.products.contains(code)))
        && (filter.lines.is_empty() || filter.lines.contains(&told(one).line))
}

fn size(size: &Size, one: &Happened) -> Option<i64> {
    match size {
        Size::Amount(currency) => {
            told(one).amount.as_ref().filter(|amount| amount.currency == *currency).map(|amount| amount.minor_units)
        }
        Size::Handling => told(one).handled.map(|seconds| seconds * 1_000_000),
        Size::Waiting => told(one).waited.map(|seconds| seconds * 1_000_000),
    }
}

fn texts(code: Code, one: &Happened) -> Vec<String> {
    match code {
        Code::Type => vec![format!("type {}", one.kind)],
        Code::Channel if told(one).channel == 0 => vec![],
        Code::Channel => vec![format!("channel {}", told(one).channel)],
        Code::Product => told(one).products.clone(),
        Code::Line if told(one).line.is_empty() => vec![],
        Code::Line => vec![told(one).line.clone()],
    }
}

/// The value of a trait by a look at everything that happened.
fn expected(trait_: &Windowed, all: &[Happened], now: i64) -> Option<Datum> {
    let hour = now - now.rem_euclid(HOUR);
    let start = if trait_.hours == 0 { i64::MIN } else { hour - trait_.hours * HOUR };
    let mut within: Vec<&Happened> =
        all.iter().filter(|one| start <= one.at.0 && one.at.0 < hour + HOUR && takes(&trait_.filter, one)).collect();
    within.sort_by_key(|one| one.at);
    match &trait_.measure {
        Measure::None => Some(Datum::Number(within.len() as f64)),
        Measure::Time if trait_.aggregate == Aggregate::Minimum => within.first().map(|one| Datum::Time(one.at)),
        Measure::Time => within.last().map(|one| Datum::Time(one.at)),
        Measure::Size(of) => {
            let values: Vec<(Timestamp, i64)> =
                within.iter().filter_map(|one| Some((one.at, size(of, one)?))).collect();
            let value = match trait_.aggregate {
                Aggregate::Sum => Some(values.iter().map(|value| value.1).sum()),
                Aggregate::Minimum => values.iter().map(|value| value.1).min(),
                Aggregate::Maximum => values.iter().map(|value| value.1).max(),
                _ => values.iter().max().map(|value| value.1),
            };
            value.map(|value| match of {
                Size::Amount(currency) => Datum::Money(value, currency.clone()),
                _ => Datum::Duration(value),
            })
        }
        Measure::Code(of) => {
            let codes: Vec<(Timestamp, String)> =
                within.iter().flat_map(|one| texts(*of, one).into_iter().map(|text| (one.at, text))).collect();
            let different: BTreeSet<&String> = codes.iter().map(|(_, text)| text).collect();
            match trait_.aggregate {
                Aggregate::DistinctCount => Some(Datum::Number(different.len() as f64)),
                Aggregate::Last => codes.iter().max().map(|(_, text)| Datum::Text(text.clone())),
                _ => {
                    let times = |text: &String| codes.iter().filter(|(_, one)| one == text).count();
                    let most = different.iter().map(|text| times(text)).max()?;
                    different.into_iter().find(|text| times(text) == most).map(|text| Datum::Text(text.clone()))
                }
            }
        }
    }
}

fn members(world: &World, person: PersonId) -> BTreeSet<RecordId> {
    let whose = world.state().memberships;
    whose.into_iter().filter(|(_, of)| *of == person).map(|(record, _)| record).collect()
}

fn merged(world: &World, records: &BTreeSet<RecordId>) -> Buckets {
    let mut merged = Buckets::default();
    let all = world.state().buckets;
    all.into_iter().filter(|(record, _)| records.contains(record)).for_each(|(_, one)| merged.merge(one));
    merged
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_trait_is_what_a_look_at_all_touchpoints_finds(
        (events, shuffled) in history().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        sizes in prop::collection::vec(1..9_usize, 1..6),
        filter in filters(),
        hours in prop::sample::select(&WINDOWS[..]),
        later in 0..300_i64,
    ) {
        let (one, other) = (World::after(&events, &[events.len()]), World::after(&shuffled, &sizes));
        prop_assert_eq!(one.state().lines(), other.state().lines());
        let now = NOW + later * MINUTE;
        for person in (0..3_u8).map(|number| PersonId([number; 16])) {
            let records = members(&one, person);
            let (left, right) = (merged(&one, &records), merged(&other, &records));
            prop_assert_eq!(&left, &right);
            let all = looked_up(&events, &records, i64::MAX);
            for one in all_kinds(&filter, hours) {
                let value = one.value(&left, Timestamp(now), NAMES);
                prop_assert_eq!(value, expected(&one, &all, now), "{:?}", one);
            }
        }
    }

    #[test]
    fn a_trait_as_of_a_moment_is_what_had_happened_and_was_known_by_then(
        events in history(),
        hours in prop::sample::select(&WINDOWS[..]),
        known in 0..110_i64,
        earlier in 0..9_000_i64,
    ) {
        let (world, then) = (World::after(&events, &[3, 1]), NOW - earlier * MINUTE);
        let moment = Moment { effective: Timestamp(then), known: Some(Timestamp(known)) };
        for person in (0..3_u8).map(|number| PersonId([number; 16])) {
            let mut buckets = Buckets::default();
            world.past(person).values().for_each(|versions| buckets.merge(summary_at(versions, moment).1));
            let all = looked_up(&events, &members(&world, person), known);
            let by_then: Vec<Happened> = all.into_iter().filter(|one| one.at.0 <= then).collect();
            for one in all_kinds(&Filter::default(), hours) {
                let value = one.value(&buckets, Timestamp(then), NAMES);
                prop_assert_eq!(value, expected(&one, &by_then, then), "{:?}", one);
            }
        }
    }

    #[test]
    fn chunks_hold_all_buckets_and_several_records_say_what_one_would(
        all in prop::collection::vec((0..3_u8, happened()), 1..30),
    ) {
        let mut one = Buckets::default();
        let mut several: BTreeMap<u8, Buckets> = BTreeMap::new();
        for (record, happened) in &all {
            one.add(happened);
            several.entry(*record).or_default().add(happened);
        }
        let mut merged = Buckets::default();
        several.into_values().for_each(|buckets| merged.merge(buckets));
        prop_assert_eq!(&merged, &one);
        let mut again = Buckets::default();
        merged.chunks().into_values().for_each(|chunk| again.merge(chunk));
        prop_assert_eq!(again, one);
    }
}

#[test]
fn what_happened_leaves_a_window_on_the_hour_also_when_clocks_change() {
    let day = Windowed { aggregate: Aggregate::Count, measure: Measure::None, filter: Filter::default(), hours: 24 };
    let mut buckets = Buckets::default();
    let at = NOW - 50 * MINUTE;
    buckets.add(&Happened { kind: 1, at: Timestamp(at), measures: Some(Measures::default()), aml: false });
    let count = |minutes: i64| day.value(&buckets, Timestamp(at + minutes * MINUTE), NAMES);
    // It is 00:40 in UTC; at 01:00 clocks go from 2 to 3. A day is 24 hours all the same, and it ends with the hour.
    for (minutes, expected) in [(0, 1.0), (24 * 60, 1.0), (24 * 60 + 19, 1.0), (24 * 60 + 20, 0.0)] {
        assert_eq!(count(minutes), Some(Datum::Number(expected)), "{minutes}");
    }
    assert_eq!(count(-41), Some(Datum::Number(0.0)), "it has not happened yet");
}
