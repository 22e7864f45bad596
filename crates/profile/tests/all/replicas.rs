//! Two replicas of the service on one database, each with its own way to one Redis, which fails in every way: no caller sees an
//! error, and what a token names is in every answer.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use redis::{AsyncCommands, aio::MultiplexedConnection};
use tenure_kernel::{PersonId, Tenant};
use tenure_profile::RedisConfig;
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{GetProfileRequest, get_profile_request::By, profile_service_client::ProfileServiceClient},
};
use tenure_server::Peer;
use tenure_store::testing::{TestPlace, redis_url};
use tokio::time::{Instant, sleep};

use crate::{
    proxy::{Proxy, Way},
    suite::{Options, Suite, as_tenant, tenant},
    touchpoints::{record, seal, told},
};

const PERSON: PersonId = PersonId([1; 16]);
const OTHER: PersonId = PersonId([2; 16]);
const ROUNDS: u32 = 6;

struct Replicas {
    suite: Suite,
    clients: [ProfileServiceClient<Peer>; 2],
    proxies: [Proxy; 2],
    redis: MultiplexedConnection,
    acme: Tenant,
    _place: TestPlace,
}

/// What Redis suffers meanwhile, beside what its proxies do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Flushed,
    /// Every key holds something that is not ours.
    Rubbish,
}

impl Replicas {
    async fn start() -> Option<Self> {
        let (mut place, url) = (TestPlace::postgres()?, redis_url()?);
        place.config.max_connections = 5;
        let upstream = url.trim_start_matches("redis://");
        let (address, database) = upstream.split_once('/').expect("a database");
        let proxies = [Proxy::before(address.to_owned()).await, Proxy::before(address.to_owned()).await];
        let options = |proxy: &Proxy| {
            let url = format!("redis://{}/{database}", proxy.address);
            Options { ranges: 2, redis: RedisConfig { url, ..RedisConfig::default() }, ..Options::default() }
        };
        let suite = Suite::start(&place, options(&proxies[0])).await;
        let second = suite.replica(&place, options(&proxies[1])).await;
        let redis = redis::Client::open(url.as_str()).expect("a client");
        let redis = redis.get_multiplexed_async_connection().await.expect("connected");
        let (clients, acme) = ([suite.client.clone(), second], tenant("acme"));
        Some(Self { suite, clients, proxies, redis, acme, _place: place })
    }

    /// What a replica says of the record's person: its id and its name.
    async fn ask(&self, replica: usize, by: By, read_after: &str) -> (String, String) {
        let request = GetProfileRequest { by: Some(by), read_after: read_after.to_owned(), ..Default::default() };
        let answer = self.clients[replica].clone().get_profile(as_tenant(&self.acme, request)).await;
        let profile = answer.expect("an answer").into_inner().profile.expect("a profile");
        let name = profile.fields.iter().find(|field| field.path == "name.given_name");
        (profile.person_id, name.map_or_else(String::new, |field| field.value.clone()))
    }

    /// Writes a name, and moves the record every other time. Both replicas must know.
    async fn round(&self, number: u32) -> (String, String) {
        let name = format!("name-{number:03}");
        let one = told(number, Type::NameChanged, record(1), 300 - i64::from(number)).given_name(&name);
        let token = self.suite.record(&self.acme, seal(&self.suite.keyring, &self.acme, &[one]).await).await;
        for replica in [0, 1] {
            assert_eq!(self.ask(replica, By::RecordId(record(1).to_string()), &token).await.1, name);
        }
        let (person, elsewhere) = if number.is_multiple_of(2) { (PERSON, OTHER) } else { (OTHER, PERSON) };
        let version = i64::from(number) + 1;
        let redirects = [(elsewhere, version, Some(person)), (person, version, None)];
        let token = self.suite.changed(&self.acme, &[(record(1), version, Some(person))], &redirects).await;
        let expected = (person.to_string(), name);
        for replica in [0, 1] {
            for by in [By::RecordId(record(1).to_string()), By::PersonId(PERSON.to_string())] {
                assert_eq!(self.ask(replica, by, &token).await, expected, "replica {replica}");
            }
        }
        expected
    }

