//! The report, for somebody who keeps customers for a living.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use anyhow::ensure;
use tenure_proto::{error::v1::Reason, expectation::v1::GetExpectationOverviewResponse};
use tenure_simulator::{Comparison, Simulation, Totals};

use super::{
    feed::{Fed, in_words},
    let_down,
    worth::{Best, Worth},
};

pub(crate) fn write(
    simulation: &Simulation,
    fed: &Fed,
    people: &Comparison,
    worth: &Worth,
    overview: &GetExpectationOverviewResponse,
) -> String {
    let truth = simulation.truth().totals();
    let mut text = String::new();
    let (promises, surveys) = (let_down::promises(truth, overview), let_down::surveys(overview));
    let parts = [came_in(truth, fed), who(fed, people), bought(truth, worth), value(worth), promises, surveys];
    for part in parts {
        let _ = writeln!(text, "\n{part}");
    }
    text
}

/// Whether the figures that must be as simulated are.
///
/// # Errors
/// When they are not, and which.
pub(crate) fn agrees(
    simulation: &Simulation,
    fed: &Fed,
    worth: &Worth,
    overview: &GetExpectationOverviewResponse,
) -> anyhow::Result<()> {
    let truth = simulation.truth().totals();
    let checked = [
        ("what came in", came_in_agrees(truth, fed)),
        ("what they bought", bought_agrees(truth, worth)),
        ("what was promised", let_down::agrees(truth, overview)),
    ];
    let wrong: Vec<_> = checked.into_iter().filter(|(_, agrees)| !agrees).map(|(what, _)| what).collect();
    ensure!(wrong.is_empty(), "NOT as simulated: {}. This is a fault of Tenure; please report it", wrong.join(" and "));
    Ok(())
}

fn came_in_agrees(truth: &Totals, fed: &Fed) -> bool {
    let counts = &fed.counts;
    let quarantined = truth.quarantined.values().sum();
    [truth.received, truth.accepted, truth.duplicate, quarantined].map(signed)
        == [counts.received, counts.accepted, counts.duplicate, counts.quarantined]
        && simulated_reasons(truth) == fed.reasons()
}

/// How many items must be set aside for each reason.
fn simulated_reasons(truth: &Totals) -> BTreeMap<&'static str, i64> {
    let name = |reason: &Reason| reason.as_str_name().trim_start_matches("REASON_");
    truth.quarantined.iter().map(|(reason, count)| (name(reason), signed(*count))).collect()
}

fn bought_agrees(truth: &Totals, worth: &Worth) -> bool {
    truth.accepted_purchases.minor_units == worth.base.total_minor_units
}

fn came_in(truth: &Totals, fed: &Fed) -> String {
    let counts = &fed.counts;
    let rate = counts.received as f64 / fed.seconds.max(0.001);
    let mut text = format!(
        "WHAT CAME IN\n  {} touchpoints in {:.1} s ({:.0} a second): {} accepted, {} repeats recognised, {} set aside",
        grouped(counts.received),
        fed.seconds,
        rate,
        grouped(counts.accepted),
        grouped(counts.duplicate),
        grouped(counts.quarantined)
    );
    let (found, simulated) = (fed.reasons(), simulated_reasons(truth));
    for reason in found.keys().chain(simulated.keys()).collect::<BTreeSet<_>>() {
        let [count, expected] = [&found, &simulated].map(|counts| counts.get(reason).copied().unwrap_or_default());
        let _ = write!(text, "\n  {count:>7}  {reason}: {}", in_words(reason));
        if count != expected {
            let _ = write!(text, " (NOT as simulated: {expected})");
        }
    }
    let verdict = if came_in_agrees(truth, fed) { "exactly as simulated" } else { "NOT as simulated" };
    let _ = write!(text, "\n  These counts are {verdict}.");
    text
}

fn who(fed: &Fed, people: &Comparison) -> String {
    format!(
        "WHO THEY ARE\n  {} records in the source systems were found to be {} people; in truth there are {}.\n  \
         Found whole: {} ({:.1} %). Spread over several: {}. Joined with somebody else: {}.\n  \
         Of the links made {:.2} % are right, and {:.2} % of the right ones were made.",
        grouped(signed(fed.records.len() as u64)),
        grouped(signed(people.groups)),
        grouped(signed(people.customers)),
        grouped(signed(people.found)),
        100.0 * people.found as f64 / people.customers.max(1) as f64,
        grouped(signed(people.split)),
        grouped(signed(people.joined)),
        100.0 * people.precision,
        100.0 * people.recall,
    )
}

fn bought(truth: &Totals, worth: &Worth) -> String {
    format!(
        "WHAT THEY BOUGHT\n  {} people bought for {} in all, {}; {} of them came back after the first day.",
        grouped(worth.base.customers),
        euro(worth.base.total_minor_units as f64),
        if bought_agrees(truth, worth) { "to the cent as simulated" } else { "which is NOT what was simulated" },
        grouped(worth.base.repeaters),
    )
}

