//! Reading a file with a limit to each record.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The largest record, in bytes. A touchpoint is at most 64 KiB; a quote that is never closed would take in the whole file.
pub(super) const RECORD_BYTES: usize = 1024 * 1024;

/// A file that always ends with a line end, and fails where a record is too large.
pub(super) struct Metered<R> {
    inner: R,
    since_record: Arc<AtomicUsize>,
    last: u8,
}

/// Tells the reader that a record was read.
pub(super) struct Meter(Arc<AtomicUsize>);

impl Meter {
    pub(super) fn record_read(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl<R: Read> Metered<R> {
    pub(super) fn new(inner: R) -> (Self, Meter) {
        let since_record = Arc::new(AtomicUsize::new(0));
        (Self { inner, since_record: since_record.clone(), last: b'\n' }, Meter(since_record))
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read > 0 {
            self.last = buffer[read - 1];
        } else if self.last != b'\n' && !buffer.is_empty() {
            buffer[0] = b'\n';
            self.last = b'\n';
            return Ok(1);
        }
        if self.since_record.fetch_add(read, Ordering::Relaxed) > RECORD_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than 1 MiB; is a quote not closed?"));
        }
        Ok(read)
    }
}
