//! The service in small: records come, change and go one by one, and in the end the persons are those of all at once.

use super::{datasets::Set, live::Live};
use proptest::prelude::*;
use tenure_linkage::{
    Model, Options, Records, Role, Table,
    blocking::{Key, default_keys},
    dedupe,
};

type Says = Vec<(Role, String)>;
type Persons = Vec<(u32, u32)>;
/// Pairs with the bits of their weights.
type Edges = Vec<(u32, u32, u64)>;

fn packed(says: &Says) -> Vec<u8> {
    let mut table = Table::default();
    table.push_values("NL", says.iter().map(|(role, text)| (*role, text.as_str())));
    table.pack(0)
}

/// The persons of all records at once: what each is called, in the order of their ids, and the pairs that are kept.
fn at_once(live: &Live, model: &Model, keys: &[Key]) -> (Persons, Edges) {
    let mut records = Records::default();
    for (id, packed) in live.packed() {
        records.push_packed(&format!("{id:08}"), packed).unwrap();
    }
    records.finish_for(keys);
    let options = Options { keys: keys.to_vec(), threads: 1, ..Options::default() };
    let linked = dedupe(&records, Some(model), &Default::default(), &options);
    let ids: Vec<u32> = live.packed().map(|(id, _)| id).collect();
    let persons = linked.clusters.iter().enumerate().map(|(at, of)| (ids[at], ids[*of as usize])).collect();
    let kept = linked.edges.iter().filter(|edge| f64::from(edge.2) >= options.clustering.review);
    let edges = kept.map(|edge| (ids[edge.0 as usize], ids[edge.1 as usize], f64::from(edge.2).to_bits()));
    (persons, edges.collect())
}

fn same_as_at_once(live: &Live, model: &Model, keys: &[Key]) {
    let (persons, edges) = at_once(live, model, keys);
    assert_eq!(live.edges(), edges, "the same pairs, to the last digit");
    assert_eq!(live.persons(), persons);
}

#[test]
fn a_public_set_one_by_one_is_the_set_at_once() {
    let Some(set) = Set::read("fake_1000.csv") else { return };
    let mut table = Table::default();
    set.rows.iter().for_each(|row| {
        table.push(&set.schema, |column| row[column].as_str());
    });
    let records = set.records();
    let model = dedupe(&records, None, &Default::default(), &Options::default()).model;
    let keys = default_keys();
    let mut live = Live::new(model.clone(), keys.clone());
    // Every third comes late, and every seventh goes again.
    let late = |id: &usize| id.is_multiple_of(3);
    for id in (0..table.len()).filter(|id| !late(id)).chain((0..table.len()).filter(late)) {
        live.put(id as u32, Some(&table.pack(id)));
        if id % 50 == 0 {
            live.settle();
        }
    }
    live.settle();
    same_as_at_once(&live, &model, &keys);
    for id in (0..table.len()).step_by(7) {
        live.put(id as u32, None);
    }
    live.settle();
    same_as_at_once(&live, &model, &keys);
    assert!(live.persons().iter().any(|(record, person)| record != person), "some are one");
}

/// What few people say of themselves, so that they share much.
fn says() -> impl Strategy<Value = Says> {
    let of = |role: Role, texts: &'static [&'static str]| {
        proptest::option::of(proptest::sample::select(texts).prop_map(move |text| (role, text.to_owned())))
    };
    let all = (
        of(Role::Given, &["Jan", "Johannes", "J.", "Els", "Mo"]),
        of(Role::Surname, &["Vries", "Jansen", "Janssen"]),
        of(Role::BirthDate, &["1970-02-03", "1970-03-02", "1981-01-11"]),
        of(Role::Email, &["jan@x.nl", "huis@x.nl", "els@x.nl"]),
        of(Role::Email, &["jan@y.nl", "huis@x.nl"]),
        of(Role::Phone, &["0612345678", "0612345679"]),
        of(Role::Account, &["customer/acme/1", "customer/acme/2", "login/acme/jan"]),
        of(Role::Account, &["loyalty/acme/7", "customer/acme/3"]),
        of(Role::NationalId, &["111222333", "123456782"]),
    );
    all.prop_map(|all| [all.0, all.1, all.2, all.3, all.4, all.5, all.6, all.7, all.8].into_iter().flatten().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_order_of_coming_changing_and_going_ends_as_all_at_once(
        steps in prop::collection::vec((0..24_u32, proptest::option::weighted(0.8, says()), any::<bool>()), 1..120),
        cap in 2..6_usize,
    ) {
        let model = Model::shipped();
        // Small caps, so that blocks cross them up and down.
        let keys: Vec<Key> = default_keys().into_iter().map(|key| Key { cap, ..key }).collect();
        let mut live = Live::new(model.clone(), keys.clone());
        for (id, says, settle) in &steps {
            live.put(*id, says.as_ref().map(packed).as_deref());
            if *settle {
                live.work(3);
            }
        }
        live.settle();
        same_as_at_once(&live, &model, &keys);
    }
}
