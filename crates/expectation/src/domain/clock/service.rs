//! What a firm sets itself: so much working time, which stands still while it is the customer's turn. No law knows of it, and
//! no law's clock heeds it.

use std::time::Duration;

use tenure_kernel::Timestamp;

use crate::domain::calendar::{Zone, hours::BusinessHours, spans::Spans, working::Calendars};

/// How far ahead is looked for enough working time, in days.
const HORIZONS: [i64; 4] = [16, 64, 400, 3_660];
const DAY: i64 = 86_400_000_000;
/// When is warned, in percent of the working time.
const WARNINGS: [u8; 3] = [50, 75, 90];

/// What is to be done of a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goal {
    Acknowledge,
    Respond,
}

/// So much working time for something, such as the first answer, in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceTarget {
    pub(crate) code: String,
    pub(crate) version: i32,
    pub(crate) goal: Goal,
    pub(crate) hours: BusinessHours,
    pub(crate) within: Duration,
    /// Whether it stands still while it is the customer's turn.
    pub(crate) pauses: bool,
    /// Whether it is in force no longer.
    pub(crate) retired: bool,
    pub(crate) defined_at: Timestamp,
}

/// A time in which the firm says that it waits for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) from: Timestamp,
    /// None while it says so still.
    pub(crate) until: Option<Timestamp>,
}

/// What happened that the target is held against. A set: no order means anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) started: Timestamp,
    pub(crate) pauses: Vec<Pause>,
    /// When the customer replied, through any channel.
    pub(crate) replies: Vec<Timestamp>,
    pub(crate) done: Option<Timestamp>,
    /// When it came to an end, done or not.
    pub(crate) ended: Option<Timestamp>,
}

/// How a target stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceClock {
    pub(crate) code: String,
    pub(crate) version: i32,
    pub(crate) goal: Goal,
    pub(crate) origin: Timestamp,
    /// The last moment that is in time. If it is the customer's turn now: as though it were the firm's again from now on.
    pub(crate) due: Timestamp,
    /// Since when it stands still, if it does.
    pub(crate) stands_since: Option<Timestamp>,
    /// Working time used.
    pub(crate) worked: Duration,
    /// Working time that is left.
    pub(crate) left: Duration,
    /// Working time in which it was the customer's turn, without the turn that still lasts.
    pub(crate) paused: Duration,
    /// Time in which the firm said that it waits, though the customer had replied. The target ran on.
    pub(crate) illegitimate: Duration,
    /// Whether it was done, in time or late.
    pub(crate) done: bool,
    pub(crate) met_at: Option<Timestamp>,
    pub(crate) missed_at: Option<Timestamp>,
    /// When it ended without being met.
    pub(crate) stopped_at: Option<Timestamp>,
    /// When to warn, by percent of the working time; none where it runs no more, or stands still.
    pub(crate) warn_at: Vec<(u8, Timestamp)>,
    pub(crate) calendar_version: String,
    /// How the due time comes about, step by step.
    pub(crate) trace: Vec<String>,
}

/// Whose turn it was, until an end.
struct Turns {
    customers: Spans,
    /// When the firm only said so.
    illegitimate: Spans,
    /// Since when it is the customer's, if it is at the end.
    lasting: Option<Timestamp>,
}

impl ServiceTarget {
    /// As of now.
    pub(crate) fn clock(&self, work: &Work, calendars: &Calendars, now: Timestamp) -> ServiceClock {
        let done = work.done.filter(|done| *done <= now);
        let stopped = work.ended.filter(|ended| *ended <= now && done.is_none());
        let over = done.or(stopped);
        let end = over.unwrap_or(now);
        let turns = if self.pauses { work.turns(end) } else { Turns::none() };
        let due = |percent| self.after(work.started, percent, &turns.customers, calendars);
        let open = self.hours.open(calendars, work.started, end);
        let missed = end > due(100);
        let stands_since = turns.lasting.filter(|_| over.is_none() && !missed);
        let worked = long(&open.minus(&turns.customers));
        let warn = over.is_none() && stands_since.is_none();
        ServiceClock {
            code: self.code.clone(),
            version: self.version,
            goal: self.goal,
            origin: work.started,
            due: due(100),
            stands_since,
            worked,
            left: self.within.saturating_sub(worked),
            paused: long(&open.within(&turns.past(work.started))),
            illegitimate: long(&turns.illegitimate),
            done: done.is_some(),
            met_at: done.filter(|_| !missed),
            missed_at: missed.then_some(due(100)),
            stopped_at: stopped,
            warn_at: WARNINGS.into_iter().filter(|_| warn).map(|percent| (percent, due(percent))).collect(),
            calendar_version: calendars.get(self.hours.calendar()).version().to_owned(),
            trace: self.explained(work.started, &turns, stands_since.is_none().then(|| due(100))),
        }
    }

