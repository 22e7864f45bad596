//! Days on which a country, or a payment system, does not work, by the rules that they follow.

use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};

/// When a holiday falls.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Month and day.
    On(i8, i8),
    /// Days after Easter Sunday.
    Easter(i32),
    /// The king's birthday, a day earlier if that is a Sunday.
    King,
    /// Which Monday of the month; -1 is the last.
    Monday(i8, i8),
    /// Month and day, and, where that is a Saturday or Sunday, another day so many days later.
    Substituted { month: i8, day: i8, saturday: i32, sunday: i32 },
    /// Once.
    Once(Date),
}

/// Algemene termijnenwet, article 3, first and second paragraph. Easter and Whit Sunday are Sundays anyway.
pub(super) const DUTCH: &[Rule] = &[
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

/// Algemene termijnenwet, article 3, third paragraph: days made equal by decree. Known for 2026 to 2028.
pub(super) const DUTCH_BY_DECREE: &[Rule] = &[
    Rule::Once(date(2026, 1, 2)),
    Rule::Once(date(2026, 5, 15)),
    Rule::Once(date(2027, 5, 7)),
    Rule::Once(date(2028, 4, 28)),
    Rule::Once(date(2028, 5, 26)),
];

/// Closing days of TARGET, the payment system of the euro.
pub(super) const TARGET: &[Rule] =
    &[Rule::On(1, 1), Rule::Easter(-2), Rule::Easter(1), Rule::On(5, 1), Rule::On(12, 25), Rule::On(12, 26)];

/// Bank holidays of England and Wales, with their substitutes: Banking and Financial Dealings Act 1971 and proclamations.
pub(super) const ENGLISH: &[Rule] = &[
    Rule::Substituted { month: 1, day: 1, saturday: 2, sunday: 1 },
    Rule::Easter(-2),
    Rule::Easter(1),
    Rule::Monday(5, 1),
    Rule::Monday(5, -1),
    Rule::Monday(8, -1),
    Rule::Substituted { month: 12, day: 25, saturday: 2, sunday: 2 },
    Rule::Substituted { month: 12, day: 26, saturday: 2, sunday: 2 },
    // The queen's jubilee and funeral, the king's coronation.
    Rule::Once(date(2022, 6, 2)),
    Rule::Once(date(2022, 6, 3)),
    Rule::Once(date(2022, 9, 19)),
    Rule::Once(date(2023, 5, 8)),
];

/// Moved to 2 June, for the jubilee.
pub(super) const ENGLISH_EXCEPT: &[Date] = &[date(2022, 5, 30)];

impl Rule {
    pub(super) fn falls_on(self, day: Date) -> bool {
        match self {
            Self::On(month, of_month) => (day.month(), day.day()) == (month, of_month),
            Self::Easter(days) => easter(day.year()).checked_add(days.days()).is_ok_and(|there| there == day),
            Self::King => {
                let sunday = date(day.year(), 4, 27).weekday() == Weekday::Sunday;
                (day.month(), day.day()) == (4, if sunday { 26 } else { 27 })
            }
            Self::Monday(month, nth) => {
                let first = date(day.year(), month, 1);
                first.nth_weekday_of_month(nth, Weekday::Monday).is_ok_and(|there| there == day)
            }
            Self::Substituted { month, day: of_month, saturday, sunday } => {
                let there = date(day.year(), month, of_month);
                let later = match there.weekday() {
                    Weekday::Saturday => saturday,
                    Weekday::Sunday => sunday,
                    _ => 0,
                };
                there == day || there.checked_add(later.days()).is_ok_and(|instead| instead == day)
            }
            Self::Once(there) => there == day,
        }
    }
}

/// Whose holidays are quiet times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holidays {
    /// The Netherlands, without the days made equal by decree: those move terms, and nobody is at home for them.
    Dutch,
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn knows_the_bank_holidays_of_england() {
        let off = |day: Date| ENGLISH.iter().any(|rule| rule.falls_on(day)) && !ENGLISH_EXCEPT.contains(&day);
        let weekdays = |year| {
            let days = date(year, 1, 1).series(1.day()).take(365).filter(|day| off(*day));
            let days = days.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
            days.map(|day| day.strftime("%m-%d").to_string()).collect::<Vec<_>>().join(" ")
        };
        // As published on gov.uk.
        for (year, days) in [
            (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
            (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
            (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
            (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
            (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        ] {
            assert_eq!(weekdays(year), days, "{year}");
        }
    }
}
