use proptest::prelude::*;
use tenure_kernel::identifier::IdentifierKind;

use super::*;
use crate::domain::tables::{email, record};

fn set(numbers: impl IntoIterator<Item = u8>) -> BTreeSet<RecordId> {
    numbers.into_iter().map(record).collect()
}

fn blocks(blocks: &[(MatchKey, &[u8])]) -> Blocks {
    blocks.iter().map(|(key, numbers)| (*key, set(numbers.iter().copied()))).collect()
}

fn partition(clusters: &[BTreeSet<RecordId>]) -> Vec<Vec<u8>> {
    clusters.iter().map(|cluster| cluster.iter().map(|record| record.0[0]).collect()).collect()
}

#[test]
fn strong_keys_link_and_weak_ones_do_not() {
    let phone = MatchKey { kind: IdentifierKind::Phone, hash: [9; 16] };
    let blocks = blocks(&[(email(1), &[1, 2]), (email(2), &[2, 3]), (phone, &[3, 4])]);
    assert_eq!(partition(&clusters(&set(1..=4), &blocks, &[])), [vec![1, 2, 3], vec![4]]);
}

#[test]
fn a_key_that_too_many_carry_links_nobody() {
    let all = set(1..=51);
    let of = |count: u8| Blocks::from([(email(1), set(1..=count))]);
    assert_eq!(clusters(&all, &of(50), &[]).len(), 2);
    assert_eq!(clusters(&all, &of(51), &[]).len(), 51);
}

#[test]
fn the_strongest_kind_decides_between_two_that_are_kept_apart() {
    let national = MatchKey { kind: IdentifierKind::NationalId, hash: [9; 16] };
    let split = Decision::split([1; 16], 1, [&set([1]), &set([2])], &set([1, 2]), &Blocks::new(), &[]);
    let one = blocks(&[(email(1), &[1, 3]), (national, &[2, 3])]);
    assert_eq!(partition(&clusters(&set(1..=3), &one, std::slice::from_ref(&split))), [vec![1], vec![2, 3]]);
    let other = blocks(&[(email(1), &[1, 3]), (email(2), &[2, 3])]);
    assert_eq!(partition(&clusters(&set(1..=3), &other, &[split])), [vec![1, 3], vec![2]]);
}

#[test]
fn either_side_of_a_split_stays_together() {
    // Both sides hang together only by the record that is on the other.
    let star = blocks(&[(email(1), &[1, 2]), (email(2), &[2, 3]), (email(3), &[2, 4]), (email(4), &[1, 5])]);
    let all = set(1..=5);
    let split = Decision::split([1; 16], 1, [&set([2, 5]), &set([1, 3, 4])], &all, &star, &[]);
    assert_eq!(partition(&clusters(&all, &star, &[split])), [vec![1, 3, 4], vec![2, 5]]);
}

#[test]
fn the_newest_statement_about_a_pair_counts() {
    let all = set(1..=2);
    let shared = blocks(&[(email(1), &[1, 2])]);
    let split = |sequence| Decision::split([1; 16], sequence, [&set([1]), &set([2])], &all, &shared, &[]);
    let merge = |sequence| Decision::merge([2; 16], sequence, [&set([1]), &set([2])]);
    let count = |decisions: &[Decision]| clusters(&all, &shared, decisions).len();
    assert_eq!([count(&[]), count(&[split(1)]), count(&[split(1), merge(2)])], [1, 2, 1]);
    assert_eq!(count(&[merge(1), split(2)]), 2);
}

/// Keys of records, and statements made one after the other about what they came to.
#[derive(Debug, Clone)]
struct World {
    records: BTreeSet<RecordId>,
    blocks: Blocks,
    statements: Vec<(bool, u8, u8)>,
}

