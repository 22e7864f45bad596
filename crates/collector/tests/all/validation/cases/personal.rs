//! E-mail addresses and bank accounts where they would be stored in clear.

use tenure_proto::{
    collector::v1::{self as pb, touchpoint::Detail},
    error::v1::Reason::FieldNotAllowed,
};

use super::{Case, amend, detailed};

const EMAIL: &str = "jan@example.nl";
const IBAN: &str = "NL91ABNA0417164300";

pub(super) fn cases() -> Vec<Case> {
    vec![
        (|t| t.event_id = EMAIL.to_owned(), &[("event_id", FieldNotAllowed)]),
        (|t| t.event_id = "nl91 abna 0417 1643 00".to_owned(), &[("event_id", FieldNotAllowed)]),
        (|t| amend(t, 1, EMAIL, 1), &[("amendment.target_event_id", FieldNotAllowed)]),
        (
            |t| {
                let [order_ref, contract_ref, claim_ref, case_ref] = [EMAIL, IBAN, EMAIL, IBAN].map(str::to_owned);
                t.correlation = Some(pb::Correlation { order_ref, contract_ref, claim_ref, case_ref });
            },
            &[
                ("correlation.order_ref", FieldNotAllowed),
                ("correlation.contract_ref", FieldNotAllowed),
                ("correlation.claim_ref", FieldNotAllowed),
                ("correlation.case_ref", FieldNotAllowed),
            ],
        ),
        (
            |t| {
                let [promise_ref, attribute_code] = [EMAIL, IBAN].map(str::to_owned);
                let promise = pb::PromiseDetail { promise_ref, attribute_code, ..Default::default() };
                detailed(t, pb::TouchpointType::PromiseMade, Detail::Promise(promise));
            },
            &[("promise.promise_ref", FieldNotAllowed), ("promise.attribute_code", FieldNotAllowed)],
        ),
    ]
}
