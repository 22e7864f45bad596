//! How soon silence is noticed: of many open promises, some fall due every second, and their source tells all the time how far it is. The
//! lag is from the later of due time and that report to the entry in expectation's journal.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use prost::{Message as _, Name as _};
use tenure_expectation::{Expectation, ExpectationConfig, Migrator, Parts};
use tenure_journal::{Draft, Route, Timer, testing::Upstream};
use tenure_kernel::{
    Clock as _, EntryId, IdSource, PersonId, RandomIds, RecordId, SystemClock, Tenant, Timestamp, TouchpointId,
};
use tenure_keyring::{Kek, Keyring};
use tenure_proto::{
    collector::v1::{
        Correlation, DeliveryDetail, RecordedSubject, SourceProgressReported, SubjectRole, Touchpoint,
        TouchpointRecorded, TouchpointType, touchpoint::Detail,
    },
    expectation::v1::PromiseOverdue,
    identity::v1::{MembershipsChanged, Move, memberships_changed::Cause},
};
use tenure_server::{PageTokens, wire};
use tenure_store::{Dialect, Query as _, Store, testing::TestPlace};
use tenure_tests::measured::{Aim, Round, Row, Spread};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{deployment, long};

/// Promises that fall due in a second.
const A_SECOND: i64 = 2_000;
/// For so many seconds, of which the first does not count.
const SECONDS: i64 = 6;
/// How often the source tells how far it is.
const TOLD: Duration = Duration::from_millis(200);
/// Entries that are appended at once.
const BATCH: i64 = 2_000;
/// What a lag is held against: two of them are the aim.
const A_SECOND_MS: f64 = 1_000.0;
const DAY: i64 = 86_400_000_000;

pub(super) async fn measure(place: TestPlace) -> Row {
    let name = deployment::name(&place);
    let open = if long() { 1_000_000 } else { 50_000 };
    let bench = Bench::start(&place).await;
    let due = A_SECOND * SECONDS;
    let far = bench.now().0 + 365 * DAY;
    bench.promise(0..open - due, |_| Timestamp(far)).await;
    bench.rest().await;
    bench.tidy().await;
    println!("{open} promises are open on {name}");
    // Time enough to take in those that fall due.
    let begin = bench.now().0 + 15_000_000 + due * 500;
    bench.promise(open - due..open, |n| Timestamp(begin + (n - (open - due)) * 1_000_000 / A_SECOND)).await;
    let lags = bench.watch(Timestamp(begin), due).await;
    bench.stop.cancel();
    let rounds = lags.values().skip(1).map(|lags| Round::against(p99(lags), A_SECOND_MS)).collect();
    let what = format!("overdue noticed, of {open} open and {A_SECOND}/s falling due on {name}, p99 of each second");
    let median = Spread::of(lags.values().flatten().copied()).median;
    let note = format!("median {median:.0} ms");
    Row { what, baseline: "a second".to_owned(), unit: "ms", rounds, aim: Aim::AtMost(2.0), note }
}

fn p99(lags: &[f64]) -> f64 {
    let mut sorted = lags.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() * 99 / 100).or(sorted.last()).copied().unwrap_or_default()
}

struct Bench {
    upstream: Upstream,
    store: Store,
    expectation: Expectation,
    ids: RandomIds,
    tenant: Tenant,
    stop: CancellationToken,
}

