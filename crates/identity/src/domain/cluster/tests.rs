use proptest::prelude::*;

use super::*;
use crate::domain::{
    content::Content,
    tables::{
        linked::{web, who},
        record,
        sayings::{SAYINGS, saying},
    },
};

fn set(numbers: impl IntoIterator<Item = u8>) -> BTreeSet<RecordId> {
    numbers.into_iter().map(record).collect()
}

/// What links records of which this is said: each saying with the records.
fn saying_of(sayings: &[(u8, &[u8])]) -> Web {
    let mut contents: BTreeMap<RecordId, Content> = BTreeMap::new();
    for (number, records) in sayings {
        for one in *records {
            contents.entry(record(*one)).or_default().add(&saying(*number));
        }
    }
    web(&contents)
}

fn partition(clusters: &[BTreeSet<RecordId>]) -> Vec<Vec<u8>> {
    clusters.iter().map(|cluster| cluster.iter().map(|record| record.0[0]).collect()).collect()
}

fn split(
    (id, sequence): (u8, i64),
    sides: [&BTreeSet<RecordId>; 2],
    (records, web): (&BTreeSet<RecordId>, &Web),
    earlier: &[Decision],
) -> Decision {
    Decision::split([id; 16], sequence, sides, records, |decision| {
        who(records, web, &[earlier, std::slice::from_ref(decision)].concat())
    })
}

fn merge((id, sequence): (u8, i64), persons: [&BTreeSet<RecordId>; 2]) -> Decision {
    Decision::merge([id; 16], sequence, persons)
}

#[test]
fn addresses_and_numbers_link_and_phones_do_not() {
    let web = saying_of(&[(1, &[1, 2]), (2, &[2, 3]), (7, &[3, 4]), (6, &[4, 5])]);
    assert_eq!(partition(&who(&set(1..=5), &web, &[])), [vec![1, 2, 3], vec![4, 5]]);
}

#[test]
fn the_strongest_kind_decides_between_two_that_are_kept_apart() {
    let nothing = Web::default();
    let apart = split((1, 1), [&set([1]), &set([2])], (&set([1, 2]), &nothing), &[]);
    let one = saying_of(&[(1, &[1, 3]), (0, &[2, 3])]);
    assert_eq!(partition(&who(&set(1..=3), &one, std::slice::from_ref(&apart))), [vec![1], vec![2, 3]]);
    let other = saying_of(&[(6, &[1, 3]), (1, &[2, 3])]);
    assert_eq!(partition(&who(&set(1..=3), &other, &[apart])), [vec![1, 3], vec![2]]);
}

#[test]
fn either_side_of_a_split_stays_together() {
    // Both sides hang together only by the record that is on the other.
    let star = saying_of(&[(1, &[1, 2]), (2, &[2, 3]), (6, &[2, 4]), (4, &[1, 5])]);
    let all = set(1..=5);
    let apart = split((1, 1), [&set([2, 5]), &set([1, 3, 4])], (&all, &star), &[]);
    assert_eq!(partition(&who(&all, &star, &[apart])), [vec![1, 3, 4], vec![2, 5]]);
}

#[test]
fn the_newest_statement_about_a_pair_counts() {
    let all = set(1..=2);
    let shared = saying_of(&[(1, &[1, 2])]);
    let split = |sequence| split((1, sequence), [&set([1]), &set([2])], (&all, &shared), &[]);
    let merge = |sequence| merge((2, sequence), [&set([1]), &set([2])]);
    let count = |decisions: &[Decision]| who(&all, &shared, decisions).len();
    assert_eq!([count(&[]), count(&[split(1)]), count(&[split(1), merge(2)])], [1, 2, 1]);
    assert_eq!(count(&[merge(1), split(2)]), 2);
}

#[test]
fn a_steward_is_above_a_veto() {
    let numbered = |bsn: &str| {
        let mut content = saying(10);
        content.say(crate::domain::content::Field::National, bsn);
        content
    };
    let contents = BTreeMap::from([(record(1), numbered("111222333")), (record(2), numbered("123456782"))]);
    let (all, web) = (set([1, 2]), web(&contents));
    assert_eq!(who(&all, &web, &[]).len(), 2, "two citizens");
    let one = merge((1, 1), [&set([1]), &set([2])]);
    assert_eq!(who(&all, &web, &[one]).len(), 1);
}

/// What is said of records, and statements made one after the other about what they came to.
#[derive(Debug, Clone)]
struct World {
    records: BTreeSet<RecordId>,
    web: Web,
    statements: Vec<(bool, u8, u8)>,
}

fn worlds() -> impl Strategy<Value = World> {
    let carried = prop::collection::vec((0..SAYINGS, 0..12_u8), 0..30);
    let statements = prop::collection::vec((any::<bool>(), 0..12_u8, 0..12_u8), 0..6);
    (carried, statements).prop_map(|(carried, statements)| {
        let mut contents: BTreeMap<RecordId, Content> = BTreeMap::new();
        for (said, number) in carried {
            contents.entry(record(number)).or_default().add(&saying(said));
        }
        contents.retain(|_, content| !content.is_empty());
        World { records: set(0..12), web: web(&contents), statements }
    })
}

fn person(clusters: &[BTreeSet<RecordId>], number: u8) -> BTreeSet<RecordId> {
    clusters.iter().find(|cluster| cluster.contains(&record(number))).expect("every record is somewhere").clone()
}

impl World {
    fn now(&self, decisions: &[Decision]) -> Vec<BTreeSet<RecordId>> {
        who(&self.records, &self.web, decisions)
    }

    /// Splits off what two bits of the second number pick, or merges the two records' persons.
    fn decide(&self) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = Vec::new();
        for (sequence, (merge, left, right)) in (1..).zip(&self.statements) {
            let now = self.now(&decisions);
            let (one, other) = (person(&now, *left), person(&now, *right));
            let (named, rest): (BTreeSet<_>, BTreeSet<_>) =
                one.iter().partition(|record| (record.0[0] ^ right).count_ones() % 2 == 0);
            let id = (u8::try_from(sequence).expect("few"), sequence);
            let world = (&self.records, &self.web);
            if *merge && one != other {
                decisions.push(super::tests::merge(id, [&one, &other]));
            } else if !*merge && !named.is_empty() && !rest.is_empty() {
                decisions.push(split(id, [&named, &rest], world, &decisions));
            }
        }
        decisions
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
        decisions.push(merge((101, 101), [&one, &other]));
        prop_assert_eq!(world.now(&decisions).len() + 1, before.len());
        let split = split((102, 102), [&one, &other], (&world.records, &world.web), &decisions);
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
