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
    let words: Vec<&str> = folded.split(' ').collect();
    let mut kept: Vec<&str> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        // Forms with dots fall apart into letters: "b v", "v o f".
        let spelled = (2..=4).rev().find(|&n| {
            words
                .get(at..at + n)
                .is_some_and(|part| part.iter().all(|word| word.len() == 1) && FORMS.contains(&part.concat().as_str()))
        });
        match spelled {
            Some(used) => at += used,
            None => {
                if !FORMS.contains(&words[at]) {
                    kept.push(words[at]);
                }
                at += 1;
            }
        }
    }
    if kept.is_empty() { folded } else { kept.join(" ") }
}
