//! Law 3 on the pure fold: a thousand histories, each in a random order, in random batches and with repeats.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::Index};
use tenure_kernel::{PersonId, RecordId, Timestamp, TouchpointId};

use super::{
    bucket::Buckets,
    export::State,
    fact::{self, Fact, Field, Happened, Incoming, Method, Put, Slots, Statement},
    history::{Moment, Question, Standing, Versions, explain, summary_at},
    measure::Measures,
    path,
    person::{Known, Profile},
    summary::Summary,
};

const PATHS: [&str; 5] = ["name.given_name", "contact.email", "consent.marketing", "address.city", "life.deceased"];
const VALUES: [&str; 4] = ["a", "b", "withdrawn", ""];

#[derive(Debug, Clone)]
pub(super) enum Event {
    Touchpoint { slot: TouchpointId, facts: Vec<(RecordId, Fact)> },
    Moved { record: RecordId, version: i64, person: Option<PersonId> },
    Erased(RecordId),
}

/// What the follower does with its tables, on maps: fill empty slots and add, else replace and fold anew.
#[derive(Debug, Default)]
pub(super) struct World {
    slots: BTreeMap<RecordId, Slots>,
    /// What is outranked.
    history: BTreeMap<(RecordId, TouchpointId, TouchpointId), Fact>,
    summaries: BTreeMap<RecordId, Summary>,
    buckets: BTreeMap<RecordId, Buckets>,
    /// Of each record the move of the highest version.
    moves: BTreeMap<RecordId, (i64, Option<PersonId>)>,
    erased: BTreeSet<RecordId>,
}

impl World {
    fn apply(&mut self, batch: &[Event]) {
        let mut incoming = Incoming::default();
        for event in batch {
            match event {
                Event::Touchpoint { slot, facts } => {
                    facts.iter().for_each(|(record, fact)| incoming.put(*record, *slot, fact.clone()));
                }
                Event::Moved { record, version, person } => {
                    let last = self.moves.entry(*record).or_insert((*version, *person));
                    *last = (*last).max((*version, *person));
                }
                Event::Erased(record) => {
                    self.erased.insert(*record);
                    self.slots.remove(record);
                    self.history.retain(|(of, ..), _| of != record);
                    self.summaries.remove(record);
                    self.buckets.remove(record);
                }
            }
        }
        incoming.without(&self.erased);
        let mut outranked = incoming.outranked;
        for (record, facts) in incoming.slots {
            let slots = self.slots.entry(record).or_default();
            let summary = self.summaries.entry(record).or_default();
            let buckets = self.buckets.entry(record).or_default();
            let new = facts.keys().all(|slot| !slots.contains_key(slot));
            if new {
                facts.values().for_each(|fact| summary.add(fact));
                buckets.merge(Buckets::of(facts.values()));
            }
            for (slot, fact) in facts {
                match fact::put(slots, slot, fact) {
                    Put::Replaced(other) | Put::Outranked(other) => outranked.push((record, slot, other)),
                    Put::Filled | Put::Repeated => {}
                }
            }
            if !new {
                *summary = Summary::of(slots.values());
                *buckets = Buckets::of(slots.values());
            }
        }
        self.history.extend(outranked.into_iter().map(|(record, slot, fact)| ((record, slot, fact.touchpoint), fact)));
    }

    /// All that was ever said of a person's records.
    pub(super) fn past(&self, person: PersonId) -> BTreeMap<RecordId, Versions> {
        let members = self.state().memberships.into_iter().filter(|(_, whose)| *whose == person);
        let mut past: BTreeMap<RecordId, Versions> = members.map(|(record, _)| (record, Versions::new())).collect();
        for (record, versions) in &mut past {
            let slots = self.slots.get(record).into_iter().flatten().map(|(slot, fact)| (*slot, fact));
            let history = self.history.iter().filter(|((of, ..), _)| of == record);
            for (slot, fact) in slots.chain(history.map(|((_, slot, _), fact)| (*slot, fact))) {
                versions.entry(slot).or_default().push(fact.clone());
            }
        }
        past
    }

    fn profile_at(&self, person: PersonId, moment: Moment) -> Profile {
        let past = self.past(person);
        let members = past.iter().map(|(record, versions)| (*record, summary_at(versions, moment).0)).collect();
        Profile::of(Some(person), &members, moment.effective)
    }

    pub(super) fn after(events: &[Event], sizes: &[usize]) -> Self {
        let (mut world, mut rest, mut sizes) = (Self::default(), events, sizes.iter().cycle());
        while !rest.is_empty() {
            let (batch, more) = rest.split_at(rest.len().min(*sizes.next().expect("a size")));
            world.apply(batch);
            rest = more;
        }
        world
    }

