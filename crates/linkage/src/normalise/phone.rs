//! Phone numbers.

use phonenumber::country;

/// Countries with their calling code, the prefix of national numbers, and the length of a number that has its code and no
/// plus: the common case, read without the library.
const PLANS: &[(&str, &str, &str, usize)] = &[
    ("NL", "31", "0", 11),
    ("BE", "32", "0", 11),
    ("DE", "49", "0", 12),
    ("FR", "33", "0", 11),
    ("GB", "44", "0", 12),
    ("AT", "43", "0", 12),
    ("CH", "41", "0", 11),
    ("ES", "34", "", 11),
    ("PT", "351", "", 12),
    ("DK", "45", "", 10),
    ("NO", "47", "", 10),
    ("SE", "46", "0", 11),
    ("IE", "353", "0", 12),
    ("AU", "61", "0", 11),
    ("US", "1", "", 11),
    ("CA", "1", "", 11),
    ("PL", "48", "", 11),
];

/// E.164 digits without the plus, read in `country` (two letters, ISO 3166) where no country code is given; digits as they
/// are if the number follows no plan. `None` below five digits, for one digit repeated, and for a number of more than 15.
#[must_use]
pub fn phone(text: &str, country: &str) -> Option<u64> {
    let mut digits = String::with_capacity(16);
    let mut plus = false;
    let main = text.split(['x', 'X', '#']).next().unwrap_or_default();
    for letter in main.replace("(0)", "").chars().take(40) {
        match letter {
            '0'..='9' => digits.push(letter),
            '+' if digits.is_empty() => plus = true,
            _ => {}
        }
    }
    let first = digits.bytes().next()?;
    if digits.len() < 5 || digits.len() > 17 || digits.bytes().skip(1).all(|byte| byte == first) {
        return None;
    }
    let international = match (plus, digits.strip_prefix("00")) {
        (true, _) => Some(digits.as_str()),
        (false, rest) => rest,
    };
    let full = match international {
        Some(full) => full.to_owned(),
        None => national(&digits, country),
    };
    let number = full.parse().ok()?;
    (full.len() <= 15 && number > 9_999).then_some(number)
}

/// A national number with its country code.
fn national(digits: &str, country: &str) -> String {
    if let Some((_, code, prefix, length)) = PLANS.iter().find(|(name, ..)| *name == country) {
        if digits.starts_with(code) && digits.len() >= *length {
            return digits.to_owned();
        }
        return digits.strip_prefix(prefix).map_or_else(|| digits.to_owned(), |rest| format!("{code}{rest}"));
    }
    let Ok(country) = country.parse::<country::Id>() else { return digits.to_owned() };
    match phonenumber::parse(Some(country), digits) {
        Ok(number) => format!("{}{}", number.code().value(), number.national()),
        Err(_) => digits.to_owned(),
    }
}
