//! Gender as systems write it.

/// Female, male, or what else was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Something else that was said, such as "X".
    Other,
}

/// Reads codes and words in Dutch, English, German and French; `None` for nothing or "unknown".
#[must_use]
pub fn gender(text: &str) -> Option<Gender> {
    Some(match crate::text::fold(text).as_str() {
        "f" | "female" | "v" | "vrouw" | "w" | "weiblich" | "frau" | "femme" | "mevrouw" | "mevr" | "mrs" | "ms"
        | "miss" | "mw" | "mme" | "madame" | "woman" | "2" => Gender::Female,
        "m" | "male" | "man" | "maennlich" | "mannlich" | "herr" | "homme" | "h" | "dhr" | "de heer" | "mr"
        | "monsieur" | "1" => Gender::Male,
        "x" | "other" | "divers" | "anders" | "overig" | "d" => Gender::Other,
        _ => return None,
    })
}
