//! Records that come one by one, in a store that has very many: how long it takes until one is known to be somebody's, beside one
//! indexed query and one durable insert of a row; and how much CPU.
//!
//! Everything is as in production: calls are checked, what they say is sealed, the collector's entry is durable before it is followed.
//! CPU is that of this process and of PostgreSQL's, callers included. A million records take an hour to catch up with where others
//! work on the machine too: `BENCH_STORE` names a store that stays, by its URL, and is gone on with the next time.

pub(crate) mod crowds;
mod customers;
mod field;

use std::time::Duration;

use futures::{StreamExt, stream};
use tenure_proto::collector::v1::Touchpoint;
use tenure_store::{MigrationTrait, MigratorTrait, Query as _, SqlMigration, Store, testing::TestPlace};
use tenure_tests::measured::{Aim, Round, Row};
use tokio::time::Instant;

use self::{
    customers::Customers,
    field::{Field, TENANT},
};
use crate::{ROUNDS, deployment, long};

const BASELINE: &str = "an indexed query and a durable insert";
/// Records that come one after the other in a round, and those that come so many at once.
const ALONE: usize = 200;
const TOGETHER: (usize, usize) = (2_000, 64);

/// A store that stays, of either kind: with the names that services give their databases.
fn kept(url: String) -> TestPlace {
    let mut place = TestPlace::sqlite();
    place.config.url = url;
    place
}

pub(crate) async fn measure(place: TestPlace) -> Vec<Row> {
    let place = std::env::var("BENCH_STORE").map_or(place, kept);
    let run = format!("-{:x}", rand::random::<u64>());
    let records = if long() { 1_000_000 } else { 50_000 };
    let ground = format!("{}, {} thousand records", deployment::name(&place), records / 1_000);
    let mut field = Field::start(place).await;
    let more = (ROUNDS + 1) * (ALONE + TOGETHER.0);
    let drawn = Customers::draw(records + more);
    let mut drawn = drawn.touchpoints();
    let mut later: Vec<Touchpoint> =
        drawn.by_ref().take(more).map(|touchpoint| Customers::of_run(touchpoint, &run)).collect();
    let (known, token) = field.load(drawn).await;
    let before = field.cpu();
    let caught_up = field.follow(&token).await;
    let cpu = field.cpu() - before;
    println!(
        "  {ground}: {} caught up with in {caught_up:.1?}, {:.2} ms of CPU each",
        known.len(),
        cpu * 1e3 / known.len() as f64
    );
    let loaded = [caught_up.as_secs_f64(), cpu].map(|seconds| vec![(known.len() as f64 / seconds).into()]);
    let mut found = Found { loaded, ..Found::default() };
    let baseline = Baseline::new(&field).await;
    for round in 0..=ROUNDS {
        let rest = later.split_off(ALONE + TOGETHER.0);
        let mut alone = std::mem::replace(&mut later, rest);
        let together = alone.split_off(ALONE);
        let one = one_by_one(&field, alone).await;
        let theirs = baseline.round(&known[round * ALONE..][..ALONE]).await;
        let many = at_once(&field, together).await;
        if round > 0 {
            found.take(&one, &theirs, many);
        }
    }
    field.stop().await;
    found.rows(&ground)
}

/// Milliseconds until what was acknowledged was resolved, and until what was sent was; CPU of each, in milliseconds.
#[derive(Default)]
struct Times {
    own: Vec<f64>,
    whole: Vec<f64>,
    cpu: f64,
}

async fn one_by_one(field: &Field, touchpoints: Vec<Touchpoint>) -> Times {
    let (mut times, before) = (Times::default(), field.cpu());
    for touchpoint in touchpoints {
        let begun = Instant::now();
        let (records, token) = field.record(vec![touchpoint]).await;
        let acknowledged = Instant::now();
        let Some(record) = records.first() else { continue };
        field.person(record, &token).await;
        times.own.push(milliseconds(acknowledged.elapsed()));
        times.whole.push(milliseconds(begun.elapsed()));
    }
    times.cpu = (field.cpu() - before) * 1e3 / times.whole.len() as f64;
    times
}

