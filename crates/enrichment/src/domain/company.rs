//! What a register of companies says, by number or else by name: here a few fictitious firms, so that all ways can be tried. Whether a firm
//! asked not to be sent mail is told as well, since who writes to it must know.

use super::{
    descriptor::Inputs,
    fact::{Method, Said, Value},
    outcome::{Answered, Outcome},
    table::rows,
};

const COMPANIES: &str = include_str!("../../data/companies_nl.tsv");

const DATASET: (&str, &str) = ("companies_nl-2026-11", "Apache-2.0");

type Row = [&'static str; 8];

/// What is known of a company.
#[must_use]
pub fn enrich(inputs: &Inputs) -> Answered {
    let number = inputs.get("identifier.customer_number.kvk");
    if let Some(number) = number {
        if number.len() != 8 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Answered::invalid();
        }
        let found = rows::<8>(COMPANIES).find(|row| row[0] == number);
        return found.map_or_else(Answered::not_found, |row| Answered::Found(told(row)));
    }
    let name = inputs.get("organisation_name").map_or("", String::as_str);
    let mut named = rows::<8>(COMPANIES).filter(|row| row[1].eq_ignore_ascii_case(name));
    match (named.next(), named.next()) {
        (Some(row), None) => Answered::Found(told(row)),
        (Some(_), Some(_)) => Answered::Without(Outcome::Ambiguous, None),
        (None, _) => Answered::not_found(),
    }
}

fn told(row: Row) -> Vec<Said> {
    let [number, name, status, form, activity, people, rsin, no_mail] = row;
    let text = |path, value: &str| Said::derived(path, Value::Text(value.to_owned()));
    let mut said = vec![
        text("enriched.company.number", number),
        text("enriched.company.name", name),
        Said::code("enriched.company.status", status),
        Said::code("enriched.company.legal_form", form),
        Said::code("enriched.company.activity", activity),
        Said::derived("enriched.company.no_mail", Value::Truth(no_mail == "yes")),
    ];
    said.extend(people.parse().ok().map(|people| Said::derived("enriched.company.people", Value::Integer(people))));
    said.extend((!rsin.is_empty()).then(|| text("enriched.company.rsin", rsin)));
    let evidence = format!("companies_nl.tsv#{number}");
    said.into_iter().map(|one| one.from_data(Method::Exact, DATASET, &evidence)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{providers_say, table::lines};

    fn of(path: &str, value: &str) -> Vec<String> {
        providers_say(enrich(&Inputs::from([(path.to_owned(), value.to_owned())])))
    }

    #[test]
    fn by_number_with_whether_it_may_be_sent_mail() {
        let told = of("identifier.customer_number.kvk", "69599068");
        assert!(told.contains(&"enriched.company.no_mail=true".to_owned()), "{told:?}");
        assert!(told.contains(&"enriched.company.name=Test Stichting Bolderbast".to_owned()));
        assert_eq!(of("identifier.customer_number.kvk", "12345678"), ["not_found"]);
        assert_eq!(of("identifier.customer_number.kvk", "1234"), ["invalid_input"]);
    }

    #[test]
    fn by_name_unless_several_have_it() {
        assert!(of("organisation_name", "test bv donald").contains(&"enriched.company.number=68750110".to_owned()));
        assert_eq!(of("organisation_name", "Bakkerij De Proef"), ["ambiguous"]);
        assert_eq!(of("organisation_name", "Niemand"), ["not_found"]);
    }

    #[test]
    fn every_line_of_the_table_is_a_company() {
        assert_eq!(rows::<8>(COMPANIES).count(), lines(COMPANIES).count());
    }
}
