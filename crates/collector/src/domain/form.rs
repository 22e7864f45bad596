//! The forms that texts must have.

/// Whether a text can name a source or a schema: 1 to 64 bytes of a-z, 0-9, '.', '-' and '_'.
#[must_use]
pub fn is_source(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
}

/// Letters, digits, '.', '-', '_', ':' and '/'.
pub(crate) fn is_code(text: &str) -> bool {
    text.bytes()
        .all(|letter| matches!(letter, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b':' | b'/'))
}

/// The shape of a BCP 47 tag: a language of two to eight letters, then subtags of up to eight letters and digits.
pub(crate) fn is_language(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    text.len() <= 35
        && (2..=8).contains(&language.len())
        && language.bytes().all(|letter| letter.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|letter| letter.is_ascii_alphanumeric()))
}

/// The shape of an IANA zone.
pub(crate) fn is_zone(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"_+-/".contains(&letter))
}

/// The shape of an ISO 3166-1 alpha-2 code.
pub(crate) fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// A day of the Gregorian calendar as "YYYY-MM-DD".
pub(crate) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        let part = bytes.get(from..to)?;
        part.iter()
            .all(u8::is_ascii_digit)
            .then(|| part.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(0, 4), digits(5, 7), digits(8, 10)) else { return false };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    year >= 1800 && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_sources_and_codes() {
        assert!(is_source("web-shop_2.nl") && is_source(&"a".repeat(64)));
        for text in ["", "Webshop", "web shop", "é", &"a".repeat(65)] {
            assert!(!is_source(text), "{text}");
        }
        assert!(is_code("") && is_code("AM04:x/y_z-1.2"));
        assert!(!is_code("a b") && !is_code("jan@example.nl") && !is_code("é"));
    }

    #[test]
    fn knows_days() {
        for text in ["1984-02-29", "2000-02-29", "1900-02-28", "2026-12-31"] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "1900-02-29",
            "1985-02-29",
            "1985-13-01",
            "1985-04-31",
            "1985-4-01",
            "85-04-01",
            "1985-00-10",
            "1985-01-00",
            "1985/01/01",
            "",
            "0000-01-01",
            "1985-01-0é",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn knows_languages_zones_and_countries() {
        assert!(
            is_language("nl")
                && is_language("zh-Hant-TW")
                && !is_language("n")
                && !is_language("nl_NL")
                && !is_language("nl-")
        );
        assert!(is_zone("Europe/Amsterdam") && is_zone("Etc/GMT+1") && !is_zone("Europe Amsterdam") && !is_zone("+1"));
        assert!(is_country("NL") && !is_country("nl") && !is_country("NLD"));
    }
}