/// Records a second, and records a second of CPU.
async fn at_once(field: &Field, touchpoints: Vec<Touchpoint>) -> (f64, f64) {
    let (begun, before) = (Instant::now(), field.cpu());
    let one = async |touchpoint| {
        let (records, token) = field.record(vec![touchpoint]).await;
        if let Some(record) = records.first() {
            field.person(record, &token).await;
        }
        records.len()
    };
    let stored: usize =
        stream::iter(touchpoints).map(one).buffer_unordered(TOGETHER.1).fold(0, async |sum, one| sum + one).await;
    (stored as f64 / begun.elapsed().as_secs_f64(), stored as f64 / (field.cpu() - before))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn quantile(times: &[f64], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share) as usize]
}

/// A table for single rows, in a database of its own at the same place.
struct Baseline {
    store: Store,
    identity: Store,
}

struct Single;

impl MigratorTrait for Single {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let table = "CREATE TABLE single (id {bytes} NOT NULL, body {bytes} NOT NULL, PRIMARY KEY (id)) {clustered};";
        vec![SqlMigration::boxed("m1_single", table)]
    }
}

impl Baseline {
    async fn new(field: &Field) -> Self {
        Self { store: field.place.open::<Single>("single").await, identity: field.identity.journal().store().clone() }
    }

    /// Milliseconds for the person of each record by a query, and a row of 200 bytes.
    async fn round(&self, records: &[String]) -> Vec<f64> {
        let mut times = Vec::new();
        for record in records {
            let record: tenure_kernel::RecordId = record.parse().expect("a record's id");
            let begun = Instant::now();
            let sql = "SELECT person_id FROM membership WHERE tenant = ? AND record_id = ?";
            let found = self.identity.first(sql, vec![TENANT.into(), record.0.to_vec().into()]).await;
            assert!(found.is_ok_and(|row| row.is_some()), "it is known");
            let (id, body): ([u8; 16], [u8; 32]) = (rand::random(), rand::random());
            let tx = self.store.begin().await.expect("a transaction");
            let row = vec![id.to_vec().into(), body.repeat(6).into()];
            tx.execute("INSERT INTO single (id, body) VALUES (?, ?)", row).await.expect("inserted");
            tx.commit().await.expect("committed");
            times.push(milliseconds(begun.elapsed()));
        }
        times
    }
}

#[derive(Default)]
struct Found {
    loaded: [Vec<Round>; 2],
    own: [Vec<Round>; 2],
    whole: [Vec<Round>; 2],
    cpu: Vec<Round>,
    together: [Vec<Round>; 2],
}

impl Found {
    fn take(&mut self, one: &Times, theirs: &[f64], many: (f64, f64)) {
        for (at, share) in [0.5, 0.99].into_iter().enumerate() {
            let baseline = quantile(theirs, share);
            self.own[at].push(Round::against(quantile(&one.own, share), baseline));
            self.whole[at].push(Round::against(quantile(&one.whole, share), baseline));
        }
        self.cpu.push(one.cpu.into());
        self.together[0].push(many.0.into());
        self.together[1].push(many.1.into());
    }

    fn rows(self, ground: &str) -> Vec<Row> {
        let row = |what: &str, baseline: &str, unit, rounds, aim| Row {
            what: format!("{what}, {ground}"),
            baseline: baseline.to_owned(),
            unit,
            rounds,
            aim,
            note: String::new(),
        };
        let [own, own_p99] = self.own;
        let [whole, whole_p99] = self.whole;
        let [a_second, a_cpu_second] = self.together;
        let [fast, cheap] = self.loaded;
        let mut rows = vec![
            row("acknowledged to resolved and stored, p50", BASELINE, "ms", own, Aim::AtMost(4.0)),
            row("acknowledged to resolved and stored, p99", BASELINE, "ms", own_p99, Aim::Less),
            row("sent to resolved and stored, p50", BASELINE, "ms", whole, Aim::AtMost(4.0)),
            row("sent to resolved and stored, p99", BASELINE, "ms", whole_p99, Aim::Less),
            row("CPU of a record that comes alone", "", "ms", self.cpu, Aim::AtMost(1.0)),
            row("64 in flight", "", "records/s", a_second, Aim::More),
            row("64 in flight, by CPU", "", "records/CPU s", a_cpu_second, Aim::AtLeast(1_000.0)),
            row("caught up with in batches", "", "records/s", fast, Aim::More),
        ];
        rows.push(row("caught up with in batches, by CPU", "", "records/CPU s", cheap, Aim::AtLeast(1_000.0)));
        rows
    }
}
