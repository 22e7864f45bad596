//! Fields that several requests have. Each is read or noted as wrong.

use tenure_clv::{DiscountRate, Horizon, PurchaseKind};
use tenure_kernel::{Reason, money};
use tenure_proto::value::v1 as pb;
use tenure_server::Violations;

use crate::{
    domain::{
        book::{Book, Line},
        currency::Currency,
        score::{DEFAULT_DISCOUNT_RATE, DEFAULT_HORIZON_WEEKS, Question},
    },
    event,
};

/// The longest horizon, in weeks: ten years.
const MAX_HORIZON_WEEKS: i32 = 520;

/// `currency_code`: ISO 4217, required.
pub(super) fn currency(wrong: &mut Violations, code: &str) -> Option<Currency> {
    let field = "currency_code";
    let code = wrong.required(field, (!code.is_empty()).then_some(code))?;
    let currency = Currency::from_code(code).filter(|_| money::is_currency(code));
    if currency.is_none() {
        wrong.push(field, Reason::CurrencyInvalid, "not an ISO 4217 code, such as \"EUR\"");
    }
    currency
}

/// `currency_code` and `line_code`; an empty line is all of them.
pub(super) fn book(wrong: &mut Violations, currency_code: &str, line_code: &str) -> Option<Book> {
    let currency = currency(wrong, currency_code);
    let line = Line::from_code(line_code);
    if line.is_none() {
        let text = "must be up to 64 letters, digits, '.', '-', '_', ':' and '/'";
        wrong.push("line_code", Reason::FieldMalformed, text);
    }
    Some(Book { currency: currency?, line: line? })
}

/// `request_id`: the caller's own, required.
pub(super) fn request_id(wrong: &mut Violations, id: &str) -> Option<String> {
    let text = wrong.text("request_id", id, 64);
    if text.is_some_and(|id| id.chars().any(char::is_control)) {
        wrong.push("request_id", Reason::FieldMalformed, "must not hold control characters");
    }
    text.map(ToOwned::to_owned)
}

/// `horizon_weeks` and `discount_rate`.
pub(super) fn question(wrong: &mut Violations, weeks: i32, rate: Option<f64>) -> Option<Question> {
    let weeks = if weeks == 0 { DEFAULT_HORIZON_WEEKS } else { weeks };
    let horizon =
        (1..=MAX_HORIZON_WEEKS).contains(&weeks).then(|| Horizon::from_weeks(f64::from(weeks)).ok()).flatten();
    if horizon.is_none() {
        wrong.push("horizon_weeks", Reason::FieldOutOfRange, "must be 1 to 520, or 0 for 52");
    }
    let discount = DiscountRate::from_annual(rate.unwrap_or(DEFAULT_DISCOUNT_RATE)).ok();
    if discount.is_none() {
        wrong.push("discount_rate", Reason::FieldOutOfRange, "must be 0 to 1 a year");
    }
    Some(Question { horizon: horizon?, discount: discount? })
}

/// `interval_level`.
pub(super) fn level(wrong: &mut Violations, level: Option<f64>) -> Option<f64> {
    if level.is_some_and(|level| !(0.5..=0.99).contains(&level)) {
        wrong.push("interval_level", Reason::FieldOutOfRange, "must be 0.5 to 0.99");
    }
    level
}

/// What is said of a kind that is none.
pub(super) const NO_KIND: &str = "not a kind of model that this program knows";

/// `kind`: a kind of model of purchases; `None`: not set, or one that this program does not know, which is noted.
pub(super) fn kind(wrong: &mut Violations, kind: i32) -> Option<PurchaseKind> {
    let known = pb::PurchaseModelKind::try_from(kind);
    let wrong_with = match known {
        Err(_) => Some(NO_KIND),
        Ok(kind) => {
            event::contracts::kind(kind).map(|_| "a kind of contracts: how well it foretells stands in the model")
        }
    };
    wrong_with.into_iter().for_each(|text| {
        wrong.push("kind", Reason::FieldNotAllowed, text);
    });
    event::part::kind(known.ok()?)
}
