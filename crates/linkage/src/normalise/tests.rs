//! Known spellings, and what must hold for any text: nothing panics, and normalising twice changes nothing.

use super::{address, date, email, gender, iban, name, nickname, number, organisation, phone};
use proptest::prelude::*;

#[test]
fn surnames_lose_their_particles_in_every_spelling() {
    for (particle, text) in
        [("van der", "Meer"), ("", "van der Meer"), ("v.d.", "Meer"), ("", "v.d. Meer"), ("", "Meer")]
    {
        assert_eq!(name::surname(particle, text).core, "meer", "{particle} {text}");
    }
    assert_eq!(name::surname("", "de Jong-van Hout").parts, ["jong", "hout"]);
    assert_eq!(name::surname("", "deGroot").whole, name::surname("de", "Groot").whole);
    assert_eq!(name::surname("", "Ben").core, "ben", "a particle alone is a name");
}

#[test]
fn given_names_and_initials_are_told_apart() {
    assert_eq!(name::given("J.W.").names, [""; 0]);
    assert_eq!(name::given("J.W.").initials, "jw");
    assert_eq!(name::given("JW").initials, "jw");
    assert_eq!(name::given("Jan Willem").initials, "jw");
    assert_eq!(name::given("UWE").names, ["uwe"]);
    assert_eq!(name::given("dhr. Jan").names, ["jan"]);
}

#[test]
fn a_name_in_one_field_is_parted() {
    for text in ["dhr. Jan de Vries", "Vries, Jan", "Jan Vries"] {
        let (given, surname) = name::full(text);
        assert_eq!((given.names, surname.core), (vec!["jan".to_owned()], "vries".to_owned()), "{text}");
    }
}

#[test]
fn roepnamen_share_a_class() {
    let share = |left: &str, right: &str| {
        nickname::classes_of(left).iter().any(|class| *class != 0 && nickname::classes_of(right).contains(class))
    };
    for (left, right) in [("johannes", "hans"), ("wilhelmina", "mien"), ("bert", "lambertus"), ("robert", "bob")] {
        assert!(share(left, right), "{left} {right}");
    }
    assert!(!share("johannes", "piet"));
    assert_eq!(nickname::root(nickname::classes_of("kees")[0]), Some("cornelis"));
}

#[test]
fn phones_are_read_in_their_country() {
    for text in ["+31 6 1234 5678", "0031612345678", "06-12345678", "+31 (0)6 12345678", "31612345678"] {
        assert_eq!(phone::phone(text, "NL"), Some(31_612_345_678), "{text}");
    }
    assert_eq!(phone::phone("030 123456", "DE"), Some(4_930_123_456));
    assert_eq!(phone::phone("(212) 555-0147", "US"), Some(12_125_550_147));
    assert_eq!(phone::phone("8 (912) 345-67-89", "RU"), Some(79_123_456_789), "by the library of plans");
    assert_eq!(phone::phone("0000000000", "NL"), None);
    assert_eq!(phone::phone("1234", "NL"), None);
}

#[test]
fn mail_is_brought_to_its_mailbox() {
    let read = |text: &str| email::email(text).map(|email| email.to_string());
    assert_eq!(read("Jan.de.Vries+shop@GoogleMail.com").as_deref(), Some("jandevries@gmail.com"));
    assert_eq!(read(" j.devries@ziggo.nl ").as_deref(), Some("j.devries@ziggo.nl"));
    assert_eq!(read("geen@geen.nl"), None);
    assert_eq!(read("no at sign").as_deref(), Some("noatsign"));
}

#[test]
fn dates_are_read_in_every_form() {
    let expected = date::of_parts(1971, 6, 24);
    for text in
        ["1971-06-24", "24-06-1971", "24/6/1971", "19710624", "24 juni 1971", "1971-06-24T00:00:00Z", "24. Juni 1971"]
    {
        assert_eq!(date::date(text), expected, "{text}");
    }
    assert_eq!(date::date("1900-01-01"), None, "a default");
    assert_eq!(date::date("9999-12-31"), None, "a default");
    assert_eq!(date::date("1971").map(|date| date.is_whole()), Some(false));
}

