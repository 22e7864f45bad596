//! Hours at which a firm works: several a day, by the local clock, and none on holidays.

use jiff::{
    civil::{Date, Time},
    tz::AmbiguousOffset,
};
use tenure_kernel::Timestamp;

use super::{
    Unknown, Zone,
    spans::Spans,
    working::{CalendarName, Calendars},
};

const MINUTES_A_DAY: u16 = 1_440;

/// Why hours cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadHours {
    #[error(transparent)]
    Unknown(#[from] Unknown),
    #[error("weekday {weekday} is open from minute {from} until minute {until}")]
    Minutes {
        /// 1 is Monday.
        weekday: usize,
        from: u16,
        until: u16,
    },
    #[error("open on no day of the week")]
    NeverOpen,
}

/// When a firm works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BusinessHours {
    pub(super) zone: Zone,
    pub(super) calendar: CalendarName,
    /// In minutes of the local day, from Monday on.
    week: [Spans; 7],
}

impl BusinessHours {
    /// By the names of a zone and a calendar, and for each day of the week from Monday on the minutes from and until which it
    /// works. What overlaps counts once. Everything that is wrong is told.
    pub(crate) fn new(zone: &str, calendar: &str, week: [&[(u16, u16)]; 7]) -> Result<Self, Vec<BadHours>> {
        let days =
            (1..).zip(week).flat_map(|(weekday, day)| day.iter().map(move |(from, until)| (weekday, *from, *until)));
        let wrong = days.filter(|(_, from, until)| from >= until || *until > MINUTES_A_DAY);
        let mut bad: Vec<_> = wrong.map(|(weekday, from, until)| BadHours::Minutes { weekday, from, until }).collect();
        if week.iter().all(|day| day.is_empty()) {
            bad.push(BadHours::NeverOpen);
        }
        let week = week.map(|day| Spans::of(day.iter().map(|(from, until)| (i64::from(*from), i64::from(*until)))));
        match (Zone::named(zone), CalendarName::of_code(calendar)) {
            (Ok(zone), Ok(calendar)) if bad.is_empty() => Ok(Self { zone, calendar, week }),
            (zone, calendar) => {
                let unknown = [zone.err(), calendar.err()].into_iter().flatten().map(BadHours::Unknown);
                Err(unknown.chain(bad).collect())
            }
        }
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.zone
    }

    pub(crate) fn calendar(&self) -> CalendarName {
        self.calendar
    }

    /// The working time from one moment until another, in microseconds since 1970.
    pub(crate) fn open(&self, calendars: &Calendars, from: Timestamp, until: Timestamp) -> Spans {
        let calendar = calendars.get(self.calendar);
        let last = self.zone.day(until);
        let days = self.zone.day(from).series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
        let open = days.filter(|day| !calendar.is_holiday(*day)).flat_map(|day| {
            let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
            let moment = move |minute| self.zone.at_minute(day, minute).0;
            self.week[weekday].iter().map(move |(from, until)| (moment(from), moment(until)))
        });
        Spans::of(open.map(|(opens, closes)| (opens.max(from.0), closes.min(until.0))))
    }
}

