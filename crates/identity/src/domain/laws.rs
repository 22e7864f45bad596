//! Law 3 on the pure decisions: a thousand histories, each in random orders and batches and with repeats.
//!
//! A steward decides about persons as they are at that moment, so what came in before is a part of the decision: between two
//! decisions, entries may come in any order, in any batches and again at any later time. And what a decision states is kept by
//! record, so that, once stated, it may come at any time too. Little may fit a transaction: what was put off is done in the end.

use proptest::{prelude::*, sample::Index};
use tenure_kernel::{RecordId, Timestamp};

use super::{
    decision::Decision,
    fact::Touchpoint,
    tables::{
        Tables, record,
        sayings::{SAYINGS, Said, touchpoint},
    },
};

/// What the service is told, by the journal that it follows or by a steward.
#[derive(Debug, Clone)]
enum Event {
    Said(Touchpoint),
    Erased(RecordId),
    Merged(u8, u8),
    Split(u8, u8),
    /// A decision as it was stated.
    Stated(Decision),
}

impl Event {
    fn is_decided(&self) -> bool {
        matches!(self, Self::Merged(..) | Self::Split(..))
    }
}

fn said(id: u8, slot: u8, revision: i64, subjects: &[Said]) -> Event {
    // Some on one day, some within a window of each other and some not, in no order.
    let at = Timestamp(i64::from(id / 2) * 37 % 100 * 86_400_000_000);
    Event::Said(touchpoint((id, slot, revision), at, subjects))
}

fn part() -> impl Strategy<Value = Said> {
    (0..10_u8, prop::collection::vec(0..SAYINGS, 0..4))
}

/// A touchpoint of so many that a few more carriers make an address and a number generic.
fn crowd() -> Event {
    let subjects: Vec<Said> = (100..124).map(|number| (number, vec![2])).collect();
    said(250, 250, 0, &subjects)
}

/// Touchpoints about ten records, some with a second subject; corrections and retractions of them; merges and splits;
/// erasures; in an order in which an amendment may come before its target.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let originals = prop::collection::vec((part(), prop::option::of(part())), 1..20);
    let amendments = prop::collection::vec((any::<Index>(), 1..4_i64, prop::option::weighted(0.6, part())), 0..10);
    let merged = (0..10_u8, 0..10_u8).prop_map(|(left, right)| Event::Merged(left, right));
    let split = (0..10_u8, any::<u8>()).prop_map(|(number, pick)| Event::Split(number, pick));
    let decisions = prop::collection::vec(prop_oneof![merged, split], 0..6);
    let erasures = prop::collection::vec((0..10_u8).prop_map(|number| Event::Erased(record(number))), 0..3);
    let crowds = prop::option::weighted(0.1, Just(crowd()));
    let all = (originals, amendments, decisions, erasures, crowds);
    let events = all.prop_map(|(originals, amendments, decisions, erasures, crowds)| {
        let mut events = [decisions, erasures, Vec::from_iter(crowds)].concat();
        for (id, (primary, other)) in (0_u8..).zip(&originals) {
            let parts: Vec<Said> = [primary].into_iter().chain(other).cloned().collect();
            events.push(said(id, id, 0, &parts));
        }
        for (id, (target, revision, correction)) in (100_u8..).zip(amendments) {
            let slot = target.index(originals.len());
            let (keys, primary) = (correction.clone().map_or(vec![], |(_, keys)| keys), originals[slot].0.0);
            // A correction may name someone else beside the primary subject.
            let other = correction.map(|(number, keys)| (number, keys.into_iter().rev().take(1).collect()));
            let parts: Vec<Said> = [(primary, keys)].into_iter().chain(other).collect();
            events.push(said(id, u8::try_from(slot).expect("few"), revision, &parts));
        }
        events
    });
    events.prop_shuffle()
}

/// How entries come: in which order, which of them again, and in batches of which sizes.
#[derive(Debug, Clone)]
struct Manner {
    weights: Vec<u32>,
    again: Vec<Index>,
    sizes: Vec<usize>,
    /// How many records are evaluated at a time, with how many candidates each.
    budget: (usize, usize),
}

