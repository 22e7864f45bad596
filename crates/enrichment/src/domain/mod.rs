//! What is decided without IO: what a provider is, what may be believed of what it says, and which of several values holds.

pub mod calendar;
pub mod check;
pub mod company;
pub mod descriptor;
pub mod email;
pub mod fact;
pub mod fingerprint;
pub mod iban;
pub mod need;
pub mod outcome;
pub mod phone;
pub mod postcode;
pub mod precedence;
pub mod salutation;
mod table;

/// What a provider says, in short, for tests.
#[cfg(test)]
fn providers_say(answered: outcome::Answered) -> Vec<String> {
    let told = |said: &fact::Said| {
        let value = match said.value.as_ref().expect("a value") {
            fact::Value::Text(text) | fact::Value::Date(text) => text.clone(),
            fact::Value::Integer(number) => number.to_string(),
            fact::Value::Decimal(number) => number.to_string(),
            fact::Value::Truth(truth) => truth.to_string(),
        };
        format!("{}={value}", said.path)
    };
    match answered {
        outcome::Answered::Found(said) => said.iter().map(told).collect(),
        outcome::Answered::Without(outcome, _) => vec![outcome.as_str().to_owned()],
        outcome::Answered::Declined => vec!["declined".to_owned()],
    }
}