fn value(worth: &Worth) -> String {
    let mut text = format!(
        "WHAT THEY ARE WORTH\n  In the coming year the base is expected to bring {} (discounted at 10 % a year).\n  \
         With 30 % of that as margin, calls at EUR 42 an hour, and complaints and returns at their price, serving them takes {}\n  \
         of {}; {} people are expected to cost more than they bring.\n  \
         The model ({} and Gamma-Gamma, version {}) rests on {} people. Worth most:",
        euro(worth.base.expected_value_minor_units),
        euro(worth.base.expected_cost_minor_units),
        euro(worth.base.expected_margin_minor_units),
        grouped(worth.base.negative_customers),
        worth.model.purchases.as_ref().map_or("none", |part| part.name.as_str()),
        worth.model.version,
        grouped(worth.model.customers),
    );
    for (place, best) in worth.top.iter().enumerate() {
        let _ = write!(text, "\n  {}. {}", place + 1, line(best));
    }
    for (line, base) in &worth.lines {
        let _ = write!(
            text,
            "\n  Of {line} alone, by a model of its own: {} people, {} so far, {} expected in the coming year.",
            grouped(base.customers),
            euro(base.total_minor_units as f64),
            euro(base.expected_value_minor_units),
        );
    }
    text
}

fn line(best: &Best) -> String {
    let name = if best.name.is_empty() { best.person_id.as_str() } else { best.name.as_str() };
    let segment = best.score.rfm.as_ref().map(|rfm| rfm.segment.as_str()).unwrap_or_default();
    format!(
        "{name}: {} expected ({segment}); {}",
        euro(best.score.expected_value_minor_units),
        // The first reason says what was bought; the others explain the figures to an analyst.
        best.score.reasons.first().map(String::as_str).unwrap_or_default()
    )
}

/// A call from another language that works as it stands.
pub(crate) fn snippet(address: &str, key: &str, person_id: &str) -> String {
    let proto = std::path::absolute("proto").map(|folder| folder.display().to_string()).unwrap_or_default();
    include_str!("snippet.py.txt")
        .replace("{address}", address)
        .replace("{key}", key)
        .replace("{person_id}", person_id)
        .replace("{proto}", &proto)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count with commas: 1,234,567.
pub(super) fn grouped(count: i64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Cents as euros: EUR 1,234.50.
fn euro(minor_units: f64) -> String {
    let cents = minor_units.round();
    let whole = (cents / 100.0).trunc();
    format!("EUR {}.{:02}", grouped(whole as i64), (cents - 100.0 * whole).abs() as i64)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tenure_proto::{
        collector::v1::{GetIntakeStatisticsResponse, ReasonCount},
        expectation::v1::{PromiseState, PromiseStateCount},
        value::v1::{GetBaseValueResponse, Model},
    };
    use tenure_simulator::Settings;

    use super::*;

    /// What the collector must say of a simulation.
    fn fed(truth: &Totals) -> Fed {
        let reason = |(reason, count): (&str, i64)| ReasonCount { reason: reason.to_owned(), count };
        let reasons = simulated_reasons(truth);
        let counts = GetIntakeStatisticsResponse {
            received: signed(truth.received),
            accepted: signed(truth.accepted),
            duplicate: signed(truth.duplicate),
            quarantined: reasons.values().sum(),
            quarantine_reasons: reasons.into_iter().map(reason).collect(),
            ..GetIntakeStatisticsResponse::default()
        };
        Fed { records: HashMap::new(), read_token: String::new(), counts, seconds: 1.0 }
    }

    #[test]
    fn a_count_that_is_not_as_simulated_is_said() {
        let simulation = Simulation::new(&Settings { customers: 100, ..Settings::default() }).unwrap();
        let truth = simulation.truth().totals();
        let mut fed = fed(truth);
        let total_minor_units = truth.accepted_purchases.minor_units;
        let base = GetBaseValueResponse { total_minor_units, ..GetBaseValueResponse::default() };
        let mut worth = Worth { model: Model::default(), base, top: Vec::new(), lines: Vec::new() };
        assert!(came_in(truth, &fed).ends_with("These counts are exactly as simulated."));
        let promises = &truth.promises;
        let state = |state: PromiseState, count| PromiseStateCount { state: state.into(), count: signed(count) };
        let mut overview = GetExpectationOverviewResponse {
            promises: vec![
                state(PromiseState::Kept, promises.kept),
                state(PromiseState::KeptLate, promises.late),
                state(PromiseState::Broken, promises.overdue),
            ],
            ..GetExpectationOverviewResponse::default()
        };
        assert!(promises.kept > promises.late && promises.late > 0, "{promises:?}");
        assert!(agrees(&simulation, &fed, &worth, &overview).is_ok());
        assert!(let_down::promises(truth, &overview).contains("exactly as simulated"));

        // The sum stays what it was.
        fed.counts.quarantine_reasons[0].count += 1;
        fed.counts.quarantine_reasons[1].count -= 1;
        let text = came_in(truth, &fed);
        assert!(text.ends_with("These counts are NOT as simulated."), "{text}");
        assert_eq!(text.matches("(NOT as simulated: ").count(), 2, "{text}");
        worth.base.total_minor_units += 1;
        assert!(bought(truth, &worth).contains("NOT what was simulated"));
        overview.promises[1].count += 1;
        assert!(let_down::promises(truth, &overview).contains("NOT as simulated"));
        let error = agrees(&simulation, &fed, &worth, &overview).unwrap_err().to_string();
        let all = "NOT as simulated: what came in and what they bought and what was promised.";
        assert!(error.starts_with(all), "{error}");
    }

    #[test]
    fn amounts_and_counts_read_well() {
        assert_eq!(
            [0, 12, 123, 1_234, 123_456, 1_234_567, -1_234].map(grouped).join(" "),
            "0 12 123 1,234 123,456 1,234,567 -1,234"
        );
        assert_eq!(euro(123_456.4), "EUR 1,234.56");
        assert_eq!(euro(5.0), "EUR 0.05");
    }
}
