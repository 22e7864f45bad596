//! What holds whatever is known, in whatever order it came.

use std::{collections::BTreeSet, time::Duration};

use proptest::{prelude::*, sample::Index};
use tenure_kernel::{RecordId, Timestamp};

use super::{
    calendar::Zone,
    complaint::Complaints,
    contact::{Channel, Contact},
    dissonance::{Assessment, assess},
    history::History,
    outlook::{Known, Outlook, Survey},
    promise::{
        Expected, Facts, Matter, MatterKind, Observed, Outcome, Promise, PromiseId, Recovery, Release, ReleaseKind,
        SourceKind,
    },
    quantity::Unit,
    scene::{FEED, contact, quantity, touchpoint},
    standing::{Feeds, Standing, State, standings},
    survey::{Felt, Policy},
    timer::timers,
    weights::Weights,
};

/// 2 November 2026, 00:00 UTC.
const START: i64 = 1_793_577_600_000_000;
const HOUR: i64 = 3_600_000_000;

fn hour(hours: i64) -> Timestamp {
    Timestamp(START + hours * HOUR)
}

/// One fact, as a source may tell it at any time.
#[derive(Debug, Clone)]
enum Told {
    Promise(Promise),
    Outcome(Outcome),
    Release(Release),
    Recovery(Recovery),
    Contact(Contact),
}

fn gathered(told: &[Told]) -> Facts {
    let mut facts = Facts::default();
    for one in told.iter().cloned() {
        let mut alone = Facts::default();
        match one {
            Told::Promise(promise) => alone.promises.push(promise),
            Told::Outcome(outcome) => alone.outcomes.push(outcome),
            Told::Release(release) => alone.releases.push(release),
            Told::Recovery(recovery) => alone.recoveries.push(recovery),
            Told::Contact(contact) => alone.contacts.push(contact),
        }
        facts.append(alone);
    }
    facts
}

fn matter() -> impl Strategy<Value = Matter> {
    let kind = prop::sample::select(vec![
        MatterKind::Order,
        MatterKind::Contract,
        MatterKind::Claim,
        MatterKind::Case,
        MatterKind::Promise,
        MatterKind::Event,
    ]);
    prop_oneof![3 => Just(MatterKind::Order), 1 => kind].prop_map(|kind| Matter { kind, reference: "7".to_owned() })
}

fn source() -> impl Strategy<Value = SourceKind> {
    prop::sample::select(vec![
        SourceKind::Statutory,
        SourceKind::PolicyTerms,
        SourceKind::Quote,
        SourceKind::OrderConfirmation,
        SourceKind::AgentStatement,
        SourceKind::CustomerStated,
        SourceKind::MarketingClaim,
        SourceKind::SegmentInferred,
    ])
}

fn attribute() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["delivery", "callback", "appointment", "payout_amount"]).prop_map(str::to_owned)
}

fn level() -> impl Strategy<Value = super::quantity::Quantity> {
    (0..4_u8).prop_map(|fifths| quantity(f64::from(fifths) * 250.0, Unit::Money(*b"EUR")))
}

fn promise() -> impl Strategy<Value = Told> {
    let expected = prop_oneof![
        4 => (0..60_i64).prop_map(|due| Expected::By(hour(due * 4))),
        1 => level().prop_map(Expected::Level),
    ];
    (matter(), attribute(), source(), expected, -20..60_i64, any::<bool>(), any::<bool>()).prop_map(
        |(matter, attribute, source, expected, made, acknowledged, sofa)| {
            Told::Promise(Promise {
                id: PromiseId::of(RecordId([1; 16]), &matter, &attribute, source),
                touchpoint: touchpoint(0),
                matter,
                attribute,
                product: if sofa { "sofa" } else { "" }.to_owned(),
                expected,
                made_at: hour(made * 4),
                source,
                acknowledged,
                agreed: None,
                feeds: BTreeSet::from([FEED.to_owned()]),
            })
        },
    )
}

