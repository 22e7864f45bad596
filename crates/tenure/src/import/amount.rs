//! Amounts of money as texts, read digit by digit: never through a float.

/// An amount in minor units of a currency with `decimals` decimals.
///
/// With the decimal mark `.`: `12.5`, `12`, `.5`, `+12.50`, `-3.00` and `1,234.50` are amounts. Groups are separated by the
/// other mark and have three digits each, so that `12,5` is refused and not taken for 125. More decimals than the currency
/// has must be zeros: nothing is rounded. Spaces around are ignored; a currency sign is refused.
///
/// # Errors
/// What is wrong with it, without the text.
pub(super) fn minor_units(text: &str, decimals: u32, decimal_mark: char) -> Result<i64, &'static str> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = match text.split_once(decimal_mark) {
        Some((_, "")) => return Err("a decimal mark without decimals"),
        Some((whole, fraction)) => (whole, fraction),
        None if text.is_empty() => return Err("no digits"),
        None => (text, ""),
    };
    let whole = ungroup(whole, if decimal_mark == '.' { ',' } else { '.' })?;
    let fraction = places(fraction, decimals as usize)?;
    // The zero makes a number of no digits at all, as in ".5" of a currency without decimals, impossible.
    format!("{sign}0{whole}{fraction}").parse().map_err(|_| "too large an amount")
}

/// The digits without the marks between groups.
fn ungroup(whole: &str, mark: char) -> Result<String, &'static str> {
    let mut groups = whole.split(mark);
    let first = groups.next().unwrap_or_default();
    let grouped = whole.contains(mark);
    let fits = |group: &str| digits(group) && group.len() == 3;
    if !digits(first) || (grouped && !(1..=3).contains(&first.len())) || !groups.all(fits) {
        return Err("not an amount");
    }
    Ok(whole.replace(mark, ""))
}

/// The decimals, as many as the currency has.
fn places(fraction: &str, decimals: usize) -> Result<String, &'static str> {
    if !digits(fraction) {
        return Err("not an amount");
    }
    let (kept, rest) = fraction.split_at(fraction.len().min(decimals));
    if rest.bytes().any(|digit| digit != b'0') {
        return Err("more decimals than the currency has");
    }
    Ok(format!("{kept:0<decimals$}"))
}

fn digits(text: &str) -> bool {
    text.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::minor_units;

    #[test]
    fn reads_amounts_to_the_cent() {
        let cases = [
            ("12.5", 1250),
            ("12", 1200),
            ("-3.00", -300),
            ("1,234.50", 123_450),
            (" 11.77 ", 1177),
            ("+0.07", 7),
            (".5", 50),
            ("-.05", -5),
            ("0", 0),
            ("-0.00", 0),
            ("0012.10", 1210),
            ("12.5000", 1250),
            ("1,234,567.89", 123_456_789),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
        ];
        for (text, expected) in cases {
            assert_eq!(minor_units(text, 2, '.'), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_amount_or_not_exact() {
        let cases = [
            "",
            "-",
            ".",
            "12.",
            "12,5",
            "1,23.00",
            "1234,567.00",
            ",123.00",
            "12.345",
            "12.3.4",
            "1e3",
            "$12",
            "12 000",
            "--1",
            "1-",
            "١٢",
            "0x10",
            "92233720368547758.08",
            "NaN",
            "1.,5",
            "1.2,345",
        ];
        for text in cases {
            assert!(minor_units(text, 2, '.').is_err(), "{text}");
        }
    }

    #[test]
    fn follows_the_currency_and_the_mark() {
        assert_eq!(minor_units("1.234,50", 2, ','), Ok(123_450));
        assert_eq!(minor_units("12,5", 2, ','), Ok(1250));
        assert!(minor_units("12.5", 2, ',').is_err());
        assert_eq!(minor_units("1500", 0, '.'), Ok(1500));
        assert_eq!(minor_units("1500.00", 0, '.'), Ok(1500));
        assert!(minor_units("1500.5", 0, '.').is_err());
        assert_eq!(minor_units("1.5", 3, '.'), Ok(1500));
    }

    #[test]
    fn reads_back_every_amount_that_is_written_out() {
        let mut amount: i64 = 1;
        for _ in 0..10_000 {
            // Numbers of every length and sign, always the same ones.
            amount = amount.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for cents in [amount, amount >> 20, amount >> 40, amount >> 54] {
                let (sign, size) = (if cents < 0 { "-" } else { "" }, cents.unsigned_abs());
                let text = format!("{sign}{}.{:02}", size / 100, size % 100);
                assert_eq!(minor_units(&text, 2, '.'), Ok(cents), "{text}");
            }
        }
    }
}
