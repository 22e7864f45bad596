//! Local time: days of the customer's calendar, statutory holidays, and hours at which nobody is disturbed.

use jiff::{
    RoundMode, Span, ToSpan, Unit, Zoned, ZonedRound,
    civil::{Date, Weekday, date},
    tz::TimeZone,
};
use tenure_kernel::Timestamp;

/// The longest row of days off that anyone has heard of, and then some.
const MOST_DAYS_OFF: usize = 31;

/// A customer's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self::named("Europe/Amsterdam").unwrap_or(Self(TimeZone::UTC))
    }
}

impl Zone {
    /// By its name in the IANA database, which is built in.
    pub(crate) fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    fn local(&self, at: Timestamp) -> Zoned {
        let at = at.clamp(Timestamp::MIN, Timestamp::MAX);
        jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(self.0.clone())
    }

    /// The same time of day so many days later.
    pub(crate) fn days_after(&self, at: Timestamp, days: u32) -> Timestamp {
        let later = Span::new().try_days(days).and_then(|days| self.local(at).checked_add(days));
        later.map_or(Timestamp::MAX, |later| moment(&later))
    }

    /// The next full hour of the local clock, or the moment itself if it is one.
    pub(crate) fn full_hour(&self, at: Timestamp) -> Timestamp {
        let up = ZonedRound::new().smallest(Unit::Hour).mode(RoundMode::Ceil);
        self.local(at).round(up).map_or(at, |hour| moment(&hour))
    }

    /// The same time of day on the working day before.
    pub(crate) fn working_day_before(&self, at: Timestamp, holidays: Holidays) -> Timestamp {
        let mut day = self.local(at);
        for _ in 0..MOST_DAYS_OFF {
            let Ok(before) = day.checked_sub(1.day()) else { return at };
            day = before;
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            if !weekend && !holidays.contain(day.date()) {
                break;
            }
        }
        moment(&day)
    }
}

fn moment(at: &Zoned) -> Timestamp {
    Timestamp(at.timestamp().as_microsecond())
}

/// The hours and days on which nobody is asked anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuietTimes {
    /// The hour, 0 to 24, from which it is quiet.
    pub(crate) from: i8,
    /// The hour, 0 to 23, at which the day begins.
    pub(crate) until: i8,
    pub(crate) sundays: bool,
    pub(crate) holidays: Holidays,
}

impl QuietTimes {
    fn whole_day(self, day: Date) -> bool {
        (self.sundays && day.weekday() == Weekday::Sunday) || self.holidays.contain(day)
    }

    /// The first moment from this one on that is not quiet.
    pub(crate) fn end(self, zone: &Zone, at: Timestamp) -> Timestamp {
        let mut local = zone.local(at);
        for _ in 0..MOST_DAYS_OFF {
            let open = !self.whole_day(local.date()) && local.hour() < self.from;
            if open && local.hour() >= self.until {
                break;
            }
            let day = if open { Ok(local.date()) } else { local.date().checked_add(1.day()) };
            let start = day.and_then(|day| day.at(self.until, 0, 0, 0).to_zoned(zone.0.clone()));
            let Ok(start) = start else { return at };
            local = start;
        }
        moment(&local)
    }
}

/// Whose holidays count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holidays {
    /// The Netherlands: Algemene termijnenwet, article 3, without the days equalised by decree.
    Dutch,
}

/// When a holiday falls.
#[derive(Clone, Copy)]
enum Rule {
    /// Month and day.
    On(i8, i8),
    /// Days after Easter Sunday.
    Easter(i32),
    /// The king's birthday, a day earlier if that is a Sunday.
    King,
}

const DUTCH: &[Rule] = &[
    Rule::On(1, 1),
    Rule::Easter(-2),
    Rule::Easter(0),
    Rule::Easter(1),
    Rule::King,
    Rule::On(5, 5),
    Rule::Easter(39),
    Rule::Easter(49),
    Rule::Easter(50),
    Rule::On(12, 25),
    Rule::On(12, 26),
];

impl Rule {
    fn falls_on(self, day: Date) -> bool {
        match self {
            Self::On(month, of_month) => (day.month(), day.day()) == (month, of_month),
            Self::Easter(days) => easter(day.year()).checked_add(days.days()).is_ok_and(|there| there == day),
            Self::King => {
                let sunday = date(day.year(), 4, 27).weekday() == Weekday::Sunday;
                (day.month(), day.day()) == (4, if sunday { 26 } else { 27 })
            }
        }
    }
}

impl Holidays {
    pub(crate) fn contain(self, day: Date) -> bool {
        let rules = match self {
            Self::Dutch => DUTCH,
        };
        rules.iter().any(|rule| rule.falls_on(day))
    }
}

