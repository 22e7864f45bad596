//! Settings that are wrong: the command says which and ends, and shows no secret.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use futures::FutureExt as _;
use tempfile::TempDir;

use crate::{
    cluster::binary,
    faults::{
        oracle::Verdict,
        table::{Case, Kind, Played, Row},
    },
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F36",
    fault: "a wrong or missing setting, key, folder or table",
    kinds: &[Kind::Sqlite],
    play: |_: Case| async { play() }.boxed(),
};

/// What must never be said.
const SECRET: &str = "hunter2hunter2";

/// Settings, and what must be said of them. `FOLDER` stands for a folder of the case's own.
const CASES: &[(&[(&str, &str)], &str)] = &[
    (&[("TENURE__SERVER__LISTEN", "nonsense")], "listen"),
    (&[("TENURE__SERVER__LISTEN", "127.0.0.1:99999")], "listen"),
    (&[("TENURE__SERVER__LISTEN", "203.0.113.1:7411")], "listen"),
    (&[("TENURE__SERVER__LISTENN", "127.0.0.1:0")], "listenn"),
    (&[("TENURE__SERVER__MAX_CONCURRENT_CALLS", "0")], "max_concurrent_calls"),
    (&[("TENURE__SERVER__MAX_CONCURRENT_CALLS", "many")], "max_concurrent_calls"),
    (&[("TENURE__SERVER__DRAIN_MS", "999999999")], "drain_ms"),
    (&[("TENURE__SERVER__DRAIN_PAUSE_MS", "60001")], "drain_pause_ms"),
    (&[("TENURE__SERVER__TLS__CERT_FILE", "FOLDER/none.pem")], "tls"),
    (&[("TENURE__SERVER__TLS__KEY_FILE", "FOLDER/none.key")], "tls"),
    (&[("TENURE__BOGUS__X", "1")], "bogus"),
    (&[("TENURE__STORE__URL", "mysql://root:hunter2hunter2@localhost/x")], "store.url"),
    (&[("TENURE__STORE__URL", "")], "store.url"),
    (&[("TENURE__STORE__MAX_CONNECTIONS", "1")], "max_connections"),
    (&[("TENURE__STORE__MAX_CONNECTIONS", "500")], "max_connections"),
    (&[("TENURE__STORE__AUTO_MIGRATE", "false")], "tenure migrate"),
    (&[("TENURE__STORE__URL", "postgres://u:hunter2hunter2@127.0.0.1:1/x")], "kek_file"),
    (&[("TENURE__STORE__URL", "sqlite:FOLDER/file")], "file"),
    (&[("TENURE__FOLLOW__RANGES", "0")], "ranges"),
    (&[("TENURE__FOLLOW__RANGES", "17")], "ranges"),
    (&[("TENURE__TELEMETRY__FORMAT", "xml")], "format"),
    (&[("TENURE__TELEMETRY__LOG", "a=b=c")], "log"),
    (&[("TENURE__COLLECTOR__QUARANTINE_LIMIT", "-1")], "quarantine_limit"),
    (&[("TENURE__COLLECTOR__QUEUE_LIMIT", "0")], "queue_limit"),
    (&[("TENURE__PROFILE__HOT_BYTES", "-5")], "hot_bytes"),
    (&[("TENURE__VALUE__FITS_AT_ONCE", "0")], "fits_at_once"),
    (&[("TENURE__KEYRING__KEK_FILE", "FOLDER/none")], "FOLDER/none"),
    (&[("TENURE__KEYRING__KEK_FILE", "FOLDER/file")], "FOLDER/file"),
    (&[("TENURE__KEYRING__KEK_FILE", "FOLDER/open")], "FOLDER/open"),
    (&[("TENURE__CREDENTIALS__API_KEYS_FILE", "FOLDER/none")], "FOLDER/none"),
    (&[("TENURE__CREDENTIALS__API_KEYS_FILE", "FOLDER/file")], "FOLDER/file"),
    (&[("TENURE_CONFIG", "FOLDER/none.toml")], "none.toml"),
    (&[("TENURE_CONFIG", "FOLDER/file")], "file"),
    (&[("TENURE_CONFIG", "FOLDER/unknown.toml")], "sorcery"),
    (
        &[
            ("TENURE__STORE__URL", "postgres://u:hunter2hunter2@127.0.0.1:1/x"),
            ("TENURE__KEYRING__KEK_FILE", "FOLDER/kek"),
            ("TENURE__CREDENTIALS__API_KEYS_FILE", "FOLDER/keys"),
        ],
        "database unavailable",
    ),
];

fn play() -> anyhow::Result<Played> {
    let mut verdict = Verdict { rebuilt: true, ..Verdict::default() };
    for (settings, expected) in CASES {
        let folder = TempDir::new()?;
        prepare(folder.path())?;
        let path = folder.path().display().to_string();
        if let Err(wrong) = refused(&path, settings, &expected.replace("FOLDER", &path)) {
            verdict.findings.push(format!("{settings:?}: {wrong}"));
        }
    }
    Ok(Played::judged(verdict, None, format!("{} cases", CASES.len())))
}

fn prepare(folder: &Path) -> anyhow::Result<()> {
    let private = std::fs::Permissions::from_mode(0o600);
    for (name, text) in [
        ("file", format!("{SECRET} = {SECRET} [")),
        ("open", "07".repeat(32)),
        ("kek", "07".repeat(32)),
        ("keys", String::new()),
        ("unknown.toml", "[sorcery]\nspell = 1\n".to_owned()),
    ] {
        std::fs::write(folder.join(name), text)?;
        std::fs::set_permissions(folder.join(name), private.clone())?;
    }
    Ok(std::fs::set_permissions(folder.join("open"), std::fs::Permissions::from_mode(0o644))?)
}

/// Starts the command and says what is wrong with its end, if anything is.
fn refused(folder: &str, settings: &[(&str, &str)], expected: &str) -> Result<(), String> {
    let mut command = Command::new(binary());
    command.arg("serve").current_dir(folder).env("TENURE__SERVER__LISTEN", "127.0.0.1:0");
    command.env_remove("TENURE_CONFIG").env("TENURE__STORE__URL", format!("sqlite:{folder}/data"));
    command.envs(settings.iter().map(|(name, value)| (*name, value.replace("FOLDER", folder))));
    let output = std::fs::File::create(format!("{folder}/output")).map_err(|error| error.to_string())?;
    let (stdout, stderr) = (output.try_clone().map_err(|error| error.to_string())?, output);
    let child = command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let until = Instant::now() + Duration::from_secs(30);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            _ if Instant::now() > until => {
                let _ = (child.kill(), child.wait());
                return Err("it serves".to_owned());
            }
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let said = std::fs::read_to_string(format!("{folder}/output")).unwrap_or_default();
    let lines = said.lines().filter(|line| !line.trim().is_empty()).count();
    match () {
        () if status.success() => Err("it ends well".to_owned()),
        () if said.contains(SECRET) => Err("it says a secret".to_owned()),
        () if !said.contains(expected) => Err(format!("it does not name {expected}: {said}")),
        () if lines > 3 => Err(format!("it says {lines} lines: {said}")),
        () => Ok(()),
    }
}
