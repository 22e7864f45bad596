//! Touchpoints that are wrong.

mod limits;
mod personal;

use tenure_proto::{
    collector::v1::{self as pb, touchpoint::Detail},
    error::v1::Reason::{self, *},
};

use crate::fixture::{NOON, money, subject, time};

pub(super) type Change = fn(&mut pb::Touchpoint);

/// What is changed in a touchpoint that is in order, and what is wrong with it then.
pub(super) type Case = (Change, &'static [(&'static str, Reason)]);

/// All of them.
pub(super) fn all() -> Vec<Case> {
    [
        origin_cases(),
        time_cases(),
        amount_cases(),
        subject_cases(),
        detail_cases(),
        more_detail_cases(),
        promise_cases(),
        amendment_cases(),
        limits::cases(),
        personal::cases(),
    ]
    .concat()
}

fn identify(touchpoint: &mut pb::Touchpoint, kind: i32, value: &str) {
    let identifier = pb::Identifier { kind, value: value.to_owned(), issuer: String::new() };
    touchpoint.subjects[0].identifiers.push(identifier);
}

fn attributes(touchpoint: &mut pb::Touchpoint) -> &mut pb::SubjectAttributes {
    touchpoint.subjects[0].attributes.get_or_insert_default()
}

pub(super) fn lines(touchpoint: &mut pb::Touchpoint, lines: Vec<pb::OrderLine>) {
    touchpoint.detail = Some(Detail::Order(pb::OrderDetail { lines, ..Default::default() }));
}

pub(super) fn line(quantity: i32, amount: Option<pb::Money>) -> pb::OrderLine {
    pb::OrderLine { product_code: "p-1".to_owned(), quantity, amount }
}

fn detailed(touchpoint: &mut pb::Touchpoint, kind: pb::TouchpointType, detail: Detail) {
    touchpoint.set_type(kind);
    touchpoint.amount = None;
    touchpoint.detail = Some(detail);
}

fn amend(touchpoint: &mut pb::Touchpoint, kind: i32, target: &str, revision: i32) {
    touchpoint.amendment = Some(pb::Amendment { kind, target_event_id: target.to_owned(), revision });
}

