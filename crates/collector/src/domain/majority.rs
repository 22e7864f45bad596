//! When people come of age. Others need to know that, and need not know when somebody was born.

use tenure_kernel::Timestamp;
use time::{Date, Month};

/// The age at which people come of age (Dutch Civil Code, article 1:233).
const OF_AGE: i32 = 18;

/// The first of the month, UTC, after that in which somebody turns 18 who was born on a day, "YYYY-MM-DD"; `None` for what is no such day.
pub(crate) fn of_age_at(birth_date: &str) -> Option<Timestamp> {
    let year: i32 = birth_date.get(..4)?.parse().ok()?;
    let month: u8 = birth_date.get(5..7)?.parse().ok()?;
    let month = Month::try_from(month).ok()?.next();
    let year = year + OF_AGE + i32::from(month == Month::January);
    let first = Date::from_calendar_date(year, month, 1).ok()?.midnight().assume_utc();
    Some(Timestamp(first.unix_timestamp() * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_of_age_at_the_end_of_the_month_in_which_they_turn_18() {
        // Seconds since 1970 of the first of July 2028, of March 2026 and of January 2027.
        for (born, of_age) in [
            ("2010-06-01", Some(1_846_022_400)),
            ("2010-06-30", Some(1_846_022_400)),
            ("2008-02-29", Some(1_772_323_200)),
            ("2008-12-31", Some(1_798_761_600)),
            ("", None),
            ("2008-13-01", None),
            ("2008", None),
            ("2008-1\u{e9}", None),
        ] {
            assert_eq!(of_age_at(born), of_age.map(|seconds| Timestamp(seconds * 1_000_000)), "{born}");
        }
    }
}
