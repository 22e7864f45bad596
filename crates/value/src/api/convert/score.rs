//! Scores on the wire.

use tenure_kernel::Refusal;
use tenure_proto::value::v1::{self as pb, score_customer_request::By};
use tenure_server::Violations;

use super::{cost, field, summary};
use crate::{
    app::{BatchScoreCustomers, Chunk, ScoreCustomer, Scored, StreamScores, Who},
    domain::{
        contract_value::{ContractsValue, Outlook},
        interval::{Ends, Intervals},
        model::Model,
        score::{Basis, Score, segment_name},
        standing::Bar,
        worth::{Scorers, Worth},
    },
};

pub(crate) fn score_customer(request: pb::ScoreCustomerRequest) -> Result<ScoreCustomer, Refusal> {
    let mut wrong = Violations::new();
    let who = who(&mut wrong, request.by.as_ref());
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let level = field::level(&mut wrong, request.interval_level);
    let (Some(who), Some(book), Some(question), true) = (who, book, question, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(ScoreCustomer { who, book, as_of, question, level, read_after: request.read_after })
}

/// Ids in one batch at most.
const MAX_PERSONS: usize = 500;

pub(crate) fn batch_score_customers(request: pb::BatchScoreCustomersRequest) -> Result<BatchScoreCustomers, Refusal> {
    let mut wrong = Violations::new();
    let persons = wrong.ids("person_ids", &request.person_ids, MAX_PERSONS);
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let level = field::level(&mut wrong, request.interval_level);
    let (Some(book), Some(question), true) = (book, question, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(BatchScoreCustomers { persons, book, as_of, question, level, read_after: request.read_after })
}

pub(crate) fn batch_score_customers_response(scored: Scored) -> pb::BatchScoreCustomersResponse {
    let Scored { scores, scorers } = scored;
    let placed = |(place, judged): (usize, Result<Worth, Bar>)| {
        let place = i32::try_from(place).unwrap_or(i32::MAX);
        match judged {
            Ok(worth) => pb::PlacedScore { place, score: Some(whole(worth, &scorers)), withheld_code: String::new() },
            Err(bar) => pb::PlacedScore { place, score: None, withheld_code: bar.as_str().to_owned() },
        }
    };
    pb::BatchScoreCustomersResponse { scores: scores.into_iter().map(placed).collect() }
}

pub(crate) fn stream_scores(request: pb::StreamScoresRequest) -> Result<StreamScores, Refusal> {
    let mut wrong = Violations::new();
    let book = field::book(&mut wrong, &request.currency_code, &request.line_code);
    let as_of = wrong.timestamp("as_of", request.as_of.as_ref());
    let question = field::question(&mut wrong, request.horizon_weeks, request.discount_rate);
    let (Some(book), Some(question), true) = (book, question, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let (resume_token, read_after) = (request.resume_token, request.read_after);
    Ok(StreamScores { book, as_of, question, resume_token, read_after })
}

pub(crate) fn stream_scores_response(chunk: Chunk) -> pb::StreamScoresResponse {
    let Chunk { scores, scorers, resume_token } = chunk;
    let scores = scores.into_iter().map(|worth| whole(worth, &scorers)).collect();
    pb::StreamScoresResponse { scores, resume_token }
}

fn who(wrong: &mut Violations, by: Option<&By>) -> Option<Who> {
    match wrong.required("by", by)? {
        By::PersonId(text) => wrong.id("person_id", text).map(Who::Person),
        By::RecordId(text) => wrong.id("record_id", text).map(Who::Record),
    }
}

/// Of purchases and contracts.
pub(crate) fn whole(worth: Worth, scorers: &Scorers) -> pb::CustomerScore {
    let net = worth.net();
    let person_id = worth.person.to_string();
    let mut message = match (worth.purchases, &scorers.purchases) {
        (Some(score), Some((model, _))) => message(score, model),
        _ => pb::CustomerScore {
            basis: pb::ScoreBasis::Contracts.into(),
            summary: Some(pb::PurchaseSummary { person_id, ..Default::default() }),
            ..Default::default()
        },
    };
    message.reasons.extend(worth.reasons);
    message.contracts = worth.contracts.as_ref().map(contracts);
    message.expected_net_minor_units = net;
    if let Some(off) = worth.off {
        let intervals = message.intervals.get_or_insert_with(pb::ScoreIntervals::default);
        intervals.level = off.level;
        intervals.net = off.net.map(interval);
    }
    message
}

fn contracts(value: &ContractsValue) -> pb::ContractValue {
    let outlook = |one: &Outlook| pb::ContractOutlook {
        contract_ref: one.contract.clone(),
        term_months: one.term_months,
        renewals: i32::try_from(one.running.renewals).unwrap_or(i32::MAX),
        due_weeks: one.running.due_in,
        renewal_probability: one.lasting.retention,
        expected_renewals: one.lasting.payments,
        residual_lifetime: one.residual,
        expected_margin_minor_units: one.margin,
        is_pooled: one.is_pooled,
    };
    pb::ContractValue {
        contracts: value.outlooks.iter().map(outlook).collect(),
        expected_margin_minor_units: value.margin,
        expected_cost_minor_units: value.cost,
        expected_net_minor_units: value.value(),
        past_margin_minor_units: value.past_margin.round() as i64,
        model_id: value.model.0.to_string(),
        model_version: value.model.1,
    }
}

pub(crate) fn message(score: Score, model: &Model) -> pb::CustomerScore {
    pb::CustomerScore {
        alive_probability: score.value.p_alive,
        expected_purchases: score.value.expected_purchases,
        expected_minor_units_per_purchase: score.value.expected_minor_per_purchase,
        expected_value_minor_units: score.value.expected_minor,
        rfm: score.rfm.map(|rfm| pb::RfmScore {
            recency: rfm.recency.into(),
            frequency: rfm.frequency.into(),
            monetary: rfm.monetary.into(),
            segment: segment_name(rfm.segment()).to_owned(),
        }),
        basis: basis(score.basis).into(),
        intervals: score.intervals.as_ref().map(intervals),
        model_id: model.id.to_string(),
        model_version: model.version,
        reasons: score.reasons,
        expected_net_minor_units: score.net.value(),
        net: Some(cost::net(&score.net)),
        contracts: None,
        summary: Some(summary::message(&score.summary)),
    }
}

fn basis(basis: Basis) -> pb::ScoreBasis {
    match basis {
        Basis::Repeats => pb::ScoreBasis::RepeatPurchases,
        Basis::FirstPurchase => pb::ScoreBasis::FirstPurchase,
        Basis::Prior => pb::ScoreBasis::Prior,
    }
}

fn interval((low, high): Ends) -> pb::Interval {
    pb::Interval { low, high }
}

fn intervals(known: &Intervals) -> pb::ScoreIntervals {
    let (least, most) = known.purchases;
    pb::ScoreIntervals {
        level: known.level,
        expected_purchases: known.expected_purchases.map(interval),
        purchases: Some(interval((least.into(), most.into()))),
        expected_value: known.expected_minor.map(interval),
        value: Some(interval(known.minor)),
        net: None,
    }
}
