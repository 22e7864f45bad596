//! How to write to somebody, in Dutch and in English. Whether it is "heer" or "mevrouw" is said only where it was declared, never guessed
//! from a name; else the salutation is neutral.

use super::{
    descriptor::Inputs,
    fact::{Said, Value},
    outcome::Answered,
};

/// How to write to somebody.
#[must_use]
pub fn enrich(inputs: &Inputs) -> Answered {
    let get = |path: &str| inputs.get(path).map_or("", |value| value.trim());
    let (given, initials) = (get("name.given_name"), get("name.initials"));
    let (prefix, family) = (get("name.family_name_prefix"), get("name.family_name"));
    if family.is_empty() {
        return Answered::invalid();
    }
    let gender = match get("gender") {
        "male" => Some(Gender::Male),
        "female" => Some(Gender::Female),
        _ => None,
    };
    let surname = join(&[prefix, family]);
    let first = if given.is_empty() { initials } else { given };
    let text = |path, value: String| Said::derived(path, Value::Text(value));
    Answered::Found(vec![
        text("enriched.name.full", join(&[first, &surname])),
        text("enriched.salutation.dutch", dutch(gender, first, &surname)),
        text("enriched.salutation.english", english(gender, first, &surname)),
    ])
}

#[derive(Clone, Copy)]
enum Gender {
    Male,
    Female,
}

/// A prefix begins with a capital where neither a name nor initials stand before it.
fn dutch(gender: Option<Gender>, first: &str, surname: &str) -> String {
    match gender {
        Some(Gender::Male) => format!("Geachte heer {}", capital(surname)),
        Some(Gender::Female) => format!("Geachte mevrouw {}", capital(surname)),
        None if first.is_empty() => format!("Geachte heer, mevrouw {}", capital(surname)),
        None => format!("Geachte {first} {surname}"),
    }
}

/// In English a prefix is written as its owner does.
fn english(gender: Option<Gender>, first: &str, surname: &str) -> String {
    match gender {
        Some(Gender::Male) => format!("Dear Mr {surname}"),
        Some(Gender::Female) => format!("Dear Ms {surname}"),
        None if first.is_empty() => format!("Dear Sir or Madam {surname}"),
        None => format!("Dear {first} {surname}"),
    }
}

fn capital(surname: &str) -> String {
    let mut letters = surname.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn join(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::providers_say;

    fn of(parts: &[(&str, &str)]) -> Vec<String> {
        let inputs = parts.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
        providers_say(enrich(&inputs)).iter().map(|said| said.split('=').nth(1).unwrap_or(said).to_owned()).collect()
    }

    const NAME: [(&str, &str); 3] =
        [("name.given_name", "Jan"), ("name.family_name_prefix", "van den"), ("name.family_name", "Berg")];

    #[test]
    fn neutral_unless_it_was_declared() {
        assert_eq!(of(&NAME), ["Jan van den Berg", "Geachte Jan van den Berg", "Dear Jan van den Berg"]);
        let declared = |gender| of(&[NAME.as_slice(), &[("gender", gender)]].concat());
        assert_eq!(declared("male")[1..], ["Geachte heer Van den Berg", "Dear Mr van den Berg"]);
        assert_eq!(declared("female")[1..], ["Geachte mevrouw Van den Berg", "Dear Ms van den Berg"]);
        assert_eq!(declared("unknown"), of(&NAME));
    }

    #[test]
    fn with_initials_and_without_any() {
        let initials = [("name.initials", "J.P."), ("name.family_name", "Jansen")];
        assert_eq!(of(&initials), ["J.P. Jansen", "Geachte J.P. Jansen", "Dear J.P. Jansen"]);
        let bare = [("name.family_name_prefix", "'t"), ("name.family_name", "Hart")];
        assert_eq!(of(&bare)[1], "Geachte heer, mevrouw 't Hart");
        assert_eq!(of(&[("name.given_name", "Jan")]), ["invalid_input"]);
    }
}
