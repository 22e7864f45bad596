//! What comes one by one, in any order, with corrections, retractions and erasures, ends as the tool finds it all at once: the same
//! pairs with the same weights to the last digit, and the same persons. Every order is a tenant of its own.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Tenant};
use tenure_linkage::{Role, cluster::Decisions};
use tenure_proto::{
    collector::v1::amendment::Kind,
    identity::v1::{MergePersonsRequest, SplitPersonRequest, get_person_request::By},
};
use tenure_store::{Dialect, Query as _, testing::TestPlace};
use tokio::time::{Instant, sleep};

use crate::{
    permutation::Numbers,
    sets::{Event, Found, Known, Says, Told, at_once, linked, record, said, sample},
    stage::{PATIENCE, Stage, authorized, tenant},
};

/// Numbers of two shops, which many records of the first set have: with and without those that are erased more than a block
/// may have; and only with them.
const SHOPS: [(&str, usize); 2] = [("+31201234567", 40), ("+31207654321", 28)];

/// A history, and what it leaves.
#[derive(Default)]
struct History {
    events: Vec<Event>,
    known: Known,
    told: u32,
}

impl History {
    fn tell(&mut self, record: RecordId, amends: Option<(u32, i32, Kind)>, says: &Says) -> u32 {
        self.told += 1;
        self.events.push(Event::Told(Told {
            event: self.told,
            amends,
            record,
            says: says.clone(),
            identifiers: vec![],
        }));
        self.told
    }

    /// A record of which this is true in the end, whatever was said in between.
    fn add(&mut self, number: u32, says: &Says, other: &Says, numbers: &mut Numbers) {
        let id = record(number);
        self.known.insert(id, says.clone());
        match numbers.below(12) {
            // In two parts, of which one is repeated.
            0..4 => {
                let (one, two): (Says, Says) = says.clone().into_iter().partition(|(role, _)| *role < Role::Email);
                for part in [&one, &two, &one] {
                    self.tell(id, None, part);
                }
            }
            4 => {
                let event = self.tell(id, None, other);
                self.tell(id, Some((event, 1, Kind::Correction)), says);
            }
            5 => {
                let event = self.tell(id, None, says);
                self.tell(id, Some((event, 1, Kind::Retraction)), &Says::new());
                self.tell(id, Some((event, 2, Kind::Correction)), says);
            }
            6 => {
                let event = self.tell(id, None, says);
                self.tell(id, Some((event, 1, Kind::Retraction)), &Says::new());
                self.known.insert(id, Says::new());
            }
            _ => drop(self.tell(id, None, says)),
        }
    }

    fn erase(&mut self, number: u32) {
        self.events.push(Event::Erased(record(number)));
        self.known.remove(&record(number));
    }
}

/// A fixed history of a sample. Every sixth record is erased, and half of those come again under another key.
fn history(records: &[Says], first: u32) -> History {
    let (mut history, mut numbers) = (History::default(), Numbers(u64::from(first)));
    history.told = first;
    for (number, says) in (first..).zip(records) {
        let other = &records[numbers.below(records.len())];
        history.add(number, says, other, &mut numbers);
        if number % 6 == 0 {
            history.erase(number);
        }
        if number % 12 == 0 {
            history.add(number + 10_000, says, other, &mut numbers);
        }
    }
    history
}

/// The sample, some of it with the number of a shop.
fn customers(people: [u32; 2]) -> Option<Vec<Says>> {
    let mut records = sample(people)?;
    let mut without = records.iter_mut().filter(|says| !says.contains_key(&Role::Phone));
    for (number, count) in SHOPS {
        for says in without.by_ref().take(count) {
            says.extend(said(Role::Phone, number).map(|phone| (Role::Phone, phone)));
        }
    }
    Some(records)
}

/// Appends events in some order, cut into batches; answers the last token.
async fn pour(stage: &Stage, who: &Tenant, events: &[Event], numbers: &mut Numbers) -> String {
    let mut all = events.to_vec();
    numbers.shuffle(&mut all);
    let mut token = String::new();
    while !all.is_empty() {
        let rest = all.split_off((1 + numbers.below(150)).min(all.len()));
        token = stage.relate(who, &all).await;
        all = rest;
    }
    token
}