/// Easter Sunday of the Gregorian calendar: the Sunday after the church's full moon, by the century's corrections and the
/// year's place in the cycle of 19.
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let (cycle, century, of_century) = (year % 19, year / 100, year % 100);
    let moon_correction = (8 * century + 13) / 25;
    let epact = (19 * cycle + century - century / 4 - moon_correction + 15) % 30;
    let late = (cycle + 11 * epact) / 319;
    let weekday = (2 * (century % 4) + 2 * (of_century / 4) - of_century % 4 - epact + late + 32) % 7;
    let month = (epact - late + weekday + 90) / 25;
    let day = (epact - late + weekday + month + 19) % 32;
    let narrow = |part: i32| i8::try_from(part).unwrap_or(1);
    Date::new(i16::try_from(year).unwrap_or_default(), narrow(month), narrow(day)).unwrap_or_default()
}

/// A local time in Amsterdam, such as "2026-11-06 10:00".
#[cfg(test)]
pub(crate) fn amsterdam(text: &str) -> Timestamp {
    let local: jiff::civil::DateTime = text.replace(' ', "T").parse().expect("a local time");
    moment(&local.to_zoned(Zone::default().0).expect("a time in Amsterdam"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: QuietTimes = QuietTimes { from: 21, until: 8, sundays: true, holidays: Holidays::Dutch };

    #[test]
    fn knows_easter() {
        for (year, month, day) in
            [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2019, 4, 21), (2024, 3, 31), (2026, 4, 5), (2038, 4, 25)]
        {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn knows_the_dutch_holidays_of_a_year() {
        let year = date(2026, 1, 1).series(1.day()).take(365);
        let holidays: Vec<String> =
            year.filter(|day| Holidays::Dutch.contain(*day)).map(|day| day.to_string()).collect();
        let expected = "2026-01-01 2026-04-03 2026-04-05 2026-04-06 2026-04-27 2026-05-05 2026-05-14 2026-05-24 2026-05-25 \
                        2026-12-25 2026-12-26";
        assert_eq!(holidays.join(" "), expected);
        assert!(Holidays::Dutch.contain(date(2025, 4, 26)) && !Holidays::Dutch.contain(date(2025, 4, 27)));
    }

    #[test]
    fn quiet_ends_in_the_morning_of_a_day_that_counts() {
        for (at, end) in [
            ("2026-11-06 08:00", "2026-11-06 08:00"),
            ("2026-11-06 07:59", "2026-11-06 08:00"),
            ("2026-11-06 20:59", "2026-11-06 20:59"),
            ("2026-11-06 21:00", "2026-11-07 08:00"),
            ("2026-11-07 21:00", "2026-11-09 08:00"),
            ("2026-04-03 12:00", "2026-04-04 08:00"),
            ("2026-04-04 22:00", "2026-04-07 08:00"),
            // The clock goes forward in the night to Sunday 29 March 2026, back in the night to 25 October.
            ("2026-03-28 22:00", "2026-03-30 08:00"),
            ("2026-10-24 22:00", "2026-10-26 08:00"),
        ] {
            assert_eq!(QUIET.end(&Zone::default(), amsterdam(at)), amsterdam(end), "{at}");
        }
        let tokyo = Zone::named("Asia/Tokyo").expect("a zone");
        assert_eq!(QUIET.end(&tokyo, amsterdam("2026-11-06 14:00")), amsterdam("2026-11-07 00:00"));
    }

    #[test]
    fn days_keep_the_time_of_day_across_a_change_of_clocks() {
        let zone = Zone::default();
        assert_eq!(zone.days_after(amsterdam("2026-10-20 10:00"), 30), amsterdam("2026-11-19 10:00"));
        assert_eq!(zone.days_after(amsterdam("2026-03-20 10:00"), 30), amsterdam("2026-04-19 10:00"));
        assert_eq!(zone.days_after(Timestamp(i64::MAX), u32::MAX), Timestamp::MAX);
    }

    #[test]
    fn hours_round_up() {
        let zone = Zone::default();
        assert_eq!(zone.full_hour(amsterdam("2026-11-18 19:39")), amsterdam("2026-11-18 20:00"));
        assert_eq!(zone.full_hour(amsterdam("2026-11-18 20:00")), amsterdam("2026-11-18 20:00"));
        let nepal = Zone::named("Asia/Kathmandu").expect("a zone");
        assert_eq!(nepal.full_hour(amsterdam("2026-11-18 19:39")), amsterdam("2026-11-18 20:15"));
    }

    #[test]
    fn working_days_skip_weekends_and_holidays() {
        let zone = Zone::default();
        let before = |at: &str| zone.working_day_before(amsterdam(at), Holidays::Dutch);
        assert_eq!(before("2026-11-06 10:00"), amsterdam("2026-11-05 10:00"));
        assert_eq!(before("2026-11-09 10:00"), amsterdam("2026-11-06 10:00"));
        // Thursday before Good Friday, from the Tuesday after Easter Monday.
        assert_eq!(before("2026-04-07 10:00"), amsterdam("2026-04-02 10:00"));
    }

    #[test]
    fn an_unknown_zone_is_none() {
        assert_eq!(Zone::named("Europe/Atlantis"), None);
        assert_ne!(Zone::default(), Zone(TimeZone::UTC));
    }
}
