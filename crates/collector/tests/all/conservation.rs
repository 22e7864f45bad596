//! Law 1: received = accepted + duplicate + quarantined + suppressed + refused, after any sequence of calls; and what is
//! stored agrees with the counts.

use std::collections::HashSet;

use proptest::{prelude::*, test_runner::TestRunner};
use tenure_collector::CollectorConfig;
use tenure_proto::collector::v1 as pb;
use tenure_store::testing::TestPlace;

use crate::fixture::{World, correction, money, order};

/// Something that a caller does.
#[derive(Debug, Clone)]
enum Step {
    Record(Vec<Sent>),
    Replay { place: usize, corrected: Option<Sent> },
    Erase { key: u8 },
}

/// A touchpoint: few ids and few keys, so that they meet.
#[derive(Debug, Clone, Copy)]
struct Sent {
    event: u8,
    key: u8,
    amount: i8,
    target: Option<u8>,
    sound: bool,
}

const KEYS: [&str; 3] = ["jan", "piet", "klaas"];

impl Sent {
    fn touchpoint(self) -> pb::Touchpoint {
        let (event, key) = (format!("e-{}", self.event), KEYS[usize::from(self.key) % KEYS.len()]);
        let touchpoint = match self.target {
            Some(target) => correction(&event, &format!("e-{target}"), key, 1),
            None => order(&event, key),
        };
        let source = if self.event.is_multiple_of(5) { "crm" } else { "webshop" }.to_owned();
        let amount = if self.sound { money(i64::from(self.amount).abs()) } else { None };
        pb::Touchpoint { source, amount, ..touchpoint }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let target = prop::option::weighted(0.2, 0..12_u8);
    (0..12_u8, 0..3_u8, 0..2_i8, target, prop::bool::weighted(0.8))
        .prop_map(|(event, key, amount, target, sound)| Sent { event, key, amount, target, sound })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(sent(), 1..12).prop_map(Step::Record),
        3 => (0..20_usize, prop::option::of(sent())).prop_map(|(place, corrected)| Step::Replay { place, corrected }),
        1 => (0..3_u8).prop_map(|key| Step::Erase { key }),
    ]
}

async fn take(world: &World, step: &Step) {
    match step {
        Step::Record(sent) => {
            world.record(sent.iter().map(|sent| sent.touchpoint()).collect()).await;
        }
        Step::Replay { place, corrected } => {
            let items = world.quarantine().await;
            if let Some(item) = items.get(*place % items.len().max(1)) {
                let corrected = corrected.map(Sent::touchpoint);
                world.replay(&item.quarantine_id, corrected).await.unwrap();
            }
        }
        Step::Erase { key } => {
            let known = world.preview(vec![order("probe", KEYS[usize::from(*key)])]).await.remove(0).record_id;
            world.erase(&[&known]).await;
        }
    }
}

/// Whether the law holds, and the counts are those of what is stored.
async fn holds(world: &World) -> Result<(), TestCaseError> {
    let statistics = world.statistics().await;
    let [received, accepted, duplicate, quarantined, suppressed, refused] = world.counts().await;
    prop_assert_eq!(received, accepted + duplicate + quarantined + suppressed + refused);
    let recorded = world.recorded().await;
    prop_assert_eq!(recorded.len() as i64, accepted);
    let ids: HashSet<_> = recorded.iter().map(|entry| &entry.touchpoint_id).collect();
    prop_assert_eq!(ids.len(), recorded.len());
    let items = world.quarantine().await;
    prop_assert_eq!(items.len() as i64, quarantined);
    for count in statistics.quarantine_reasons {
        let reason = format!("REASON_{}", count.reason);
        let has = |item: &&pb::QuarantinedItem| item.violations.iter().any(|one| one.reason().as_str_name() == reason);
        prop_assert_eq!(items.iter().filter(has).count() as i64, count.count);
    }
    Ok(())
}

async fn play(world: &World, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut sent = 0;
    for step in steps {
        take(world, step).await;
        sent += if let Step::Record(items) = step { items.len() as i64 } else { 0 };
        prop_assert_eq!(world.counts().await[0], sent);
    }
    holds(world).await
}

fn run(place: fn() -> Option<TestPlace>, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let strategy = prop::collection::vec(step(), 1..14);
    let outcome = runner.run(&strategy, |steps| {
        runtime.block_on(async {
            let Some(place) = place() else { return Ok(()) };
            let config = CollectorConfig { quarantine_limit: 8, ..CollectorConfig::default() };
            let mut world = World::with(place, config).await;
            let outcome = play(&world, &steps).await;
            world.stop().await;
            outcome
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn counts_are_conserved_on_sqlite() {
    run(|| Some(TestPlace::sqlite()), 40);
}

#[test]
fn counts_are_conserved_on_postgres() {
    run(TestPlace::postgres, 20);
}