    pub(super) fn state(&self) -> State {
        let living = self.moves.iter().filter(|(record, _)| !self.erased.contains(*record));
        let memberships = living.filter_map(|(record, (_, person))| Some((*record, (*person)?))).collect();
        let (summaries, buckets) = (self.summaries.clone(), self.buckets.clone());
        State { memberships, summaries, buckets, erased: self.erased.clone() }
    }

    fn profile(&self, person: PersonId, now: Timestamp) -> Profile {
        let state = self.state();
        let members = state.memberships.iter().filter(|(_, whose)| **whose == person);
        let members =
            members.map(|(record, _)| (*record, state.summaries.get(record).cloned().unwrap_or_default())).collect();
        Profile::of(Some(person), &members, now)
    }
}

pub(super) fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

/// What a touchpoint says of a record.
#[derive(Debug, Clone)]
struct Said {
    record: u8,
    at: i64,
    planned: bool,
    rank: i32,
    aml: bool,
    fields: Vec<(usize, usize)>,
}

impl Said {
    fn fact(&self, id: u8, revision: i32, counted: bool) -> Fact {
        let statement = Statement {
            effective_at: Timestamp(self.at),
            planned: self.planned,
            recorded_at: Timestamp(i64::from(id)),
            source_rank: self.rank,
            source: format!("s{}", self.rank),
            method: Method::System,
            aml: self.aml,
            fields: self.fields.iter().map(|(path, value)| field(*path, *value)).collect(),
        };
        Fact {
            touchpoint: TouchpointId([id; 16]),
            revision,
            recorded_at: Timestamp(i64::from(id)),
            happened: counted.then(|| Happened {
                kind: self.rank,
                at: Timestamp(self.at),
                measures: Some(Measures::default()).filter(|_| !self.aml),
                aml: self.aml,
            }),
            statement: Some(statement).filter(|statement| !statement.fields.is_empty()),
            sequence: 0,
            forgotten: false,
        }
    }
}

fn field(path: usize, value: usize) -> Field {
    Field { path: PATHS[path].to_owned(), value: VALUES[value].to_owned(), ..Field::default() }
}

fn said() -> impl Strategy<Value = Said> {
    let fields = prop::collection::vec((0..PATHS.len(), 0..VALUES.len()), 0..4);
    let seldom = || prop::bool::weighted(0.2);
    (0..5_u8, 0..6_i64, seldom(), 0..3, seldom(), fields).prop_map(|(record, at, planned, rank, aml, fields)| Said {
        record,
        at,
        planned,
        rank,
        aml,
        fields,
    })
}

fn touchpoint(id: u8, slot: u8, revision: i32, primary: &Said, other: Option<&Said>) -> Event {
    let mut facts = vec![(record(primary.record), primary.fact(id, revision, true))];
    let other = other.filter(|other| other.record != primary.record);
    facts.extend(other.map(|other| (record(other.record), other.fact(id, revision, false))));
    Event::Touchpoint { slot: TouchpointId([slot; 16]), facts }
}

/// Touchpoints; corrections and retractions of them; moves of records between four persons, merges and splits among them;
/// erasures; and repeats of all that.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let originals = prop::collection::vec((said(), prop::option::of(said())), 1..16);
    let amendments = prop::collection::vec((any::<Index>(), 1..3, prop::option::weighted(0.6, said())), 0..10);
    let moves = prop::collection::vec((0..5_u8, 1..6_i64), 0..15);
    let erasures = prop::collection::vec(0..5_u8, 0..2);
    let repeats = prop::collection::vec(any::<Index>(), 0..6);
    (originals, amendments, moves, erasures, repeats).prop_map(|(originals, amendments, moves, erasures, repeats)| {
        let ids = 1_u8..;
        let mut events: Vec<Event> =
            ids.zip(&originals).map(|(id, (one, other))| touchpoint(id, id, 0, one, other.as_ref())).collect();
        for (id, (target, revision, correction)) in (100_u8..).zip(amendments) {
            let target = target.index(originals.len());
            let slot = u8::try_from(target + 1).expect("few originals");
            let primary = originals[target].0.record;
            events.push(match correction {
                Some(said) => touchpoint(id, slot, revision, &Said { record: primary, ..said }, None),
                None => Event::Touchpoint {
                    slot: TouchpointId([slot; 16]),
                    facts: vec![(
                        record(primary),
                        Fact::retracted(TouchpointId([id; 16]), revision, Timestamp(i64::from(id))),
                    )],
                },
            });
        }
        events.extend(moves.into_iter().map(|(number, version)| {
            // The same version always says the same; now and then it says nobody.
            let person = (i64::from(number) * 7 + version * 3) % 5;
            let person = u8::try_from(person).ok().filter(|person| *person < 4).map(|person| PersonId([person; 16]));
            Event::Moved { record: record(number), version, person }
        }));
        events.extend(erasures.into_iter().map(|number| Event::Erased(record(number))));
        let again: Vec<Event> = repeats.iter().map(|index| events[index.index(events.len())].clone()).collect();
        events.extend(again);
        events
    })
}

