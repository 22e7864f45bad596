//! The cells of a record.

/// Where in a record the next byte stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// At the begin of a cell.
    #[default]
    Begin,
    /// In a cell without quotes, or behind a closing one.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote between quotes: it closes, or the next byte doubles it.
    Quote,
}

/// The cells of a record, which is given line by line until no quote is open.
///
/// They are the ones that the crate csv would read, which does not say whether a quote is open, nor where.
#[derive(Debug, Default)]
pub(super) struct Cells {
    text: Vec<u8>,
    ends: Vec<usize>,
    place: Place,
    loose: bool,
}

impl Cells {
    /// Begins another record.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        (self.place, self.loose) = (Place::Begin, false);
    }

    /// Adds a line, its line feed included.
    pub(super) fn add(&mut self, line: &[u8], delimiter: u8) {
        for &byte in line {
            self.place = match (self.place, byte) {
                (Place::Quoted, b'"') => Place::Quote,
                (Place::Begin, b'"') => Place::Quoted,
                (Place::Quoted, _) | (Place::Quote, b'"') => self.keep(byte, Place::Quoted),
                (_, b'\n') => self.end_line(),
                (_, byte) if byte == delimiter => self.end_cell(),
                (place, byte) => {
                    self.loose |= place == Place::Quote && byte != b'\r';
                    self.keep(byte, Place::Plain)
                }
            }
        }
    }

    fn keep(&mut self, byte: u8, next: Place) -> Place {
        self.text.push(byte);
        next
    }

    fn end_cell(&mut self) -> Place {
        self.ends.push(self.text.len());
        Place::Begin
    }

    /// The last cell ends, without the carriage return of the line's end.
    fn end_line(&mut self) -> Place {
        if self.text.len() > self.start(self.ends.len()) && self.text.last() == Some(&b'\r') {
            self.text.pop();
        }
        self.end_cell()
    }

    /// Whether a quote is open at the end of what was added.
    pub(super) fn is_open(&self) -> bool {
        self.place == Place::Quoted
    }

    /// Whether something stands between a closing quote and the end of its cell: that quote was not meant to close.
    pub(super) fn is_loose(&self) -> bool {
        self.loose
    }

    /// How many cells there are, the open one included.
    pub(super) fn len(&self) -> usize {
        self.ends.len() + usize::from(self.is_open())
    }

    /// Whether the line is empty.
    pub(super) fn is_blank(&self) -> bool {
        self.ends == [0]
    }

    /// The cells, as they stand in the file but for their quotes.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.ends.iter().enumerate().map(|(number, end)| &self.text[self.start(number)..*end])
    }

    fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

#[cfg(test)]
mod tests {
    use csv::{ByteRecord, ReaderBuilder, Terminator};

    use super::*;

    /// The records of a text, and whether a quote is open at its end.
    fn ours(text: &[u8]) -> (Vec<Vec<Vec<u8>>>, bool) {
        let (mut cells, mut records) = (Cells::default(), Vec::new());
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            cells.add(line, b',');
            if !cells.is_open() {
                records.push(cells.iter().map(<[u8]>::to_vec).collect());
                cells.clear();
            }
        }
        (records, cells.is_open())
    }

    /// The same by the crate csv; it takes an open quote for closed at the end.
    fn theirs(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = ReaderBuilder::new();
        reader.has_headers(false).flexible(true).terminator(Terminator::Any(b'\n'));
        let cells = |record: ByteRecord| record.iter().map(<[u8]>::to_vec).collect();
        let mut records: Vec<Vec<Vec<u8>>> =
            reader.from_reader(text).into_byte_records().map(|record| cells(record.unwrap())).collect();
        for last in records.iter_mut().filter_map(|record| record.last_mut()) {
            if last.last() == Some(&b'\r') {
                last.pop();
            }
        }
        records
    }

    #[test]
    fn short_texts_read_as_the_crate_csv_reads_them() {
        const LETTERS: [u8; 5] = *b"x\",\n\r";
        for length in 0..=6 {
            for number in 0..5_usize.pow(length) {
                let letter = |place| LETTERS[number / 5_usize.pow(place) % 5];
                let text: Vec<u8> = (0..length).map(letter).chain(*b"\n").collect();
                let ((mut ours, open), mut theirs) = (ours(&text), theirs(&text));
                if open {
                    theirs.pop();
                }
                // It passes over empty lines.
                ours.retain(|record| *record != [b""]);
                theirs.retain(|record| *record != [b""]);
                assert_eq!(ours, theirs, "{:?}", String::from_utf8_lossy(&text));
            }
        }
    }

    #[test]
    fn a_quote_that_was_not_meant_to_close_is_noticed() {
        let loose = |text: &[u8]| {
            let mut cells = Cells::default();
            cells.add(text, b',');
            cells.is_loose()
        };
        for text in ["\"a\nb\",c\n", "a\",b\n", "\"a\"\"b\",c\r\n", "a,\"b\"\r\n"] {
            assert!(!loose(text.as_bytes()), "{text}");
        }
        for text in ["\"a\nb\"c,d\n", "\"a\" ,b\n"] {
            assert!(loose(text.as_bytes()), "{text}");
        }
    }
}
