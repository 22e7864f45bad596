//! The details of the wire as the domain sees them: every field that can be wrong.

use tenure_proto::collector::v1::{self as pb, touchpoint::Detail as Wire};

use super::view::{moment, money};
use crate::domain::{
    catalogue::Group,
    detail::{Custom, Detail, Field, MOST_LINES, Promised, Value},
};

/// The view of a detail.
pub(super) fn view(detail: &Wire) -> Detail<'_> {
    let (group, fields) = match detail {
        Wire::Contract(contract) => (Group::Contract, of_contract(contract)),
        Wire::Onboarding(onboarding) => (Group::Onboarding, of_onboarding(onboarding)),
        Wire::Order(order) => (Group::Order, of_order(order)),
        Wire::Delivery(delivery) => (Group::Delivery, of_delivery(delivery)),
        Wire::Payment(payment) => (Group::Payment, of_payment(payment)),
        Wire::Contact(contact) => (Group::Contact, of_contact(contact)),
        Wire::Case(case) => (Group::Case, of_case(case)),
        Wire::Promise(promise) => (Group::Promise, of_promise(promise)),
        Wire::Account(account) => (Group::Account, of_account(account)),
        Wire::Claim(claim) => (Group::Claim, of_claim(claim)),
        Wire::Usage(usage) => (Group::Usage, of_usage(usage)),
        Wire::Digital(digital) => (Group::Digital, of_digital(digital)),
        Wire::Consent(consent) => (Group::Consent, of_consent(consent)),
        Wire::Feedback(feedback) => (Group::Feedback, of_feedback(feedback)),
        Wire::Loyalty(loyalty) => (Group::Loyalty, of_loyalty(loyalty)),
        Wire::Life(life) => (Group::Life, of_life(life)),
        Wire::Custom(custom) => return of_custom(custom),
    };
    let promised = match detail {
        Wire::Promise(promise) => Some(promised(promise)),
        _ => None,
    };
    Detail { group, fields, custom: None, promised }
}

fn field<'a>(name: &'static str, value: Value<'a>) -> Field<'a> {
    Field { name, line: None, value }
}

fn code<'a>(name: &'static str, text: &'a str) -> Field<'a> {
    field(name, Value::Code(text))
}

fn time(name: &'static str, time: Option<&prost_types::Timestamp>) -> Field<'static> {
    field(name, Value::Time(time.map(moment)))
}

fn count(name: &'static str, number: impl Into<i64>) -> Field<'static> {
    field(name, Value::Count(number.into()))
}

fn of_contract(contract: &pb::ContractDetail) -> Vec<Field<'_>> {
    vec![
        code("product_code", &contract.product_code),
        count("term_months", contract.term_months),
        time("end_time", contract.end_time.as_ref()),
        field("old_price", Value::Price(contract.old_price.as_ref().map(money))),
        code("reason_code", &contract.reason_code),
        code("competitor_code", &contract.competitor_code),
        code("offer_code", &contract.offer_code),
    ]
}

fn of_onboarding(onboarding: &pb::OnboardingDetail) -> Vec<Field<'_>> {
    vec![
        code("step_code", &onboarding.step_code),
        count("elapsed_seconds", onboarding.elapsed_seconds),
        count("documents_pending", onboarding.documents_pending),
        time("promised_time", onboarding.promised_time.as_ref()),
    ]
}

fn of_order(order: &pb::OrderDetail) -> Vec<Field<'_>> {
    let mut fields = Vec::with_capacity(3 + 3 * order.lines.len().min(MOST_LINES));
    fields.push(field("lines", Value::Lines(order.lines.len())));
    fields.push(field("margin", Value::Margin(order.margin.as_ref().map(money))));
    fields.push(code("reason_code", &order.reason_code));
    for (number, line) in order.lines.iter().take(MOST_LINES).enumerate() {
        let values = [
            ("product_code", Value::Code(&line.product_code)),
            ("quantity", Value::Quantity(line.quantity.into())),
            ("amount", Value::Price(line.amount.as_ref().map(money))),
        ];
        fields.extend(values.map(|(name, value)| Field { name, line: Some(number), value }));
    }
    fields
}

fn of_delivery(delivery: &pb::DeliveryDetail) -> Vec<Field<'_>> {
    vec![
        code("carrier_code", &delivery.carrier_code),
        time("promised_time", delivery.promised_time.as_ref()),
        code("reason_code", &delivery.reason_code),
    ]
}

