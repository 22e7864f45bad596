//! Edit distance with transpositions, bit-parallel.

use super::{Glance, head};

/// Insertions, deletions, substitutions and swaps of neighbours that turn `left` into `right` (optimal string alignment:
/// no part is edited twice). Bit-parallel after Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
/// distances" (2003): one step a byte.
#[must_use]
pub fn edit_distance(left: &[u8], right: &[u8]) -> u32 {
    let (pattern, text) = (head(left), head(right));
    if pattern == text {
        return 0;
    }
    if pattern.is_empty() || text.is_empty() {
        return pattern.len().max(text.len()) as u32;
    }
    let mut places = [0_u64; 128];
    for (place, byte) in pattern.iter().enumerate() {
        places[usize::from(byte & 127)] |= 1 << place;
    }
    let last = 1_u64 << (pattern.len() - 1);
    let (mut diagonal, mut rises, mut falls, mut before) = (0_u64, u64::MAX, 0_u64, 0_u64);
    let mut distance = pattern.len() as u32;
    for byte in text {
        let here = places[usize::from(byte & 127)];
        let swapped = ((!diagonal & here) << 1) & before;
        diagonal = ((here & rises).wrapping_add(rises) ^ rises) | here | falls | swapped;
        let across_up = falls | !(diagonal | rises);
        let across_down = diagonal & rises;
        distance += u32::from(across_up & last != 0);
        distance -= u32::from(across_down & last != 0);
        let across_up = (across_up << 1) | 1;
        rises = (across_down << 1) | !(diagonal | across_up);
        falls = across_up & diagonal;
        before = here;
    }
    distance
}

/// Whether two words are at most so many edits apart. That they are not is mostly seen from afar.
pub(crate) fn within(left: &[u8], right: &[u8], edits: u32) -> bool {
    Glance::of(left).edits(Glance::of(right)) <= edits && edit_distance(left, right) <= edits
}