#[test]
fn addresses_are_brought_to_one_spelling() {
    assert_eq!(address::street("Kerk str."), address::street("Kerkstraat"));
    assert_eq!(address::street("Hauptstr."), address::street("Hauptstraße"));
    assert_eq!(address::postcode("1234 ab"), "1234AB");
    assert_eq!(address::house("38-b"), Some(address::House { number: 38, addition: "b".to_owned() }));
    let (street, house) = address::line("Kerkstraat 12 bis");
    assert_eq!((street.as_str(), house.map(|house| house.number)), ("kerkstraat", Some(12)));
    let (street, house) = address::line("12 High Street");
    assert_eq!((street.as_str(), house.map(|house| house.number)), ("high street", Some(12)));
}

#[test]
fn companies_lose_their_form() {
    assert_eq!(organisation::organisation("Bakkerij de Wit B.V."), organisation::organisation("Bakkerij de Wit BV"));
    assert_eq!(organisation::organisation("V.O.F. Jansen & Zn."), "jansen zn");
    assert_eq!(organisation::organisation("Holding"), "holding");
}

#[test]
fn numbers_are_checked() {
    assert!(number::is_valid_bsn("111222333"));
    assert!(!number::is_valid_bsn("111222334"));
    assert_eq!(number::number("0012.34"), Some("1234".to_owned()));
    assert_eq!(number::number("999999999"), None);
    assert!(iban::is_valid("NL91 ABNA 0417 1643 00"));
    assert!(!iban::is_valid("NL91 ABNA 0417 1643 01"));
}

#[test]
fn genders_are_read_in_four_languages() {
    use gender::Gender::{Female, Male};
    assert_eq!(["V", "vrouw", "Frau", "Mme"].map(gender::gender), [Some(Female); 4]);
    assert_eq!(["M", "man", "Herr", "dhr."].map(gender::gender), [Some(Male); 4]);
    assert_eq!(gender::gender("onbekend"), None);
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(text in any::<String>()) {
        let again = |once: &str, normalise: fn(&str) -> String| (normalise(once), once.to_owned());
        for normalise in [address::postcode, address::street, organisation::organisation] {
            let (twice, once) = again(&normalise(&text), normalise);
            prop_assert_eq!(twice, once);
        }
        if let Some(once) = email::email(&text) {
            prop_assert_eq!(email::email(&once.to_string()), Some(once));
        }
        if let Some(once) = iban::iban(&text) {
            prop_assert_eq!(iban::iban(&once), Some(once));
        }
        if let Some(once) = number::number(&text) {
            prop_assert_eq!(number::number(&once), Some(once));
        }
        if let Some(once) = date::date(&text) {
            prop_assert_eq!(date::date(&once.to_string()), Some(once));
        }
        let once = name::surname("", &text).core;
        prop_assert_eq!(name::surname("", &once).core, once);
        let _ = (name::given(&text), name::full(&text), gender::gender(&text), address::line(&text));
    }

    #[test]
    fn phones_twice_are_phones_once(text in "[+0-9() .-]{0,24}", country in "(NL|DE|US|FR|RU|XX)") {
        if let Some(once) = phone::phone(&text, &country) {
            prop_assert_eq!(phone::phone(&format!("+{once}"), &country), Some(once));
        }
    }

    #[test]
    fn emails_twice_are_emails_once(text in "[a-zA-Z.+@\" ,;<>]{0,30}") {
        if let Some(once) = email::email(&text) {
            prop_assert_eq!(email::email(&once.to_string()), Some(once));
        }
    }

    #[test]
    fn streets_and_companies_twice_are_once(text in "((str|straat|strasse|kerk|b|v|o|f|bv|nv|12)[ .-]?){0,8}") {
        let street = address::street(&text);
        prop_assert_eq!(address::street(&street), street);
        let company = organisation::organisation(&text);
        prop_assert_eq!(organisation::organisation(&company), company);
    }
}
