//! What sixteen weeks of causes come to.

use std::collections::BTreeMap;

use super::{
    cause::{Cause, CauseKind},
    drift::{Period, drifted},
    incident::{Incident, leave_out, of_the_week},
    spike::{Cell, Limits, Surprise, surprises},
};

/// How many weeks are looked at: that which ends now, eight before it that say what is usual, and for the drift of the last eight the
/// eight before those.
pub(crate) const WEEKS: usize = 16;
const BASE: usize = 8;
const MOST_OTHERS: usize = 20;

/// How often a cause struck in a week, and among how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Week {
    pub(crate) count: u64,
    pub(crate) exposure: u64,
}

/// The weeks of a cause, the last one first.
pub(crate) type Weeks = [Week; WEEKS];

/// A cause that strikes more often than chance would have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) cause: Cause,
    pub(crate) week: Week,
    pub(crate) surprise: Surprise,
    pub(crate) drift: bool,
    /// Other products that the same cause struck in the week, most first.
    pub(crate) others: Vec<(String, Week)>,
    /// The incidents that the week is part of.
    pub(crate) incidents: Vec<String>,
}

/// What there is to say of causes whose last week ends with a day, the least likely first.
pub(crate) fn findings(
    causes: BTreeMap<Cause, Weeks>,
    (incidents, last_day): (&[Incident], i32),
    limits: &Limits,
) -> Vec<Finding> {
    let mut causes = since_the_first(causes);
    causes.iter_mut().for_each(|(cause, weeks)| leave_out(incidents, last_day, cause, weeks));
    let causes = &causes;
    let cells: Vec<Cell> = causes.values().map(|weeks| cell(&weeks[1..=BASE], weeks[0])).collect();
    let judged = causes.iter().zip(surprises(&cells, limits));
    let found = judged.filter_map(|((cause, weeks), surprise)| {
        let (surprise, drift) = (surprise?, has_drifted(weeks));
        let others = || others(causes, cause);
        (surprise.alert || drift).then(|| Finding {
            cause: cause.clone(),
            week: weeks[0],
            surprise,
            drift,
            others: others(),
            incidents: of_the_week(incidents, last_day, cause),
        })
    });
    let mut found: Vec<Finding> = found.collect();
    found.sort_by(|one, other| {
        one.surprise.chance.total_cmp(&other.surprise.chance).then_with(|| one.cause.cmp(&other.cause))
    });
    found
}

