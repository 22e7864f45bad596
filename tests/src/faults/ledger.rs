//! What a load client sent and what was acknowledged to it, in a file of its own that is synced before an acknowledgement
//! counts. So the ledger knows of every acknowledgement, whatever becomes of the servers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::work::Said;

/// The ledger of a load. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger(Arc<Mutex<Book>>);

/// What stands in a ledger.
#[derive(Debug)]
pub struct Book {
    file: File,
    /// Everything that was ever sent, by event id.
    pub sent: BTreeMap<String, Said>,
    /// The ids that were acknowledged.
    pub acknowledged: BTreeSet<String>,
    /// How often a call ended in each way, such as `OK` or `UNAVAILABLE`.
    pub codes: BTreeMap<String, u64>,
    /// Outcomes that a sound touchpoint may not have.
    pub odd: Vec<String>,
    /// The longest call.
    pub longest: Duration,
    /// The latest acknowledgement.
    pub latest: Option<Instant>,
}

impl Ledger {
    /// A new ledger in a file.
    ///
    /// # Errors
    /// When the file can't be made.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("{}", path.display()))?;
        let book = Book {
            file,
            sent: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            codes: BTreeMap::new(),
            odd: Vec::new(),
            longest: Duration::ZERO,
            latest: None,
        };
        Ok(Self(Arc::new(Mutex::new(book))))
    }

    /// What stands in it.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is about to be sent.
    pub fn sends(&self, batch: &[Said]) {
        let mut book = self.book();
        for said in batch {
            book.sent.insert(said.event_id.clone(), said.clone());
        }
    }

    /// Notes how a call ended.
    pub fn ended(&self, code: &str, took: Duration) {
        let mut book = self.book();
        *book.codes.entry(code.to_owned()).or_default() += 1;
        book.longest = book.longest.max(took);
    }

    /// Notes an outcome that should not be.
    pub fn is_odd(&self, what: String) {
        self.book().odd.push(what);
    }

    /// Notes acknowledged ids; they count once the file is on the disk.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn acknowledge(&self, ids: &[String]) -> anyhow::Result<()> {
        let mut lines = ids.join("\n");
        lines.push('\n');
        let mut book = self.book();
        book.file.write_all(lines.as_bytes())?;
        book.file.sync_data()?;
        book.acknowledged.extend(ids.iter().cloned());
        book.latest = Some(Instant::now());
        Ok(())
    }

    /// How many ids were acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.book().acknowledged.len()
    }
}
