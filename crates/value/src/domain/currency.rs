//! Currencies.

use std::fmt;

use tenure_kernel::money;

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Currency([u8; 3]);

impl Currency {
    /// From a code in three capital letters, in use or not: what was recorded stays readable when a code is withdrawn.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The code.
    pub(crate) fn code(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// An amount of minor units in words, such as "EUR 25.50".
    pub(crate) fn amount(self, minor_units: f64) -> String {
        let decimals = money::decimals(self.code()).unwrap_or(0);
        let places = usize::try_from(decimals).unwrap_or(0);
        let scale = (0..decimals).fold(1.0, |scale: f64, _| scale * 10.0);
        format!("{} {:.places$}", self.code(), minor_units / scale)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_three_capital_letters() {
        assert_eq!(Currency::from_code("EUR").map(|code| code.code().to_owned()), Some("EUR".to_owned()));
        for text in ["", "EU", "EURO", "eur", "E1R", "É1"] {
            assert_eq!(Currency::from_code(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_have_the_decimals_of_the_currency() {
        let amount = |code, minor| Currency::from_code(code).unwrap().amount(minor);
        assert_eq!(amount("EUR", 2_550.0), "EUR 25.50");
        assert_eq!(amount("JPY", 2_550.4), "JPY 2550");
        assert_eq!(amount("KWD", 2_550.0), "KWD 2.550");
        assert_eq!(amount("QQQ", 7.0), "QQQ 7");
    }
}