fn told() -> impl Strategy<Value = Told> {
    let observed = prop_oneof![
        4 => Just(Observed::Done),
        1 => Just(Observed::Failed),
        1 => level().prop_map(Observed::Level),
    ];
    let outcome = (matter(), attribute(), 0..60_i64, observed).prop_map(|(matter, attribute, at, observed)| {
        Told::Outcome(Outcome { touchpoint: touchpoint(0), matter, attribute, at: hour(at * 4), observed })
    });
    let release = (matter(), 0..60_i64, any::<bool>()).prop_map(|(matter, at, withdrawn)| {
        let kind = if withdrawn { ReleaseKind::Withdrawn } else { ReleaseKind::Waived };
        Told::Release(Release { touchpoint: touchpoint(0), matter, at: hour(at * 4), kind })
    });
    let recovery = (matter(), 0..60_i64, prop::option::of(0..9_i64)).prop_map(|(matter, sent, accepted)| {
        let accepted_at = accepted.map(|after| hour((sent + after) * 4));
        Told::Recovery(Recovery { touchpoint: touchpoint(0), matter, sent_at: hour(sent * 4), accepted_at })
    });
    let contact =
        (prop::option::of(0..60_u32), prop::option::of(0..4_u32), 0..60_i64, prop::option::of(matter()), any::<bool>())
            .prop_map(|(wait, transfers, at, matter, phone)| {
                Told::Contact(Contact {
                    at: hour(at * 4),
                    matter,
                    channel: phone.then_some(Channel::Phone),
                    by_customer: at % 3 > 0,
                    wait: wait.map(|minutes| quantity(f64::from(minutes), Unit::Minute)),
                    transfers,
                    ..contact()
                })
            });
    prop_oneof![5 => promise(), 4 => outcome, 1 => release, 1 => recovery, 2 => contact]
}

/// Facts, each under a touchpoint of its own.
fn history() -> impl Strategy<Value = Vec<Told>> {
    prop::collection::vec(told(), 1..24).prop_map(|mut told| {
        for (number, one) in (1_u8..).zip(&mut told) {
            *match one {
                Told::Promise(promise) => &mut promise.touchpoint,
                Told::Outcome(outcome) => &mut outcome.touchpoint,
                Told::Release(release) => &mut release.touchpoint,
                Told::Recovery(recovery) => &mut recovery.touchpoint,
                Told::Contact(contact) => &mut contact.touchpoint,
            } = touchpoint(number);
        }
        told
    })
}

fn through(hours: Option<i64>) -> Feeds {
    Feeds(hours.map(|hours| (FEED.to_owned(), hour(hours * 4))).into_iter().collect())
}

fn seen(told: &[Told], feeds: &Feeds, now: Timestamp) -> (Vec<Standing>, Assessment) {
    let facts = gathered(told);
    let standings = standings(&facts, feeds, &Zone::default(), now);
    let assessment = assess(&facts, &standings, &Weights::default(), now);
    (standings, assessment)
}

