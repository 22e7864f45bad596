//! A Redis whose values are not ours, and one that forgets.

use redis::AsyncCommands;

use super::stage::{Stage, entry, person};
use crate::config::RedisConfig;

async fn stage() -> Option<(Stage, redis::aio::MultiplexedConnection)> {
    let url = tenure_store::testing::redis_url()?;
    let client = redis::Client::open(url.as_str()).expect("a client");
    let connection = client.get_multiplexed_async_connection().await.expect("connected");
    Some((Stage::redis(RedisConfig { url, ..RedisConfig::default() }).await, connection))
}

fn key(number: u8) -> String {
    format!("tenure:profile:1:{{acme:{}}}", person(number))
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_is_as_good_as_nothing() {
    let Some((stage, mut redis)) = stage().await else { return };
    stage.put(person(1), "Jan", &[]).await;
    let sealed: Vec<u8> = redis.get(key(1)).await.expect("an answer");
    let mut flipped = sealed.clone();
    flipped[sealed.len() / 2] ^= 1;
    let strings: [&[u8]; 8] = [b"", b"A", b"C", b"W", b"Wshort", b"Cshort", &flipped, &sealed];
    for (number, rubbish) in (2..).zip(strings) {
        let _: () = redis.set(key(number), rubbish).await.expect("set");
        assert_eq!(stage.kept(person(number)).await, None, "{rubbish:?}");
        stage.put(person(number), "healed", &[]).await;
        let _: () = redis.set(key(number), rubbish).await.expect("set");
        stage.begin(&[], &[person(number)]).await.done();
        stage.put(person(number), "again", &[]).await;
    }
    for number in [20, 21, 22] {
        let _: () = redis.del(key(number)).await.expect("deleted");
        let _: () = match number {
            20 => redis.lpush(key(number), "rubbish").await,
            21 => redis.hset(key(number), "rubbish", "rubbish").await,
            _ => redis.zadd(key(number), "rubbish", 1).await,
        }
        .expect("set");
        assert_eq!(stage.kept(person(number)).await, None);
        stage.put(person(number), "healed", &[]).await;
    }
    let _: () = redis.lpush(key(23), "rubbish").await.expect("set");
    stage.begin(&[], &[person(23)]).await.done();
    stage.put(person(23), "healed", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_loses_what_is_kept_and_nothing_else() {
    let Some((stage, mut redis)) = stage().await else { return };
    stage.put(person(1), "Jan", &[]).await;
    let (held, claim) = (stage.claim(person(1)).await, stage.claim(person(2)).await);
    let _: () = redis::cmd("FLUSHDB").query_async(&mut redis).await.expect("flushed");
    stage.keep(person(1), held, &entry("old", &[])).await;
    stage.keep(person(2), claim, &entry("old", &[])).await;
    assert_eq!(
        (stage.kept(person(1)).await, stage.kept(person(2)).await),
        (None, None),
        "nobody may keep on a lost claim"
    );
    let writing = stage.begin(&[], &[person(3)]).await;
    let _: () = redis::cmd("FLUSHDB").query_async(&mut redis).await.expect("flushed");
    stage.put(person(3), "before the commit", &[]).await;
    writing.done();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while stage.kept(person(3)).await.is_some() {
        assert!(tokio::time::Instant::now() < deadline, "a lost mark leaves what is old");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_before_an_unannounced_write_is_not_trusted_any_more() {
    let Some((stage, _)) = stage().await else { return };
    stage.put(person(1), "old", &[]).await;
    // As if another process had written that can't reach Redis.
    let tx = stage.db.begin().await.expect("a transaction");
    crate::store::hot_epoch::renew(&tx, [9; 16]).await.expect("renewed");
    tx.commit().await.expect("committed");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while stage.kept(person(1)).await.is_some() {
        assert!(tokio::time::Instant::now() < deadline, "what is old is trusted on and on");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stage.put(person(1), "new", &[]).await;
}
