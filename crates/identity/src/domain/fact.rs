//! What touchpoints say of records: which match keys and which content each fact brings, so that an amendment undoes exactly
//! that.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::{
    content::{Content, Digest, Stamp, Tally},
    key::MatchKey,
};

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// A match key that a record was seen with on a day.
pub(crate) type Visit = (RecordId, MatchKey, i64);

/// Of the original (revision 0) and the amendments of a fact the highest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// The revision.
    pub(crate) revision: i64,
    /// The touchpoint, which decides between equal revisions.
    pub(crate) touchpoint: TouchpointId,
}

/// What a fact brings to a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// The match keys.
    pub(crate) keys: BTreeSet<MatchKey>,
    /// What it says of the record.
    pub(crate) content: Option<Digest>,
}

impl Part {
    /// Whether it brings nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.content.is_none()
    }
}

/// A fact's winner: what it brings to its subjects' records. A retraction brings nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// The slot: the original touchpoint's id.
    pub(crate) id: TouchpointId,
    /// Which of the touchpoints about it this is.
    pub(crate) rank: Rank,
    /// The record that keeps the fact; erased with it.
    pub(crate) primary: RecordId,
    /// When it happened.
    pub(crate) occurred_at: Timestamp,
    /// What it brings, by record.
    pub(crate) parts: BTreeMap<RecordId, Part>,
}

/// A touchpoint, as far as it tells who is who.
#[derive(Debug, Clone)]
pub(crate) struct Touchpoint {
    /// The fact that it states or changes.
    pub(crate) fact: Fact,
    /// The source system.
    pub(crate) source: String,
    /// The records of all its subjects.
    pub(crate) records: BTreeSet<RecordId>,
    /// What the digests of its parts stand for.
    pub(crate) contents: BTreeMap<RecordId, Content>,
}

impl Fact {
    /// What is left of it without erased records.
    pub(crate) fn without(mut self, erased: &BTreeSet<RecordId>) -> Option<Self> {
        self.parts.retain(|record, _| !erased.contains(record));
        (!erased.contains(&self.primary)).then_some(self)
    }

    /// Whether leaving it out changes nothing: an original that brings nothing loses to every amendment.
    pub(crate) fn says_nothing(&self) -> bool {
        self.rank.revision == 0 && self.parts.values().all(Part::is_empty)
    }

    /// When it was said.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { at: self.occurred_at, by: self.rank.touchpoint }
    }

    /// The day that it happened on, from 1970 in UTC.
    pub(crate) fn day(&self) -> i64 {
        self.occurred_at.0.div_euclid(DAY)
    }
}

/// Facts under change, and by how much each record's number of facts for a key or a content changes.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    facts: BTreeMap<TouchpointId, Fact>,
    stored: BTreeSet<TouchpointId>,
    changed: BTreeSet<TouchpointId>,
    counts: BTreeMap<(MatchKey, RecordId), i64>,
    contents: BTreeMap<(RecordId, Digest), Tally>,
    visits: BTreeMap<Visit, i64>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// The slots that held something else before.
    pub(crate) replaced: Vec<TouchpointId>,
    /// What the changed slots hold now; those missing here hold nothing.
    pub(crate) facts: Vec<Fact>,
    /// By how many facts a record's key gained or lost; never zero.
    pub(crate) counts: BTreeMap<(MatchKey, RecordId), i64>,
    /// By which facts a record's content is said anew or no longer; none is empty.
    pub(crate) contents: BTreeMap<(RecordId, Digest), Tally>,
    /// By how many facts a visit gained or lost; never zero.
    pub(crate) visits: BTreeMap<Visit, i64>,
}

impl Ledger {
    /// Over the facts that are stored of the slots concerned.
    pub(crate) fn new(facts: BTreeMap<TouchpointId, Fact>) -> Self {
        Self { stored: facts.keys().copied().collect(), facts, ..Self::default() }
    }

    /// Takes erased records out.
    pub(crate) fn erase(&mut self, erased: &BTreeSet<RecordId>) {
        let concerns =
            |fact: &&Fact| erased.contains(&fact.primary) || fact.parts.keys().any(|one| erased.contains(one));
        let concerned: Vec<Fact> = self.facts.values().filter(concerns).cloned().collect();
        for fact in concerned {
            self.put(fact.id, fact.without(erased));
        }
    }