impl Zone {
    /// When the local clock shows a minute of a day; 1,440 is the end of the day. A minute that the clock skips is when it
    /// skips, one that it shows twice is the first of the two.
    fn at_minute(&self, day: Date, minute: i64) -> Timestamp {
        let (hour, minute) = (i8::try_from(minute / 60), i8::try_from(minute % 60));
        let time = hour.ok().zip(minute.ok()).and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
        let Some(time) = time else { return self.end_of(day) };
        let shown = self.0.to_ambiguous_zoned(day.to_datetime(time));
        let skipped = matches!(shown.offset(), AmbiguousOffset::Gap { .. });
        let Ok(before) = shown.earlier() else { return Timestamp::MAX };
        let skips = skipped.then(|| self.0.following(before.timestamp()).next().map(|skip| skip.timestamp())).flatten();
        Timestamp(skips.unwrap_or_else(|| before.timestamp()).as_microsecond())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::amsterdam;

    const HOUR: i64 = 3_600_000_000;
    const LUNCH: &[(u16, u16)] = &[(540, 720), (780, 1_020)];

    fn office() -> BusinessHours {
        BusinessHours::new("Europe/Amsterdam", "nl", [LUNCH, LUNCH, LUNCH, LUNCH, LUNCH, &[(600, 720)], &[]])
            .expect("hours")
    }

    fn night(week: &[(u16, u16)]) -> BusinessHours {
        BusinessHours::new("Europe/Amsterdam", "nl", [week; 7]).expect("hours")
    }

    fn open(hours: &BusinessHours, from: &str, until: &str) -> i64 {
        hours.open(&Calendars::default(), amsterdam(from), amsterdam(until)).total()
    }

    #[test]
    fn counts_each_interval_of_each_working_day() {
        for (from, until, hours) in [
            ("2026-11-06 08:00", "2026-11-06 18:00", 7),
            ("2026-11-06 11:00", "2026-11-06 14:00", 2),
            // Friday 16:00 to Monday 10:00, over a Saturday morning.
            ("2026-11-06 16:00", "2026-11-09 10:00", 4),
            ("2026-04-27 00:00", "2026-04-28 00:00", 0),
            // A Saturday that is a holiday.
            ("2026-12-26 00:00", "2026-12-27 00:00", 0),
            ("2026-05-15 00:00", "2026-05-16 00:00", 0),
            ("2026-11-06 14:00", "2026-11-06 14:00", 0),
            ("2026-11-06 15:00", "2026-11-06 14:00", 0),
        ] {
            assert_eq!(open(&office(), from, until), hours * HOUR, "{from} {until}");
        }
        let changed =
            Calendars::default().overridden("nl", &[jiff::civil::date(2026, 11, 6)], &[]).expect("a calendar");
        let day = (amsterdam("2026-11-06 00:00"), amsterdam("2026-11-07 00:00"));
        assert_eq!(office().open(&changed, day.0, day.1).total(), 0);
    }

    #[test]
    fn nights_of_a_changing_clock_have_the_hours_that_pass() {
        for (week, day, minutes) in [
            (&[(60, 300)], "2026-03-29", 180),
            (&[(60, 300)], "2026-10-25", 300),
            (&[(0, 1_440)], "2026-03-29", 1_380),
            (&[(0, 1_440)], "2026-10-25", 1_500),
            // Half of it is skipped; so is all of it.
            (&[(90, 150)], "2026-03-29", 30),
            (&[(130, 170)], "2026-03-29", 0),
            (&[(150, 210)], "2026-03-29", 30),
        ] {
            let (from, until) = (format!("{day} 00:00"), amsterdam(&format!("{day} 12:00")).0 + 12 * HOUR);
            let open = night(week).open(&Calendars::default(), amsterdam(&from), Timestamp(until)).total();
            assert_eq!(open, minutes * HOUR / 60, "{week:?} {day}");
        }
    }

    #[test]
    fn tells_all_that_is_wrong() {
        let bad =
            BusinessHours::new("Europe/Atlantis", "mars", [&[(600, 540)], &[(0, 1_441)], &[], &[], &[], &[], &[]]);
        let told: Vec<_> = bad.expect_err("wrong").iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "there is no time zone called \"Europe/Atlantis\"",
                "there is no calendar called \"mars\"",
                "weekday 1 is open from minute 600 until minute 540",
                "weekday 2 is open from minute 0 until minute 1441",
            ]
        );
        assert_eq!(BusinessHours::new("Europe/Amsterdam", "nl", [&[]; 7]), Err(vec![BadHours::NeverOpen]));
    }

    proptest! {
        #[test]
        fn working_time_adds_up(from in 0_i64..24 * 400, one in 0_i64..24 * 20, two in 0_i64..24 * 20, minutes in 0_i64..60) {
            // 2026 and a bit more, with both changes of the clock.
            let start = amsterdam("2026-01-01 00:00").0 + from * HOUR + minutes * HOUR / 60;
            let (middle, end) = (start + one * HOUR, start + (one + two) * HOUR);
            for hours in [office(), night(&[(30, 190), (60, 320)])] {
                let open = |from, until| hours.open(&Calendars::default(), Timestamp(from), Timestamp(until)).total();
                prop_assert_eq!(open(start, middle) + open(middle, end), open(start, end));
                prop_assert!(open(start, end) <= end - start);
            }
        }
    }
}
