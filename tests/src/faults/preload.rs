//! Layers below a process, compiled from tests/env/preload by the C compiler that building needs anyway.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

/// Compiles a layer into a folder; `None`, said loudly, where there is no C compiler.
///
/// # Errors
/// When it does not compile.
pub fn compile(name: &str, folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("env/preload/{name}.c"));
    let library = folder.join(format!("{name}.so"));
    let arguments = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"];
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let Ok(made) = Command::new(compiler).args(arguments).arg(&library).arg(&source).arg("-ldl").output() else {
        return Ok(None);
    };
    anyhow::ensure!(made.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&made.stderr));
    Ok(Some(library))
}

/// A wall clock that a test moves.
#[derive(Debug)]
pub struct MovedClock {
    library: PathBuf,
    file: PathBuf,
}

impl MovedClock {
    /// A clock that goes right until it is moved; `None` where there is no C compiler.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(folder: &Path, name: &str) -> anyhow::Result<Option<Self>> {
        let Some(library) = compile("clock", folder)? else { return Ok(None) };
        let clock = Self { library, file: folder.join(name) };
        clock.set(0)?;
        Ok(Some(clock))
    }

    /// Has it be ahead by so many milliseconds, or behind.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn set(&self, millis: i64) -> anyhow::Result<()> {
        use std::os::unix::fs::FileExt as _;
        let mut open = std::fs::OpenOptions::new();
        let file = open.write(true).create(true).truncate(false).open(&self.file);
        let file = file.with_context(|| format!("{}", self.file.display()))?;
        Ok(file.write_all_at(&(millis * 1_000).to_ne_bytes(), 0)?)
    }

    /// The environment of a process that goes by it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("LD_PRELOAD".to_owned(), self.library.display().to_string()),
            ("CLOCK_FILE".to_owned(), self.file.display().to_string()),
        ]
    }
}