/// The same, and everything that was promised was done at a moment.
fn all_done(mut told: Vec<Told>, at: Timestamp) -> Vec<Told> {
    let subjects: BTreeSet<_> = gathered(&told).promises.into_iter().map(|one| (one.matter, one.attribute)).collect();
    for (number, (matter, attribute)) in (100_u8..).zip(subjects) {
        told.push(Told::Outcome(Outcome {
            touchpoint: touchpoint(number),
            matter,
            attribute,
            at,
            observed: Observed::Done,
        }));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn neither_order_nor_repetition_means_anything(
        (told, shuffled) in history().prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
        again in prop::collection::vec(any::<Index>(), 0..8),
        feed in prop::option::of(0..80_i64),
        now in 0..80_i64,
    ) {
        let repeated = again.iter().map(|index| told[index.index(told.len())].clone());
        let shuffled: Vec<_> = repeated.chain(shuffled).collect();
        let (feeds, now) = (through(feed), hour(now * 4));
        let (one, other) = (seen(&told, &feeds, now), seen(&shuffled, &feeds, now));
        prop_assert_eq!(timers(&one.0, &Zone::default()), timers(&other.0, &Zone::default()));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn nobody_is_accused_by_silence_before_the_sources_told(
        told in history(), feed in prop::option::of(0..80_i64), now in 0..80_i64,
    ) {
        let feeds = through(feed);
        for standing in seen(&told, &feeds, hour(now * 4)).0 {
            let Some(due) = standing.promise.deadline() else { continue };
            let complete = feeds.0.get(FEED).is_some_and(|told| *told >= due);
            if standing.outcome.is_none() && standing.state == State::Broken {
                prop_assert!(complete && hour(now * 4) >= due);
            }
            if standing.state == State::Unknown {
                prop_assert!(!complete && standing.settled_at.is_none());
            }
        }
    }

    #[test]
    fn what_was_done_in_time_was_never_broken(told in history(), feed in prop::option::of(0..80_i64), now in 0..80_i64) {
        let told = all_done(told, hour(-1));
        let (standings, assessment) = seen(&told, &through(feed), hour(now * 4));
        for standing in standings {
            prop_assert!(
                matches!(standing.state, State::Kept | State::Renegotiated | State::Void | State::Waived),
                "{:?}", standing
            );
        }
        let factors = assessment.products.iter().flat_map(|product| &product.factors);
        prop_assert!(factors.filter(|factor| factor.promise.is_some()).all(|factor| !factor.is_loss()));
    }

    #[test]
    fn scores_are_in_range_and_gains_make_up_for_a_quarter_at_most(
        told in history(), feed in prop::option::of(0..80_i64), now in 0..80_i64,
    ) {
        let (_, assessment) = seen(&told, &through(feed), hour(now * 4));
        prop_assert!((0.0..=100.0).contains(&assessment.score));
        for product in &assessment.products {
            let least = 100.0 * (1.0 - (-0.75 * product.losses / 3.0).exp());
            prop_assert!(product.score >= least - 1e-9 && product.score <= assessment.score + 1e-9);
            let sum: f64 = product.factors.iter().filter(|factor| factor.is_loss())
                .map(|factor| factor.contribution(assessment.at, &Weights::default())).sum();
            prop_assert!((sum - product.losses).abs() < 1e-9);
        }
    }

    #[test]
    fn another_loss_never_lowers_the_score(told in history(), minutes in 5..600_u32, now in 0..80_i64) {
        let (feeds, now) = (through(Some(80)), hour(now * 4));
        let wait = Some(quantity(f64::from(minutes), Unit::Minute));
        let contact =
            Contact { touchpoint: touchpoint(200), at: now, wait, transfers: Some(1), ..contact() };
        let more = [told.clone(), vec![Told::Contact(contact)]].concat();
        prop_assert!(seen(&more, &feeds, now).1.score > seen(&told, &feeds, now).1.score - 1e-9);
    }

    #[test]
    fn what_is_settled_fades_and_falls_below_a_limit_once(
        told in history(), limit in 1.0..90.0_f64, later in prop::collection::vec(1..2_000_u64, 1..6),
    ) {
        let told = all_done(told, hour(390));
        let (feeds, now, weights) = (through(Some(400)), hour(400), Weights::default());
        let (standings, assessment) = seen(&told, &feeds, now);
        prop_assert!(standings.iter().all(|one| one.settled_at.is_some()));
        let falls = assessment.falls_below(limit, &weights);
        prop_assert_eq!(falls.is_some(), assessment.score >= limit);
        for hours in later {
            let then = now.plus(Duration::from_secs(hours * 3_600));
            let score = seen(&told, &feeds, then).1.score;
            prop_assert!(score <= assessment.score + 1e-9);
            if let Some(falls) = falls {
                // To the second.
                let near = (then.0 - falls.0).abs() < 2_000_000;
                prop_assert!(near || (score < limit) == (then >= falls), "{} {}", score, limit);
            }
        }
    }

    #[test]
    fn what_is_kept_says_later_what_would_be_worked_out_then(
        told in history(), done in any::<bool>(), feed in 60..100_i64, now in 70..100_i64,
        later in prop::collection::vec(0..200_000_i64, 1..6),
    ) {
        let told = if done { all_done(told, hour(270)) } else { told };
        let (feeds, now, zone) = (through(Some(feed)), hour(now * 4), Zone::default());
        let (weights, policy, survey) = (Weights::default(), Policy::default(), Survey::relational());
        let history = History { facts: gathered(&told), ..History::default() };
        let known = Known { reserved: &[], feeds: &feeds, channel_used_up: false };
        let looked_at = |at| {
            let (standings, assessment) = seen(&told, &feeds, at);
            let made = (standings.as_slice(), &assessment);
            (Outlook::of(&history, made, Complaints::default(), (&weights, &policy)), timers(&standings, &zone))
        };
        let (kept, timers) = looked_at(now);
        let until = timers.iter().map(|timer| timer.at).filter(|at| *at > now).min();
        for minutes in later.into_iter().filter(|_| kept.lasts) {
            let then = now.plus(Duration::from_secs(minutes.unsigned_abs() * 60));
            if until.is_some_and(|until| until <= then) {
                continue;
            }
            let of = |outlook: &Outlook| outlook.situation(&survey, known, (&zone, &weights, &policy), then).felt;
            let (said, anew) = (of(&kept), of(&looked_at(then).0));
            prop_assert!((said.score - anew.score).abs() < 1e-9, "{} {}", said.score, anew.score);
            // To the second.
            let falls = |felt: &Felt| felt.falls_at.map_or(then.0, |falls| falls.0);
            prop_assert!((falls(&said) - falls(&anew)).abs() < 2_000_000);
            prop_assert_eq!(Felt { score: 0.0, falls_at: None, ..said }, Felt { score: 0.0, falls_at: None, ..anew });
        }
    }
}