/// What the service has of a tenant, once nothing is put off.
async fn found(stage: &Stage, who: &Tenant) -> Found {
    let store = stage.identity.journal().store();
    let until = Instant::now() + PATIENCE;
    while !store.all("SELECT 1 FROM redo LIMIT 1", vec![]).await.expect("a query").is_empty() {
        assert!(Instant::now() < until, "not done");
        sleep(std::time::Duration::from_millis(20)).await;
    }
    let sql = "SELECT record_id, other_id, weight FROM link_edge WHERE tenant = ? AND kind = 0 AND record_id < other_id /* whole */";
    let rows = store.all(sql, vec![who.as_str().into()]).await.expect("a query");
    let id = |row: &tenure_store::Row, at| RecordId(row.id(at).expect("an id"));
    let edges = rows.iter().map(|row| (id(row, 0), id(row, 1), row.get(2).expect("a weight"))).collect();
    (stage.export(who).await, edges)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_orders_end_as_all_at_once() {
    let Some(customers) = customers([80, 140]) else { return };
    let history = history(&customers, 0);
    let expected = at_once(&history.known, &Decisions::default());
    let joined = history.known.len() - expected.0.len();
    assert!(joined > 100 && expected.1.len() > joined, "{joined} records are with others, {} pairs", expected.1.len());
    let [most, some] = SHOPS.map(|(number, _)| {
        history.known.values().filter(|says| says.get(&Role::Phone).is_some_and(|phone| phone == number)).count()
    });
    assert!(most > 25 && some <= 25, "a number that is generic, and one that was for a while: {most}, {some}");
    for place in TestPlace::each() {
        let orders = if place.dialect() == Dialect::Sqlite { 20 } else { 4 };
        let stage = Stage::new(place).await;
        let mut numbers = Numbers(3);
        let tenants: Vec<Tenant> = (0..orders).map(|order| tenant(&format!("order-{order}"))).collect();
        let mut token = String::new();
        for who in &tenants {
            token = pour(&stage, who, &history.events, &mut numbers).await;
        }
        stage.followed(&token).await;
        for who in &tenants {
            let found = found(&stage, who).await;
            assert_eq!(found.1, expected.1, "{who}: the same pairs, to the last digit");
            assert_eq!(found.0, expected.0, "{who}");
        }
    }
}

/// What a steward decided, by record.
#[derive(Default, Clone)]
struct Stated {
    same: Vec<(RecordId, RecordId)>,
    different: Vec<(RecordId, RecordId)>,
    held: Vec<(RecordId, RecordId)>,
}

impl Stated {
    /// The same by place among the records that are known.
    fn among(&self, known: &Known) -> Decisions {
        let ids: Vec<RecordId> = known.keys().copied().collect();
        let place = |record: &RecordId| ids.binary_search(record).ok().and_then(|at| u32::try_from(at).ok());
        let places = |pairs: &[(RecordId, RecordId)]| -> Vec<(u32, u32)> {
            pairs.iter().filter_map(|(left, right)| Some((place(left)?, place(right)?))).collect()
        };
        Decisions::new(places(&self.same), places(&self.different)).holding(places(&self.held))
    }

    fn persons(&self, known: &Known) -> Vec<BTreeSet<RecordId>> {
        let mut persons = std::collections::BTreeMap::<u32, BTreeSet<RecordId>>::new();
        for (record, home) in known.keys().zip(linked(known, &self.among(known)).clusters) {
            persons.entry(home).or_default().insert(*record);
        }
        persons.into_values().collect()
    }

    /// The persons are one: whole clusters are put together.
    fn merge(&mut self, persons: [&BTreeSet<RecordId>; 2]) {
        self.same.extend(persons[0].first().copied().zip(persons[1].first().copied()));
    }

    /// Some records of a person are another's; either side stays together as it was named.
    fn split(&mut self, known: &Known, person: &BTreeSet<RecordId>, named: &BTreeSet<RecordId>) {
        let rest: BTreeSet<RecordId> = person.difference(named).copied().collect();
        self.different.extend(named.iter().flat_map(|left| rest.iter().map(|right| (*left, *right))));
        let pieces = self.persons(known);
        for side in [named, &rest] {
            let firsts = pieces.iter().filter_map(|piece| piece.intersection(side).next().copied());
            let mut firsts: Vec<RecordId> = firsts.collect();
            firsts.sort_unstable();
            self.held.extend(firsts.iter().skip(1).map(|other| (firsts[0], *other)));
        }
    }
}

async fn person_id(stage: &Stage, who: &Tenant, records: &BTreeSet<RecordId>) -> String {
    let first = records.first().expect("a record").to_string();
    stage.get(who, By::RecordId(first)).await.expect("a person").person_id
}

async fn merge(stage: &Stage, who: &Tenant, persons: [&BTreeSet<RecordId>; 2]) {
    let person_ids = vec![person_id(stage, who, persons[0]).await, person_id(stage, who, persons[1]).await];
    let request = MergePersonsRequest { request_id: format!("{}-merge", person_ids[0]), person_ids, etags: vec![] };
    stage.client().merge_persons(authorized(who, request)).await.expect("merged");
}

async fn split(stage: &Stage, who: &Tenant, person: &BTreeSet<RecordId>, named: &BTreeSet<RecordId>) {
    let request = SplitPersonRequest {
        request_id: format!("{}-split", named.first().expect("a record")),
        person_id: person_id(stage, who, person).await,
        record_ids: named.iter().map(ToString::to_string).collect(),
        etag: String::new(),
    };
    stage.client().split_person(authorized(who, request)).await.expect("split");
}

/// What is decided in every order alike: records of some persons are another's, and some persons are one.
async fn decide(stage: &Stage, who: &Tenant, known: &Known) -> Stated {
    let mut stated = Stated::default();
    let persons = stated.persons(known);
    let large: Vec<_> = persons.iter().filter(|person| person.len() > 2).take(3).collect();
    for (person, count) in large.iter().zip([1, 2, 1]) {
        let named = person.iter().take(count).copied().collect();
        split(stage, who, person, &named).await;
        stated.split(known, person, &named);
    }
    let small: Vec<_> = persons.iter().filter(|person| person.len() <= 2).take(6).collect();
    let apart = stated.persons(known);
    let split_off =
        apart.iter().find(|one| one.is_subset(large[2]) && one.len() == 1).expect("a record that was split off");
    for pair in [[small[0], small[1]], [small[2], small[3]], [small[4], split_off]] {
        merge(stage, who, pair).await;
        stated.merge(pair);
    }
    stated
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stewards_decide_is_the_same_all_at_once() {
    let Some(customers) = customers([20, 160]) else { return };
    let third = |late: bool| customers.iter().enumerate().filter(move |(at, _)| (at % 3 == 0) == late);
    let part = |late: bool| third(late).map(|(_, says)| says.clone()).collect::<Vec<_>>();
    let (early, late) = (history(&part(false), 0), history(&part(true), 20_000));
    let known: Known = early.known.clone().into_iter().chain(late.known).collect();
    let again = [early.events.clone(), late.events].concat();
    for place in TestPlace::each() {
        let orders = if place.dialect() == Dialect::Sqlite { 4 } else { 2 };
        let stage = Stage::new(place).await;
        let mut numbers = Numbers(4);
        for order in 0..orders {
            let who = tenant(&format!("order-{order}"));
            let token = pour(&stage, &who, &early.events, &mut numbers).await;
            stage.followed(&token).await;
            assert_eq!(found(&stage, &who).await.0, at_once(&early.known, &Decisions::default()).0, "{who}, before");
            let stated = decide(&stage, &who, &early.known).await;
            let decided = stated.among(&early.known);
            assert_eq!(found(&stage, &who).await.0, at_once(&early.known, &decided).0, "{who}, decided");
            let token = pour(&stage, &who, &again, &mut numbers).await;
            stage.followed(&token).await;
            assert_eq!(found(&stage, &who).await, at_once(&known, &stated.among(&known)), "{who}, in the end");
        }
    }
}
