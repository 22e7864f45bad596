//! Distance of letters regardless of their order.

use super::head;

/// How many letters the one has that the other lacks, the larger of both ways: small for a scrambled word.
#[must_use]
pub fn bag_distance(left: &[u8], right: &[u8]) -> u32 {
    let mut counts = [0_i8; 128];
    head(left).iter().for_each(|byte| counts[usize::from(byte & 127)] += 1);
    head(right).iter().for_each(|byte| counts[usize::from(byte & 127)] -= 1);
    let (mut more, mut less) = (0_u32, 0_u32);
    for count in counts {
        if count > 0 {
            more += u32::from(count.unsigned_abs());
        } else {
            less += u32::from(count.unsigned_abs());
        }
    }
    more.max(less)
}