    /// Takes in what a touchpoint says, if it wins.
    pub(crate) fn take(&mut self, fact: Fact) {
        let wins = self.facts.get(&fact.id).is_none_or(|known| known.rank < fact.rank);
        if wins && !fact.says_nothing() {
            self.put(fact.id, Some(fact));
        }
    }

    fn put(&mut self, id: TouchpointId, fact: Option<Fact>) {
        if let Some(old) = self.facts.remove(&id) {
            self.count(&old, -1);
        }
        if let Some(new) = fact.filter(|fact| !fact.says_nothing()) {
            self.count(&new, 1);
            self.facts.insert(id, new);
        }
        self.changed.insert(id);
    }

    fn count(&mut self, fact: &Fact, by: i64) {
        for (record, part) in &fact.parts {
            for key in &part.keys {
                *self.counts.entry((*key, *record)).or_default() += by;
                if key.is_visit() {
                    *self.visits.entry((*record, *key, fact.day())).or_default() += by;
                }
            }
            if let Some(content) = part.content {
                let tally = self.contents.entry((*record, content)).or_default();
                if by > 0 { tally.say(fact.stamp()) } else { tally.unsay(fact.stamp()) }
            }
        }
    }

    /// What is to be written.
    pub(crate) fn finish(mut self) -> Changes {
        self.counts.retain(|_, count| *count != 0);
        self.visits.retain(|_, count| *count != 0);
        self.contents.retain(|_, tally| !tally.is_empty());
        let facts = self.changed.iter().filter_map(|id| self.facts.remove(id)).collect();
        let replaced = self.changed.intersection(&self.stored).copied().collect();
        Changes { replaced, facts, counts: self.counts, contents: self.contents, visits: self.visits }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};
    use tenure_kernel::identifier::IdentifierKind;

    use super::*;
    use crate::domain::content::{Held, Outcome};

    fn key(number: u8) -> MatchKey {
        let kind = if number == 0 { IdentifierKind::Cookie } else { IdentifierKind::Email };
        MatchKey { kind, hash: [number; 16] }
    }

    fn fact(slot: u8, revision: i64, touchpoint: u8, parts: &[(u8, Vec<u8>)]) -> Fact {
        // The primary of a slot never changes; here it is the record of the slot's number.
        let mut all = BTreeMap::from([(RecordId([slot; 16]), Part::default())]);
        for (record, numbers) in parts {
            let part: &mut Part = all.entry(RecordId([*record; 16])).or_default();
            part.keys.extend(numbers.iter().map(|number| key(*number)));
            part.content = numbers.first().map(|number| [*number; 16]);
        }
        let rank = Rank { revision, touchpoint: TouchpointId([touchpoint; 16]) };
        let occurred_at = Timestamp(i64::from(touchpoint % 3));
        Fact { id: TouchpointId([slot; 16]), rank, primary: RecordId([slot; 16]), occurred_at, parts: all }
    }

    #[derive(Debug, Clone)]
    enum Event {
        Said(Fact),
        Erased(BTreeSet<RecordId>),
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let parts = prop::collection::vec((0..4_u8, prop::collection::vec(0..3_u8, 0..3)), 0..3);
        let said = (0..4_u8, 0..3_i64, parts).prop_map(|(slot, revision, parts)| {
            // A slot's original and its amendments are different touchpoints.
            let touchpoint = slot * 16 + u8::try_from(revision).expect("small");
            Event::Said(fact(slot, revision, touchpoint, &parts))
        });
        let erased = prop::collection::btree_set((0..4_u8).prop_map(|number| RecordId([number; 16])), 1..2);
        prop::collection::vec(prop_oneof![8 => said, 1 => erased.prop_map(Event::Erased)], 1..12)
            .prop_map(one_body_for_each_touchpoint)
    }

    /// A repeat has the body of what it repeats.
    fn one_body_for_each_touchpoint(events: Vec<Event>) -> Vec<Event> {
        let mut known: BTreeMap<Rank, Fact> = BTreeMap::new();
        let same = |event| match event {
            Event::Said(fact) => Event::Said(known.entry(fact.rank).or_insert(fact).clone()),
            erased => erased,
        };
        events.into_iter().map(same).collect()
    }