impl Bench {
    async fn start(place: &TestPlace) -> Self {
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds::default()));
        let upstream = Upstream::open(place, clock.clone(), ids.clone()).await;
        let store = place.open::<Migrator>("expectation").await;
        let kek = Kek::new(&[7; 32]).expect("a key");
        let parts = Parts {
            store: store.clone(),
            clock,
            ids,
            tokens: PageTokens::new([7; 32]),
            keyring: Keyring::open(&place.config, &place.name("keyring"), kek).await.expect("a keyring"),
            sources: upstream.sources.clone(),
            ranges: 4,
        };
        let expectation = Expectation::open(parts, &ExpectationConfig::default()).await.expect("expectation");
        let stop = CancellationToken::new();
        tokio::spawn(expectation.clone().run(stop.clone()));
        let (ids, tenant) = (RandomIds::default(), "bench".parse().expect("a tenant"));
        Self { upstream, store, expectation, ids, tenant, stop }
    }

    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// Promises of customers of their own, until expectation knows of all.
    async fn promise(&self, numbers: std::ops::Range<i64>, due: impl Fn(i64) -> Timestamp) {
        let mut first = numbers.start;
        while first < numbers.end {
            let some = first..(first + BATCH).min(numbers.end);
            first = some.end;
            let told = some.clone().map(|n| self.promised(n, due(n))).collect();
            let tokens = [
                Upstream::append(&self.upstream.identity, vec![self.found(some)]).await,
                Upstream::append(&self.upstream.collector, told).await,
            ];
            for token in tokens {
                self.follow(&token).await;
            }
        }
    }

    /// Waits until everybody has been looked at who is to be.
    async fn rest(&self) {
        while Timer::due(&self.store, &self.tenant, self.now()).await.expect("a count") > 0 {
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// A base has grown over months, and PostgreSQL has long tidied up behind that; it does not do so while we measure.
    async fn tidy(&self) {
        if self.store.dialect() == Dialect::Postgres {
            self.store.execute("VACUUM ANALYZE", vec![]).await.expect("tidied");
            // Not everybody may, and it is no more than a help.
            let _ = self.store.execute("CHECKPOINT", vec![]).await;
        }
    }

    async fn follow(&self, token: &str) {
        let read_after = self.expectation.following().read_after();
        while read_after.wait(token, None).await.is_err() {}
    }

    fn found(&self, numbers: std::ops::Range<i64>) -> Draft {
        let moves = numbers.clone().map(|n| Move {
            record_id: record(n).0.to_vec(),
            from_person_id: Vec::new(),
            to_person_id: PersonId(spread(n, 2)).0.to_vec(),
            version: 1,
        });
        let changed =
            MembershipsChanged { cause: Cause::Linked.into(), moves: moves.collect(), ..MembershipsChanged::default() };
        let route = Route::Records(numbers.map(record).collect());
        Draft::new(EntryId(self.ids.next()), self.tenant.clone(), route, &changed, self.now())
    }

    fn promised(&self, number: i64, due: Timestamp) -> Draft {
        let promised_time = Some(wire::to_wire(due));
        let body = Touchpoint {
            source: "shop".to_owned(),
            event_id: number.to_string(),
            r#type: TouchpointType::DeliveryPromised.into(),
            occur_time: Some(wire::to_wire(Timestamp(self.now().0 - DAY))),
            correlation: Some(Correlation { order_ref: number.to_string(), ..Correlation::default() }),
            detail: Some(Detail::Delivery(DeliveryDetail { promised_time, ..DeliveryDetail::default() })),
            ..Touchpoint::default()
        };
        let primary = RecordedSubject {
            record_id: record(number).0.to_vec(),
            role: SubjectRole::Primary.into(),
            ..Default::default()
        };
        let id = TouchpointId(spread(number, 3));
        let recorded = TouchpointRecorded {
            touchpoint_id: id.0.to_vec(),
            fact_id: id.0.to_vec(),
            subjects: vec![primary],
            touchpoint: Some(body),
            receive_time: None,
            source_rank: 0,
            forgotten: false,
        };
        let route = Route::Records(vec![record(number)]);
        Draft::new(EntryId(self.ids.next()), self.tenant.clone(), route, &recorded, self.now())
    }

    /// The lags in milliseconds, by the second after the beginning in which each fell due.
    async fn watch(&self, begin: Timestamp, expected: i64) -> BTreeMap<i64, Vec<f64>> {
        let (mut reports, mut lags): (Vec<Timestamp>, BTreeMap<i64, Vec<f64>>) = (Vec::new(), BTreeMap::new());
        let (mut told, mut found, mut after) = (Instant::now(), 0, 0);
        let patience = Instant::now() + Duration::from_secs(600);
        while found < expected && Instant::now() < patience {
            if told.elapsed() >= TOLD || reports.is_empty() {
                told = Instant::now();
                let now = self.now();
                let complete_until = Some(wire::to_wire(now));
                let progress = SourceProgressReported { source: "shop".to_owned(), complete_until };
                let draft = Draft::new(EntryId(self.ids.next()), self.tenant.clone(), Route::All, &progress, now);
                Upstream::append(&self.upstream.collector, vec![draft]).await;
                reports.push(now);
            }
            let page = tenure_journal::read_page(&self.store, after, &BTreeSet::new()).await.expect("a page");
            let now = self.now();
            for entry in &page.entries {
                after = entry.sequence;
                if entry.type_name == PromiseOverdue::full_name() {
                    let event = PromiseOverdue::decode(entry.payload.clone()).expect("an entry");
                    let due = event.signal.and_then(|signal| signal.due_time).and_then(|time| wire::timestamp(&time));
                    let due = due.expect("a due time");
                    let reported = reports.iter().copied().find(|report| *report >= due).unwrap_or(due);
                    #[expect(clippy::cast_precision_loss, reason = "it is milliseconds")]
                    let lag = (now.0 - reported.max(due).0) as f64 / 1_000.0;
                    lags.entry((due.0 - begin.0).div_euclid(1_000_000)).or_default().push(lag);
                    found += 1;
                }
            }
            if page.entries.is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
        }
        assert_eq!(found, expected, "not all that fell due were noticed");
        lags
    }
}

fn spread(number: i64, salt: u128) -> [u8; 16] {
    let number = u128::try_from(number).unwrap_or_default() + 1 + (salt << 64);
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_0C1B_2D4E_8F63).to_be_bytes()
}

fn record(number: i64) -> RecordId {
    RecordId(spread(number, 1))
}