fn of_payment(payment: &pb::PaymentDetail) -> Vec<Field<'_>> {
    vec![
        code("method_code", &payment.method_code),
        code("outcome_scheme", &payment.outcome_scheme),
        code("outcome_code", &payment.outcome_code),
        count("attempt", payment.attempt),
        time("due_time", payment.due_time.as_ref()),
    ]
}

fn of_contact(contact: &pb::ContactDetail) -> Vec<Field<'_>> {
    vec![
        code("intent_code", &contact.intent_code),
        count("wait_seconds", contact.wait_seconds),
        count("handle_seconds", contact.handle_seconds),
        count("transfers", contact.transfers),
        count("repeated_questions", contact.repeated_questions),
        field("sentiment", Value::Sentiment(contact.sentiment)),
        code("team_code", &contact.team_code),
    ]
}

fn of_case(case: &pb::CaseDetail) -> Vec<Field<'_>> {
    vec![
        code("category_code", &case.category_code),
        field("severity", Value::Severity(case.severity)),
        time("promised_time", case.promised_time.as_ref()),
        code("outcome_code", &case.outcome_code),
        code("body_code", &case.body_code),
    ]
}

fn of_promise(promise: &pb::PromiseDetail) -> Vec<Field<'_>> {
    vec![
        field("promise_ref", Value::Reference(&promise.promise_ref)),
        code("attribute_code", &promise.attribute_code),
        time("due_time", promise.due_time.as_ref()),
        code("product_code", &promise.product_code),
    ]
}

fn promised(promise: &pb::PromiseDetail) -> Promised<'_> {
    Promised {
        due: promise.due_time.as_ref().map(moment),
        origin: promise.origin,
        quantity: promise.quantity,
        unit: &promise.unit_code,
        range: (promise.range_from, promise.range_to),
    }
}

fn of_account(account: &pb::AccountDetail) -> Vec<Field<'_>> {
    vec![
        code("product_code", &account.product_code),
        code("reason_code", &account.reason_code),
        time("due_time", account.due_time.as_ref()),
    ]
}

fn of_claim(claim: &pb::ClaimDetail) -> Vec<Field<'_>> {
    vec![
        code("line_code", &claim.line_code),
        code("reason_code", &claim.reason_code),
        time("promised_time", claim.promised_time.as_ref()),
    ]
}

fn of_usage(usage: &pb::UsageDetail) -> Vec<Field<'_>> {
    vec![
        code("product_code", &usage.product_code),
        count("percent", usage.percent),
        time("due_time", usage.due_time.as_ref()),
    ]
}

fn of_digital(digital: &pb::DigitalDetail) -> Vec<Field<'_>> {
    vec![
        code("item_code", &digital.item_code),
        code("campaign_code", &digital.campaign_code),
        code("variant_code", &digital.variant_code),
        count("count", digital.count),
    ]
}

fn of_consent(consent: &pb::ConsentDetail) -> Vec<Field<'_>> {
    vec![
        code("purpose_code", &consent.purpose_code),
        code("channel_code", &consent.channel_code),
        code("text_version", &consent.text_version),
        field("jurisdiction_code", Value::Country(&consent.jurisdiction_code)),
        time("expire_time", consent.expire_time.as_ref()),
    ]
}

fn of_feedback(feedback: &pb::FeedbackDetail) -> Vec<Field<'_>> {
    vec![
        code("survey_code", &feedback.survey_code),
        code("scale_code", &feedback.scale_code),
        field("language_code", Value::Language(&feedback.language_code)),
    ]
}

fn of_loyalty(loyalty: &pb::LoyaltyDetail) -> Vec<Field<'_>> {
    vec![
        code("programme_code", &loyalty.programme_code),
        count("points", loyalty.points),
        code("tier_code", &loyalty.tier_code),
    ]
}

fn of_life(life: &pb::LifeDetail) -> Vec<Field<'_>> {
    vec![code("proof_code", &life.proof_code), code("category_code", &life.category_code)]
}

fn of_custom(custom: &pb::CustomDetail) -> Detail<'_> {
    let pb::CustomDetail { schema_name, schema_revision, json } = custom;
    let custom = Custom { schema: schema_name, revision: *schema_revision, json };
    Detail { group: Group::Custom, fields: Vec::new(), custom: Some(custom), promised: None }
}