    /// Facts, counts of keys, contents and visits.
    type State = (
        BTreeMap<TouchpointId, Fact>,
        BTreeMap<(MatchKey, RecordId), i64>,
        BTreeMap<(RecordId, Digest), Held>,
        BTreeMap<Visit, i64>,
    );

    /// When a content was said last, by the facts.
    fn last_said(facts: &BTreeMap<TouchpointId, Fact>, (record, content): (RecordId, Digest)) -> Stamp {
        let says = |fact: &&Fact| fact.parts.get(&record).is_some_and(|part| part.content == Some(content));
        facts.values().filter(says).map(Fact::stamp).max().expect("somebody says it")
    }

    /// Applies batches as the service does: erased records of the batch first, those of earlier ones remembered.
    fn replay(batches: &[&[Event]]) -> State {
        let (mut facts, mut counts, mut erased): (_, BTreeMap<_, i64>, BTreeSet<RecordId>) = Default::default();
        let (mut contents, mut visits): (BTreeMap<_, Held>, BTreeMap<Visit, i64>) = Default::default();
        for batch in batches {
            for event in *batch {
                if let Event::Erased(records) = event {
                    erased.extend(records.iter().copied());
                }
            }
            let mut ledger = Ledger::new(std::mem::take(&mut facts));
            ledger.erase(&erased);
            for event in *batch {
                if let Event::Said(fact) = event
                    && let Some(fact) = fact.clone().without(&erased)
                {
                    ledger.take(fact);
                }
            }
            facts.clone_from(&ledger.facts);
            let changes = ledger.finish();
            for (place, count) in changes.counts {
                *counts.entry(place).or_default() += count;
            }
            for (visit, count) in changes.visits {
                *visits.entry(visit).or_default() += count;
            }
            for (place, tally) in changes.contents {
                match tally.apply(contents.get(&place).copied()) {
                    Outcome::Gone => contents.remove(&place),
                    Outcome::Held(held) => contents.insert(place, held),
                    Outcome::Unsure(said) => {
                        contents.insert(place, Held { facts: said, latest: last_said(&facts, place) })
                    }
                };
            }
        }
        counts.retain(|_, count| *count != 0);
        visits.retain(|_, count| *count != 0);
        for (place, held) in &contents {
            assert_eq!(held.latest, last_said(&facts, *place));
        }
        (facts, counts, contents, visits)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn any_order_batching_and_repetition_ends_the_same(
            events in events(),
            (swaps, cuts) in (prop::collection::vec((any::<Index>(), any::<Index>()), 0..20), prop::collection::vec(any::<Index>(), 0..4)),
        ) {
            let expected = replay(&[&events]);
            let mut shuffled = [events.clone(), events].concat();
            for (left, right) in swaps {
                let (left, right) = (left.index(shuffled.len()), right.index(shuffled.len()));
                shuffled.swap(left, right);
            }
            let mut edges: Vec<usize> = cuts.iter().map(|cut| cut.index(shuffled.len())).chain([0, shuffled.len()]).collect();
            edges.sort_unstable();
            let batches: Vec<&[Event]> = edges.windows(2).map(|edge| &shuffled[edge[0]..edge[1]]).collect();
            prop_assert_eq!(replay(&batches), expected);
        }
    }

    #[test]
    fn an_amendment_undoes_exactly_its_target() {
        let (original, other) = (fact(1, 0, 1, &[(1, vec![7]), (2, vec![8])]), fact(3, 0, 3, &[(1, vec![7])]));
        let corrected = fact(1, 1, 9, &[(1, vec![9])]);
        let counts = |events: &[Fact]| {
            let events: Vec<_> = events.iter().cloned().map(Event::Said).collect();
            replay(&[&events])
                .1
                .into_iter()
                .map(|((key, record), count)| (key.hash[0], record.0[0], count))
                .collect::<Vec<_>>()
        };
        assert_eq!(counts(&[original.clone(), other.clone()]), [(7, 1, 2), (8, 2, 1)]);
        assert_eq!(counts(&[corrected.clone(), original.clone(), other.clone()]), [(7, 1, 1), (9, 1, 1)]);
        let retracted = fact(1, 2, 10, &[]);
        assert_eq!(counts(&[original, retracted, corrected, other]), [(7, 1, 1)]);
    }
}
