//! A look from afar: which letters a word has.

use super::head;

/// The letters of a word and its length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Glance {
    letters: u32,
    length: u32,
}

impl Glance {
    /// Letters and digits, folded into 32 bits.
    pub(crate) fn of(word: &[u8]) -> Self {
        let word = head(word);
        let letters = word.iter().fold(0, |letters, byte| letters | 1_u32 << (byte & 31));
        Self { letters, length: word.len() as u32 }
    }

    /// Whether two words are so far apart that they are more than two edits apart, in bags and in order, that neither
    /// starts with the other, and that their Jaro-Winkler similarity is below `similarity`. When not, nothing is known.
    pub(crate) fn far(self, other: Self, similarity: f64) -> bool {
        let (only_here, only_there) = self.only(other);
        if only_here.min(only_there) == 0 || only_here.max(only_there) <= 2 {
            return false;
        }
        let common = f64::from((self.length - only_here).min(other.length - only_there));
        let jaro = (common / f64::from(self.length) + common / f64::from(other.length) + 1.0) / 3.0;
        jaro + 0.4 * (1.0 - jaro) < similarity
    }

    /// How many edits two words are apart at least: one for each letter that only one of them has.
    pub(crate) fn edits(self, other: Self) -> u32 {
        let (only_here, only_there) = self.only(other);
        only_here.max(only_there)
    }

    /// How many letters only the one has, and only the other.
    fn only(self, other: Self) -> (u32, u32) {
        ((self.letters & !other.letters).count_ones(), (other.letters & !self.letters).count_ones())
    }
}