fn origin_cases() -> Vec<Case> {
    vec![
        (|t| t.source = String::new(), &[("source", FieldRequired)]),
        (|t| t.source = "Web Shop".to_owned(), &[("source", FieldMalformed)]),
        (|t| t.source = "a".repeat(65), &[("source", FieldTooLong)]),
        (|t| t.event_id = String::new(), &[("event_id", FieldRequired)]),
        (|t| t.event_id = "e".repeat(129), &[("event_id", FieldTooLong)]),
        (|t| t.event_id = "a\nb".to_owned(), &[("event_id", FieldMalformed)]),
        (|t| t.r#type = 0, &[("type", TypeUnknown)]),
        (|t| t.r#type = 777, &[("type", TypeUnknown)]),
        (|t| t.channel = 99, &[("channel", FieldOutOfRange)]),
        (|t| t.note = "n".repeat(8 * 1024 + 1), &[("note", FieldTooLong)]),
        (|t| t.note = "n".repeat(70_000), &[("", ItemTooLarge), ("note", FieldTooLong)]),
        (
            |t| {
                t.correlation = Some(pb::Correlation {
                    order_ref: "o".repeat(129),
                    claim_ref: "\u{7}".to_owned(),
                    ..Default::default()
                })
            },
            &[("correlation.order_ref", FieldTooLong), ("correlation.claim_ref", FieldMalformed)],
        ),
    ]
}

fn time_cases() -> Vec<Case> {
    vec![
        (|t| t.occur_time = None, &[("occur_time", FieldRequired)]),
        (|t| t.occur_time = time(-62_135_596_800), &[("occur_time", TimeInvalid)]),
        (|t| t.occur_time = time(253_370_764_800), &[("occur_time", TimeInvalid)]),
        (|t| t.occur_time = Some(prost_types::Timestamp { seconds: 0, nanos: -1 }), &[("occur_time", TimeInvalid)]),
        (|t| t.occur_time = time(NOON + 301), &[("occur_time", TimeInFuture)]),
        (|t| t.occur_time = time(NOON + 300), &[]),
        (|t| t.capture_time = time(i64::MAX), &[("capture_time", TimeInvalid)]),
        (|t| t.send_time = time(i64::MIN), &[("send_time", TimeInvalid)]),
        (|t| t.effective_time = time(7_258_118_400), &[("effective_time", TimeInvalid)]),
        (|t| t.effective_time = time(NOON + 90 * 86_400), &[]),
    ]
}

fn amount_cases() -> Vec<Case> {
    vec![
        (|t| t.amount = None, &[("amount", AmountMissing)]),
        (|t| t.amount = money(0), &[]),
        (|t| t.amount = money(-1), &[("amount.minor_units", AmountNegative)]),
        (
            |t| t.amount.as_mut().unwrap().currency_code = "EURO".to_owned(),
            &[("amount.currency_code", CurrencyInvalid)],
        ),
        (|t| t.amount.as_mut().unwrap().currency_code = String::new(), &[("amount.currency_code", CurrencyInvalid)]),
        (|t| t.set_type(pb::TouchpointType::CallEnded), &[("amount", FieldNotAllowed)]),
        (
            |t| {
                t.r#type = 777;
                t.amount = Some(pb::Money { currency_code: "eur".to_owned(), minor_units: -5 });
            },
            &[("type", TypeUnknown), ("amount.currency_code", CurrencyInvalid), ("amount.minor_units", AmountNegative)],
        ),
    ]
}

fn subject_cases() -> Vec<Case> {
    vec![
        (|t| t.subjects.clear(), &[("subjects", SubjectMissing)]),
        (|t| t.subjects[0].set_role(pb::SubjectRole::Broker), &[("subjects", SubjectMissing)]),
        (|t| t.subjects[0].role = 0, &[("subjects", SubjectMissing), ("subjects[0].role", FieldRequired)]),
        (|t| t.subjects.push(pb::Subject { role: 77, ..subject("x") }), &[("subjects[1].role", FieldOutOfRange)]),
        (|t| t.subjects.push(subject("piet")), &[("subjects[1].role", FieldNotAllowed)]),
        (
            |t| t.subjects.extend((0..10).map(|n| pb::Subject { role: 4, ..subject(&n.to_string()) })),
            &[("subjects", FieldTooLong)],
        ),
        (|t| t.subjects[0].key = "k".repeat(257), &[("subjects[0].key", FieldTooLong)]),
        (|t| t.subjects[0].key = "a\tb".to_owned(), &[("subjects[0].key", FieldMalformed)]),
        (|t| (0..21).for_each(|n| identify(t, 2, &n.to_string())), &[("subjects[0].identifiers", FieldTooLong)]),
        (|t| identify(t, 0, "x"), &[("subjects[0].identifiers[0].kind", FieldRequired)]),
        (|t| identify(t, 99, "x"), &[("subjects[0].identifiers[0].kind", FieldOutOfRange)]),
        (|t| identify(t, 2, ""), &[("subjects[0].identifiers[0].value", FieldRequired)]),
        (|t| identify(t, 2, &"x".repeat(321)), &[("subjects[0].identifiers[0].value", FieldTooLong)]),
        (|t| identify(t, 5, "nobody"), &[("subjects[0].identifiers[0].value", IdentifierInvalid)]),
        (|t| identify(t, 7, "NL00TEST0123456789"), &[("subjects[0].identifiers[0].value", IdentifierInvalid)]),
        (
            |t| {
                identify(t, 2, "k-1");
                t.subjects[0].identifiers[0].issuer = "i".repeat(65);
            },
            &[("subjects[0].identifiers[0].issuer", FieldTooLong)],
        ),
        (
            |t| attributes(t).birth_date = "1985-02-30".to_owned(),
            &[("subjects[0].attributes.birth_date", FieldMalformed)],
        ),
        (
            |t| attributes(t).language_code = "Dutch!".to_owned(),
            &[("subjects[0].attributes.language_code", FieldMalformed)],
        ),
        (
            |t| attributes(t).time_zone = "Europe Amsterdam".to_owned(),
            &[("subjects[0].attributes.time_zone", FieldMalformed)],
        ),
        (|t| attributes(t).family_name = "v".repeat(257), &[("subjects[0].attributes.family_name", FieldTooLong)]),
        (
            |t| {
                let address = attributes(t).postal_address.get_or_insert_default();
                address.city = "c".repeat(257);
                address.country_code = "Netherlands".to_owned();
            },
            &[
                ("subjects[0].attributes.postal_address.city", FieldTooLong),
                ("subjects[0].attributes.postal_address.country_code", FieldMalformed),
            ],
        ),
    ]
}

fn detail_cases() -> Vec<Case> {
    use pb::TouchpointType as Type;
    vec![
        (|t| t.detail = Some(Detail::Claim(Default::default())), &[("claim", DetailMismatch)]),
        (
            |t| lines(t, vec![line(1, money(5)), line(0, money(-5))]),
            &[("order.lines[1].quantity", FieldOutOfRange), ("order.lines[1].amount.minor_units", AmountNegative)],
        ),
        (|t| lines(t, (0..201).map(|_| line(1, None)).collect()), &[("order.lines", FieldTooLong)]),
        (|t| t.line_code = "motor:2/eu".to_owned(), &[]),
        (|t| t.line_code = "two words".to_owned(), &[("line_code", FieldMalformed)]),
        (|t| t.line_code = "l".repeat(65), &[("line_code", FieldTooLong)]),
        (|t| t.line_code = "NL91ABNA0417164300".to_owned(), &[("line_code", FieldNotAllowed)]),
        (
            |t| {
                t.detail = Some(Detail::Order(pb::OrderDetail {
                    margin: money(-500),
                    reason_code: "not a code".to_owned(),
                    ..Default::default()
                }))
            },
            &[("order.reason_code", FieldMalformed)],
        ),
        (
            |t| {
                detailed(
                    t,
                    Type::CallEnded,
                    Detail::Contact(pb::ContactDetail {
                        sentiment: Some(101),
                        wait_seconds: -1,
                        repeated_questions: -1,
                        team_code: "t".repeat(65),
                        ..Default::default()
                    }),
                )
            },
            &[
                ("contact.wait_seconds", FieldOutOfRange),
                ("contact.repeated_questions", FieldOutOfRange),
                ("contact.sentiment", FieldOutOfRange),
                ("contact.team_code", FieldTooLong),
            ],
        ),
        (
            |t| detailed(t, Type::CaseOpened, Detail::Case(pb::CaseDetail { severity: 6, ..Default::default() })),
            &[("case.severity", FieldOutOfRange)],
        ),
    ]
}

fn promise_cases() -> Vec<Case> {
    use pb::TouchpointType as Type;
    vec![
        (
            |t| {
                let odd = pb::PromiseDetail {
                    origin: 9,
                    quantity: Some(f64::NAN),
                    unit_code: "fortnight".to_owned(),
                    range_from: Some(-1.0),
                    due_time: time(0),
                    ..Default::default()
                };
                detailed(t, Type::PromiseMade, Detail::Promise(odd));
            },
            &[
                ("promise.quantity", FieldOutOfRange),
                ("promise.range_from", FieldOutOfRange),
                ("promise.unit_code", FieldMalformed),
                ("promise.range_to", FieldRequired),
                ("promise.quantity", FieldNotAllowed),
                ("promise.origin", FieldOutOfRange),
                ("promise.due_time", FieldOutOfRange),
            ],
        ),
        (
            |t| {
                let backwards = pb::PromiseDetail {
                    quantity: Some(f64::INFINITY),
                    range_from: Some(2.0),
                    range_to: Some(1.0),
                    ..Default::default()
                };
                detailed(t, Type::PromiseMade, Detail::Promise(backwards));
            },
            &[
                ("promise.quantity", FieldOutOfRange),
                ("promise.unit_code", FieldRequired),
                ("promise.range_to", FieldOutOfRange),
            ],
        ),
    ]
}

fn more_detail_cases() -> Vec<Case> {
    use pb::TouchpointType as Type;
    vec![
        (
            |t| {
                detailed(
                    t,
                    Type::PromiseMade,
                    Detail::Promise(pb::PromiseDetail { due_time: time(i64::MAX), ..Default::default() }),
                )
            },
            &[("promise.due_time", TimeInvalid)],
        ),
        (
            |t| {
                detailed(
                    t,
                    Type::ContractLapsed,
                    Detail::Contract(pb::ContractDetail {
                        old_price: Some(pb::Money { currency_code: "XYZ".to_owned(), minor_units: 1 }),
                        ..Default::default()
                    }),
                )
            },
            &[("contract.old_price.currency_code", CurrencyInvalid)],
        ),
        (
            |t| {
                detailed(
                    t,
                    Type::SurveyAnswered,
                    Detail::Feedback(pb::FeedbackDetail { language_code: "x".to_owned(), ..Default::default() }),
                )
            },
            &[("feedback.language_code", FieldMalformed)],
        ),
        (|t| t.set_type(Type::Custom), &[("custom", FieldRequired)]),
        (
            |t| {
                detailed(
                    t,
                    Type::Custom,
                    Detail::Custom(pb::CustomDetail {
                        schema_name: "none".to_owned(),
                        json: "{}".to_owned(),
                        ..Default::default()
                    }),
                )
            },
            &[("custom.schema_name", SchemaUnknown)],
        ),
    ]
}

fn amendment_cases() -> Vec<Case> {
    vec![
        (|t| amend(t, 0, "o", 1), &[("amendment.kind", FieldRequired)]),
        (|t| amend(t, 3, "o", 1), &[("amendment.kind", FieldOutOfRange)]),
        (|t| amend(t, 1, "", 1), &[("amendment.target_event_id", FieldRequired)]),
        (|t| amend(t, 1, "1", 1), &[("amendment.target_event_id", FieldNotAllowed)]),
        (|t| amend(t, 1, "o", 0), &[("amendment.revision", FieldOutOfRange)]),
        (|t| amend(t, 1, "o", 1), &[]),
    ]
}
