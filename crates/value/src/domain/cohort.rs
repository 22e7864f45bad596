//! Cohorts: when customers came, by the Gregorian calendar in UTC.

/// Days of 400 years.
const ERA: i64 = 146_097;

/// Year and month of a day since 1970-01-01. Years begin in March, so that a leap day is the last of one.
pub(crate) fn year_month(day: i32) -> (i64, u32) {
    // Days since 1 March of year 0.
    let day = i64::from(day) + 719_468;
    let (era, day) = (day.div_euclid(ERA), day.rem_euclid(ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months from March: five of them have 153 days.
    let month = (5 * day + 2) / 153;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1))
}

/// "1997-01".
pub(crate) fn month(day: i32) -> String {
    let (year, month) = year_month(day);
    format!("{year:04}-{month:02}")
}

/// "1997-Q1".
pub(crate) fn quarter(day: i32) -> String {
    let (year, month) = year_month(day);
    format!("{year:04}-Q{}", (month - 1) / 3 + 1)
}

/// "1997".
pub(crate) fn year(day: i32) -> String {
    format!("{:04}", year_month(day).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_is_in_its_month() {
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = |year, month: u32| match month {
            2 => 28 + i32::from(leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        // From 1900-01-01 on, over four centuries.
        let mut day = -25_567;
        for year in 1_900..2_300 {
            for month in 1..=12 {
                for _ in 0..length(year, month) {
                    assert_eq!(year_month(day), (year, month), "{day}");
                    day += 1;
                }
            }
        }
    }

    #[test]
    fn cohorts_have_names() {
        assert_eq!((month(9_862), quarter(9_862), year(9_862)), ("1997-01".into(), "1997-Q1".into(), "1997".into()));
        assert_eq!((month(-1), quarter(-1)), ("1969-12".into(), "1969-Q4".into()));
    }
}
