//! The disk after a power cut: the undo logs of tests/env/preload/power_cut.c, applied.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// What a disk writes whole.
const SECTOR: usize = 512;
const RESIZE: u64 = 2;
const DURABLE_WRITE: u64 = 3;
const HEADER: usize = 48;

/// A layer that loses what was not synced.
#[derive(Debug)]
pub struct PowerCut {
    library: PathBuf,
    root: PathBuf,
    logs: PathBuf,
}

/// What a cut did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Writes that were not synced.
    pub unsynced: usize,
    /// Those of them that are gone.
    pub lost: usize,
    /// Those of them of which a part is gone.
    pub torn: usize,
}

impl PowerCut {
    /// A layer over the files below a folder; `None` where there is no C compiler. `scratch` is reachable by those who write.
    ///
    /// # Errors
    /// When it does not compile.
    pub fn create(root: &Path, scratch: &Path) -> anyhow::Result<Option<Self>> {
        use std::os::unix::fs::PermissionsExt as _;
        let Some(library) = super::preload::compile("power_cut", scratch)? else { return Ok(None) };
        let logs = scratch.join("undo");
        fs::create_dir_all(&logs)?;
        // PostgreSQL writes as another user than root.
        fs::set_permissions(&logs, fs::Permissions::from_mode(0o777))?;
        Ok(Some(Self { library, root: root.canonicalize()?, logs }))
    }

    /// The environment of a process that writes through it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("LD_PRELOAD".to_owned(), self.library.display().to_string()),
            ("POWER_CUT_ROOT".to_owned(), self.root.display().to_string()),
            ("POWER_CUT_LOG".to_owned(), self.logs.display().to_string()),
        ]
    }

    /// Cuts the power; all processes that write must be gone. Of what was not synced a seeded choice survives, at odd seeds
    /// nothing.
    ///
    /// # Errors
    /// When a log or a file can't be read or written.
    pub fn cut(&self, seed: u64) -> anyhow::Result<Cut> {
        let mut random = StdRng::seed_from_u64(seed);
        let survival = if seed.is_multiple_of(2) { 0.5 } else { 0.0 };
        let mut files = BTreeMap::new();
        find(&self.root, &mut files)?;
        let mut cut = Cut::default();
        for log in fs::read_dir(&self.logs)? {
            let log = log?.path();
            let name = log.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if let Some(file) = files.get(&name) {
                let records = read(&fs::read(&log)?);
                revert(file, &records, survival, &mut random, &mut cut).with_context(|| file.display().to_string())?;
            }
            fs::remove_file(&log)?;
        }
        Ok(cut)
    }
}

/// The files below a folder, by device and inode.
fn find(folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        if meta.is_dir() {
            find(&entry.path(), files)?;
        } else {
            files.insert(format!("{}-{}", meta.dev(), meta.ino()), entry.path());
        }
    }
    Ok(())
}

/// A write or a change of length.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    kind: u64,
    offset: u64,
    old: Vec<u8>,
    new: Vec<u8>,
    old_size: u64,
    new_size: u64,
}

/// The records of a log. A last one that is not whole was cut off before its write began.
fn read(bytes: &[u8]) -> Vec<Record> {
    let (mut rest, mut records) = (bytes, Vec::new());
    while let Some((record, length)) = read_one(rest) {
        records.push(record);
        rest = &rest[length..];
    }
    records
}

fn read_one(bytes: &[u8]) -> Option<(Record, usize)> {
    let number = |place: usize| {
        let field = bytes.get(place * 8..place * 8 + 8)?;
        Some(u64::from_ne_bytes(field.try_into().ok()?))
    };
    let (old, new) = (usize::try_from(number(2)?).ok()?, usize::try_from(number(3)?).ok()?);
    let record = Record {
        kind: number(0)?,
        offset: number(1)?,
        old: bytes.get(HEADER..HEADER + old)?.to_vec(),
        new: bytes.get(HEADER + old..HEADER + old + new)?.to_vec(),
        old_size: number(4)?,
        new_size: number(5)?,
    };
    Some((record, HEADER + old + new))
}

/// Takes everything back, last first, and does again what survives.
fn revert(path: &Path, records: &[Record], survival: f64, random: &mut StdRng, cut: &mut Cut) -> anyhow::Result<()> {
    let file = File::options().read(true).write(true).open(path)?;
    for record in records.iter().rev() {
        file.write_all_at(&record.old, record.offset)?;
        file.set_len(record.old_size)?;
    }
    for record in records {
        let synced = record.kind == DURABLE_WRITE;
        cut.unsynced += usize::from(!synced);
        if !synced && !random.random_bool(survival) {
            cut.lost += 1;
            continue;
        }
        if record.kind == RESIZE {
            file.set_len(record.new_size)?;
            continue;
        }
        let torn = !synced && record.new.len() > SECTOR && random.random_ratio(1, 4);
        cut.torn += usize::from(torn);
        for (place, sector) in record.new.chunks(SECTOR).enumerate() {
            if !torn || random.random_ratio(1, 2) {
                file.write_all_at(sector, record.offset + (place * SECTOR) as u64)?;
            }
        }
    }
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: u64, old: &[u8], new: &[u8], old_size: u64) -> Record {
        let new_size = old_size.max(offset + new.len() as u64);
        Record { kind: 1, offset, old: old.to_vec(), new: new.to_vec(), old_size, new_size }
    }

    #[test]
    fn what_is_lost_is_taken_back_and_what_was_written_durably_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "XXcdEEgh").expect("written");
        let mut records = vec![write(0, b"ab", b"XX", 4), write(4, b"", b"efgh", 4), write(4, b"ef", b"EE", 8)];
        records[2].kind = DURABLE_WRITE;
        let mut cut = Cut::default();
        revert(&path, &records, 0.0, &mut StdRng::seed_from_u64(1), &mut cut).expect("reverted");
        assert_eq!(fs::read(&path).expect("read"), b"abcdEE");
        assert_eq!(cut, Cut { unsynced: 2, lost: 2, torn: 0 });
    }

    #[test]
    fn a_record_that_is_not_whole_is_left_out() {
        let mut bytes = Vec::new();
        for field in [1_u64, 0, 1, 2, 1, 2] {
            bytes.extend(field.to_ne_bytes());
        }
        bytes.extend(b"abc");
        assert_eq!(read(&bytes), [write(0, b"a", b"bc", 1)]);
        assert_eq!(read(&[bytes.clone(), bytes[..50].to_vec()].concat()).len(), 1);
    }
}
