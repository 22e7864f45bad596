//! Identifiers in canonical form, so that the same e-mail, phone or account always reads the same.

use std::str::FromStr;

/// What an identifier is, strongest first: the order decides which one names a record that has no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// A national number, such as the Dutch BSN.
    NationalId,
    /// A customer number of the issuer.
    CustomerNumber,
    /// A loyalty card number of the issuer.
    LoyaltyNumber,
    /// A login name of the issuer.
    Login,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A bank account.
    Iban,
    /// A policy or contract number of the issuer.
    PolicyNumber,
    /// A browser's cookie.
    Cookie,
    /// A device.
    Device,
}

impl IdentifierKind {
    /// Every kind, strongest first. The place plus one is the number on the wire.
    pub const ALL: [Self; 10] = [
        Self::NationalId,
        Self::CustomerNumber,
        Self::LoyaltyNumber,
        Self::Login,
        Self::Email,
        Self::Phone,
        Self::Iban,
        Self::PolicyNumber,
        Self::Cookie,
        Self::Device,
    ];

    /// The kind of a number on the wire.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        usize::try_from(number).ok()?.checked_sub(1).and_then(|place| Self::ALL.get(place)).copied()
    }

    /// The number on the wire.
    #[must_use]
    pub fn number(self) -> i32 {
        self as i32 + 1
    }

    /// Its name, such as "customer_number".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NationalId => "national_id",
            Self::CustomerNumber => "customer_number",
            Self::LoyaltyNumber => "loyalty_number",
            Self::Login => "login",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::PolicyNumber => "policy_number",
            Self::Cookie => "cookie",
            Self::Device => "device",
        }
    }

    /// Whether two records that say nothing else and share one belong to the same person.
    #[must_use]
    pub fn is_strong(self) -> bool {
        self <= Self::Email
    }

    /// Whether it means something only together with who issued it.
    #[must_use]
    pub fn has_issuer(self) -> bool {
        matches!(
            self,
            Self::CustomerNumber | Self::LoyaltyNumber | Self::Login | Self::PolicyNumber | Self::Cookie | Self::Device
        )
    }

    /// The canonical form of a value: `None` when it is not valid for the kind.
    #[must_use]
    pub fn canonical(self, value: &str) -> Option<String> {
        let value = value.trim();
        if value.is_empty() || value.len() > 320 || value.chars().any(char::is_control) {
            return None;
        }
        match self {
            Self::Email => email(value),
            Self::Phone => phone(value),
            Self::Iban => iban(value),
            Self::NationalId | Self::CustomerNumber | Self::LoyaltyNumber | Self::PolicyNumber => number(value),
            Self::Login => Some(value.to_lowercase()),
            Self::Cookie | Self::Device => Some(value.to_owned()),
        }
    }
}

impl FromStr for IdentifierKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// Lower case, one '@', a domain with a dot. Plus-addresses and dots are left alone: whether they are one mailbox is the
/// provider's rule, not ours.
fn email(value: &str) -> Option<String> {
    let (local, domain) = value.rsplit_once('@')?;
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    let fits = !local.is_empty()
        && local.len() <= 64
        && !local.contains(|letter: char| letter.is_whitespace() || letter == '@')
        && domain.contains('.')
        && domain.split('.').all(label);
    fits.then(|| value.to_lowercase())
}

/// E.164; a number without a country code is Dutch.
fn phone(value: &str) -> Option<String> {
    let international = value.strip_prefix("00").map(|rest| format!("+{rest}"));
    let number = phonenumber::parse(Some(phonenumber::country::NL), international.as_deref().unwrap_or(value)).ok()?;
    number.is_valid().then(|| number.format().mode(phonenumber::Mode::E164).to_string())
}

/// Upper case without spaces, its check digits right.
fn iban(value: &str) -> Option<String> {
    let compact: String = value.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_uppercase();
    compact.parse::<iban::Iban>().ok().map(|_| compact)
}

/// Upper case letters and digits; the separators that people put between them are dropped.
fn number(value: &str) -> Option<String> {
    let compact: String = value.chars().filter(|letter| !matches!(letter, ' ' | '.' | '-' | '/')).collect();
    (!compact.is_empty()).then(|| compact.to_uppercase())
}

/// Whether a text is an e-mail address or an IBAN, which must not be stored in clear.
#[must_use]
pub fn is_personal(text: &str) -> bool {
    let start: Vec<u8> = text.bytes().filter(|letter| !letter.is_ascii_whitespace()).take(4).collect();
    // Most are neither: an address has its '@', and an IBAN begins with a country and check digits.
    let account = matches!(start[..], [a, b, c, d] if [a, b].iter().all(u8::is_ascii_alphabetic)
        && [c, d].iter().all(u8::is_ascii_digit));
    (text.contains('@') && IdentifierKind::Email.canonical(text).is_some())
        || (account && IdentifierKind::Iban.canonical(text).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form_for_every_spelling() {
        let cases = [
            (IdentifierKind::Email, " Jan.de.Vries@Example.NL ", Some("jan.de.vries@example.nl")),
            (IdentifierKind::Email, "jan@localhost", None),
            (IdentifierKind::Email, "jan@@example.nl", None),
            (IdentifierKind::Email, "jan@exa mple.nl", None),
            (IdentifierKind::Phone, "06-12345678", Some("+31612345678")),
            (IdentifierKind::Phone, "+31 6 12 34 56 78", Some("+31612345678")),
            (IdentifierKind::Phone, "0031612345678", Some("+31612345678")),
            (IdentifierKind::Phone, "+32 470 12 34 56", Some("+32470123456")),
            (IdentifierKind::Phone, "12", None),
            (IdentifierKind::Iban, "nl91 abna 0417 1643 00", Some("NL91ABNA0417164300")),
            (IdentifierKind::Iban, "NL91ABNA0417164301", None),
            (IdentifierKind::CustomerNumber, "k-123.45", Some("K12345")),
            (IdentifierKind::CustomerNumber, " - ", None),
            (IdentifierKind::Login, "Jan", Some("jan")),
            (IdentifierKind::Cookie, "aB", Some("aB")),
            (IdentifierKind::Device, "a\u{0}b", None),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(kind.canonical(value).as_deref(), expected, "{kind:?} {value}");
        }
    }

    #[test]
    fn numbers_and_names_read_back() {
        for kind in IdentifierKind::ALL {
            assert_eq!(IdentifierKind::from_number(kind.number()), Some(kind));
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!(IdentifierKind::from_number(0), None);
        assert_eq!(IdentifierKind::from_number(11), None);
    }

    proptest! {
        #[test]
        fn canonical_forms_stay_as_they_are(value in ".{0,40}", place in 0..10_usize) {
            let kind = IdentifierKind::ALL[place];
            if let Some(once) = kind.canonical(&value) {
                prop_assert_eq!(kind.canonical(&once), Some(once));
            }
        }
    }

    #[test]
    fn knows_what_is_personal() {
        for text in ["jan@example.nl", " Jan+shop@Example.NL ", "NL91ABNA0417164300", "nl91 abna 0417 1643 00"] {
            assert!(is_personal(text), "{text}");
        }
        for text in ["", "o-1", "NL91", "NL91ABNA0417164301", "jan@host", "@", "2026-11-22", "é123", "AB12-345"] {
            assert!(!is_personal(text), "{text}");
        }
    }
}
