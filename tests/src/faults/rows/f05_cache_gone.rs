//! Redis is killed, emptied, slow, or full of values of a wrong type, while profiles are read.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::FutureExt as _;
use tenure::Service;
use tenure_client::Client;
use tenure_proto::{
    profile::v1::{GetProfileRequest, get_profile_request},
    value::v1::ListPurchaseSummariesRequest,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::sleep,
};
use tonic::Code;

use crate::faults::{
    process::free_port,
    proxy::{Fault, Proxy},
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F05",
    fault: "Redis is killed, flushed, slow by 2 s, or full of wrong-typed values",
    kinds: &[Kind::Postgres],
    play: |case| play(case).boxed(),
};

/// Puts a list in place of every value.
const RUBBISH: &str = "EVAL \"for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key) \
                       redis.call('RPUSH', key, 'rubbish') end return 1\" 0";

async fn play(case: Case) -> anyhow::Result<Played> {
    let Some(mut redis) = Redis::start().await? else { return Ok(Played::Skipped("there is no redis-server")) };
    let proxy = Proxy::before(redis.address).await?;
    let environment = vec![("TENURE__REDIS__URL".to_owned(), format!("redis://{}/0", proxy.address))];
    let stage = Stage::start(&case, Setup { environment, ..Setup::default() }).await?;
    let load = stage.load()?;
    load.acknowledges(100, Duration::from_secs(30)).await?;
    let doors = stage.doors()?;
    let readers = Readers::start(&doors.to(Service::Profile), &doors.to(Service::Value)[0]).await?;
    anyhow::ensure!(readers.read(40).await?, "nobody reads");
    let kept = redis.ask("DBSIZE").await?;
    anyhow::ensure!(kept != ":0", "nothing is kept in Redis");
    for _ in 0..case.rounds {
        redis.ask("FLUSHALL").await?;
        readers.read(40).await?;
        redis.ask(RUBBISH).await?;
        readers.read(40).await?;
        proxy.set(Fault { delay: Duration::from_secs(2), ..Fault::default() });
        readers.read(40).await?;
        proxy.heal();
        redis.kill();
        readers.read(40).await?;
        redis.run().await?;
        readers.read(40).await?;
    }
    let reads = readers.stop().await?;
    let verdict = stage.end(load).await?;
    let codes = stage.ledger.book().codes.clone();
    anyhow::ensure!(codes.keys().all(|code| code == "Ok"), "Redis alone made writes fail: {codes:?}");
    Ok(Played::judged(verdict, None, format!("{reads} reads")))
}

/// A Redis of its own.
struct Redis {
    address: SocketAddr,
    child: Option<Child>,
}

impl Redis {
    async fn start() -> anyhow::Result<Option<Self>> {
        let mut redis = Self { address: ([127, 0, 0, 1], free_port()?).into(), child: None };
        Ok(redis.run().await.is_ok().then_some(redis))
    }

    /// Starts it and waits until it answers.
    async fn run(&mut self) -> anyhow::Result<()> {
        let port = self.address.port().to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let until = Instant::now() + Duration::from_secs(20);
        while self.ask("PING").await.ok().as_deref() != Some("+PONG") {
            anyhow::ensure!(Instant::now() < until, "Redis does not answer");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Runs a command; answers the first line.
    async fn ask(&self, command: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        let mut answer = vec![0; 200];
        let length = stream.read(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        anyhow::ensure!(!answer.starts_with('-'), "{answer}");
        Ok(answer.lines().next().unwrap_or_default().to_owned())
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = (child.kill(), child.wait());
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Records of which value and profile know, as soon as both have followed that far.
async fn known(profile: &Client, value: &Client) -> anyhow::Result<Vec<String>> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let request = ListPurchaseSummariesRequest { currency_code: "EUR".to_owned(), ..Default::default() };
        let persons = value.value().list_purchase_summaries(request).await?.into_inner().summaries;
        let records: Vec<_> = persons.into_iter().flat_map(|person| person.record_ids).collect();
        let mut found = 0;
        for record in &records {
            match profile.profile().get_profile(by_record(record)).await {
                Ok(_) => found += 1,
                Err(status) if status.code() == Code::NotFound => break,
                Err(status) => return Err(status.into()),
            }
        }
        if found > 0 && found == records.len() {
            return Ok(records);
        }
        anyhow::ensure!(Instant::now() < until, "profile knows {found} of the {} records of value", records.len());
        sleep(Duration::from_millis(50)).await;
    }
}

fn by_record(record: &str) -> GetProfileRequest {
    GetProfileRequest {
        by: Some(get_profile_request::By::RecordId(record.to_owned())),
        read_after: String::new(),
        ..Default::default()
    }
}

/// Those who read profiles all the time.
struct Readers {
    reads: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Result<(), tonic::Status>>>,
}

impl Readers {
    async fn start(profiles: &[Client], value: &Client) -> anyhow::Result<Self> {
        let records = known(&profiles[0], value).await?;
        let (reads, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let read = |client: &Client| {
            let (client, records, reads, stop) = (client.clone(), records.clone(), reads.clone(), stop.clone());
            tokio::spawn(async move {
                for record in records.iter().cycle().take_while(|_| !stop.load(Ordering::SeqCst)) {
                    client.profile().get_profile(by_record(record)).await?;
                    reads.fetch_add(1, Ordering::SeqCst);
                }
                Ok(())
            })
        };
        let tasks = profiles.iter().map(read).collect();
        Ok(Self { reads, stop, tasks })
    }

    /// Waits for so many more reads. An error ends a reader, and with the last one this.
    async fn read(&self, count: u64) -> anyhow::Result<bool> {
        let (until, target) = (Instant::now() + Duration::from_secs(60), self.reads.load(Ordering::SeqCst) + count);
        while self.reads.load(Ordering::SeqCst) < target && !self.tasks.iter().any(JoinHandle::is_finished) {
            anyhow::ensure!(Instant::now() < until, "reads stand still");
            sleep(Duration::from_millis(5)).await;
        }
        Ok(self.reads.load(Ordering::SeqCst) >= target)
    }

    async fn stop(self) -> anyhow::Result<u64> {
        self.stop.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await??;
        }
        Ok(self.reads.load(Ordering::SeqCst))
    }
}
