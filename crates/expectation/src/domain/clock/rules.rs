//! The rules. What is written here decides; research and laws are quoted in `source`.

use super::{
    Regime::*,
    rule::{
        Event::*,
        Governs, Kind, Rule, Term,
        Unit::{self, *},
    },
};
use crate::domain::calendar::working::CalendarName::{Nl, Target, Uk};

const fn term(from: super::Event, amount: u16, unit: Unit) -> Term {
    Term { from, amount, unit }
}

/// What the firm's rules have in common: to be answered, and nothing else.
const FIRM: Rule = Rule {
    id: "",
    version: 1,
    jurisdiction: "",
    source: "",
    seen: false,
    regimes: &[],
    kind: Kind::Firm,
    terms: &[],
    governs: Governs::Earliest,
    opens: &[],
    calendars: &[],
    moves_on: false,
    satisfied_by: &[FinalResponse, Accepted],
    extended_by: None,
    limits_holding: false,
    body: None,
    warn: &[50, 75, 90],
};

const CUSTOMER: Rule = Rule { kind: Kind::Customer, satisfied_by: &[], warn: &[], ..FIRM };

const ANSWERING_TIME: Option<&str> = Some("BGfo 43(4)");

pub(super) static RULES: &[Rule] = &[
    // The Netherlands
    Rule {
        id: "nl_bgfo_43_2",
        jurisdiction: "NL",
        source: "BGfo art. 43(2): confirm receipt and state the term of handling within two weeks",
        seen: true,
        regimes: &[NlFinancial],
        terms: &[term(Received, 2, Weeks)],
        calendars: &[Nl],
        moves_on: true,
        satisfied_by: &[Acknowledged, FinalResponse, Accepted],
        ..FIRM
    },
    Rule {
        id: "nl_bgfo_43_3",
        jurisdiction: "NL",
        source: "BGfo art. 43(3): to Kifid directly six weeks after the confirmation or eight weeks after filing; 43(4): \
                 longer by the time that the customer has to answer, or takes",
        seen: true,
        regimes: &[NlFinancial],
        terms: &[term(Acknowledged, 6, Weeks), term(Received, 8, Weeks)],
        calendars: &[Nl],
        moves_on: true,
        extended_by: ANSWERING_TIME,
        body: Some("Kifid"),
        ..FIRM
    },
    Rule {
        id: "nl_kifid_admissible",
        jurisdiction: "NL",
        source: "Kifid, by the consumers' association: within three months of the firm's final position, or a year of first \
                 complaining to the firm, whichever is later. Regulation of 1 October 2023 not seen",
        regimes: &[NlFinancial],
        opens: &[term(FinalResponse, 0, Days), term(Acknowledged, 6, Weeks), term(Received, 8, Weeks)],
        terms: &[term(FinalResponse, 3, Months), term(FirstComplained, 1, Years)],
        governs: Governs::Latest,
        extended_by: ANSWERING_TIME,
        body: Some("Kifid"),
        ..CUSTOMER
    },
    Rule {
        id: "nl_insurers_answer",
        jurisdiction: "NL",
        source: "Gedragscode Klachtbehandeling of the Dutch insurers: answer, or a holding note, in two weeks. Code not seen",
        regimes: &[NlInsurerCode],
        terms: &[term(Received, 2, Weeks)],
        calendars: &[Nl],
        satisfied_by: &[FinalResponse, Accepted, HoldingSent],
        ..FIRM
    },
    Rule {
        id: "nl_insurers_outer",
        jurisdiction: "NL",
        source: "Gedragscode Klachtbehandeling, as one insurer publishes it: twelve weeks at most. Code not seen",
        regimes: &[NlInsurerCode],
        terms: &[term(Received, 12, Weeks)],
        calendars: &[Nl],
        limits_holding: true,
        ..FIRM
    },
    Rule {
        id: "nl_bank_sme_confirm",
        jurisdiction: "NL",
        source: "Gedragscode Kleinzakelijke Financiering, nvb.nl question 24: confirm in two weeks",
        seen: true,
        regimes: &[NlBankSmeCode],
        terms: &[term(Received, 2, Weeks)],
        calendars: &[Nl],
        satisfied_by: &[Acknowledged, FinalResponse, Accepted],
        ..FIRM
    },
    Rule {
        id: "nl_bank_sme_answer",
        jurisdiction: "NL",
        source: "Gedragscode Kleinzakelijke Financiering, nvb.nl question 24: answer in eight weeks",
        seen: true,
        regimes: &[NlBankSmeCode],
        terms: &[term(Received, 8, Weeks)],
        calendars: &[Nl],
        ..FIRM
    },
    // Payment services in the EU. Whether the provider's working days are those of its country or of TARGET is disputed.
    Rule {
        id: "psd2_answer",
        jurisdiction: "EU",
        source: "Directive (EU) 2015/2366 art. 101(2): answer in 15 business days, or a holding reply with reasons and a date",
        seen: true,
        regimes: &[Psd2],
        terms: &[term(Received, 15, WorkingDays)],
        calendars: &[Nl, Target],
        satisfied_by: &[FinalResponse, Accepted, HoldingSent],
        ..FIRM
    },
    Rule {
        id: "psd2_stated",
        jurisdiction: "EU",
        source: "Directive (EU) 2015/2366 art. 101(2): the date that the holding reply states",
        seen: true,
        regimes: &[Psd2],
        terms: &[term(HoldingDate, 0, AsStated)],
        ..FIRM
    },
    Rule {
        id: "psd2_final",
        jurisdiction: "EU",
        source: "Directive (EU) 2015/2366 art. 101(2): never later than 35 business days",
        seen: true,
        regimes: &[Psd2],
        terms: &[term(Received, 35, WorkingDays)],
        calendars: &[Nl, Target],
        limits_holding: true,
        ..FIRM
    },
    // The United Kingdom
    Rule {
        id: "uk_disp_1_5",
        jurisdiction: "UK",
        source: "DISP 1.5: settled and accepted by the close of the third business day after receipt, a summary resolution \
                 communication is enough",
        seen: true,
        regimes: &[UkDisp, UkDispPayment],
        kind: Kind::Shortcut,
        terms: &[term(Received, 3, WorkingDays)],
        calendars: &[Uk],
        satisfied_by: &[Accepted],
        ..FIRM
    },
    Rule {
        id: "uk_disp_1_6",
        jurisdiction: "UK",
        source: "DISP 1.6.2: a final response, or why there is none yet, in eight weeks",
        seen: true,
        regimes: &[UkDisp],
        terms: &[term(Received, 8, Weeks)],
        calendars: &[Uk],
        body: Some("Financial Ombudsman Service"),
        ..FIRM
    },
    Rule {
        id: "uk_disp_1_6_payment",
        jurisdiction: "UK",
        source: "DISP 1.6.2A: a final response in 15 business days, or a holding reply with reasons and a date",
        seen: true,
        regimes: &[UkDispPayment],
        terms: &[term(Received, 15, WorkingDays)],
        calendars: &[Uk],
        satisfied_by: &[FinalResponse, Accepted, HoldingSent],
        ..FIRM
    },
    Rule {
        id: "uk_disp_1_6_payment_stated",
        jurisdiction: "UK",
        source: "DISP 1.6.2A: the date that the holding reply states",
        seen: true,
        regimes: &[UkDispPayment],
        terms: &[term(HoldingDate, 0, AsStated)],
        ..FIRM
    },
    Rule {
        id: "uk_disp_1_6_payment_final",
        jurisdiction: "UK",
        source: "DISP 1.6.2A: never later than 35 business days",
        seen: true,
        regimes: &[UkDispPayment],
        terms: &[term(Received, 35, WorkingDays)],
        calendars: &[Uk],
        limits_holding: true,
        body: Some("Financial Ombudsman Service"),
        ..FIRM
    },
    Rule {
        id: "uk_disp_2_8",
        jurisdiction: "UK",
        source: "DISP 2.8, by the wording of 1.6: six months from the final response. The limits of six and three years are \
                 not looked at",
        regimes: &[UkDisp, UkDispPayment],
        opens: &[term(FinalResponse, 0, Days)],
        terms: &[term(FinalResponse, 6, Months)],
        body: Some("Financial Ombudsman Service"),
        ..CUSTOMER
    },
    // The United States
    Rule {
        id: "us_cfpb_response",
        jurisdiction: "US",
        source: "CFPB company portal manual 8.1: respond in 15 calendar days, if only that it is in progress",
        seen: true,
        regimes: &[UsCfpb],
        terms: &[term(Received, 15, Days)],
        satisfied_by: &[FinalResponse, HoldingSent],
        ..FIRM
    },
    Rule {
        id: "us_cfpb_final",
        jurisdiction: "US",
        source: "CFPB company portal manual 8.1: the final response in 60 calendar days",
        seen: true,
        regimes: &[UsCfpb],
        terms: &[term(Received, 60, Days)],
        satisfied_by: &[FinalResponse],
        limits_holding: true,
        ..FIRM
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::clock::Regime;

    #[test]
    fn every_rule_is_whole() {
        let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len(), "ids name one rule each");
        for rule in RULES {
            let texts = [rule.id, rule.jurisdiction, rule.source];
            assert!(texts.iter().all(|text| !text.is_empty()) && rule.version > 0, "{rule:?}");
            assert!(!rule.regimes.is_empty() && !rule.terms.is_empty(), "{rule:?}");
            let customer = rule.kind == Kind::Customer;
            assert_eq!(customer, rule.satisfied_by.is_empty() && rule.warn.is_empty(), "{}", rule.id);
            assert_eq!(customer, !rule.opens.is_empty(), "{}", rule.id);
            assert!(!customer || (rule.calendars.is_empty() && rule.body.is_some()), "no day off moves {}", rule.id);
            assert!(!rule.moves_on || !rule.calendars.is_empty(), "{}", rule.id);
            assert!(rule.warn.is_sorted() && rule.warn.iter().all(|percent| *percent < 100), "{}", rule.id);
            for term in rule.terms.iter().chain(rule.opens) {
                let of_calendars = term.unit == WorkingDays;
                assert!(!of_calendars || (!rule.calendars.is_empty() && rule.extended_by.is_none()), "{}", rule.id);
            }
        }
    }

    #[test]
    fn every_regime_has_rules_and_a_holding_reply_its_limit() {
        for regime in Regime::ALL {
            let of: Vec<_> = RULES.iter().filter(|rule| rule.regimes.contains(&regime)).collect();
            assert!(!of.is_empty(), "{}", regime.code());
            let held = of.iter().any(|rule| rule.satisfied_by.contains(&HoldingSent));
            assert_eq!(of.iter().filter(|rule| rule.limits_holding).count(), usize::from(held), "{}", regime.code());
        }
    }
}
