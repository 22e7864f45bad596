//! How people and their identifiers get written down: never twice the same way.

use tenure_proto::collector::v1::{IdentifierKind, PostalAddress, SubjectAttributes};

use crate::{
    people::{Address, BirthDate, Person},
    records::Source,
    rng::Rng,
};

/// An identifier as somebody typed it. All of these ways come down to the same canonical form.
pub(crate) fn identifier(kind: IdentifierKind, value: &str, rng: &mut Rng) -> String {
    match kind {
        IdentifierKind::Email => email(value, rng),
        IdentifierKind::Phone => phone(value, rng),
        IdentifierKind::Iban => iban(value, rng),
        _ => value.to_owned(),
    }
}

fn email(value: &str, rng: &mut Rng) -> String {
    match rng.between(0, 19) {
        0..=2 => capitalised(value),
        3 => value.to_uppercase(),
        4 => format!(" {value}"),
        5 => format!("{value} "),
        _ => value.to_owned(),
    }
}

fn phone(value: &str, rng: &mut Rng) -> String {
    let digits = value.trim_start_matches("+316");
    match rng.between(0, 6) {
        0 => format!("06-{digits}"),
        1 => format!("06{digits}"),
        2 => format!("06 {} {}", &digits[..4], &digits[4..]),
        3 => format!("+31 6 {digits}"),
        4 => format!("00316{digits}"),
        _ => value.to_owned(),
    }
}

fn iban(value: &str, rng: &mut Rng) -> String {
    if rng.chance(0.6) {
        return value.to_owned();
    }
    let letters: Vec<char> = value.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect()).collect::<Vec<String>>().join(" ")
}

fn capitalised(text: &str) -> String {
    let mut start = true;
    text.chars()
        .map(|c| {
            let shown = if start { c.to_ascii_uppercase() } else { c };
            start = !c.is_ascii_alphanumeric();
            shown
        })
        .collect()
}

/// What a source knows of a person apart from identifiers.
pub(crate) fn attributes(source: Source, person: &Person, address: &Address, rng: &mut Rng) -> SubjectAttributes {
    let mut attributes = SubjectAttributes::default();
    let (slips, with_birth, with_address) = match source {
        Source::Webshop => (0.02, 0.3, 0.9),
        Source::Crm => (0.02, 0.96, 1.0),
        Source::ContactCentre => (0.08, 0.0, 0.0),
    };
    name(source, person, slips, &mut attributes, rng);
    if rng.chance(with_birth) {
        attributes.birth_date = birth_date(person.birth, rng);
    }
    if rng.chance(with_address) {
        attributes.postal_address = Some(postal_address(address, rng));
    }
    if source == Source::Crm {
        attributes.language_code = "nl".into();
        attributes.time_zone = "Europe/Amsterdam".into();
    }
    attributes
}

/// The administration mostly has the passport's name and the initials, the others the roepnaam or nothing.
fn name(source: Source, person: &Person, slips: f64, attributes: &mut SubjectAttributes, rng: &mut Rng) {
    let official = source == Source::Crm && rng.chance(0.7);
    let given = if official { person.given.official } else { person.given.called };
    if source != Source::ContactCentre || rng.chance(0.6) {
        attributes.given_name = if rng.chance(slips) { slip(given, rng) } else { given.into() };
    }
    if source == Source::Crm {
        attributes.initials = format!("{}.", &person.given.official[..1]);
    }
    let family = person.family;
    attributes.family_name = if rng.chance(slips) { slip(family.name, rng) } else { family.name.into() };
    attributes.family_name_prefix = family.prefix.into();
    match rng.uniform() {
        u if u < 0.08 => attributes.family_name_prefix.clear(),
        u if u < 0.14 => attributes.family_name_prefix = capitalised(family.prefix),
        u if u < 0.20 && !family.prefix.is_empty() => {
            attributes.family_name = format!("{} {}", family.prefix, attributes.family_name);
            attributes.family_name_prefix.clear();
        }
        _ => {}
    }
}

/// One slip of the keyboard: two letters swapped, one left out or one doubled.
fn slip(word: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let at = rng.between(1, letters.len() as i64 - 2) as usize;
    match rng.between(0, 2) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

/// "YYYY-MM-DD", now and then with day and month swapped.
fn birth_date(birth: BirthDate, rng: &mut Rng) -> String {
    let swapped = birth.day <= 12 && rng.chance(0.02);
    let (month, day) = if swapped { (birth.day, birth.month) } else { (birth.month, birth.day) };
    format!("{:04}-{month:02}-{day:02}", birth.year)
}

/// An address as somebody typed it.
pub(crate) fn postal_address(address: &Address, rng: &mut Rng) -> PostalAddress {
    let (digits, letters) = address.postal_code.split_at(4);
    let postal_code = match rng.between(0, 9) {
        0..=2 => address.postal_code.clone(),
        3 => format!("{digits} {}", letters.to_lowercase()),
        _ => format!("{digits} {letters}"),
    };
    PostalAddress {
        street: address.street.into(),
        house_number: address.house_number.to_string(),
        house_number_addition: address.addition.into(),
        postal_code,
        city: address.city.into(),
        country_code: if rng.chance(0.5) { "NL".into() } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::{identifier, slip};
    use crate::rng::{Rng, Stream};
    use tenure_proto::collector::v1::IdentifierKind;

    /// All the ways that a value is typed.
    fn ways(kind: IdentifierKind, value: &str) -> Vec<String> {
        let mut all: Vec<String> =
            (0..300).map(|i| identifier(kind, value, &mut Rng::new(1, Stream::Touchpoint, i, 0))).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn every_way_means_the_same() {
        let emails = ways(IdentifierKind::Email, "jan.devries@mail.example");
        assert_eq!(emails.len(), 5);
        assert!(emails.iter().all(|e| e.trim().to_lowercase() == "jan.devries@mail.example"));

        let phones = ways(IdentifierKind::Phone, "+31612345678");
        assert_eq!(phones.len(), 6);
        assert!(phones.iter().all(|p| p.replace(['-', ' '], "").ends_with("612345678")));

        let ibans = ways(IdentifierKind::Iban, "NL91TEST0417164300");
        assert_eq!(ibans, ["NL91 TEST 0417 1643 00", "NL91TEST0417164300"]);
    }

    #[test]
    fn a_slip_changes_at_most_a_letter_or_two() {
        for i in 0..200 {
            let slipped = slip("Bakker", &mut Rng::new(1, Stream::Touchpoint, i, 0));
            assert!((5..=7).contains(&slipped.len()) && slipped.starts_with('B'));
        }
        assert_eq!(slip("Bo", &mut Rng::new(1, Stream::Touchpoint, 0, 0)), "Bo");
    }
}
