//! What a phone number says of itself: E.164, country and kind. Never the carrier: numbers are ported.

use phonenumber::{Mode, Type, country, metadata::DATABASE};

use super::{
    descriptor::Inputs,
    fact::{Said, Value},
    outcome::Answered,
};

/// What is known of a number. One without a country code is Dutch.
#[must_use]
pub fn enrich(inputs: &Inputs) -> Answered {
    let text = inputs.get("contact.phone").map_or("", String::as_str);
    let international = text.strip_prefix("00").map(|rest| format!("+{rest}"));
    let parsed = phonenumber::parse(Some(country::NL), international.as_deref().unwrap_or(text)).ok();
    let Some(number) = parsed.filter(phonenumber::PhoneNumber::is_valid) else { return Answered::invalid() };
    let e164 = number.format().mode(Mode::E164).to_string();
    let mut said = vec![
        Said::derived("enriched.phone.e164", Value::Text(e164)),
        Said::code("enriched.phone.kind", kind(number.number_type(&DATABASE))),
    ];
    if let Some(country) = number.country().id() {
        said.push(Said::derived("enriched.phone.country", Value::Text(format!("{country:?}"))));
    }
    Answered::Found(said)
}

fn kind(kind: Type) -> &'static str {
    match kind {
        Type::Mobile => "mobile",
        Type::FixedLine => "fixed",
        Type::FixedLineOrMobile => "fixed_or_mobile",
        Type::TollFree => "toll_free",
        Type::PremiumRate => "premium",
        Type::SharedCost => "shared_cost",
        Type::Voip => "voip",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::providers_say;

    fn of(number: &str) -> Vec<String> {
        providers_say(enrich(&Inputs::from([("contact.phone".to_owned(), number.to_owned())])))
    }

    #[test]
    fn kinds_and_countries() {
        let cases = [
            ("06 1234 5678", "+31612345678", "mobile", "NL"),
            ("0031612345678", "+31612345678", "mobile", "NL"),
            ("020 624 1111", "+31206241111", "fixed", "NL"),
            ("0800 1351", "+318001351", "toll_free", "NL"),
            ("0900 9292", "+319009292", "premium", "NL"),
            ("+32 470 12 34 56", "+32470123456", "mobile", "BE"),
            ("+1 212 555 2368", "+12125552368", "fixed_or_mobile", "US"),
        ];
        for (number, e164, kind, country) in cases {
            let expected = [
                format!("enriched.phone.e164={e164}"),
                format!("enriched.phone.kind={kind}"),
                format!("enriched.phone.country={country}"),
            ];
            assert_eq!(of(number), expected, "{number}");
        }
        for wrong in ["12", "", "06", "+310"] {
            assert_eq!(of(wrong), ["invalid_input"], "{wrong}");
        }
    }
}
