//! Hours and days at which nobody is disturbed.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use tenure_kernel::Timestamp;

use super::{Holidays, MOST_DAYS_OFF, Zone, moment};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::amsterdam;

    const QUIET: QuietTimes = QuietTimes { from: 21, until: 8, sundays: true, holidays: Holidays::Dutch };

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
}
