//! Local time: days of the customer's calendar, holidays, working days and hours, and hours at which nobody is disturbed.

use jiff::{RoundMode, Span, ToSpan, Unit, Zoned, ZonedRound, civil::Weekday, tz::TimeZone};
use tenure_kernel::Timestamp;

mod day;
mod holiday;
pub(crate) mod hours;
mod quiet;
pub(crate) mod spans;
pub(crate) mod working;

pub(crate) use holiday::Holidays;
pub(crate) use quiet::QuietTimes;

/// The longest row of days off that anyone has heard of, and then some.
const MOST_DAYS_OFF: usize = 31;

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {what} called {name:?}")]
pub(crate) struct Unknown {
    /// What was looked for, such as "calendar".
    pub(crate) what: &'static str,
    pub(crate) name: String,
}

impl Unknown {
    pub(crate) fn new(what: &'static str, name: &str) -> Self {
        Self { what, name: name.to_owned() }
    }
}

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
    pub(crate) fn named(name: &str) -> Result<Self, Unknown> {
        TimeZone::get(name).map(Self).map_err(|_| Unknown::new("time zone", name))
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

/// A local time in Amsterdam, such as "2026-11-06 10:00".
#[cfg(test)]
pub(crate) fn amsterdam(text: &str) -> Timestamp {
    let local: jiff::civil::DateTime = text.replace(' ', "T").parse().expect("a local time");
    moment(&local.to_zoned(Zone::default().0).expect("a time in Amsterdam"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_unknown_zone_is_named() {
        let unknown = Zone::named("Europe/Atlantis").expect_err("no zone");
        assert_eq!(unknown.to_string(), "there is no time zone called \"Europe/Atlantis\"");
        assert_ne!(Zone::default(), Zone(TimeZone::UTC));
    }
}
