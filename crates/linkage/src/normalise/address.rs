//! Addresses: postcode, house number and its addition, street, place.

use crate::text::fold;

/// A house number and what comes behind it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct House {
    /// The number; 0 if there is none.
    pub number: u32,
    /// Letter, floor or flat: "a", "bis", "3 hoog".
    pub addition: String,
}

/// Reads "38b", "12-3", "15 bis"; the first number in it is the house.
#[must_use]
pub fn house(text: &str) -> Option<House> {
    let folded = fold(text);
    let start = folded.find(|letter: char| letter.is_ascii_digit())?;
    let rest = &folded[start..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..digits.min(6))?.parse().ok()?;
    Some(House { number, addition: rest[digits..].trim().to_owned() })
}

/// Letters and digits of a postcode, upper case: "1234 AB" and "1234ab" are one.
#[must_use]
pub fn postcode(text: &str) -> String {
    fold(text).chars().filter(|letter| *letter != ' ').take(16).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// Long and short ways to write the kind of street.
const KINDS: &[(&str, &str)] = &[
    ("str", "straat"),
    ("ln", "laan"),
    ("wg", "weg"),
    ("pl", "plein"),
    ("sngl", "singel"),
    ("gr", "gracht"),
    ("st", "street"),
    ("rd", "road"),
    ("ave", "avenue"),
    ("av", "avenue"),
    ("cres", "crescent"),
    ("cct", "circuit"),
    ("dr", "drive"),
    ("crt", "court"),
    ("ct", "court"),
    ("blvd", "boulevard"),
    ("bd", "boulevard"),
    ("sq", "square"),
    ("burg", "burgemeester"),
];

/// A street in one spelling: its kind written out, and glued as Dutch and German do ("Kerk str." and "Kerkstraat").
#[must_use]
pub fn street(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(' ') {
        let word = KINDS.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| *long);
        let glued = matches!(word, "straat" | "laan" | "weg" | "plein" | "singel" | "gracht" | "strasse" | "platz");
        if !out.is_empty() && !glued {
            out.push(' ');
        }
        out.push_str(word);
    }
    if let Some(start) = out.strip_suffix("str").filter(|start| start.len() > 3) {
        out = format!("{start}straat");
    }
    if out.ends_with("strasse") {
        out.truncate(out.len() - "strasse".len());
        out.push_str("straat");
    }
    out.truncate(out.trim_end().len());
    out
}

/// A street with the number behind or before it, parted: "Kerkstraat 12 bis", "12 High Street".
#[must_use]
pub fn line(text: &str) -> (String, Option<House>) {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').collect();
    let numeric = |word: &str| word.starts_with(|letter: char| letter.is_ascii_digit());
    match words.iter().position(|word| numeric(word)) {
        Some(0) if words.len() > 1 => (street(&words[1..].join(" ")), house(words[0])),
        Some(at) if at > 0 => (street(&words[..at].join(" ")), house(&words[at..].join(" "))),
        Some(_) => (String::new(), house(&folded)),
        None => (street(&folded), None),
    }
}
