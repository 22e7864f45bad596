//! Where days begin and end.

use jiff::civil::Date;
use tenure_kernel::Timestamp;

use super::{Zone, moment};

impl Zone {
    /// The day that it is then.
    pub(crate) fn day(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// The last day before a moment is reached: a term that is over at midnight ends with the day before.
    pub(crate) fn last_day(&self, end: Timestamp) -> Date {
        self.day(Timestamp(end.0.saturating_sub(1)))
    }

    /// As people write it, by the local clock.
    pub(crate) fn shown(&self, at: Timestamp) -> String {
        self.local(at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// When a day begins.
    pub(crate) fn start_of(&self, day: Date) -> Timestamp {
        day.to_zoned(self.0.clone()).map_or(Timestamp::MAX, |start| moment(&start))
    }

    /// When a day is over: the first moment that is too late.
    pub(crate) fn end_of(&self, day: Date) -> Timestamp {
        day.tomorrow().map_or(Timestamp::MAX, |next| self.start_of(next))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::calendar::amsterdam;

    #[test]
    fn days_begin_and_end_by_the_local_clock() {
        let zone = Zone::default();
        let day = date(2026, 10, 25);
        assert_eq!(zone.end_of(day).0 - zone.start_of(day).0, 25 * 3_600_000_000);
        assert_eq!(zone.end_of(day), amsterdam("2026-10-26 00:00"));
        assert_eq!((zone.day(zone.end_of(day)), zone.last_day(zone.end_of(day))), (date(2026, 10, 26), day));
        // There is no midnight in Beirut on 29 March 2026: the day begins at one.
        let beirut = Zone::named("Asia/Beirut").expect("a zone");
        assert_eq!(beirut.day(beirut.start_of(date(2026, 3, 29))), date(2026, 3, 29));
        assert_eq!(beirut.last_day(beirut.start_of(date(2026, 3, 29))), date(2026, 3, 28));
    }
}
