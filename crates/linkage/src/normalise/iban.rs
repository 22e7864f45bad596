//! Bank accounts.

use ::iban::Iban;

/// An account number in electronic form: valid IBANs as they are printed without spaces; what is not a valid IBAN, such as
/// one with a typo or an older account number, as its letters and digits. `None` below five of them.
#[must_use]
pub fn iban(text: &str) -> Option<String> {
    let plain: String =
        text.chars().filter(char::is_ascii_alphanumeric).take(64).map(|letter| letter.to_ascii_uppercase()).collect();
    (plain.len() >= 5).then_some(plain)
}

/// Whether the checksum and the form of the country hold.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    text.len() <= 64 && text.parse::<Iban>().is_ok()
}
