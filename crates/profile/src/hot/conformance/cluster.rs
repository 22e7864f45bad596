//! A Redis Cluster of three nodes that goes away with the test.

use std::{
    io::Write as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub(super) struct Cluster {
    nodes: Vec<Child>,
    ports: Vec<u16>,
    _folder: TempDir,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// What a command of `redis-cli` says.
fn ask(port: u16, words: &[&str]) -> String {
    let output = Command::new("redis-cli").args(["-p", &port.to_string()]).args(words).output().expect("redis-cli");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Cluster {
    /// `None`, said loudly, where there is no redis-server.
    pub(super) fn start() -> Option<Self> {
        if quiet(Command::new("redis-server").arg("--version")).status().is_err() {
            let _ = writeln!(std::io::stderr(), "SKIPPED on a Redis Cluster: there is no redis-server");
            return None;
        }
        let cluster = (0..10).find_map(Self::nodes).expect("ports that nobody else has");
        let addresses = cluster.ports.iter().map(|port| format!("127.0.0.1:{port}"));
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(addresses).args(["--cluster-replicas", "0", "--cluster-yes"]);
        assert!(quiet(&mut create).status().expect("redis-cli").success(), "a cluster");
        let whole = |port: &u16| ask(*port, &["cluster", "info"]).contains("cluster_state:ok");
        wait_until("the cluster is whole", || cluster.ports.iter().all(whole));
        Some(cluster)
    }

    /// Three nodes that answer; `None` where a port of theirs is another's.
    fn nodes(attempt: u32) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        // All below the ports that the kernel hands out, and those by which the nodes talk, 10000 higher, too.
        let first = 10_000 + u16::try_from((std::process::id() + attempt * 1_009) % 4_000).expect("a port") * 3;
        let ports: Vec<u16> = (first..first + 3).collect();
        let start = |port: &u16| {
            let mut command = Command::new("redis-server");
            command.args(["--port", &port.to_string(), "--cluster-enabled", "yes", "--save", ""]);
            command.args(["--cluster-config-file", &format!("{port}.conf"), "--bind", "127.0.0.1"]);
            quiet(&mut command).current_dir(folder.path()).spawn().expect("a node")
        };
        let nodes = ports.iter().map(start).collect();
        let mut cluster = Self { nodes, ports, _folder: folder };
        let mut ended = false;
        wait_until("the nodes answer or end", || {
            ended = cluster.nodes.iter_mut().any(|node| node.try_wait().expect("a child").is_some());
            // A server that is none of ours would say that it is no cluster.
            ended || cluster.ports.iter().all(|port| ask(*port, &["cluster", "info"]).contains("cluster_state"))
        });
        (!ended).then_some(cluster)
    }

    /// Two of the nodes; the third is found out.
    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}, redis://127.0.0.1:{}", self.ports[0], self.ports[1])
    }

    /// Takes the scripts from all nodes.
    pub(super) fn forget_scripts(&self) {
        self.ports.iter().for_each(|port| assert!(ask(*port, &["script", "flush"]).contains("OK")));
    }

    /// How many keys each node holds.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.ports.iter().map(|port| ask(*port, &["dbsize"]).trim().parse().expect("a number")).collect()
    }
}
