//! Fields that several requests have. Each is read or noted as wrong.

use tenure_clv::{DiscountRate, Horizon};
use tenure_kernel::{Reason, money};
use tenure_server::Violations;

use crate::domain::{
    book::{Book, Line},
    currency::Currency,
    score::{DEFAULT_DISCOUNT_RATE, DEFAULT_HORIZON_WEEKS, Question},
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

/// `line_code`; an empty one is all lines together.
pub(super) fn line(wrong: &mut Violations, code: &str) -> Option<Line> {
    let line = Line::from_code(code);
    if line.is_none() {
        let text = "must be up to 64 letters, digits, '.', '-', '_', ':' and '/'";
        wrong.push("line_code", Reason::FieldMalformed, text);
    }
    line
}

/// `currency_code` and `line_code`.
pub(super) fn book(wrong: &mut Violations, currency_code: &str, line_code: &str) -> Option<Book> {
    let (currency, line) = (currency(wrong, currency_code), line(wrong, line_code));
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
