//! What an IBAN says of itself: whether it is valid, its country, and the bank, of Dutch ones by name.

use iban::{Iban, IbanLike};
use tenure_kernel::IdentifierKind;

use super::{
    descriptor::Inputs,
    fact::{Method, Said, Value},
    outcome::Answered,
    table::rows,
};

/// Dutch banks by their code.
const BANKS: &str = include_str!("../../data/banks_nl.tsv");

const DATASET: (&str, &str) = ("2026-11", "Apache-2.0");

/// What is known of an account number. One whose check digits are wrong is told to be invalid: that is knowledge too.
#[must_use]
pub fn enrich(inputs: &Inputs) -> Answered {
    let text = inputs.get("contact.iban").map_or("", String::as_str);
    let valid = Said::derived("enriched.iban.valid", Value::Truth(true));
    let parsed = IdentifierKind::Iban.canonical(text).and_then(|text| text.parse::<Iban>().ok());
    let Some(iban) = parsed else {
        return Answered::Found(vec![Said { value: Some(Value::Truth(false)), ..valid }]);
    };
    let country = iban.country_code().to_owned();
    let mut said = vec![valid, Said::derived("enriched.iban.country", Value::Text(country.clone()))];
    if let Some(code) = iban.bank_identifier() {
        said.push(Said::derived("enriched.iban.bank_code", Value::Text(code.to_owned())));
        said.extend((country == "NL").then(|| bank(code)).flatten());
    }
    Answered::Found(said)
}

fn bank(code: &str) -> Option<Said> {
    let [_, name] = rows::<2>(BANKS).find(|[bank, _]| *bank == code)?;
    let said = Said::derived("enriched.iban.bank", Value::Text(name.to_owned()));
    Some(said.from_data(Method::Exact, DATASET, &format!("banks_nl.tsv#{code}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{providers_say, table::lines};

    fn of(text: &str) -> Vec<String> {
        providers_say(enrich(&Inputs::from([("contact.iban".to_owned(), text.to_owned())])))
    }

    #[test]
    fn dutch_and_german_accounts() {
        let dutch = [
            "enriched.iban.valid=true",
            "enriched.iban.country=NL",
            "enriched.iban.bank_code=ABNA",
            "enriched.iban.bank=ABN AMRO",
        ];
        assert_eq!(of("nl91 abna 0417 1643 00"), dutch);
        let german = ["enriched.iban.valid=true", "enriched.iban.country=DE", "enriched.iban.bank_code=37040044"];
        assert_eq!(of("DE89370400440532013000"), german);
        assert_eq!(of("NL91ABNA0417164301"), ["enriched.iban.valid=false"]);
    }

    #[test]
    fn every_line_of_the_table_is_a_bank() {
        assert_eq!(rows::<2>(BANKS).count(), lines(BANKS).count());
        assert!(rows::<2>(BANKS).all(|[code, name]| code.len() == 4 && !name.is_empty()));
    }
}
