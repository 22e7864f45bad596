//! Names of companies.

use crate::text::fold;

/// Forms of companies and words that say nothing of who it is.
const FORMS: &[&str] = &[
    "ag",
    "bv",
    "bvba",
    "co",
    "comm",
    "company",
    "corp",
    "cv",
    "cvba",
    "eenmanszaak",
    "ev",
    "gmbh",
    "gbr",
    "group",
    "groep",
    "holding",
    "inc",
    "kg",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "maatschap",
    "nv",
    "ohg",
    "plc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "sas",
    "se",
    "spa",
    "sprl",
    "srl",
    "stichting",
    "the",
    "ua",
    "ug",
    "vereniging",
    "vof",
];

/// The words of a name without the form of the company, in their order: "Bakkerij J. de Wit B.V." is "bakkerij j de wit".
/// A name of forms only stays as it is. Empty for an empty name.
#[must_use]
pub fn organisation(text: &str) -> String {
    let folded = fold(text);
    let mut words: Vec<&str> = folded.split(' ').collect();
    loop {
        // What stood apart may be a form once what stood between is gone.
        let kept = without_forms(&words);
        if kept.is_empty() || kept.len() == words.len() {
            return words.join(" ");
        }
        words = kept;
    }
}

/// The words that are no form. Forms with dots fall apart into letters: "b v", "v o f".
fn without_forms<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let spelled = (2..=4).rev().find(|&n| {
            let form =
                |part: &[&str]| part.iter().all(|word| word.len() == 1) && FORMS.contains(&part.concat().as_str());
            words.get(at..at + n).is_some_and(form)
        });
        if spelled.is_none() && !FORMS.contains(&words[at]) {
            kept.push(words[at]);
        }
        at += spelled.unwrap_or(1);
    }
    kept
}
