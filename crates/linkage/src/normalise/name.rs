//! Names of persons.

use crate::text::fold;

/// Parts before a surname that systems write, shorten, leave out or glue on: Dutch, Flemish, German, French, Italian,
/// Spanish, Portuguese, Arabic.
const PARTICLES: &[&str] = &[
    "van", "de", "der", "den", "het", "t", "ten", "ter", "te", "op", "in", "aan", "bij", "v", "d", "vd", "vdr", "vdn",
    "vande", "vander", "vanden", "von", "vom", "zu", "zum", "zur", "am", "la", "le", "les", "du", "des", "del",
    "della", "di", "da", "do", "dos", "das", "el", "al", "bin", "ibn", "ben", "bint", "abu", "uit", "uijt", "voor",
    "over", "onder",
];

/// Titles, forms of address and what comes behind a name.
const TITLES: &[&str] = &[
    "dhr", "mevr", "mevrouw", "mw", "heer", "hr", "mr", "mrs", "ms", "miss", "dr", "drs", "ir", "ing", "prof", "herr",
    "frau", "mme", "mlle", "sir", "lady", "dame", "ds", "jhr", "jkvr", "bc", "msc", "bsc", "ma", "ba", "phd", "mba",
    "jr", "sr", "junior", "senior", "dipl", "familie", "fam",
];

/// Given names of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// The names in full, as they come; empty when only initials are known.
    pub names: Vec<String>,
    /// The initials, of names or as written: "jw".
    pub initials: String,
}

/// Reads given names, a roepnaam, or initials ("J.W.", "JW", "Jan Willem", "J. Willem").
#[must_use]
pub fn given(text: &str) -> Given {
    let capitals = text.chars().filter(|letter| letter.is_alphabetic()).all(char::is_uppercase);
    let folded = fold(text);
    let mut given = Given::default();
    for word in folded.split(' ').filter(|word| !word.is_empty()).take(8) {
        let consonants = !word.bytes().any(|byte| b"aeiouy".contains(&byte));
        if word.len() == 1 || (word.len() <= 3 && capitals && consonants) {
            given.initials.push_str(word);
        } else if !TITLES.contains(&word) || !folded.contains(' ') {
            given.initials.push_str(&word[..1]);
            given.names.push(word.to_owned());
        }
    }
    given.initials.truncate(8);
    given
}

/// Initials from a field of their own: each letter of "JP", the first of each word of "J. P." or "Jan Piet".
#[must_use]
pub fn initials(text: &str) -> String {
    let folded = fold(text);
    let mut found = match folded.contains(' ') {
        true => folded.split(' ').filter_map(|word| word.get(..1)).collect(),
        false => folded,
    };
    found.truncate(8);
    found
}

/// A surname: its parts without particles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surname {
    /// The parts of a double or married name, particles left out: "jong", "hout" of "de Jong-van Hout".
    pub parts: Vec<String>,
    /// The parts in one word: "jonghout".
    pub core: String,
    /// With the particles, in one word: "dejongvanhout"; what "deJong-vanHout" gives too.
    pub whole: String,
}

/// Reads a surname and the particle that some systems keep apart.
#[must_use]
pub fn surname(particle: &str, text: &str) -> Surname {
    let mut name = Surname::default();
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).take(12).collect();
    name.whole = fold(particle).split(' ').chain(words.iter().copied()).collect();
    name.whole.truncate(64);
    for (at, word) in words.iter().enumerate() {
        let said = TITLES.contains(word) && words.len() > 1;
        // A particle at the end is the name: "Ben", "van Aan".
        let particle = PARTICLES.contains(word) && at + 1 < words.len();
        if !said && !particle {
            name.parts.push((*word).to_owned());
        }
    }
    if name.parts.is_empty() {
        name.parts.extend(words.last().map(|word| (*word).to_owned()));
    }
    name.core = name.parts.concat();
    name.core.truncate(64);
    name
}

/// A name in one field: "Jan de Vries", "Vries, Jan de", "dhr. J. de Vries". Given names come first unless a comma parts
/// them.
#[must_use]
pub fn full(text: &str) -> (Given, Surname) {
    if let Some((last, first)) = text.split_once(',') {
        let mut given = given(first);
        given.names.retain(|name| !PARTICLES.contains(&name.as_str()));
        return (given, surname("", last));
    }
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| !TITLES.contains(&fold(word).as_str())).take(12).collect();
    let Some((_, before)) = words.split_last() else { return (Given::default(), Surname::default()) };
    let first_particle =
        before.iter().skip(1).position(|word| PARTICLES.contains(&fold(word).as_str())).map(|at| at + 1);
    let cut = first_particle.unwrap_or(words.len() - 1);
    (given(&words[..cut].join(" ")), surname("", &words[cut..].join(" ")))
}