fn worlds() -> impl Strategy<Value = World> {
    let carried = prop::collection::vec((0..6_u8, 0..12_u8), 0..30);
    let statements = prop::collection::vec((any::<bool>(), 0..12_u8, 0..12_u8), 0..6);
    (carried, statements).prop_map(|(carried, statements)| {
        let mut blocks = Blocks::new();
        for (key, number) in carried {
            blocks.entry(email(key)).or_default().insert(record(number));
        }
        World { records: set(0..12), blocks, statements }
    })
}

fn person(clusters: &[BTreeSet<RecordId>], number: u8) -> BTreeSet<RecordId> {
    clusters.iter().find(|cluster| cluster.contains(&record(number))).expect("every record is somewhere").clone()
}

impl World {
    fn now(&self, decisions: &[Decision]) -> Vec<BTreeSet<RecordId>> {
        clusters(&self.records, &self.blocks, decisions)
    }

    /// Splits off what two bits of the second number pick, or merges the two records' persons.
    fn decide(&self) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = Vec::new();
        for (sequence, (merge, left, right)) in (1..).zip(&self.statements) {
            let now = self.now(&decisions);
            let (one, other) = (person(&now, *left), person(&now, *right));
            let (named, rest): (BTreeSet<_>, BTreeSet<_>) =
                one.iter().partition(|record| (record.0[0] ^ right).count_ones() % 2 == 0);
            let id = [u8::try_from(sequence).expect("few"); 16];
            if *merge && one != other {
                decisions.push(Decision::merge(id, sequence, [&one, &other]));
            } else if !*merge && !named.is_empty() && !rest.is_empty() {
                decisions.push(self.split(id, sequence, [&named, &rest], &decisions));
            }
        }
        decisions
    }

    fn split(&self, id: [u8; 16], sequence: i64, sides: [&BTreeSet<RecordId>; 2], earlier: &[Decision]) -> Decision {
        Decision::split(id, sequence, sides, &self.records, &self.blocks, earlier)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_statement_has_the_effect_it_names(world in worlds()) {
        let decisions = world.decide();
        for count in 1..=decisions.len() {
            let now = world.now(&decisions[..count]);
            let newest = &decisions[count - 1];
            let mut sides: BTreeMap<i64, BTreeSet<RecordId>> = BTreeMap::new();
            for (record, place) in &newest.places {
                sides.entry(place.side).or_default().insert(*record);
            }
            for side in sides.values() {
                prop_assert!(now.iter().any(|cluster| cluster.is_superset(side)), "{newest:?}: {now:?}");
            }
        }
    }

    #[test]
    fn what_is_kept_apart_stays_apart(world in worlds()) {
        let decisions = world.decide();
        let verdicts = Verdicts::new(&world.records, &decisions);
        for cluster in world.now(&decisions) {
            for left in &cluster {
                prop_assert!(!cluster.iter().any(|right| verdicts.apart(*left, *right)), "{cluster:?}");
            }
        }
    }

    #[test]
    fn a_split_restores_what_was_before_a_merge(world in worlds(), left in 0..12_u8, right in 0..12_u8) {
        let mut decisions = world.decide();
        let before = world.now(&decisions);
        let (one, other) = (person(&before, left), person(&before, right));
        prop_assume!(one != other);
        decisions.push(Decision::merge([101; 16], 101, [&one, &other]));
        prop_assert_eq!(world.now(&decisions).len() + 1, before.len());
        let split = world.split([102; 16], 102, [&one, &other], &decisions);
        prop_assert!(split.places.values().map(|place| (place.side, place.piece)).collect::<BTreeSet<_>>().len() == 2);
        decisions.push(split);
        prop_assert_eq!(world.now(&decisions), before);
    }

    #[test]
    fn decisions_may_be_listed_in_any_order(
        (world, listed) in worlds().prop_flat_map(|world| (Just(world.clone()), Just(world.decide()).prop_shuffle())),
    ) {
        prop_assert_eq!(world.now(&listed), world.now(&world.decide()));
    }
}
