//! One process of a cluster.
#![expect(clippy::expect_used, reason = "a test without its process can only fail")]

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use tenure::Service;
use tenure_server::Peer;
use tokio::time::{Instant, sleep};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

/// How long a process may take to come up or to end.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(25);

/// The command under test: cargo builds it beside the tests of its package.
///
/// # Panics
/// When cargo did not.
#[must_use]
pub fn binary() -> PathBuf {
    let tests = std::env::current_exe().expect("the test itself");
    let folders = tests.ancestors().skip(1).take(2).map(|folder| folder.join("tenure-under-test"));
    folders.into_iter().find(|file| file.exists()).expect("the binary tenure-under-test beside the tests")
}

/// A process: one replica of one service.
pub struct Replica {
    /// What it hosts.
    pub service: Service,
    /// Which of the service's replicas it is, from 0.
    pub number: usize,
    /// Where it listens.
    pub address: SocketAddr,
    settings: BTreeMap<String, String>,
    log: PathBuf,
    process: Option<Child>,
}

impl Replica {
    pub(super) fn new(service: Service, number: usize, address: SocketAddr, folder: &Path) -> Self {
        let log = folder.join(format!("{service}-{number}.log"));
        let settings = BTreeMap::from([("TENURE__SERVER__LISTEN".to_owned(), address.to_string())]);
        Self { service, number, address, settings, log, process: None }
    }

    /// Such as "identity-1".
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.service, self.number)
    }

    /// A setting from its next start on.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.settings.insert(key.into(), value.into());
    }

    /// Starts it, unless it runs.
    ///
    /// # Panics
    /// When the command can't be started.
    pub fn start(&mut self) {
        if self.process.is_some() {
            return;
        }
        let log = fs::OpenOptions::new().create(true).append(true).open(&self.log).expect("a log");
        let mut command = Command::new(binary());
        command.args(["serve", self.service.name()]).envs(&self.settings).env_remove("TENURE_CONFIG");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
        self.process = Some(command.spawn().expect("the command starts"));
    }

    /// Runs another verb of the command with its settings, to its end.
    ///
    /// # Panics
    /// When the command can't be started.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(arguments).envs(&self.settings).env_remove("TENURE_CONFIG");
        command.output().expect("the command starts")
    }

    /// Whether it was started, and not ended by this test since.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// What it said so far, over all of its starts.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it says that it serves.
    pub(super) async fn healthy(&mut self, peer: Peer) {
        let until = Instant::now() + PATIENCE;
        loop {
            let check = HealthClient::new(peer.clone()).check(HealthCheckRequest::default()).await;
            if check.is_ok_and(|answer| answer.into_inner().status == i32::from(ServingStatus::Serving)) {
                return;
            }
            let ended = self.process.as_mut().and_then(|process| process.try_wait().expect("a process"));
            assert!(ended.is_none() && Instant::now() < until, "{} did not come up:\n{}", self.name(), self.log());
            sleep(LOOK).await;
        }
    }

    /// Sends it a signal, such as "TERM", "STOP" or "CONT".
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().expect("a running process").to_string();
        // The shell has a kill of its own; the program is not on every machine.
        let sent = Command::new("sh").args(["-c", "kill \"-$0\" \"$1\"", name, &pid]).status();
        assert!(sent.expect("a shell").success(), "{} does not run", self.name());
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub async fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            let process = self.process.as_mut().expect("a process that was started");
            if let Some(status) = process.try_wait().expect("a process") {
                self.process = None;
                return status;
            }
            assert!(Instant::now() < until, "{} does not end:\n{}", self.name(), self.log());
            sleep(LOOK).await;
        }
    }

    /// Tells it to end, as an operator does, and waits until it has.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.ended().await
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}
