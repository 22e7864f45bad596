//! Numbers that others gave: national numbers, customer numbers, chamber of commerce numbers.

/// Letters and digits in upper case, without separators; `None` when there are none, or all are the same digit, which is
/// how systems write "unknown". Leading zeros stay: some numbers have them and some lose them, so numbers of digits only
/// are brought to their value.
#[must_use]
pub fn number(text: &str) -> Option<String> {
    let plain: String =
        text.chars().filter(char::is_ascii_alphanumeric).take(64).map(|letter| letter.to_ascii_uppercase()).collect();
    let digits_only = plain.bytes().all(|byte| byte.is_ascii_digit());
    let plain = if digits_only { plain.trim_start_matches('0').to_owned() } else { plain };
    let first = plain.bytes().next()?;
    let unknown = plain.len() > 3 && plain.bytes().all(|byte| byte == first);
    (!unknown).then_some(plain)
}

/// Whether a Dutch citizen service number (BSN) of eight or nine digits passes its eleven test.
#[must_use]
pub fn is_valid_bsn(plain: &str) -> bool {
    if !(8..=9).contains(&plain.len()) || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let digits = plain.bytes().rev().map(|byte| i32::from(byte - b'0'));
    let sum: i32 =
        digits.enumerate().map(|(place, digit)| if place == 0 { -digit } else { (place as i32 + 1) * digit }).sum();
    sum % 11 == 0
}
