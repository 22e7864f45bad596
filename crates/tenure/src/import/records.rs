//! Cutting a file into records.

use std::io::{self, BufRead, BufReader, Read};

use super::cells::Cells;

/// The largest record, in bytes. A touchpoint is at most 64 KiB; a quote that is never closed would take in the whole file.
pub(super) const RECORD_BYTES: usize = 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A record, whose cells are [`Records::cells`], or a line that is none.
pub(super) struct Record {
    /// The number of its first line, from 1.
    pub(super) first: u64,
    /// The number of its last line.
    pub(super) last: u64,
    /// Why it is none.
    pub(super) fault: Option<Fault>,
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It opens a quote, and the lines up to the one that closes it are no record either.
    OpenQuote,
    /// It is longer than [`RECORD_BYTES`].
    TooLong,
}

/// The records of a file.
///
/// A quote that is opened by mistake would take in all lines up to the next quote. So a record of several lines is one only
/// if it has the right number of columns and nothing between a closing quote and the end of its cell. If not, its first line is
/// bad, and the second is read as the begin of another record. Lines wait in memory for that, a few MiB at most, and no line
/// is read more often than there are columns, and once or twice more: each further line that opens a quote of its own adds a
/// column to the records that began before it.
pub(super) struct Records<R> {
    input: BufReader<R>,
    delimiter: u8,
    /// Whole lines that were read; those before `at` are done with.
    lines: Vec<u8>,
    at: usize,
    /// The number of the line at `at`.
    number: u64,
    bytes: u64,
    cells: Cells,
}

impl<R: Read> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> io::Result<Self> {
        let input = BufReader::new(input);
        let (lines, cells) = (Vec::new(), Cells::default());
        let mut records = Self { input, delimiter, lines, at: 0, number: 1, bytes: 0, cells };
        records.read_line()?;
        if records.lines.starts_with(BYTE_ORDER_MARK) {
            records.at = BYTE_ORDER_MARK.len();
        }
        Ok(records)
    }

    /// The cells of the record that was found last.
    pub(super) fn cells(&self) -> &Cells {
        &self.cells
    }

    /// How many bytes were read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next record; `None` at the end of the file. One of several lines has `columns`, if given; of one line, any number.
    pub(super) fn next(&mut self, columns: Option<usize>) -> io::Result<Option<Record>> {
        self.forget();
        self.cells.clear();
        let Some(first_end) = self.line_end(self.at)? else { return Ok(None) };
        let (mut end, mut count) = (first_end, 1);
        let too_long = first_end - self.at > RECORD_BYTES;
        if !too_long {
            self.cells.add(&self.lines[self.at..first_end], self.delimiter);
        }
        while self.cells.is_open() && columns.is_none_or(|columns| self.cells.len() <= columns) {
            let Some(next) = self.line_end(end)?.filter(|next| next - self.at <= RECORD_BYTES) else { break };
            self.cells.add(&self.lines[end..next], self.delimiter);
            (end, count) = (next, count + 1);
        }
        let fault = match () {
            () if too_long => Some(Fault::TooLong),
            () if self.cells.is_open() => Some(Fault::OpenQuote),
            () if count > 1 && !self.is_sound(columns) => Some(Fault::OpenQuote),
            () => None,
        };
        if fault.is_some() {
            (end, count) = (first_end, 1);
        }
        let first = self.number;
        (self.at, self.number) = (end, first + count);
        Ok(Some(Record { first, last: first + count - 1, fault }))
    }

    fn is_sound(&self, columns: Option<usize>) -> bool {
        !self.cells.is_loose() && columns.is_none_or(|columns| self.cells.len() == columns)
    }

    /// Lets go of lines that are done with, seldom enough to cost nothing.
    fn forget(&mut self) {
        if self.at * 2 >= self.lines.len() {
            self.lines.drain(..self.at);
            self.at = 0;
        }
    }

    /// Where the line that begins at a place ends; `None` at the end of the file.
    fn line_end(&mut self, begin: usize) -> io::Result<Option<usize>> {
        if begin == self.lines.len() && !self.read_line()? {
            return Ok(None);
        }
        Ok(self.lines[begin..].iter().position(|byte| *byte == b'\n').map(|place| begin + place + 1))
    }

    /// Reads another line, and ends it if it has no end; of one that is too long only the begin. `false` at the end of the file.
    fn read_line(&mut self) -> io::Result<bool> {
        let limit = RECORD_BYTES as u64 + 1;
        let read = self.input.by_ref().take(limit).read_until(b'\n', &mut self.lines)? as u64;
        self.bytes += read;
        if read > 0 && self.lines.last() != Some(&b'\n') {
            self.lines.push(b'\n');
            if read == limit {
                self.bytes += self.input.skip_until(b'\n')? as u64;
            }
        }
        Ok(read > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::repeat;

    use super::*;

    /// A line over and over, in which each opens a quote, however the one before it ended.
    struct Opening(usize);

    impl Read for Opening {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            const LINE: &[u8] = b"x\",\"y\n";
            for byte in buffer.iter_mut() {
                *byte = LINE[self.0 % LINE.len()];
                self.0 += 1;
            }
            Ok(buffer.len())
        }
    }

    #[test]
    fn memory_stays_the_same_however_many_quotes_are_open() {
        let mut records = Records::new(Opening(0).take(600_000), b',').unwrap();
        let mut count = 0;
        while let Some(record) = records.next(Some(4)).unwrap() {
            count += 1;
            assert_eq!((record.first, record.fault), (count, Some(Fault::OpenQuote)));
        }
        assert_eq!((count, records.bytes()), (100_000, 600_000));
        assert!(records.lines.capacity() < 64 * 1024, "{}", records.lines.capacity());
    }

    #[test]
    fn memory_stays_the_same_however_long_a_line_is() {
        let mut records = Records::new(repeat(b'x').take(5_000_000), b',').unwrap();
        assert_eq!(records.next(None).unwrap().unwrap().fault, Some(Fault::TooLong));
        assert!(records.next(None).unwrap().is_none());
        assert_eq!(records.bytes(), 5_000_000);
        assert!(records.lines.capacity() < 4 * RECORD_BYTES, "{}", records.lines.capacity());
    }
}
