//! What touchpoints say of records: which match keys each fact brings, so that an amendment undoes exactly that.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::key::MatchKey;

/// Of the original (revision 0) and the amendments of a fact the highest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// The revision.
    pub(crate) revision: i64,
    /// The touchpoint, which decides between equal revisions.
    pub(crate) touchpoint: TouchpointId,
}

/// A fact's winner: the keys that it brings to its subjects' records. A retraction brings none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// The slot: the original touchpoint's id.
    pub(crate) id: TouchpointId,
    /// Which of the touchpoints about it this is.
    pub(crate) rank: Rank,
    /// The record that keeps the fact; erased with it.
    pub(crate) primary: RecordId,
    /// The keys, by record.
    pub(crate) keys: BTreeMap<RecordId, BTreeSet<MatchKey>>,
}

/// A touchpoint, as far as it tells who is who.
#[derive(Debug, Clone)]
pub(crate) struct Touchpoint {
    /// The fact that it states or changes.
    pub(crate) fact: Fact,
    /// The source system.
    pub(crate) source: String,
    /// When it happened.
    pub(crate) occurred_at: Timestamp,
    /// The records of all its subjects.
    pub(crate) records: BTreeSet<RecordId>,
}

impl Fact {
    /// What is left of it without erased records.
    pub(crate) fn without(mut self, erased: &BTreeSet<RecordId>) -> Option<Self> {
        self.keys.retain(|record, _| !erased.contains(record));
        (!erased.contains(&self.primary)).then_some(self)
    }

    /// Whether leaving it out changes nothing: an original that brings no keys loses to every amendment.
    pub(crate) fn says_nothing(&self) -> bool {
        self.rank.revision == 0 && self.keys.values().all(BTreeSet::is_empty)
    }
}

/// Facts under change, and by how much each record's number of facts for a key changes.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    facts: BTreeMap<TouchpointId, Fact>,
    stored: BTreeSet<TouchpointId>,
    changed: BTreeSet<TouchpointId>,
    counts: BTreeMap<(MatchKey, RecordId), i64>,
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
}

impl Ledger {
    /// Over the facts that are stored of the slots concerned.
    pub(crate) fn new(facts: BTreeMap<TouchpointId, Fact>) -> Self {
        Self { stored: facts.keys().copied().collect(), facts, ..Self::default() }
    }

    /// Takes erased records out.
    pub(crate) fn erase(&mut self, erased: &BTreeSet<RecordId>) {
        let concerns =
            |fact: &&Fact| erased.contains(&fact.primary) || fact.keys.keys().any(|one| erased.contains(one));
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
        for (record, keys) in &fact.keys {
            for key in keys {
                *self.counts.entry((*key, *record)).or_default() += by;
            }
        }
    }

    /// What is to be written.
    pub(crate) fn finish(mut self) -> Changes {
        self.counts.retain(|_, count| *count != 0);
        let facts = self.changed.iter().filter_map(|id| self.facts.remove(id)).collect();
        let replaced = self.changed.intersection(&self.stored).copied().collect();
        Changes { replaced, facts, counts: self.counts }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};
    use tenure_kernel::identifier::IdentifierKind;

    use super::*;

    fn key(number: u8) -> MatchKey {
        MatchKey { kind: IdentifierKind::Email, hash: [number; 16] }
    }

    fn fact(slot: u8, revision: i64, touchpoint: u8, parts: &[(u8, Vec<u8>)]) -> Fact {
        // The primary of a slot never changes; here it is the record of the slot's number.
        let mut keys: BTreeMap<RecordId, BTreeSet<MatchKey>> =
            BTreeMap::from([(RecordId([slot; 16]), BTreeSet::new())]);
        for (record, numbers) in parts {
            keys.entry(RecordId([*record; 16])).or_default().extend(numbers.iter().map(|number| key(*number)));
        }
        let rank = Rank { revision, touchpoint: TouchpointId([touchpoint; 16]) };
        Fact { id: TouchpointId([slot; 16]), rank, primary: RecordId([slot; 16]), keys }
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

    type State = (BTreeMap<TouchpointId, Fact>, BTreeMap<(MatchKey, RecordId), i64>);

    /// Applies batches as the service does: erased records of the batch first, those of earlier ones remembered.
    fn replay(batches: &[&[Event]]) -> State {
        let (mut facts, mut counts, mut erased): (_, BTreeMap<_, i64>, BTreeSet<RecordId>) = Default::default();
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
            for (place, count) in ledger.finish().counts {
                *counts.entry(place).or_default() += count;
            }
        }
        counts.retain(|_, count| *count != 0);
        (facts, counts)
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
