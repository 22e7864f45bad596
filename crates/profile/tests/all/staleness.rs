//! How old what is kept may be for who asks, and that it is read anew before it runs out.

use std::time::Duration;

use tenure_kernel::{PersonId, Timestamp};
use tenure_profile::RedisConfig;
use tenure_proto::{
    collector::v1::TouchpointType as Type,
    profile::v1::{GetProfileRequest, get_profile_request::By},
};
use tenure_store::testing::{TestPlace, redis_url};
use tokio::time::{Instant, sleep};

use crate::{
    suite::{NOW, Options, Suite, as_tenant, tenant},
    touchpoints::{record, seal, told},
};

/// A person whose answer is kept, read at second 0.
struct Stage {
    suite: Suite,
    person: PersonId,
    /// When second 0 is, since the tests' now.
    begin: i64,
    _place: TestPlace,
}

/// Where answers are kept: in memory, and in Redis, if there is one.
async fn stages() -> Vec<Stage> {
    let redis = redis_url().map(|url| RedisConfig { url, ..RedisConfig::default() });
    let mut stages = Vec::new();
    for redis in [Some(RedisConfig::default()), redis].into_iter().flatten() {
        let place = TestPlace::sqlite();
        let suite = Suite::start(&place, Options { redis, ..Options::default() }).await;
        // Redis is shared with other tests.
        let mut stage = Stage { suite, person: PersonId(rand::random()), begin: 0, _place: place };
        stage.keep().await;
        stages.push(stage);
    }
    stages
}

impl Stage {
    fn at(&self, second: i64) {
        self.suite.clock.set(Timestamp(NOW.0 + (self.begin + second) * 1_000_000));
    }

    /// At which second was read what is answered.
    async fn read_at(&self, max_staleness: Option<i64>) -> i64 {
        let by = Some(By::PersonId(self.person.to_string()));
        let max_staleness = max_staleness.map(|seconds| prost_types::Duration { seconds, nanos: 0 });
        let request = as_tenant(&tenant("acme"), GetProfileRequest { by, max_staleness, ..Default::default() });
        let answer = self.suite.client.clone().get_profile(request).await.expect("a profile").into_inner();
        answer.read_time.expect("a time").seconds - NOW.0 / 1_000_000 - self.begin
    }

    async fn keep(&mut self) {
        let acme = tenant("acme");
        self.suite.changed(&acme, &[(record(1), 1, Some(self.person))], &[]).await;
        let one = told(1, Type::NameChanged, record(1), 2).given_name("Jan");
        let token = self.suite.record(&acme, seal(&self.suite.keyring, &acme, &[one]).await).await;
        self.suite.followed(&token).await;
        // Redis is looked at twice a second, and the marks of a write go a moment after it.
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            self.at(0);
            let first = self.read_at(Some(0)).await;
            self.at(1);
            if (first, self.read_at(None).await) == (0, 0) {
                return;
            }
            assert!(Instant::now() < deadline, "nothing is kept");
            self.begin += 100;
            sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_the_bound_is_read_anew() {
    for stage in stages().await {
        stage.at(10);
        assert_eq!(stage.read_at(None).await, 0);
        assert_eq!(stage.read_at(Some(10)).await, 0, "as old as it may be");
        assert_eq!(stage.read_at(Some(9)).await, 10);
        stage.at(12);
        assert_eq!(stage.read_at(Some(9)).await, 10, "what was read anew is kept");
        assert_eq!(stage.read_at(Some(0)).await, 12, "nothing that is kept will do");
        let odd = Some(prost_types::Duration { seconds: -1, nanos: 0 });
        let by = Some(By::PersonId(stage.person.to_string()));
        let odd = GetProfileRequest { by, max_staleness: odd, ..GetProfileRequest::default() };
        let refused =
            stage.suite.client.clone().get_profile(as_tenant(&tenant("acme"), odd)).await.expect_err("refused");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_out_soon_is_read_anew_behind_who_reads_it() {
    for stage in stages().await {
        stage.at(19);
        assert_eq!((stage.read_at(None).await, stage.read_at(None).await), (0, 0), "it lasts for a while");
        stage.at(21);
        // Whoever finds it is not kept waiting; those who come later find what was read meanwhile.
        assert_eq!(stage.read_at(None).await, 0);
        let deadline = Instant::now() + Duration::from_secs(20);
        while stage.read_at(None).await != 21 {
            assert!(Instant::now() < deadline, "it is not read anew");
            sleep(Duration::from_millis(10)).await;
        }
        stage.at(22);
        assert_eq!(stage.read_at(None).await, 21);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_read_is_read_anew_when_something_of_it_was_written() {
    for stage in stages().await {
        let (acme, deadline) = (tenant("acme"), Instant::now() + Duration::from_secs(30));
        for attempt in 1_u32.. {
            let second = i64::from(attempt) * 10;
            stage.at(second);
            assert_eq!(stage.read_at(Some(0)).await, second);
            stage.at(second + 1);
            let one = told(1 + attempt, Type::NameChanged, record(1), 1).given_name(&format!("name-{attempt}"));
            let token = stage.suite.record(&acme, seal(&stage.suite.keyring, &acme, &[one]).await).await;
            stage.suite.followed(&token).await;
            // It is read behind the write. Whoever comes before reads it himself.
            sleep(Duration::from_millis(u64::from(attempt) * 20)).await;
            stage.at(second + 2);
            match stage.read_at(None).await - second {
                1 => break,
                2 => assert!(Instant::now() < deadline, "it is not read anew"),
                read => panic!("read at {read}: what is older than the write is not true any more"),
            }
        }
    }
}
