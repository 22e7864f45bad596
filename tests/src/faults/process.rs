//! A server as a process of its own, which can be killed and started again at its address.

use std::{
    fs::{File, OpenOptions},
    net::TcpListener,
    os::unix::process::ExitStatusExt as _,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tenure::Service;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::cluster::binary;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(60);

/// A server.
#[derive(Debug)]
pub struct Server {
    /// The one service that it hosts; none: all.
    pub service: Option<Service>,
    environment: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
    /// Where it listens.
    pub address: String,
    /// Roots of its certificate (PEM), if it serves over TLS.
    pub roots: Option<String>,
}

impl Server {
    /// A server that is not started yet, at a free address.
    ///
    /// # Errors
    /// When there is no free address.
    pub fn new(service: Option<Service>, environment: Vec<(String, String)>, log: PathBuf) -> anyhow::Result<Self> {
        let address = format!("127.0.0.1:{}", free_port()?);
        Ok(Self { service, environment, log, child: None, address, roots: None })
    }

    /// Sets a variable of its environment, for the next start. An empty value takes it away.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.environment.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Starts it, without waiting until it serves.
    ///
    /// # Errors
    /// When the program can't be run.
    pub fn spawn(&mut self) -> anyhow::Result<()> {
        self.kill();
        let log = OpenOptions::new().append(true).create(true).open(&self.log)?;
        let mut command = Command::new(binary());
        command
            .arg("serve")
            .args(self.service.map(Service::name))
            .env_remove("TENURE_CONFIG")
            .env("TENURE__SERVER__LISTEN", &self.address);
        command.envs(self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        command.stdin(Stdio::null()).stdout(Stdio::from(File::options().append(true).open(&self.log)?));
        self.child = Some(command.stderr(Stdio::from(log)).spawn()?);
        Ok(())
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// When it ends, or does not serve in time.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.spawn()?;
        self.serves().await
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// When it ends, or does not serve in time.
    pub async fn serves(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + START;
        while !self.is_serving().await {
            if let Some(status) = self.ended() {
                bail!("the server ended: {status}; {}", self.said());
            }
            anyhow::ensure!(Instant::now() < until, "the server does not serve: {}", self.said());
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Whether it says that it serves.
    async fn is_serving(&self) -> bool {
        if TcpStream::connect(&self.address).await.is_err() {
            return false;
        }
        let Some(endpoint) = self.endpoint() else { return false };
        let mut health = HealthClient::new(endpoint.connect_lazy());
        let answer = timeout(Duration::from_secs(2), health.check(HealthCheckRequest::default())).await;
        matches!(answer, Ok(Ok(answer)) if answer.get_ref().status() == ServingStatus::Serving)
    }

    fn endpoint(&self) -> Option<Endpoint> {
        let Some(roots) = &self.roots else { return Endpoint::from_shared(format!("http://{}", self.address)).ok() };
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(roots));
        Endpoint::from_shared(format!("https://{}", self.address)).ok()?.tls_config(tls).ok()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }

    /// Whether it ended by a crash.
    pub fn crashed(&mut self) -> bool {
        self.ended().is_some_and(|status| status.signal().is_some())
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // One that is gone already can't be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends a signal, such as `TERM`.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let child = self.child.as_ref().context("the server does not run")?;
        let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status()?;
        anyhow::ensure!(sent.success(), "no signal sent");
        Ok(())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub async fn ends(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            anyhow::ensure!(Instant::now() < until, "the server runs on after {limit:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The last it said.
    #[must_use]
    pub fn said(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that is free now, below those that the kernel hands out, so that it still is when a server starts anew.
///
/// # Errors
/// When a hundred in a row are taken.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..100 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + (std::process::id() as u16).wrapping_mul(101).wrapping_add(step) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port")
}