    /// When so many percent of the working time have passed that were the firm's.
    fn after(&self, started: Timestamp, percent: u8, paused: &Spans, calendars: &Calendars) -> Timestamp {
        let within = i64::try_from(self.within.as_micros()).unwrap_or(i64::MAX) / 100 * i64::from(percent);
        let reached = HORIZONS.into_iter().find_map(|days| {
            let open = self.hours.open(calendars, started, Timestamp(started.0 + days * DAY));
            open.minus(paused).reaching(within)
        });
        reached.map_or(Timestamp::MAX, Timestamp)
    }

    fn explained(&self, started: Timestamp, turns: &Turns, due: Option<Timestamp>) -> Vec<String> {
        let zone: &Zone = self.hours.zone();
        let local = |at: i64| zone.shown(Timestamp(at));
        let from_to = |what: &str, from: i64, until: i64| format!("{what} from {} until {}", local(from), local(until));
        let mut steps =
            vec![format!("{} minutes of working time from {} on", self.within.as_secs() / 60, local(started.0))];
        let turn = "the customer's turn";
        steps.extend(turns.past(started).iter().map(|(from, until)| from_to(turn, from, until)));
        let lasting = turns.lasting.filter(|_| due.is_none());
        steps.extend(lasting.map(|since| format!("{turn} from {} on", local(since.0))));
        let said = "said to wait, though the customer had replied,";
        steps.extend(turns.illegitimate.iter().map(|(from, until)| from_to(said, from, until)));
        steps.extend(due.map(|due| format!("due {}", local(due.0))));
        steps
    }
}

impl Work {
    /// Whose turn it was until an end. A pause ends by itself with the first reply in it.
    fn turns(&self, end: Timestamp) -> Turns {
        let until = |pause: &Pause| pause.until.unwrap_or(end).min(end);
        let reply = |pause: &Pause| {
            let replies = self.replies.iter().filter(|reply| pause.from <= **reply && **reply < until(pause));
            replies.min().copied()
        };
        let replied = |pause: &Pause| reply(pause).unwrap_or_else(|| until(pause));
        let clipped = |from: Timestamp, until: Timestamp| (from.max(self.started).0, until.0);
        let customers = Spans::of(self.pauses.iter().map(|pause| clipped(pause.from, replied(pause))));
        let said = Spans::of(self.pauses.iter().map(|pause| clipped(replied(pause), until(pause))));
        let lasts =
            |pause: &&Pause| pause.from <= end && reply(pause).is_none() && pause.until.is_none_or(|until| until > end);
        let lasting = self.pauses.iter().filter(lasts).map(|pause| pause.from.max(self.started)).min();
        Turns { illegitimate: said.minus(&customers), customers, lasting }
    }
}

impl Turns {
    /// Those of the customer's that are over.
    fn past(&self, started: Timestamp) -> Spans {
        let before = Spans::of([(started.0, self.lasting.unwrap_or(Timestamp::MAX).0)]);
        self.customers.within(&before)
    }

    fn none() -> Self {
        Self { customers: Spans::default(), illegitimate: Spans::default(), lasting: None }
    }
}

