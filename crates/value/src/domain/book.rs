//! Books: what is counted, learned and scored by itself.

use std::fmt;

use super::currency::Currency;

/// The longest code of a line, in bytes.
const LONGEST: usize = 64;

/// A product line by the source's code, or all lines together. Ordered as the codes are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Line([u8; LONGEST]);

impl Line {
    /// All lines, and what has none.
    pub(crate) const ALL: Self = Self([0; LONGEST]);

    /// From a code as collector takes it: up to 64 letters, digits, '.', '-', '_', ':' and '/'; empty: all lines.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let fits = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:/".contains(&byte));
        let mut line = Self::ALL;
        line.0.get_mut(..code.len()).filter(|_| fits)?.copy_from_slice(code.as_bytes());
        Some(line)
    }

    /// The code; empty: all lines.
    pub(crate) fn code(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(LONGEST);
        str::from_utf8(&self.0[..end]).unwrap_or_default()
    }

    /// Whether it is all lines together.
    pub(crate) fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Where something of this line counts: among all lines, and under its own.
    pub(crate) fn counted_in(self) -> impl Iterator<Item = Self> {
        std::iter::once(Self::ALL).chain((!self.is_all()).then_some(self))
    }

    /// Whether something of another line belongs to it.
    pub(crate) fn has(&self, other: &Self) -> bool {
        self.is_all() || self == other
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What is bought in a currency, of one product line or of all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Book {
    pub(crate) currency: Currency,
    pub(crate) line: Line,
}

impl Book {
    /// From both codes.
    pub(crate) fn from_codes(currency: &str, line: &str) -> Option<Self> {
        Some(Self { currency: Currency::from_code(currency)?, line: Line::from_code(line)? })
    }
}

impl From<Currency> for Book {
    /// All lines together.
    fn from(currency: Currency) -> Self {
        Self { currency, line: Line::ALL }
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.line.is_all() { "" } else { " " };
        write!(f, "{:?}{gap}{:?}", self.currency, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_codes_and_ordered_as_they_are() {
        let longest = "x".repeat(LONGEST);
        for code in ["", "motor", "Motor:2/a.b-c_d", &longest] {
            assert_eq!(Line::from_code(code).unwrap().code(), code);
        }
        for code in ["two words", "caf\u{e9}", "a\0", &"x".repeat(LONGEST + 1)] {
            assert_eq!(Line::from_code(code), None, "{code:?}");
        }
        let of = |code| Line::from_code(code).unwrap();
        assert!(of("") < of("home") && of("home") < of("home-2") && of("home-2") < of("motor"));
    }

    #[test]
    fn what_has_a_line_counts_under_it_and_among_all() {
        let motor = Line::from_code("motor").unwrap();
        assert_eq!(motor.counted_in().collect::<Vec<_>>(), [Line::ALL, motor]);
        assert_eq!(Line::ALL.counted_in().collect::<Vec<_>>(), [Line::ALL]);
        assert!(Line::ALL.has(&motor) && motor.has(&motor) && !motor.has(&Line::ALL));
    }

    #[test]
    fn a_book_of_all_lines_reads_as_its_currency() {
        let book = |line| format!("{:?}", Book::from_codes("EUR", line).unwrap());
        assert_eq!((book("").as_str(), book("motor").as_str()), ("EUR", "EUR motor"));
        assert_eq!(Book::from_codes("eur", ""), None);
    }
}
