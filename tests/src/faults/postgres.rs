//! A PostgreSQL of its own, which a row can stop, start and cut the power of. It syncs like a production server.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use super::process::free_port;

/// A cluster.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    owner: Option<(u32, u32)>,
    port: u16,
    environment: Vec<(String, String)>,
}

impl Cluster {
    /// A new cluster that is not started yet; `None` where the server programs are not installed.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(settings: &[&str]) -> anyhow::Result<Option<Self>> {
        Self::create_on(settings, |_| true)
    }

    /// The same, with its data on a disk that is mounted on a folder first; `None` also where that fails.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create_on(settings: &[&str], mount: impl FnOnce(&Path) -> bool) -> anyhow::Result<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("tenure-faults-").tempdir_in(place())?;
        let owner = owner()?;
        if !mount(folder.path()) {
            return Ok(None);
        }
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        let cluster = Self { programs, folder, owner, port: free_port()?, environment: Vec::new() };
        let data = cluster.data();
        let data = data.to_str().context("a path")?;
        cluster
            .run("initdb", &["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])?;
        let fixed = format!(
            "port = {}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 300\n\
             shared_buffers = 64MB\nfsync = on\nsynchronous_commit = on\nfull_page_writes = on\n{}\n",
            cluster.port,
            settings.join("\n")
        );
        let file = cluster.data().join("postgresql.conf");
        let before = fs::read_to_string(&file)?;
        fs::write(file, format!("{before}\n{fixed}"))?;
        Ok(Some(cluster))
    }

    /// Whether it has a program beside those of a server.
    #[must_use]
    pub fn can(&self, program: &str) -> bool {
        has(&self.programs, &[program])
    }

    /// Where its data is.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder that its owner can reach.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How to reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Sets the environment for the next start.
    pub fn set_environment(&mut self, environment: Vec<(String, String)>) {
        self.environment = environment;
    }

    /// Starts it and waits until it takes connections, after recovery if need be.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&self) -> anyhow::Result<()> {
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let (data, log) = (data.to_str().context("a path")?, log.to_str().context("a path")?);
        self.run("pg_ctl", &["start", "-s", "-w", "-t", "120", "-D", data, "-l", log]).map(|_| ())
    }

    /// Starts it if it has ended.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&self) -> anyhow::Result<()> {
        let data = self.data();
        match self.run("pg_ctl", &["status", "-D", data.to_str().context("a path")?]) {
            Ok(_) => Ok(()),
            Err(_) => self.start(),
        }
    }

    /// Stops it in a mode: `fast`, or `immediate`, which is a crash.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self, mode: &str) -> anyhow::Result<()> {
        let data = self.data();
        self.run("pg_ctl", &["stop", "-s", "-m", mode, "-D", data.to_str().context("a path")?]).map(|_| ())
    }

    /// Kills all of its processes with `kill -9`.
    ///
    /// # Errors
    /// When it does not run, or some go on.
    pub fn kill(&self) -> anyhow::Result<()> {
        let first = fs::read_to_string(self.data().join("postmaster.pid"))?;
        let first: u32 = first.lines().next().context("a process")?.trim().parse()?;
        // Stopped, it starts no others and does not see those that end.
        signal("STOP", &[first]);
        let others = children(first);
        signal("KILL", &others);
        signal("KILL", &[first]);
        let until = Instant::now() + Duration::from_secs(10);
        while others.iter().chain([&first]).any(|id| is_alive(*id)) {
            anyhow::ensure!(Instant::now() < until, "a process of PostgreSQL survives");
            std::thread::sleep(Duration::from_millis(5));
        }
        // After a power cut nobody has its number; here a process that nobody waited for may have it a while.
        Ok(fs::remove_file(self.data().join("postmaster.pid"))?)
    }

    /// Runs one of its programs.
    ///
    /// # Errors
    /// When it fails.
    pub fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(self.folder.path()).env("LC_ALL", "C").stdin(Stdio::null());
        if program == "pg_ctl" {
            command.envs(self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        }
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        // The server keeps what it inherits; a pipe of ours would never end.
        let output = self.folder.path().join("output");
        let file = fs::File::create(&output)?;
        let status = command.stdout(file.try_clone()?).stderr(file).status().with_context(|| program.to_owned())?;
        let said = fs::read(&output)?;
        if !status.success() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let log = lines[lines.len().saturating_sub(8)..].join("\n");
            bail!("{program} failed: {}\n{log}", String::from_utf8_lossy(&said));
        }
        Ok(Output { status, stdout: said, stderr: Vec::new() })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            let _ = self.stop("immediate");
        }
    }
}

/// The folder of the server programs: from PATH, else the newest of the places that distributions use.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let mut usual: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    usual.sort();
    folders.extend(usual.into_iter().rev());
    let mut folders = folders.into_iter().filter(|folder| has(folder, &["initdb", "pg_ctl", "postgres"]));
    // Where some are only linked to, all are where the links lead.
    let linked = |folder: &PathBuf| Some(folder.join("initdb").canonicalize().ok()?.parent()?.to_owned());
    folders.find_map(|folder| linked(&folder).filter(|real| has(real, &["postgres"])).or(Some(folder)))
}

fn has(folder: &Path, programs: &[&str]) -> bool {
    programs.iter().all(|name| folder.join(name).exists())
}

fn place() -> PathBuf {
    std::env::var_os("TMPDIR").map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from)
}

/// PostgreSQL refuses to run as root, so root hands it to another user.
fn owner() -> anyhow::Result<Option<(u32, u32)>> {
    let ours = fs::read_to_string("/proc/self/status")?;
    let root = ours.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"));
    if !root {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Ok(Some(["postgres", "nobody"].into_iter().find_map(find).context("no user to run PostgreSQL")?))
}

fn signal(name: &str, processes: &[u32]) {
    if !processes.is_empty() {
        // One that is gone already can't be told.
        let _ = Command::new("kill")
            .arg(format!("-{name}"))
            .args(processes.iter().map(u32::to_string))
            .stderr(Stdio::null())
            .status();
    }
}

/// The state and the parent of a process.
fn stat(process: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn is_alive(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != 'Z' && state != 'X')
}

fn children(of: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    all.filter(|process| stat(*process).is_some_and(|(_, parent)| parent == of)).collect()
}
