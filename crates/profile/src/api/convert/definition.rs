//! Requests about traits.

use std::collections::BTreeSet;

use tenure_kernel::{Reason, Refusal, money};
use tenure_proto::{
    collector::v1::{Channel, TouchpointType},
    profile::v1::{self as pb, trait_definition},
};
use tenure_server::{Violations, page_size};

use super::measure::SPECIAL;
use crate::{
    app::define_trait::DefineTrait,
    defined,
    domain::{
        catalogue::{MOST_TRAITS, Source},
        expression::{Expression, MOST_BYTES, WORDS},
        windowed::{Filter, MOST_HOURS, Measure, Windowed},
    },
};

/// How long a name may be, and a code.
const NAME: usize = 64;
/// How many types, products and lines may be asked for.
const CHOICES: usize = 50;
/// How many channels.
const CHANNELS: usize = 10;

/// A trait to be defined.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn define(request: pb::DefineTraitRequest) -> Result<DefineTrait, Refusal> {
    let mut wrong = Violations::new();
    let definition = wrong.required("definition", request.definition).unwrap_or_default();
    name(&mut wrong, "definition.name", &definition.name);
    let source = match definition.source {
        Some(trait_definition::Source::Windowed(asked)) => windowed(&mut wrong, asked).map(Source::Windowed),
        Some(trait_definition::Source::Expression(asked)) => expression(&mut wrong, asked.text),
        None => {
            wrong.push("definition.source", Reason::FieldRequired, "windowed or expression is required");
            None
        }
    };
    if request.expected_version.is_some_and(|version| version < 0) {
        wrong.push("expected_version", Reason::FieldOutOfRange, "must be 0 or more");
    }
    match source {
        Some(source) => {
            let (name, indexed, expected) = (definition.name, definition.indexed, request.expected_version);
            wrong.finish().map(|()| DefineTrait { name, source, indexed, expected })
        }
        None => Err(Refusal::fields(wrong.into_inner())),
    }
}

/// The name of a trait to be deleted.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn delete(request: &pb::DeleteTraitRequest) -> Result<&str, Refusal> {
    let mut wrong = Violations::new();
    name(&mut wrong, "name", &request.name);
    wrong.finish().map(|()| request.name.as_str())
}

/// The size of a page.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn list(request: &pb::ListTraitsRequest) -> Result<usize, Refusal> {
    page_size(request.page_size, 100, MOST_TRAITS).map_err(|wrong| Refusal::fields(vec![wrong]))
}

pub(super) fn name(wrong: &mut Violations, field: &str, name: &str) {
    let Some(name) = wrong.text(field, name, NAME) else { return };
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    if !begins || !name.chars().all(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '_')) {
        let what = "must be a lower-case letter, then lower-case letters, digits and '_'";
        wrong.push(field, Reason::FieldMalformed, what);
    } else if WORDS.contains(&name) {
        wrong.push(field, Reason::FieldNotAllowed, "a word that means something in expressions");
    }
}

fn expression(wrong: &mut Violations, text: String) -> Option<Source> {
    let expression = read(wrong, "definition.expression.text", &text)?;
    Some(Source::Expression(text, expression))
}

/// What an expression says.
pub(super) fn read(wrong: &mut Violations, field: &str, text: &str) -> Option<Expression> {
    wrong.text(field, text, MOST_BYTES)?;
    match Expression::read(text) {
        Ok(expression) => Some(expression),
        Err(problem) => {
            wrong.push(field, Reason::FieldMalformed, problem.to_string());
            None
        }
    }
}

fn windowed(wrong: &mut Violations, asked: pb::WindowedTrait) -> Option<Windowed> {
    let field = |name: &str| format!("definition.windowed.{name}");
    let aggregate = match asked.aggregate {
        0 => wrong.required(field("aggregate"), None),
        number => defined::aggregate(number).or_else(|| unknown(wrong, field("aggregate"))),
    };
    let measure = defined::measure(asked.measure, &asked.currency_code);
    let measure = measure.or_else(|| unknown(wrong, field("measure")));
    currency(wrong, &field("currency_code"), &asked);
    if !(0..=MOST_HOURS).contains(&i64::from(asked.window_hours)) {
        wrong.push(field("window_hours"), Reason::FieldOutOfRange, format!("must be 0 to {MOST_HOURS}"));
    }
    let filter = filter(wrong, &field, &asked);
    let windowed = Windowed { aggregate: aggregate?, measure: measure?, filter, hours: asked.window_hours.into() };
    if !windowed.fits() {
        let no_measure = windowed.measure == Measure::None;
        let what = if no_measure { "the aggregate needs a measure" } else { "the aggregate is not of this measure" };
        let reason = if no_measure { Reason::FieldRequired } else { Reason::FieldNotAllowed };
        wrong.push(field("measure"), reason, what);
    }
    Some(windowed)
}

fn unknown<T>(wrong: &mut Violations, field: String) -> Option<T> {
    wrong.push(field, Reason::FieldNotAllowed, "not one that this program knows");
    None
}

fn currency(wrong: &mut Violations, field: &str, asked: &pb::WindowedTrait) {
    let (code, amount) = (asked.currency_code.as_str(), asked.measure() == pb::TraitMeasure::Amount);
    match (amount, code.is_empty()) {
        (true, true) => wrong.push(field, Reason::FieldRequired, "required for an amount"),
        (true, false) if !money::is_currency(code) => {
            wrong.push(field, Reason::CurrencyInvalid, "not an ISO 4217 code, such as \"EUR\"")
        }
        (false, false) => wrong.push(field, Reason::FieldNotAllowed, "only an amount has a currency"),
        _ => return,
    };
}

fn filter(wrong: &mut Violations, field: &dyn Fn(&str) -> String, asked: &pb::WindowedTrait) -> Filter {
    let kinds =
        choices(wrong, &field("types"), &asked.types, CHOICES, |number| match TouchpointType::try_from(*number) {
            Err(_) | Ok(TouchpointType::Unspecified) => Some((Reason::TypeUnknown, "not a type of the catalogue")),
            Ok(kind) => SPECIAL.contains(&kind).then_some((Reason::FieldNotAllowed, "no trait may be about this type")),
        });
    let channels = choices(wrong, &field("channels"), &asked.channels, CHANNELS, |number| {
        (*number == 0 || Channel::try_from(*number).is_err()).then_some((Reason::FieldNotAllowed, "not a channel"))
    });
    let code = |code: &String| {
        (code.is_empty() || code.len() > NAME).then_some((Reason::FieldMalformed, "must be 1 to 64 bytes"))
    };
    let products = choices(wrong, &field("product_codes"), &asked.product_codes, CHOICES, code);
    let lines = choices(wrong, &field("line_codes"), &asked.line_codes, CHOICES, code);
    Filter { kinds, channels, products, lines }
}

fn choices<T: Ord + Clone>(
    wrong: &mut Violations,
    field: &str,
    asked: &[T],
    most: usize,
    fault: impl Fn(&T) -> Option<(Reason, &'static str)>,
) -> BTreeSet<T> {
    if asked.len() > most {
        wrong.push(field, Reason::FieldTooLong, format!("{}; at most {most} are allowed", asked.len()));
    }
    for (place, one) in asked.iter().take(most).enumerate() {
        if let Some((reason, what)) = fault(one) {
            wrong.push(format!("{field}[{place}]"), reason, what);
        }
    }
    asked.iter().take(most).cloned().collect()
}
