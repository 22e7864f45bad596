//! The log of all suites of a process, kept in memory; warnings are shown too, for the reader of a failed test.

use std::{
    io::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

use tracing_subscriber::{
    EnvFilter, Layer as _, filter::LevelFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

static KEPT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: OnceLock<()> = OnceLock::new();

struct Keep;

impl Write for Keep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts to keep the log; once for a process.
pub fn keep() {
    STARTED.get_or_init(|| {
        let kept = fmt::layer().with_ansi(false).with_writer(|| Keep).with_filter(EnvFilter::new(everything()));
        let shown = fmt::layer().with_ansi(false).with_test_writer().with_filter(LevelFilter::WARN);
        // A process that has a subscriber already keeps that one.
        let _ = tracing_subscriber::registry().with(kept).with(shown).try_init();
    });
}

/// The filter that lets all through that our crates say.
#[must_use]
pub fn everything() -> String {
    let ours = ["collector", "identity", "profile", "value", "expectation", "journal", "server", "store", "keyring"];
    ours.map(|name| format!("tenure_{name}=trace")).join(",") + ",info"
}

/// What was logged so far.
#[must_use]
pub fn kept() -> Vec<u8> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