/// The values of a person's fields, found by looking at everything that was said and known.
fn looked_up(
    events: &[Event],
    members: &BTreeSet<RecordId>,
    known: impl Fn(&Fact) -> bool,
    holds: impl Fn(&Statement) -> bool,
) -> BTreeMap<(String, String), TouchpointId> {
    let mut winners: BTreeMap<(RecordId, TouchpointId), &Fact> = BTreeMap::new();
    for event in events {
        let Event::Touchpoint { slot, facts } = event else { continue };
        for (record, fact) in facts.iter().filter(|(record, fact)| members.contains(record) && known(fact)) {
            let there = winners.entry((*record, *slot)).or_insert(fact);
            if (fact.revision, fact.touchpoint) > (there.revision, there.touchpoint) {
                *there = fact;
            }
        }
    }
    let mut best = BTreeMap::new();
    for fact in winners.values() {
        for statement in fact.statement.iter().filter(|one| holds(one)) {
            for field in &statement.fields {
                let many = field.path.starts_with("contact.");
                let key = (field.path.clone(), if many { field.value.clone() } else { String::new() });
                let withdrawn = field.path.starts_with("consent.") && field.value == path::WITHDRAWN;
                let place =
                    (statement.effective_at, withdrawn, statement.source_rank, fact.touchpoint, field.value.clone());
                let there = best.entry(key).or_insert_with(|| place.clone());
                *there = place.max(there.clone());
            }
        }
    }
    let told = best.into_iter().filter(|(_, place)| !place.4.is_empty());
    told.map(|((path, _), place)| ((path, place.4), place.3)).collect()
}