fn long(spans: &Spans) -> Duration {
    Duration::from_micros(u64::try_from(spans.total()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::amsterdam;

    const OFFICE: &[(u16, u16)] = &[(540, 1_020)];

    fn target(hours: u64) -> ServiceTarget {
        let week = [OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, &[], &[]];
        let hours_of_work = BusinessHours::new("Europe/Amsterdam", "nl", week).expect("hours");
        ServiceTarget {
            code: "answer".to_owned(),
            version: 1,
            goal: Goal::Respond,
            hours: hours_of_work,
            within: hours_long(hours),
            pauses: true,
            retired: false,
            defined_at: Timestamp::default(),
        }
    }

    fn hours_long(hours: u64) -> Duration {
        Duration::from_secs(hours * 3_600)
    }

    fn pause(from: &str, until: Option<&str>) -> Pause {
        Pause { from: amsterdam(from), until: until.map(amsterdam) }
    }

    fn clock(hours: u64, work: &Work, now: &str) -> ServiceClock {
        target(hours).clock(work, &Calendars::default(), amsterdam(now))
    }

    #[test]
    fn only_working_time_counts() {
        let work = |started| Work { started: amsterdam(started), ..Work::default() };
        for (started, hours, due) in [
            ("2026-11-06 16:30", 1, "2026-11-09 09:30"),
            ("2026-11-06 09:00", 8, "2026-11-06 17:00"),
            ("2026-11-07 12:00", 1, "2026-11-09 10:00"),
            ("2026-04-24 16:00", 2, "2026-04-28 10:00"),
            ("2026-12-24 16:00", 200, "2027-02-01 16:00"),
        ] {
            assert_eq!(clock(hours, &work(started), started).due, amsterdam(due), "{started}");
        }
        assert_eq!(
            clock(20_000_000, &work("2026-11-06 16:30"), "2026-11-06 16:30").due,
            Timestamp::MAX,
            "no such time"
        );
    }

    #[test]
    fn a_pause_over_a_weekend_counts_once_and_moves_the_due_time_by_its_working_time() {
        let pauses = vec![
            pause("2026-11-06 16:00", Some("2026-11-09 10:00")),
            pause("2026-11-06 16:30", Some("2026-11-09 09:30")),
        ];
        let mut work = Work { started: amsterdam("2026-11-06 15:00"), pauses, ..Work::default() };
        let paused = clock(4, &work, "2026-11-09 11:00");
        assert_eq!(
            (paused.due, paused.worked, paused.paused),
            (amsterdam("2026-11-09 13:00"), hours_long(2), hours_long(2))
        );
        assert_eq!((paused.met_at, paused.missed_at), (None, None));
        work.done = Some(amsterdam("2026-11-09 13:00"));
        assert_eq!(clock(4, &work, "2026-11-20 11:00").met_at, work.done);
        work.done = Some(amsterdam("2026-11-09 13:01"));
        let late = clock(4, &work, "2026-11-20 11:00");
        assert_eq!((late.met_at, late.missed_at), (None, Some(amsterdam("2026-11-09 13:00"))));
        work.done = None;
        assert_eq!(clock(4, &work, "2026-11-20 11:00").missed_at, late.missed_at);
    }

    #[test]
    fn c12_a_reply_ends_a_pause_by_itself_and_the_rest_is_flagged() {
        let work = Work {
            started: amsterdam("2026-11-02 09:00"),
            pauses: vec![pause("2026-11-03 09:00", Some("2026-11-13 09:00"))],
            replies: vec![amsterdam("2026-11-06 09:00"), amsterdam("2026-11-05 09:00"), amsterdam("2026-11-01 09:00")],
            ..Work::default()
        };
        let clock = clock(16, &work, "2026-11-20 09:00");
        assert_eq!(clock.illegitimate, hours_long(8 * 24));
        assert_eq!(clock.paused, hours_long(2 * 8));
        assert_eq!(clock.due, amsterdam("2026-11-05 17:00"));
        assert_eq!(
            clock.trace,
            [
                "960 minutes of working time from 2026-11-02 09:00 on",
                "the customer's turn from 2026-11-03 09:00 until 2026-11-05 09:00",
                "said to wait, though the customer had replied, from 2026-11-05 09:00 until 2026-11-13 09:00",
                "due 2026-11-05 17:00",
            ]
        );
    }

    #[test]
    fn while_it_is_the_customers_turn_nothing_is_missed() {
        let pauses = vec![pause("2026-11-02 16:00", None)];
        let work = Work { started: amsterdam("2026-11-02 09:00"), pauses, ..Work::default() };
        let waiting = clock(8, &work, "2026-11-20 12:00");
        assert_eq!((waiting.due, waiting.missed_at), (amsterdam("2026-11-20 13:00"), None));
        assert_eq!((waiting.stands_since, waiting.left), (Some(amsterdam("2026-11-02 16:00")), hours_long(1)));
        assert_eq!((waiting.paused, waiting.warn_at.len()), (Duration::ZERO, 0));
        // What is said of it does not change while nothing happens.
        let later = clock(8, &work, "2026-11-23 12:00");
        assert_eq!(ServiceClock { due: waiting.due, ..later }, waiting);
        let heedless = ServiceTarget { pauses: false, ..target(8) };
        let missed = heedless.clock(&work, &Calendars::default(), amsterdam("2026-11-20 12:00")).missed_at;
        assert_eq!(missed, Some(amsterdam("2026-11-02 17:00")), "one that stands still for nobody");
    }

    #[test]
    fn it_warns_by_working_time_and_stops_with_what_it_is_about() {
        let mut work = Work { started: amsterdam("2026-11-06 15:00"), ..Work::default() };
        let running = clock(4, &work, "2026-11-06 16:00");
        let warnings = ["2026-11-06 17:00", "2026-11-09 10:00", "2026-11-09 10:36"].map(amsterdam);
        assert_eq!(running.warn_at, [50, 75, 90].into_iter().zip(warnings).collect::<Vec<_>>());
        work.ended = Some(amsterdam("2026-11-09 10:00"));
        let stopped = clock(4, &work, "2026-11-20 10:00");
        assert_eq!((stopped.stopped_at, stopped.met_at, stopped.missed_at), (work.ended, None, None));
        assert_eq!(stopped.warn_at, []);
        work.ended = Some(amsterdam("2026-11-10 10:00"));
        assert_eq!(
            clock(4, &work, "2026-11-20 10:00").missed_at,
            Some(amsterdam("2026-11-09 11:00")),
            "before it ended"
        );
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_of_pauses_matters(
            pauses in prop::collection::vec((0_i64..24 * 60, 0_i64..24 * 9, any::<bool>()), 0..6),
            replies in prop::collection::vec(0_i64..24 * 60, 0..5),
            hours in 1_u64..80,
        ) {
            // Over the change of the clock on 25 October.
            let started = amsterdam("2026-10-05 09:00");
            let at = |hours: i64| Timestamp(started.0 + hours * 3_600_000_000);
            let pause = |(from, long, open): (i64, i64, bool)| Pause { from: at(from), until: (!open).then(|| at(from + long)) };
            let work = Work { started, pauses: pauses.into_iter().map(pause).collect(), replies: replies.into_iter().map(at).collect(), ..Work::default() };
            let mut other = work.clone();
            other.pauses.reverse();
            other.pauses.extend(work.pauses.clone());
            other.replies.reverse();
            let (calendars, target) = (Calendars::default(), target(hours));
            let mut missed = None;
            for now in [at(20), at(24 * 20), at(24 * 70)] {
                let known = |work: &Work| {
                    let mut known = work.clone();
                    known.pauses.retain(|pause| pause.from <= now);
                    target.clock(&known, &calendars, now)
                };
                let clock = known(&work);
                prop_assert_eq!(&clock, &known(&other));
                let unpaused = Work { pauses: vec![], ..work.clone() };
                prop_assert!(clock.due >= target.clock(&unpaused, &calendars, now).due);
                let open = target.hours.open(&calendars, started, now).total();
                let used = i64::try_from((clock.worked + clock.paused).as_micros()).expect("small");
                let lasts = |pause: &Pause| pause.from < now && pause.until.is_none_or(|until| until > now);
                prop_assert!(used <= open && (used == open || work.pauses.iter().any(lasts)));
                prop_assert_eq!(clock.left, target.within.saturating_sub(clock.worked));
                prop_assert!(missed.is_none() || clock.missed_at == missed, "what was missed stays missed");
                missed = clock.missed_at;
            }
        }
    }
}
