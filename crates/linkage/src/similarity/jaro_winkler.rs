//! Jaro-Winkler similarity.

use super::head;

/// The weight of a common start, and the longest start that counts (Winkler 1990).
const START_WEIGHT: f64 = 0.1;
const START: usize = 4;

/// 0 to 1, where 1 is equal: Jaro's similarity, raised for a common start of up to four bytes. Two empty strings are equal.
#[must_use]
pub fn jaro_winkler(left: &[u8], right: &[u8]) -> f64 {
    let (left, right) = (head(left), head(right));
    let jaro = jaro(left, right);
    let start = left.iter().zip(right).take(START).take_while(|(a, b)| a == b).count();
    jaro + start as f64 * START_WEIGHT * (1.0 - jaro)
}

fn jaro(left: &[u8], right: &[u8]) -> f64 {
    // The shorter first, so that the result is the same in both directions whatever the ties.
    let (short, long) = if (left.len(), left) <= (right.len(), right) { (left, right) } else { (right, left) };
    if short.is_empty() {
        return if long.is_empty() { 1.0 } else { 0.0 };
    }
    let reach = (long.len() / 2).saturating_sub(1);
    let (mut in_short, mut in_long) = (0_u64, 0_u64);
    for (place, byte) in short.iter().enumerate() {
        let from = place.saturating_sub(reach);
        let to = (place + reach + 1).min(long.len());
        if let Some(found) = (from..to).find(|&at| in_long & (1 << at) == 0 && long[at] == *byte) {
            in_short |= 1 << place;
            in_long |= 1 << found;
        }
    }
    let common = in_short.count_ones();
    if common == 0 {
        return 0.0;
    }
    let mut moved = 0_u32;
    while in_short != 0 {
        moved += u32::from(short[in_short.trailing_zeros() as usize] != long[in_long.trailing_zeros() as usize]);
        in_short &= in_short - 1;
        in_long &= in_long - 1;
    }
    let common = f64::from(common);
    let parts = common / short.len() as f64 + common / long.len() as f64 + (common - f64::from(moved / 2)) / common;
    parts / 3.0
}
