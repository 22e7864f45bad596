//! What a Dutch postcode says: municipality, province, and a statistic of the area. A statistic is true of the area and never of a person.

use super::{
    descriptor::Inputs,
    fact::{Method, Said, Value},
    outcome::Answered,
    table::rows,
};

/// Ranges of four digits; the file says where they come from.
const PLACES: &str = include_str!("../../data/places_nl.tsv");

const DATASET: (&str, &str) = ("places_nl-2026-11", "Apache-2.0");

/// What is known of a postcode. Postcodes of other countries are not looked for.
#[must_use]
pub fn enrich(inputs: &Inputs) -> Answered {
    if inputs.get("address.country_code").is_some_and(|country| country != "NL") {
        return Answered::not_found();
    }
    let Some(digits) = inputs.get("address.postal_code").and_then(|text| four_digits(text)) else {
        return Answered::invalid();
    };
    let within = |first: &str, last: &str| {
        first.parse::<u16>().is_ok_and(|first| first <= digits) && last.parse::<u16>().is_ok_and(|last| digits <= last)
    };
    let Some([first, _, municipality, province, size]) =
        rows::<5>(PLACES).find(|[first, last, ..]| within(first, last))
    else {
        return Answered::not_found();
    };
    let evidence = format!("places_nl.tsv#{first}");
    let text = |path, value: &str| Said::derived(path, Value::Text(value.to_owned()));
    Answered::Found(vec![
        text("enriched.address.municipality", municipality).from_data(Method::Exact, DATASET, &evidence),
        text("enriched.address.province", province).from_data(Method::Exact, DATASET, &evidence),
        Said::code("enriched.area.municipality_size", size).from_data(Method::AreaStatistic, DATASET, &evidence),
    ])
}

/// The digits of "1234 AB" or "1234".
fn four_digits(text: &str) -> Option<u16> {
    let compact: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (digits, letters) = compact.split_at_checked(4)?;
    let form = digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0')
        && (letters.is_empty() || (letters.len() == 2 && letters.bytes().all(|letter| letter.is_ascii_alphabetic())));
    if form { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{providers_say, table::lines};

    fn of(text: &str, country: &str) -> Answered {
        let inputs = [("address.postal_code", text), ("address.country_code", country)];
        enrich(&inputs.into_iter().map(|(path, value)| (path.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn a_statistic_is_marked_as_one_of_the_area() {
        let Answered::Found(said) = of("1017 ab", "NL") else { panic!("found") };
        let methods: Vec<_> = said.iter().map(|one| (one.path.as_str(), one.method)).collect();
        assert_eq!(
            methods,
            [
                ("enriched.address.municipality", Some(Method::Exact)),
                ("enriched.address.province", Some(Method::Exact)),
                ("enriched.area.municipality_size", Some(Method::AreaStatistic)),
            ]
        );
        assert!(said.iter().all(|one| one.licence == "Apache-2.0" && !one.evidence_ref.is_empty()));
    }

    #[test]
    fn places_are_found_by_their_digits() {
        let first = |text: &str| providers_say(of(text, "NL")).remove(0);
        assert_eq!(first("3511AA"), "enriched.address.municipality=Utrecht");
        assert_eq!(first("9711"), "enriched.address.municipality=Groningen");
        assert_eq!(first("6229 ZZ"), "enriched.address.municipality=Maastricht");
        assert_eq!(first("9999 XX"), "not_found");
        for wrong in ["0123AB", "12", "123 AB", "1234 A", "1234 A1", "é123AB", "", "12345"] {
            assert_eq!(first(wrong), "invalid_input", "{wrong}");
        }
        assert_eq!(providers_say(of("1000", "BE")), ["not_found"]);
    }

    #[test]
    fn ranges_are_in_order_and_do_not_overlap() {
        assert_eq!(rows::<5>(PLACES).count(), lines(PLACES).count());
        let ranges: Vec<(u16, u16)> = rows::<5>(PLACES)
            .map(|[first, last, ..]| (first.parse().expect("a number"), last.parse().expect("a number")))
            .collect();
        assert!(ranges.iter().all(|(first, last)| first <= last));
        assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
        let sizes = ["over_250000", "from_100000_to_250000", "from_50000_to_100000", "under_50000"];
        assert!(rows::<5>(PLACES).all(|[.., size]| sizes.contains(&size)));
    }
}
