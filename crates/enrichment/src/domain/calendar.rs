//! What the calendar says: the band of an age and of how long somebody has been a customer, and the next birthday and anniversary. Bands
//! change by themselves, so what is said ends with the day on which it does.

use jiff::civil::{Date, Weekday, date};
use tenure_kernel::Timestamp;

use super::{
    descriptor::{CUSTOMER_SINCE, Inputs},
    fact::{Said, Value},
    outcome::Answered,
};

/// Ages at which a band begins. Of a child no more is told than that it is one.
const AGES: [(i16, &str); 8] = [
    (0, "under_18"),
    (18, "18_to_24"),
    (25, "25_to_34"),
    (35, "35_to_44"),
    (45, "45_to_54"),
    (55, "55_to_64"),
    (65, "65_to_74"),
    (75, "75_and_over"),
];

/// Years as a customer at which a band begins.
const TENURES: [(i16, &str); 5] = [(0, "under_1"), (1, "1_to_2"), (3, "3_to_4"), (5, "5_to_9"), (10, "10_and_over")];

/// What is known of a birth date, and of since when somebody has been a customer.
#[must_use]
pub fn enrich(inputs: &Inputs, now: Timestamp) -> Answered {
    let today = day(now);
    let mut said = Vec::new();
    for (path, parts) in [("birth_date", birth as fn(Date, Date) -> Option<Vec<Said>>), (CUSTOMER_SINCE, since)] {
        let Some(text) = inputs.get(path) else { continue };
        let told = text.parse::<Date>().ok().and_then(|day| parts(day, today));
        let Some(told) = told else { return Answered::invalid() };
        said.extend(told);
    }
    if said.is_empty() { Answered::not_found() } else { Answered::Found(said) }
}

fn birth(day: Date, today: Date) -> Option<Vec<Said>> {
    let (age, next) = years(day, today)?;
    let band = Said::code("enriched.calendar.age_band", band(&AGES, age));
    let birthday = Said::derived("enriched.calendar.next_birthday", Value::Date(next.to_string()));
    let holiday = Value::Truth(is_dutch_holiday(next));
    let holiday = Said::derived("enriched.calendar.next_birthday_is_holiday", holiday);
    (age <= 130).then(|| until(vec![band, birthday, holiday], next))
}

fn since(day: Date, today: Date) -> Option<Vec<Said>> {
    let (age, next) = years(day, today)?;
    let band = Said::code("enriched.calendar.tenure_band", band(&TENURES, age));
    Some(until(vec![band, Said::derived("enriched.calendar.next_anniversary", Value::Date(next.to_string()))], next))
}

/// That it all ends when the day is over on which the years change: until then a birthday is the next.
fn until(said: Vec<Said>, next: Date) -> Vec<Said> {
    let over = next.tomorrow().ok().and_then(midnight);
    said.into_iter().map(|one| Said { valid_to: over, expires_at: over, ..one }).collect()
}

/// Whole years until today, and the day on which the next is over, which may be today. Who was born on 29 February is a year older on
/// 1 March in a year without that day.
fn years(day: Date, today: Date) -> Option<(i16, Date)> {
    let in_year = |year: i16| Date::new(year, day.month(), day.day()).ok().unwrap_or_else(|| date(year, 3, 1));
    let begun = (day <= today).then(|| today.year() - day.year())?;
    let past = in_year(today.year()) <= today;
    let next = if in_year(today.year()) < today { in_year(today.year() + 1) } else { in_year(today.year()) };
    Some((if past { begun } else { begun - 1 }, next))
}

fn band(bands: &[(i16, &'static str)], years: i16) -> &'static str {
    bands.iter().rev().find(|(from, _)| *from <= years).map_or("", |(_, name)| name)
}

fn day(at: Timestamp) -> Date {
    let at = at.clamp(Timestamp::MIN, Timestamp::MAX);
    jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn midnight(day: Date) -> Option<Timestamp> {
    let zoned = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp(zoned.timestamp().as_microsecond()))
}

/// Whether a day is a statutory Dutch holiday (Algemene termijnenwet, article 3).
#[must_use]
pub fn is_dutch_holiday(day: Date) -> bool {
    let fixed = [(1, 1), (5, 5), (12, 25), (12, 26)].contains(&(day.month(), day.day()));
    let king = if date(day.year(), 4, 27).weekday() == Weekday::Sunday { 26 } else { 27 };
    let easter = easter(day.year());
    let moving = [-2, 0, 1, 39, 49, 50]
        .into_iter()
        .any(|days| easter.checked_add(jiff::Span::new().days(days)).is_ok_and(|there| there == day));
    fixed || moving || (day.month(), day.day()) == (4, king)
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i16) -> Date {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let part = |number: i32| i8::try_from(number).unwrap_or(1);
    date(i16::try_from(year).unwrap_or(1), part((h + l - 7 * m + 114) / 31), part((h + l - 7 * m + 114) % 31 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::providers_say;

    fn at(text: &str) -> Timestamp {
        midnight(text.parse().expect("a day")).expect("a moment")
    }

    fn of(path: &str, value: &str, today: &str) -> Vec<String> {
        providers_say(enrich(&Inputs::from([(path.to_owned(), value.to_owned())]), at(today)))
    }

    #[test]
    fn bands_change_on_the_birthday() {
        let band = |today: &str| of("birth_date", "1961-11-27", today).remove(0);
        assert_eq!(band("2026-11-26"), "enriched.calendar.age_band=55_to_64");
        assert_eq!(band("2026-11-27"), "enriched.calendar.age_band=65_to_74");
        let told = of("birth_date", "2000-02-29", "2027-02-28");
        let expected = [
            "enriched.calendar.age_band=25_to_34",
            "enriched.calendar.next_birthday=2027-03-01",
            "enriched.calendar.next_birthday_is_holiday=false",
        ];
        assert_eq!(told, expected);
        assert_eq!(of("birth_date", "2030-01-01", "2026-11-27"), ["invalid_input"]);
        assert_eq!(of("birth_date", "yesterday", "2026-11-27"), ["invalid_input"]);
    }

    #[test]
    fn what_is_said_ends_when_it_ceases_to_be_true() {
        let inputs = Inputs::from([(CUSTOMER_SINCE.to_owned(), "2024-01-10".to_owned())]);
        let Answered::Found(said) = enrich(&inputs, at("2026-11-27")) else { panic!("found") };
        assert!(said.iter().all(|one| one.valid_to == Some(at("2027-01-11"))));
        // The day after it is asked again, and the answer is another.
        let later = |day: &str| providers_say(enrich(&inputs, at(day))).remove(0);
        assert_eq!(later("2026-11-27"), "enriched.calendar.tenure_band=1_to_2");
        assert_eq!(later("2027-01-11"), "enriched.calendar.tenure_band=3_to_4");
    }

    #[test]
    fn dutch_holidays() {
        let holidays = |year: i16| {
            let days = date(year, 1, 1).series(jiff::Span::new().days(1)).take_while(move |day| day.year() == year);
            days.filter(|day| is_dutch_holiday(*day)).map(|day| day.strftime("%m-%d").to_string()).collect::<Vec<_>>()
        };
        let expected =
            ["01-01", "04-03", "04-05", "04-06", "04-27", "05-05", "05-14", "05-24", "05-25", "12-25", "12-26"];
        assert_eq!(holidays(2026), expected);
        // The king's birthday moves from a Sunday; Ascension Day may fall on 5 May.
        assert!(holidays(2025).contains(&"04-26".to_owned()) && !holidays(2025).contains(&"04-27".to_owned()));
        assert_eq!(holidays(2016).len(), 10);
    }
}
