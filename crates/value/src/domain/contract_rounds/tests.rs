use tenure_kernel::{ModelId, PersonId, Timestamp, TouchpointId};

use super::*;
use crate::domain::{
    book::Line,
    deal::{Deal, Step, Told},
    service::Channel,
};

const YEAR: i32 = 365;

fn book() -> Book {
    Book::from_codes("EUR", "").unwrap()
}

fn told(number: u32, day: i32, step: Step) -> Told {
    let deal = Deal {
        day,
        step,
        channel: Channel(1),
        line: Line::ALL,
        contract: format!("c{}", number / 100),
        products: Vec::new(),
        offer: String::new(),
        price: Some((book().currency, 10_000)),
        term_months: 12,
    };
    (TouchpointId(u128::from(number).to_be_bytes()), deal)
}

fn ledger(told: Vec<Told>) -> Ledger {
    Ledger { person: PersonId([1; 16]), hidden: false, summary: None, days: Vec::new(), services: Vec::new(), told }
}

/// Contracts of a year that begin all through a year. The square of a uniform number is Beta(1/2, 1), so that with it as the chance to leave
/// they are a shifted beta-geometric, of whose first renewals two in three are made.
fn base() -> Vec<Ledger> {
    let mut dice = 7_u64;
    let mut below = |bound: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % bound
    };
    let mut contract = |number: u32| {
        let began = below(365) as i32;
        let leaves = (below(1_000) as f64 / 1_000.0).powi(2);
        let mut facts = vec![told(number * 100, began, Step::Started)];
        for renewal in 1..7 {
            let stays = below(1_000) as f64 / 1_000.0 >= leaves;
            let step = if stays { Step::Renewed } else { Step::Ended };
            facts.push(told(number * 100 + renewal, began + YEAR * renewal as i32, step));
            if !stays {
                break;
            }
        }
        ledger(facts)
    };
    (0..1_500).map(&mut contract).collect()
}

fn seen(base: &[Ledger], plan: Plan) -> Tallies {
    let mut tallies = Tallies::new(book(), plan.days());
    base.iter().for_each(|ledger| tallies.take(ledger));
    tallies
}

fn model(learned: ContractsLearned, looked_back: LookedBack<RetentionKind, RenewalBacktest>) -> ContractModel {
    let (id, fitted_at) = (ModelId([7; 16]), Timestamp(1));
    ContractModel { id, version: 1, book: book(), period_end: 5 * YEAR, fitted_at, learned, looked_back }
}

#[test]
fn what_came_in_a_holdout_is_told_from_what_was_known_before() {
    let plan = Plan::of(0, 3 * YEAR).unwrap();
    let days = plan.days();
    let facts = vec![
        told(100, 0, Step::Started),
        told(101, days[1] - 1, Step::Renewed),
        told(102, days[1] + 1, Step::Renewed),
        told(103, days[0], Step::Ended),
        // It began in the holdout, and another ended before it.
        told(200, days[1] + 1, Step::Started),
        told(300, 0, Step::Started),
        told(301, days[2], Step::Ended),
    ];
    let tallies = seen(&[ledger(facts)], plan);
    let newest = &tallies.rounds[0].outcomes;
    let expected = [((12, 2), Chances { due: 1, lost: 0 }), ((12, 3), Chances { due: 1, lost: 1 })];
    assert_eq!(*newest, Outcomes::from(expected));
    assert_eq!((tallies.contracts, tallies.now[&12].due()), (3, 4));
}

#[test]
fn the_model_foretells_better_than_the_rate_of_all() {
    let (base, plan) = (base(), Plan::of(0, 5 * YEAR).unwrap());
    let (learned, looked_back) = seen(&base, plan).choose(Some(plan), &RetentionKind::ALL, None).unwrap();
    assert_eq!((learned.contracts, looked_back.candidates.len(), looked_back.backtests.len()), (1_500, 2, 3));
    assert_eq!(looked_back.candidates[0].kind, learned.fits.kind);
    for backtest in &looked_back.backtests {
        assert!(backtest.error < backtest.base_error, "{backtest:?}");
        assert!(backtest.due > 100, "{backtest:?}");
        let (low, high) = backtest.interval.unwrap();
        assert!(low < backtest.predicted && backtest.predicted < high);
        assert_eq!(backtest.by_renewal.iter().map(|(_, group)| group.due).sum::<i64>(), backtest.due);
    }
    let first = learned.fits.of_term(12).0.model.retention(1);
    assert!((first - 2.0 / 3.0).abs() < 0.03, "{first}");

    // A fit to the same holdouts ties; one that learned long ago is judged as it is.
    let promoted = model(learned, looked_back);
    let (_, again) = seen(&base, plan).choose(Some(plan), &[promoted.learned.fits.kind], Some(&promoted)).unwrap();
    let Compared::With(found) = again.compared else { panic!("{:?}", again.compared) };
    assert!(found.is_no_worse() && (found.error - found.promoted_error).abs() < 1e-12);
    let old = ContractModel { period_end: 0, ..promoted.clone() };
    let found = seen(&base, plan).into_rounds(Some(plan)).compare(&old, &promoted).unwrap();
    assert!((found.error - found.promoted_error).abs() > 1e-9, "the older one says what it learned of all of it");
}

#[test]
fn the_order_of_customers_makes_no_difference() {
    let (mut base, plan) = (base(), Plan::of(0, 5 * YEAR).unwrap());
    let there = seen(&base, plan).choose(Some(plan), &RetentionKind::ALL, None).unwrap();
    base.reverse();
    assert_eq!(seen(&base, plan).choose(Some(plan), &RetentionKind::ALL, None).unwrap(), there);
}

#[test]
fn without_renewals_there_is_no_model_and_without_a_past_no_backtest() {
    let begun: Vec<Ledger> = (0..50).map(|number| ledger(vec![told(number * 100, 0, Step::Started)])).collect();
    let plan = Plan::of(0, 5 * YEAR).unwrap();
    let lacks = seen(&begun, plan).choose(Some(plan), &RetentionKind::ALL, None).unwrap_err();
    assert_eq!((lacks.part, lacks.customers), (Part::Contracts(RetentionKind::Sbg), 50));
    let mut short = Tallies::new(book(), vec![5 * YEAR]);
    base().iter().for_each(|ledger| short.take(ledger));
    let (_, looked_back) = short.choose(None, &RetentionKind::ALL, None).unwrap();
    assert_eq!((looked_back.backtests.len(), looked_back.lacking.as_deref()), (0, Some("a history of 12 weeks")));
}
