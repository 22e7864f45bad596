//! Audits on the wire.

use tenure_kernel::{Reason, Refusal};
use tenure_proto::expectation::v1 as pb;
use tenure_server::Violations;

use super::survey;
use crate::{
    app::AuditSurveys,
    domain::{
        audit::{
            Audit, Bounds, Case, Field, Layer, MOST_OF_CUSTOMER, Nps, Scale, Scores, Stratum, Terms, Weighted, crowded,
        },
        survey::SurveyKind,
    },
};

const MOST_CASES: usize = 10_000;

pub(crate) fn audit_surveys(request: pb::AuditSurveysRequest) -> Result<AuditSurveys, Refusal> {
    let mut wrong = Violations::new();
    let kind = survey::kind(request.kind());
    if kind.is_none() {
        wrong.push("kind", Reason::FieldRequired, "required, and one that is known");
    }
    let scale = scale(&mut wrong, kind, (request.lowest_score, request.highest_score));
    match request.cases.len() {
        0 => {
            wrong.push("cases", Reason::FieldRequired, format!("1 to {MOST_CASES} are needed"));
        }
        count if count > MOST_CASES => {
            wrong.push("cases", Reason::FieldTooLong, format!("{count}; at most {MOST_CASES} are allowed"));
        }
        _ => {}
    }
    let cases = request.cases.into_iter().take(MOST_CASES).enumerate();
    let cases: Vec<Case> = cases.filter_map(|(place, one)| case(&mut wrong, place, one, scale)).collect();
    if wrong.is_empty() {
        for (place, count) in crowded(&cases) {
            let what = format!("the customer has {count} surveys; at most {MOST_OF_CUSTOMER} are allowed");
            let field = if cases[place].customer.is_some() { "customer_ref" } else { "case_ref" };
            wrong.push(format!("cases[{place}].{field}"), Reason::FieldOutOfRange, what);
        }
    }
    let (Some(kind), Some(scale), true) = (kind, scale, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(AuditSurveys { kind, scale, cases })
}

fn scale(wrong: &mut Violations, kind: Option<SurveyKind>, told: (i32, i32)) -> Option<Scale> {
    let usual = kind.map_or(Scale::STARS, Scale::of);
    let scale = if told == (0, 0) { Some(usual) } else { Scale::new(told.0, told.1) };
    match scale {
        None => {
            let what = "must be above lowest_score, both from -1,000 to 1,000";
            wrong.push("highest_score", Reason::FieldOutOfRange, what);
        }
        Some(scale) if scale != usual && kind.is_some_and(SurveyKind::is_nps) => {
            wrong.push("highest_score", Reason::FieldOutOfRange, "an NPS survey is answered from 0 to 10");
        }
        _ => {}
    }
    scale
}

fn case(wrong: &mut Violations, place: usize, one: pb::SurveyCase, scale: Option<Scale>) -> Option<Case> {
    let name = |field: &str| format!("cases[{place}].{field}");
    wrong.text(name("case_ref"), &one.case_ref, 128);
    if !one.customer_ref.is_empty() {
        wrong.text(name("customer_ref"), &one.customer_ref, 128);
    }
    let mut time = |field, value: Option<_>| wrong.timestamp(name(field), value.as_ref());
    let required = [("promise_time", &one.promise_time), ("send_time", &one.send_time)];
    let times = [
        time("promise_time", one.promise_time),
        time("send_time", one.send_time),
        time("experience_time", one.experience_time),
        time("complaint_open_time", one.complaint_open_time),
        time("complaint_close_time", one.complaint_close_time),
    ];
    for (field, value) in required {
        wrong.required(name(field), value.as_ref());
    }
    let case = Case {
        sent_at: times[1]?,
        case: one.case_ref,
        customer: (!one.customer_ref.is_empty()).then_some(one.customer_ref),
        promised_by: times[0]?,
        experienced_at: times[2],
        complaint_opened_at: times[3],
        complaint_closed_at: times[4],
        score: one.score,
    };
    for found in scale.map(|scale| case.wrong(scale)).unwrap_or_default() {
        match found.field {
            // Said above, with how long it may be.
            Field::Case => {}
            Field::ComplaintClosed => {
                wrong.push(name("complaint_close_time"), Reason::FieldOutOfRange, found.what);
            }
            Field::Score => {
                wrong.push(name("score"), Reason::FieldOutOfRange, found.what);
            }
        }
    }
    Some(case)
}

pub(crate) fn audit_surveys_response(found: &Audit, terms: &Terms) -> pb::AuditSurveysResponse {
    let group = |scores: &Scores| {
        let nps = terms.kind.is_nps().then(|| Nps::of(scores)).flatten();
        pb::AuditedSurveys {
            surveys: count(scores.surveys),
            answered: count(scores.answered),
            mean_score: scores.mean(),
            lowest_scores: count(scores.lowest),
            lowest_share: scores.lowest_share(),
            nps: nps.map(|nps| nps.score),
            nps_half_width: nps.map(|nps| nps.half_width),
        }
    };
    let bounds = |bounds: Bounds| pb::ScoreBounds { worst: bounds.worst, best: bounds.best };
    let reasons = found.by_reason().into_iter();
    let held = found.reasons.iter().enumerate().filter(|(_, reasons)| !reasons.is_empty());
    pb::AuditSurveysResponse {
        all: Some(group(&found.all)),
        held: Some(group(&found.held)),
        let_through: Some(group(&found.let_through)),
        held_reasons: reasons
            .map(|(reason, of)| pb::SurveyReasonCount { reason: survey::reason(reason).into(), count: count(of) })
            .collect(),
        mean_bounds: found.mean.map(bounds),
        nps_bounds: found.nps.map(bounds),
        held_surveys: held
            .map(|(place, reasons)| pb::HeldSurvey {
                case_index: i32::try_from(place).unwrap_or(i32::MAX),
                reasons: reasons.iter().map(|one| survey::reason(*one).into()).collect(),
            })
            .collect(),
        policy_version: terms.policy.version.to_owned(),
        weights_version: terms.weights.version.to_owned(),
        strata: found.layers.iter().map(layer).collect(),
        case_strata: found.strata.iter().map(|one| stratum(*one).into()).collect(),
        weighted: found.weighted.map(weighted),
    }
}

pub(crate) fn stratum(stratum: Stratum) -> pb::SurveyStratum {
    match stratum {
        Stratum::ComplaintOpen => pb::SurveyStratum::ComplaintOpen,
        Stratum::PromiseOverdue => pb::SurveyStratum::PromiseOverdue,
        Stratum::ComplaintSettled => pb::SurveyStratum::ComplaintSettled,
        Stratum::LetDown => pb::SurveyStratum::LetDown,
        Stratum::Plain => pb::SurveyStratum::Plain,
    }
}

fn layer(layer: &Layer) -> pb::SurveyStratumCount {
    pb::SurveyStratumCount {
        stratum: stratum(layer.stratum).into(),
        surveys: count(layer.all.surveys),
        answered: count(layer.all.answered),
        let_through: count(layer.let_through.surveys),
        let_through_answered: count(layer.let_through.answered),
        propensity: layer.propensity,
    }
}

fn weighted(found: Weighted) -> pb::WeightedScores {
    pb::WeightedScores {
        mean_score: found.mean,
        nps: found.nps.map(|nps| nps.score),
        nps_half_width: found.nps.map(|nps| nps.half_width),
        effective_answers: found.effective_answers,
        covered_share: found.covered,
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