    async fn suffer(&self, inside: Inside) {
        let mut redis = self.redis.clone();
        let keys: Vec<String> = redis.keys("*").await.expect("keys");
        match inside {
            Inside::Nothing => {}
            Inside::Flushed => redis::cmd("FLUSHDB").query_async::<()>(&mut redis).await.expect("flushed"),
            Inside::Rubbish => {
                for (number, key) in keys.iter().enumerate() {
                    let _: () = redis.del(key).await.expect("deleted");
                    let _: Result<(), _> = match number % 2 {
                        0 => redis.lpush(key, "rubbish").await,
                        _ => redis.set(key, "rubbish").await,
                    };
                }
            }
        }
    }

    /// Readers without a token keep and use what is hot all the while; none sees an error.
    async fn read_on(&self, inside: Inside, stop: &AtomicBool, reads: &AtomicU64) {
        while !stop.load(Ordering::Relaxed) {
            for replica in [0, 1] {
                let _ = self.ask(replica, By::RecordId(record(1).to_string()), "").await;
                reads.fetch_add(1, Ordering::Relaxed);
            }
            self.suffer(inside).await;
            tokio::task::yield_now().await;
        }
    }

    /// Without a token too, what was written is read before long.
    async fn settle(&self, expected: &(String, String)) {
        let deadline = Instant::now() + Duration::from_secs(20);
        for replica in [0, 1] {
            while self.ask(replica, By::RecordId(record(1).to_string()), "").await != *expected {
                assert!(Instant::now() < deadline, "replica {replica} says what is old on and on");
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_redis_no_answer_is_wrong() {
    let Some(replicas) = Replicas::start().await else { return };
    replicas.suite.changed(&replicas.acme, &[(record(1), 1, Some(PERSON))], &[]).await;
    replicas.round(1).await;
    let slow = Way::Slow(Duration::from_secs(2));
    let faults = [
        ([Way::Open, Way::Open], Inside::Nothing),
        ([Way::Open, Way::Open], Inside::Flushed),
        ([Way::Open, Way::Open], Inside::Rubbish),
        ([Way::Cut, Way::Open], Inside::Nothing),
        ([Way::Open, Way::Cut], Inside::Nothing),
        ([Way::Hole, Way::Open], Inside::Nothing),
        ([Way::Open, slow], Inside::Nothing),
        ([slow, slow], Inside::Nothing),
        ([Way::Cut, Way::Cut], Inside::Nothing),
        ([Way::Open, Way::Open], Inside::Nothing),
    ];
    let mut number = 1;
    for (ways, inside) in faults {
        replicas.proxies.iter().zip(ways).for_each(|(proxy, way)| proxy.set(way));
        let (stop, reads) = (AtomicBool::new(false), AtomicU64::new(0));
        let writing = async {
            let mut last = None;
            for _ in 0..ROUNDS {
                number += 1;
                last = Some(replicas.round(number).await);
            }
            stop.store(true, Ordering::Relaxed);
            last.expect("a round")
        };
        let reading = || replicas.read_on(inside, &stop, &reads);
        let (last, ()) = futures::join!(writing, async {
            futures::join!(reading(), reading());
        });
        assert!(reads.load(Ordering::Relaxed) > 0);
        replicas.settle(&last).await;
    }
    // It has come back by itself, and answers are kept again.
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut redis = replicas.redis.clone();
    loop {
        let _ = replicas.ask(0, By::RecordId(record(1).to_string()), "").await;
        let key = redis.keys::<_, Vec<String>>("tenure:profile:*").await.expect("keys");
        let mut held = Vec::new();
        for key in &key {
            held.push(redis.get::<_, Vec<u8>>(key).await.unwrap_or_default());
        }
        if held.iter().any(|value| value.starts_with(b"A")) {
            break;
        }
        assert!(Instant::now() < deadline, "nothing is kept any more");
        sleep(Duration::from_millis(20)).await;
    }
}
