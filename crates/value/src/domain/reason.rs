//! Reasons of a score, in short English sentences with their numbers. Nothing in them is personal.

use tenure_clv::CustomerValue;

use super::{
    book::Book,
    contract_model::ContractModel,
    contract_value::ContractsValue,
    cost::Net,
    model::Model,
    score::{Basis, Question, Score, segment_name},
    summary::PersonSummary,
};

/// Why a person has a score: what was bought, what that is worth each time, how often it is expected, what serving takes of
/// it, and how the person compares.
pub(crate) fn reasons(question: &Question, model: &Model, score: &Score) -> Vec<String> {
    let (person, value) = (&score.summary, &score.value);
    let mut reasons = match score.basis {
        Basis::Prior => vec![unknown(model)],
        Basis::Repeats | Basis::FirstPurchase => vec![bought(model, person)],
    };
    reasons.extend(spends(model, score));
    reasons.extend(expected(question, person, value));
    reasons.extend(served(model, &score.net));
    reasons.extend(score.rfm.map(|rfm| {
        format!(
            "recency {}, frequency {} and money {} of 5 among the customers of model {}: {}",
            rfm.recency,
            rfm.frequency,
            rfm.monetary,
            model.version,
            segment_name(rfm.segment())
        )
    }));
    reasons
}

/// Nothing was bought.
fn unknown(model: &Model) -> String {
    format!(
        "bought nothing{} by the reference day: this is what the customers of model {} bring after their first purchase",
        of_line(&model.book),
        model.version
    )
}

fn served(model: &Model, net: &Net) -> Vec<String> {
    let amount = |minor| model.book.currency.amount(minor);
    let dearest = net.causes.first().filter(|cause| cause.cost > 0.0);
    let past = dearest.map(|cause| {
        format!(
            "serving the customer cost {} so far, of which {} for {} of {}",
            amount(net.past_cost),
            amount(cause.cost),
            cause.served.count,
            cause.kind.name()
        )
    });
    let rates = if net.rates_version == 0 {
        "no rates are registered, so that all that is paid is margin".to_owned()
    } else {
        format!("by version {} of the rates", net.rates_version)
    };
    let left = format!(
        "of the margin of {} that is expected, serving is expected to take {} and leave {}; {rates}",
        amount(net.margin),
        amount(net.cost),
        amount(net.value())
    );
    past.into_iter().chain([left]).collect()
}

/// Of a model of one product line, which.
fn of_line(book: &Book) -> String {
    let line = &book.line;
    if line.is_all() { String::new() } else { format!(" of line {}", line.code()) }
}

fn bought(model: &Model, person: &PersonSummary) -> String {
    let history = &person.history;
    let days = plural(u64::from(history.frequency()) + 1, "day");
    format!(
        "bought{} on {days} in {}, last {} before the reference day",
        of_line(&model.book),
        span(history.age_days()),
        span(history.days_since_last())
    )
}

fn spends(model: &Model, score: &Score) -> Vec<String> {
    let (person, value) = (&score.summary, &score.value);
    let amount = |minor| model.book.currency.amount(minor);
    let mean = model.learned.spend.model.population_mean().unwrap_or_default();
    if score.basis != Basis::Repeats {
        return vec![format!("no repeat purchase: value rests on the base's mean of {} a purchase day", amount(mean))];
    }
    vec![
        format!("a repeat day brings {} on average", amount(person.history.mean_minor_per_repeat_day())),
        format!(
            "with the base's mean of {} weighed in, {} is expected of a purchase day",
            amount(mean),
            amount(value.expected_minor_per_purchase)
        ),
    ]
}

fn expected(question: &Question, person: &PersonSummary, value: &CustomerValue) -> Vec<String> {
    // By BG/NBD nobody leaves before a repeat, which says nothing.
    let alive = (person.history.frequency() > 0 || value.p_alive < 1.0).then(|| {
        format!("these purchases make it {:.0} % likely that the customer has not left", value.p_alive * 100.0)
    });
    let ahead = format!(
        "{:.2} purchase days are expected in {:.0} weeks, worth {:.2} after a discount of {} % a year",
        value.expected_purchases,
        question.horizon.weeks(),
        value.discounted_purchases,
        // At most six digits, without those that say nothing.
        (question.discount.annual() * 1e6).round() / 1e4
    );
    alive.into_iter().chain([ahead]).collect()
}

/// Why a person's contracts are worth what they are: when each is due, how likely it is renewed, and what that brings.
pub(crate) fn of_contracts(question: &Question, model: &ContractModel, value: &ContractsValue) -> Vec<String> {
    if !value.has_any {
        return vec![format!("no contract{} is known", of_line(&model.book))];
    }
    let amount = |minor| model.book.currency.amount(minor);
    let each = value.outlooks.iter().map(|one| {
        let due = if one.running.due_in > 0.0 {
            format!("is due in {:.0} weeks", one.running.due_in)
        } else {
            "is due, and nobody said what came of it".to_owned()
        };
        let pooled = if one.is_pooled { ", by all contracts together, for few of this term came due" } else { "" };
        format!(
            "a contract of {} that was renewed {} {due}: {:.0} % likely to be renewed then, where {:.0} % of new ones are{pooled}",
            if one.term_months > 0 { plural(u64::from(one.term_months.unsigned_abs()), "month") } else { "a term that is not told".to_owned() },
            plural(u64::from(one.running.renewals), "time"),
            100.0 * one.lasting.retention,
            100.0 * model.first_retention(one.term_months)
        )
    });
    let sum = format!(
        "renewals are expected to bring a margin of {} in {:.0} weeks, of which serving takes {} beyond what purchases bear",
        amount(value.margin),
        question.horizon.weeks(),
        amount(value.cost)
    );
    let running = !value.outlooks.is_empty();
    let ended = (!running).then(|| "all contracts have ended".to_owned());
    each.chain(ended).chain(running.then_some(sum)).collect()
}

/// A number of days in words: weeks from a fortnight on.
fn span(days: u32) -> String {
    if days < 14 { plural(u64::from(days), "day") } else { plural((u64::from(days) + 3) / 7, "week") }
}

fn plural(count: u64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_days_at_first_and_weeks_later() {
        let spans = [0, 1, 13, 14, 17, 18, 210].map(span);
        assert_eq!(spans, ["0 days", "1 day", "13 days", "2 weeks", "2 weeks", "3 weeks", "30 weeks"]);
    }
}