impl Manner {
    /// As they are listed, once, all at once.
    fn plain() -> Self {
        Self { weights: vec![0], again: Vec::new(), sizes: vec![usize::MAX], budget: (usize::MAX, usize::MAX) }
    }

    fn any() -> impl Strategy<Value = Self> {
        let weights = prop::collection::vec(any::<u32>(), 50);
        let (again, sizes) = (prop::collection::vec(any::<Index>(), 0..8), prop::collection::vec(1..9_usize, 1..6));
        let budget = prop_oneof![Just((usize::MAX, usize::MAX)), (1..6_usize, 1..6_usize)];
        (weights, again, sizes, budget).prop_map(|(weights, again, sizes, budget)| Self {
            weights,
            again,
            sizes,
            budget,
        })
    }

    /// Has the last entries come, and some of them all again.
    fn pour(&self, tables: &mut Tables, entries: &[Event], last: usize) {
        let again = self.again.iter().filter(|_| !entries.is_empty()).map(|place| place.get(entries));
        let weights = self.weights.iter().cycle().skip(entries.len() - last);
        let mut weighed: Vec<_> = weights.zip(entries[entries.len() - last..].iter().chain(again)).collect();
        weighed.sort_by_key(|(weight, _)| **weight);
        let events: Vec<&Event> = weighed.into_iter().map(|(_, event)| event).collect();
        let (mut rest, mut sizes) = (events.as_slice(), self.sizes.iter().cycle());
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(rest.len().min(*sizes.next().expect("a size")));
            tables.take(batch);
            rest = later;
        }
        tables.drain();
        tables.check();
    }
}

impl Tables {
    /// Takes a batch in and settles what follows.
    fn take(&mut self, batch: &[&Event]) {
        let said = batch.iter().filter_map(|event| if let Event::Said(said) = event { Some(said) } else { None });
        let gone = batch.iter().filter_map(|event| if let Event::Erased(gone) = event { Some(*gone) } else { None });
        let touched = self.observe(&said.collect::<Vec<_>>(), &gone.collect());
        self.settle(&touched);
        for event in batch {
            if let Event::Stated(decision) = event
                && self.decisions.iter().all(|known| known.id != decision.id)
            {
                self.decide(decision.clone());
            }
        }
    }

    /// What must not depend on the order: all but ids, versions and where ids lead.
    fn state(mut self) -> impl PartialEq + std::fmt::Debug {
        self.decisions.sort_unstable_by_key(|decision| decision.sequence);
        let partition = self.partition();
        let said = (self.facts, self.counts, self.contents, self.visits);
        (partition, self.records, self.erased, said, self.linked.edges, self.decisions)
    }
}

/// Stewards decide when they do; what comes between two decisions comes in some manner.
fn told(events: &[Event], manner: &Manner) -> Tables {
    let (mut tables, mut entries) = (Tables::default(), Vec::new());
    tables.linked.budget = manner.budget;
    for part in events.chunk_by(|event, _| !event.is_decided()) {
        let new: Vec<Event> = part.iter().filter(|event| !event.is_decided()).cloned().collect();
        let last = new.len();
        entries.extend(new);
        manner.pour(&mut tables, &entries, last);
        match part.last() {
            Some(Event::Merged(left, right)) => tables.merge(*left, *right),
            Some(Event::Split(number, pick)) => tables.split_off(*number, *pick),
            _ => {}
        }
        tables.check();
    }
    tables
}

/// Everything comes in some manner, and so do the decisions as they were stated.
fn stated(events: &[Event], decisions: &[Decision], manner: &Manner) -> Tables {
    let entries = events.iter().filter(|event| !event.is_decided()).cloned();
    let all: Vec<Event> = entries.chain(decisions.iter().cloned().map(Event::Stated)).collect();
    let mut tables = Tables::default();
    tables.linked.budget = manner.budget;
    manner.pour(&mut tables, &all, all.len());
    tables
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_order_batching_and_repetition_ends_with_the_same_persons(
        events in history(),
        manners in [Manner::any(), Manner::any()],
    ) {
        let once = told(&events, &Manner::plain());
        let decisions = once.decisions.clone();
        let expected = once.state();
        prop_assert_eq!(&told(&events, &manners[0]).state(), &expected);
        prop_assert_eq!(&stated(&events, &decisions, &manners[1]).state(), &expected);
    }
}