/// Nobody knows how many might have complained: complaints are among the weeks for which anything is known at all.
fn since_the_first(mut causes: BTreeMap<Cause, Weeks>) -> BTreeMap<Cause, Weeks> {
    let first = causes.values().filter_map(|weeks| weeks.iter().rposition(|week| week.exposure > 0)).max();
    for (_, weeks) in causes.iter_mut().filter(|(cause, _)| cause.kind == CauseKind::Complaint) {
        for (place, week) in weeks.iter_mut().enumerate() {
            week.exposure = u64::from(first.is_some_and(|first| place <= first));
        }
    }
    causes
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn cell(base: &[Week], now: Week) -> Cell {
    let sum = |of: fn(&Week) -> u64| base.iter().map(of).sum::<u64>();
    Cell {
        base_count: sum(|week| week.count),
        base_exposure: sum(|week| week.exposure) as f64,
        count: now.count,
        exposure: now.exposure as f64,
    }
}

/// Whether the last eight weeks have drifted away from the eight before them.
fn has_drifted(weeks: &Weeks) -> bool {
    let (last, before) = weeks.split_at(BASE);
    let period = |week: &Week| {
        let expected = cell(before, *week).expected()?;
        Some(Period { count: week.count, expected })
    };
    let periods: Option<Vec<Period>> = last.iter().rev().map(period).collect();
    periods.is_some_and(|periods| drifted(&periods).is_some())
}

fn others(causes: &BTreeMap<Cause, Weeks>, cause: &Cause) -> Vec<(String, Week)> {
    let alike = causes.iter().filter(|(other, weeks)| {
        (other.kind, &other.code) == (cause.kind, &cause.code) && *other != cause && weeks[0].count > 0
    });
    let mut others: Vec<_> = alike.map(|(other, weeks)| (other.product.clone(), weeks[0])).collect();
    others.sort_by(|one, other| other.1.count.cmp(&one.1.count).then_with(|| one.0.cmp(&other.0)));
    others.truncate(MOST_OTHERS);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_INCIDENT: (&[Incident], i32) = (&[], 0);

    fn cause(product: &str, code: &str) -> Cause {
        Cause { kind: CauseKind::Promise, code: code.to_owned(), product: product.to_owned() }
    }

    /// Six in ten thousand every week, but for the last.
    fn steady(last: u64) -> Weeks {
        let mut weeks = [Week { count: 6, exposure: 10_000 }; WEEKS];
        weeks[0].count = last;
        weeks
    }

    #[test]
    fn a_spike_is_found_with_the_products_that_share_it() {
        let mut quiet = steady(6);
        quiet[0].count = 0;
        let causes = BTreeMap::from([
            (cause("sofa", "delivery"), steady(16)),
            (cause("bed", "delivery"), steady(7)),
            (cause("lamp", "delivery"), quiet),
            (cause("sofa", "callback"), steady(6)),
            (cause("chair", "repair"), steady(40)),
        ]);
        let found = findings(causes, NO_INCIDENT, &Limits::default());
        let names: Vec<_> = found.iter().map(|one| (&*one.cause.product, one.surprise.alert, one.drift)).collect();
        assert_eq!(names, [("chair", true, true), ("sofa", true, true)], "the least likely first");
        assert_eq!(found[1].others, [("bed".to_owned(), Week { count: 7, exposure: 10_000 })]);
    }

    #[test]
    fn a_drift_is_found_where_no_week_stands_out() {
        let mut weeks = [Week { count: 2, exposure: 1_000 }; WEEKS];
        for (week, count) in weeks[..BASE].iter_mut().rev().zip([4, 3, 5, 4, 4, 5, 4, 4]) {
            week.count = count;
        }
        let found = findings(BTreeMap::from([(cause("sofa", "delivery"), weeks)]), NO_INCIDENT, &Limits::default());
        assert_eq!(found.iter().map(|one| (one.surprise.alert, one.drift)).collect::<Vec<_>>(), [(false, true)]);
        let twice = weeks.map(|week| Week { exposure: week.exposure * week.count, ..week });
        assert_eq!(findings(BTreeMap::from([(cause("sofa", "delivery"), twice)]), NO_INCIDENT, &Limits::default()), []);
    }

    #[test]
    fn what_was_an_incident_says_nothing_of_what_is_usual() {
        let mut weeks = steady(16);
        weeks[3].count = 90;
        let causes = || BTreeMap::from([(cause("sofa", "delivery"), weeks)]);
        let incident = |first_day, last_day| Incident {
            name: "strike".to_owned(),
            kind: CauseKind::Promise,
            code: "delivery".to_owned(),
            product: None,
            first_day,
            last_day,
        };
        let found = |incidents: &[Incident]| findings(causes(), (incidents, 100), &Limits::default());
        assert!(found(&[]).iter().all(|one| !one.surprise.alert), "it hides what comes after");
        let [known] = &found(&[incident(79, 79)])[..] else { panic!("found") };
        assert!(known.surprise.alert);
        assert_eq!((known.surprise.expected, &*known.incidents), (42.5 / 7.0, &[][..]));
        // The week that is looked at counts as it is, and is told to be part of one.
        let [now] = &found(&[incident(79, 79), incident(100, 110)])[..] else { panic!("found") };
        assert_eq!((now.week, &*now.incidents), (weeks[0], &["strike".to_owned()][..]));
        assert_eq!(found(&[incident(0, 99)]), [], "nothing is left to hold it against");
    }

    #[test]
    fn what_is_new_has_nothing_to_be_held_against() {
        let mut weeks = [Week::default(); WEEKS];
        weeks[0] = Week { count: 50, exposure: 50 };
        assert_eq!(findings(BTreeMap::from([(cause("new", "delivery"), weeks)]), NO_INCIDENT, &Limits::default()), []);
        assert_eq!(findings(BTreeMap::new(), NO_INCIDENT, &Limits::default()), []);
    }

    #[test]
    fn complaints_are_held_against_the_weeks_of_which_anything_is_known() {
        let late = Cause { kind: CauseKind::Complaint, ..cause("sofa", "payment.late") };
        let mut weeks = [Week::default(); WEEKS];
        weeks[0] = Week { count: 8, exposure: 8 };
        weeks[3] = Week { count: 1, exposure: 1 };
        let known = |weeks_ago: usize| {
            let mut kept = [Week::default(); WEEKS];
            kept[weeks_ago].exposure = 100;
            let causes = BTreeMap::from([(late.clone(), weeks), (cause("sofa", "delivery"), kept)]);
            findings(causes, NO_INCIDENT, &Limits::default())
        };
        // One in three weeks, or in eight: five weeks without any count once it is known that there were none.
        for (weeks_ago, expected) in [(1, 0.5), (3, 0.5), (8, 1.5 / 8.0), (15, 1.5 / 8.0)] {
            let found = known(weeks_ago);
            assert_eq!((found.len(), found[0].surprise.expected), (1, expected), "{weeks_ago}");
            assert_eq!(found[0].week, Week { count: 8, exposure: 1 });
        }
    }
}
