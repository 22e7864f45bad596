//! Money: integer minor units and an ISO 4217 code.

/// Whether a text is an ISO 4217 code in use.
#[must_use]
pub fn is_currency(code: &str) -> bool {
    code.len() == 3 && iso_currency::Currency::from_code(code).is_some()
}

/// How many decimals the currency's minor unit has: 2 for EUR, 0 for JPY. `None` for an unknown code.
#[must_use]
pub fn decimals(code: &str) -> Option<u32> {
    iso_currency::Currency::from_code(code).map(|currency| u32::from(currency.exponent().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_codes_and_their_decimals() {
        assert!(is_currency("EUR") && is_currency("USD"));
        assert!(!is_currency("EURO") && !is_currency("eur") && !is_currency("XYZ") && !is_currency(""));
        assert_eq!(
            (decimals("EUR"), decimals("JPY"), decimals("KWD"), decimals("??")),
            (Some(2), Some(0), Some(3), None)
        );
    }
}
