//! What holds of scores that are weighted by propensities.

use proptest::prelude::*;

use super::{
    Bounds, Layer, Nps, Scale, Scores,
    Stratum::{self, *},
    Weighted,
    propensity::estimated,
};

const STRATA: [Stratum; 5] = [ComplaintOpen, PromiseOverdue, ComplaintSettled, LetDown, Plain];

/// Answers: detractors say 3, passives 7 and promoters 10.
fn scores(detractors: u64, passives: u64, promoters: u64) -> Scores {
    let answered = detractors + passives + promoters;
    let sum = i64::try_from(3 * detractors + 7 * passives + 10 * promoters).expect("few");
    Scores { surveys: answered, answered, sum, lowest: 0, promoters, detractors }
}

fn sum(parts: impl Iterator<Item = Scores>) -> Scores {
    parts.fold(Scores::default(), |one, other| Scores {
        surveys: one.surveys + other.surveys,
        answered: one.answered + other.answered,
        sum: one.sum + other.sum,
        lowest: one.lowest + other.lowest,
        promoters: one.promoters + other.promoters,
        detractors: one.detractors + other.detractors,
    })
}

/// Of each stratum the answers of those who were let through, and of those who were held.
fn layers(told: &[(Scores, Scores)]) -> Vec<Layer> {
    let layer = |(stratum, (through, held)): (&Stratum, &(Scores, Scores))| Layer {
        stratum: *stratum,
        all: sum([*through, *held].into_iter()),
        let_through: *through,
        propensity: None,
    };
    estimated(STRATA.iter().zip(told).map(layer).collect())
}

fn let_through(layers: &[Layer]) -> Scores {
    sum(layers.iter().map(|layer| layer.let_through))
}

fn any_scores(most: u64) -> impl Strategy<Value = Scores> {
    (0..most, 0..most, 0..most).prop_map(|(detractors, passives, promoters)| scores(detractors, passives, promoters))
}

/// How three answers are of each sort.
fn mix() -> impl Strategy<Value = (u64, u64, u64)> {
    (0..4_u64, 0..4_u64, 0..4_u64).prop_filter("somebody answers", |(one, two, three)| one + two + three > 0)
}

proptest! {
    #[test]
    fn the_bounds_that_need_no_model_hold_both_scores(
        told in prop::collection::vec((any_scores(60), any_scores(60)), 0..5),
    ) {
        let layers = layers(&told);
        let through = let_through(&layers);
        let unknown = layers.iter().map(|layer| layer.all.answered - layer.let_through.answered).sum();
        let found = Weighted::of(&layers, true);
        prop_assert_eq!(found.is_some(), through.answered > 0);
        let Some(found) = found else { return Ok(()) };
        let holds = |bounds: Bounds, value: f64| bounds.worst <= value + 1e-9 && value <= bounds.best + 1e-9;
        let nps = Bounds::of_nps(&through, unknown).expect("answers");
        prop_assert!(holds(nps, Nps::of(&through).expect("answers").score));
        prop_assert!(holds(nps, found.nps.expect("asked").score), "{nps:?} {found:?}");
        let mean = Bounds::of_mean(&through, unknown, Scale::NPS).expect("answers");
        prop_assert!(holds(mean, through.mean().expect("answers")) && holds(mean, found.mean), "{mean:?} {found:?}");
        let answers = f64::from(u32::try_from(through.answered).expect("few"));
        prop_assert!(found.effective_answers <= answers + 1e-9 && found.effective_answers > 0.0);
        prop_assert!((0.0..=1.0).contains(&found.covered));
        for layer in &layers {
            prop_assert_eq!(layer.propensity.is_some(), layer.let_through.answered > 0);
            prop_assert!(layer.propensity.is_none_or(|one| (0.05..=1.0).contains(&one)));
        }
    }

    #[test]
    fn where_all_strata_were_asked_alike_the_weighted_score_is_the_raw_one(
        mixes in prop::collection::vec((mix(), 1..9_u64), 1..5), asked in 1..6_u64, held in 0..6_u64,
        nobody in any_scores(30),
    ) {
        let times = |((one, two, three), size): ((u64, u64, u64), u64), by: u64| {
            scores(one * size * by, two * size * by, three * size * by)
        };
        let mut told: Vec<_> = mixes.into_iter().map(|mix| (times(mix, asked), times(mix, held))).collect();
        // A stratum in which nobody was asked changes nothing of it.
        told.push((Scores::default(), nobody));
        let layers = layers(&told);
        let through = let_through(&layers);
        let found = Weighted::of(&layers, true).expect("answers");
        let raw = Nps::of(&through).expect("answers");
        let nps = found.nps.expect("asked");
        prop_assert!((nps.score - raw.score).abs() < 1e-9 && (nps.half_width - raw.half_width).abs() < 1e-4, "{nps:?} {raw:?}");
        prop_assert!((found.mean - through.mean().expect("answers")).abs() < 1e-9);
    }

    #[test]
    fn what_all_would_have_said_is_found_where_strata_alone_decide_who_is_asked(
        mixes in prop::collection::vec((mix(), 1..9_u64), 2..6),
    ) {
        // Of stratum after stratum two, four, six, eight and ten of ten are asked, whatever they would say.
        let times = |((one, two, three), size): ((u64, u64, u64), u64), by: u64| {
            scores(one * size * by * 2_000, two * size * by * 2_000, three * size * by * 2_000)
        };
        let told: Vec<_> = mixes.into_iter().zip([2, 4, 6, 8, 10]).map(|(mix, tenths)| {
            (times(mix, tenths), times(mix, 10 - tenths))
        }).collect();
        let layers = layers(&told);
        let truth = Nps::of(&sum(layers.iter().map(|layer| layer.all))).expect("answers").score;
        let found = Weighted::of(&layers, true).and_then(|found| found.nps).expect("answers").score;
        prop_assert!((found - truth).abs() < 0.1, "{found}, not {truth}");
    }
}

#[test]
fn the_raw_score_would_have_been_far_off() {
    let layers = layers(&[(scores(20_000, 0, 0), scores(80_000, 0, 0)), (scores(0, 0, 100_000), scores(0, 0, 0))]);
    let raw = Nps::of(&let_through(&layers)).expect("answers").score;
    let found = Weighted::of(&layers, true).and_then(|found| found.nps).expect("answers").score;
    assert!(raw > 66.0 && found.abs() < 0.1, "half of all are detractors: {raw} {found}");
}