/// What a profile shows, to due diligence or to others.
fn found(profile: &Profile, aml: bool) -> BTreeMap<(String, String), TouchpointId> {
    let key = |known: &Known| {
        let many = path::has_many_values(&known.path).then(|| known.entry.value.clone());
        (known.path.clone(), many)
    };
    let outranked: BTreeSet<_> = profile.fields.iter().filter(|known| aml && known.aml).map(key).collect();
    let fields = profile.fields.iter().filter(|known| if known.aml { aml } else { !outranked.contains(&key(known)) });
    fields
        .filter(|known| !known.entry.value.is_empty())
        .map(|known| ((known.path.clone(), known.entry.value.clone()), known.entry.touchpoint))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_order_batching_and_repetition_ends_in_the_same_state(
        (events, shuffled) in history().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        sizes in prop::collection::vec(1..9_usize, 1..6),
        (cut, again) in (any::<Index>(), any::<Index>()),
    ) {
        let (one, mut other) = (World::after(&events, &[events.len()]), World::after(&shuffled, &sizes));
        prop_assert_eq!(one.state().lines(), other.state().lines());
        // What was kept at any cut, and all since then or since before then again.
        let cut = cut.index(shuffled.len());
        other = World::after(&shuffled[..cut], &sizes);
        other.apply(&shuffled[again.index(cut + 1)..]);
        prop_assert_eq!(one.state().lines(), other.state().lines());
        for (person, now) in (0..4_u8).zip([0, 2, 4, 9]) {
            let (person, now) = (PersonId([person; 16]), Timestamp(now));
            let (one, other) = (one.profile(person, now), other.profile(person, now));
            prop_assert_eq!(&one, &other);
            let members: BTreeSet<RecordId> = one.records.iter().copied().collect();
            let holds = |one: &Statement| !one.planned || one.effective_at <= now;
            prop_assert_eq!(found(&one, true), looked_up(&events, &members, |_| true, holds));
            // To others as if what due diligence gathered had never been said.
            let general = |one: &Statement| holds(one) && !one.aml;
            prop_assert_eq!(found(&one, false), looked_up(&events, &members, |_| true, general));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_was_known_at_a_moment_is_what_had_been_said_by_then(
        (events, shuffled) in history().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        sizes in prop::collection::vec(1..9_usize, 1..6),
        effective in 0..7_i64,
        known in prop::option::of(0..110_i64),
    ) {
        let (one, other) = (World::after(&events, &[events.len()]), World::after(&shuffled, &sizes));
        let moment = Moment { effective: Timestamp(effective), known: known.map(Timestamp) };
        for person in (0..4_u8).map(|number| PersonId([number; 16])) {
            let (one, other) = (one.profile_at(person, moment), other.profile_at(person, moment));
            prop_assert_eq!(&one, &other);
            let members: BTreeSet<RecordId> = one.records.iter().copied().collect();
            let by_then = |fact: &Fact| known.is_none_or(|known| fact.recorded_at.0 <= known);
            let expected = looked_up(&events, &members, by_then, |one| one.effective_at.0 <= effective);
            prop_assert_eq!(found(&one, true), expected);
        }
    }

    #[test]
    fn what_is_explained_is_all_that_was_said_and_what_holds_is_shown(
        (events, shuffled) in history().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        now in 0..7_i64,
        aml in any::<bool>(),
    ) {
        let (one, other) = (World::after(&events, &[events.len()]), World::after(&shuffled, &[1]));
        for person in (0..4_u8).map(|number| PersonId([number; 16])) {
            let (shown, past) = (found(&one.profile(person, Timestamp(now)), aml), one.past(person));
            for path in PATHS {
                let question = Question { paths: &|said| said == path, aml };
                let evidence = explain(&past, &question, Timestamp(now));
                prop_assert_eq!(&evidence, &explain(&other.past(person), &question, Timestamp(now)));
                let held = evidence.iter().filter(|one| one.standing == Standing::Holds && !one.entry.value.is_empty());
                let held: BTreeMap<_, _> =
                    held.map(|one| ((path.to_owned(), one.entry.value.clone()), one.entry.touchpoint)).collect();
                let of_path = shown.iter().filter(|((of, _), _)| of == path).map(|(key, by)| (key.clone(), *by));
                prop_assert_eq!(held, of_path.collect());
                let facts = past.iter().flat_map(|(record, all)| all.values().flatten().map(move |fact| (record, fact)));
                let said: BTreeSet<_> = facts
                    .flat_map(|(record, fact)| {
                        let told = fact.statement.iter().filter(|one| aml || !one.aml);
                        let fields = told.flat_map(|one| &one.fields).filter(|one| one.path == path);
                        fields.map(move |field| (record, fact.touchpoint, &field.value))
                    })
                    .collect();
                prop_assert_eq!(evidence.len(), said.len());
            }
        }
    }

    #[test]
    fn records_of_one_person_say_what_one_record_would_say(
        touchpoints in prop::collection::vec(said(), 1..20),
        now in 0..7_i64,
    ) {
        let person = PersonId([9; 16]);
        let world = |one_record: bool| {
            let mut world = World::default();
            for (id, said) in (1_u8..).zip(&touchpoints) {
                let number = if one_record { 0 } else { said.record };
                world.apply(&[
                    touchpoint(id, id, 0, &Said { record: number, ..said.clone() }, None),
                    Event::Moved { record: record(number), version: 1, person: Some(person) },
                ]);
            }
            let profile = world.profile(person, Timestamp(now));
            let fields: Vec<_> = profile.fields.into_iter().map(|known| (known.path, known.entry)).collect();
            (fields, profile.counts)
        };
        prop_assert_eq!(world(true), world(false));
    }
}

#[test]
fn a_retraction_lays_bare_what_was_before() {
    let said = |at, value| Said { record: 1, at, planned: false, rank: 0, aml: false, fields: vec![(0, value)] };
    let mut world = World::default();
    world.apply(&[touchpoint(1, 1, 0, &said(1, 0), None), touchpoint(2, 2, 0, &said(2, 1), None)]);
    world.apply(&[Event::Moved { record: record(1), version: 1, person: Some(PersonId([9; 16])) }]);
    let told = |world: &World| {
        let profile = world.profile(PersonId([9; 16]), Timestamp(9));
        (profile.fields[0].entry.value.clone(), profile.counts.values().next().map(|count| count.count))
    };
    assert_eq!(told(&world), ("b".to_owned(), Some(2)));
    let retraction = Fact::retracted(TouchpointId([3; 16]), 1, Timestamp(3));
    world.apply(&[Event::Touchpoint { slot: TouchpointId([2; 16]), facts: vec![(record(1), retraction)] }]);
    assert_eq!(told(&world), ("a".to_owned(), Some(1)));
}

#[test]
fn what_is_planned_holds_from_its_time_on() {
    let said = |at, planned, value| Said { record: 1, at, planned, rank: 0, aml: false, fields: vec![(3, value)] };
    let mut world = World::default();
    world.apply(&[
        touchpoint(1, 1, 0, &said(1, false, 0), None),
        touchpoint(2, 2, 0, &said(5, true, 1), None),
        Event::Moved { record: record(1), version: 1, person: Some(PersonId([9; 16])) },
    ]);
    let told = |now| {
        let profile = world.profile(PersonId([9; 16]), Timestamp(now));
        (profile.fields[0].entry.value.clone(), profile.until)
    };
    assert_eq!(told(4), ("a".to_owned(), Some(Timestamp(5))));
    assert_eq!(told(5), ("b".to_owned(), None));
}
