//! Calendars of working days: versioned, with where they come from, and open to changes of their days.

use std::collections::BTreeSet;

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{
    Unknown,
    holiday::{DUTCH, DUTCH_BY_DECREE, ENGLISH, ENGLISH_EXCEPT, Rule, TARGET},
};
use crate::domain::promise::hashed;

/// No calendar closes for longer; one that does by mistake ends the search here.
const LONGEST_SEARCH: usize = 3_660;

/// Which days of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CalendarName {
    /// The Netherlands: Algemene termijnenwet, article 3, with the days made equal by decree.
    Nl,
    /// TARGET, the payment system of the euro.
    Target,
    /// England and Wales.
    Uk,
}

impl CalendarName {
    pub(crate) const ALL: [Self; 3] = [Self::Nl, Self::Target, Self::Uk];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::Target => "target",
            Self::Uk => "uk",
        }
    }

    pub(crate) fn of_code(code: &str) -> Result<Self, Unknown> {
        let named = Self::ALL.into_iter().find(|name| name.code() == code);
        named.ok_or_else(|| Unknown::new("calendar", code))
    }

    /// Where the days come from, and whether the text was seen.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::Nl => "Algemene termijnenwet art. 3; equalised days of 2026 to 2028 by decree. Seen",
            Self::Target => "TARGET closing days of the European Central Bank. Not seen",
            Self::Uk => "Bank holidays in England and Wales, Banking and Financial Dealings Act 1971. Not seen",
        }
    }

    /// The version of the days that are built in. One more whenever they change.
    fn version(self) -> &'static str {
        match self {
            Self::Nl => "nl-1",
            Self::Target => "target-1",
            Self::Uk => "uk-1",
        }
    }

    fn holidays(self) -> impl Iterator<Item = &'static Rule> {
        let (rules, more) = match self {
            Self::Nl => (DUTCH, DUTCH_BY_DECREE),
            Self::Target => (TARGET, [].as_slice()),
            Self::Uk => (ENGLISH, [].as_slice()),
        };
        rules.iter().chain(more)
    }

    fn is_off(self, day: Date) -> bool {
        let except = self == Self::Uk && ENGLISH_EXCEPT.contains(&day);
        !except && self.holidays().any(|rule| rule.falls_on(day))
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The working days of somebody, in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calendar {
    name: CalendarName,
    version: String,
    /// Days that are off, though not by the built-in rules; and those that are not, though by the rules they were.
    changed: BTreeSet<Date>,
}

impl Calendar {
    fn new(name: CalendarName) -> Self {
        Self { name, version: name.version().to_owned(), changed: BTreeSet::new() }
    }

    /// Names all its days: equal versions have equal days.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn works(&self, day: Date) -> bool {
        !is_weekend(day) && !self.is_holiday(day)
    }

    pub(crate) fn is_holiday(&self, day: Date) -> bool {
        self.name.is_off(day) != self.changed.contains(&day)
    }

    fn with_days(&self, off: &[Date], working: &[Date]) -> Self {
        let mut changed = self.changed.clone();
        let wanted = off.iter().map(|day| (*day, true)).chain(working.iter().map(|day| (*day, false)));
        for (day, off) in wanted {
            if self.name.is_off(day) == off {
                changed.remove(&day);
            } else {
                changed.insert(day);
            }
        }
        let days: Vec<_> = changed.iter().map(Date::to_string).collect();
        let id = hashed("calendar", &days.iter().map(String::as_bytes).collect::<Vec<_>>());
        let suffix: String = id[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let builtin = self.name.version();
        let version = if days.is_empty() { builtin.to_owned() } else { format!("{builtin}+{suffix}") };
        Self { name: self.name, version, changed }
    }

    /// The day itself if it is a working day, else the last one before it.
    pub(crate) fn on_or_before(&self, day: Date) -> Date {
        self.nearest(day, -1)
    }

    /// The day itself if it is a working day, else the next one after it.
    pub(crate) fn on_or_after(&self, day: Date) -> Date {
        self.nearest(day, 1)
    }

    fn nearest(&self, day: Date, step: i32) -> Date {
        let days = (0..LONGEST_SEARCH).scan(day, |day, _| {
            let this = *day;
            *day = day.checked_add(step.days()).ok()?;
            Some(this)
        });
        days.into_iter().find(|day| self.works(*day)).unwrap_or(day)
    }

    /// So many working days later; the day itself does not count, whether it is one or not.
    pub(crate) fn after(&self, day: Date, working_days: u16) -> Date {
        let next = |day: Date| self.on_or_after(day.tomorrow().unwrap_or(Date::MAX));
        (0..working_days).fold(day, |day, _| next(day))
    }
}

/// All calendars, each in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calendars {
    nl: Calendar,
    target: Calendar,
    uk: Calendar,
}

impl Default for Calendars {
    fn default() -> Self {
        let [nl, target, uk] = CalendarName::ALL.map(Calendar::new);
        Self { nl, target, uk }
    }
}

impl Calendars {
    pub(crate) fn get(&self, name: CalendarName) -> &Calendar {
        match name {
            CalendarName::Nl => &self.nl,
            CalendarName::Target => &self.target,
            CalendarName::Uk => &self.uk,
        }
    }

    /// With some days of one of them off, such as one newly made equal by decree, and others not. That is another version of
    /// it; who takes the changes back has the version from before.
    pub(crate) fn overridden(&self, code: &str, off: &[Date], working: &[Date]) -> Result<Self, Unknown> {
        let mut all = self.clone();
        let one = match CalendarName::of_code(code)? {
            CalendarName::Nl => &mut all.nl,
            CalendarName::Target => &mut all.target,
            CalendarName::Uk => &mut all.uk,
        };
        *one = one.with_days(off, working);
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, path::PathBuf};

    use jiff::civil::date;

    use super::*;

    fn nl() -> Calendar {
        Calendar::new(CalendarName::Nl)
    }

    /// The rows of the published list, date and basis; none where the data sets are absent.
    fn published() -> Option<Vec<(Date, String)>> {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
        let folder = std::env::var_os("TENURE_DATA").map_or_else(|| PathBuf::from(default), PathBuf::from);
        let Ok(text) = std::fs::read_to_string(folder.join("expectation/holidays_nl_2026_2028.csv")) else {
            let _ = writeln!(std::io::stderr(), "SKIPPED: data set expectation/holidays_nl_2026_2028.csv absent");
            return None;
        };
        let row = |line: &str| {
            let (day, rest) = line.split_once(',').expect("columns");
            (day.parse().expect("a date"), rest.to_owned())
        };
        Some(text.lines().skip(1).map(row).collect())
    }

    #[test]
    fn has_the_published_dutch_days() {
        let Some(rows) = published() else { return };
        assert!(rows.len() >= 14, "{} rows", rows.len());
        assert!(rows.iter().all(|(day, _)| !nl().works(*day)), "a published day off is a working day");
        // All of 2026 is listed, and the equalised days of each year.
        let published: BTreeSet<Date> =
            rows.iter().filter(|(day, basis)| day.year() == 2026 || basis.contains("3(3)")).map(|row| row.0).collect();
        let days = date(2026, 1, 1).series(1.day()).take_while(|day| day.year() < 2029);
        let known = days.filter(|day| day.weekday() != Weekday::Sunday).filter(|day| match day.year() {
            2026 => CalendarName::Nl.is_off(*day),
            _ => DUTCH_BY_DECREE.iter().any(|rule| rule.falls_on(*day)),
        });
        assert_eq!(known.collect::<BTreeSet<_>>(), published);
    }

    #[test]
    fn calendars_differ() {
        let works = |day| CalendarName::ALL.map(|name| Calendar::new(name).works(day));
        for (day, expected) in [
            (date(2026, 4, 27), [false, true, true]),
            (date(2026, 5, 1), [true, false, true]),
            (date(2026, 5, 4), [true, true, false]),
            (date(2026, 5, 14), [false, true, true]),
            (date(2026, 5, 15), [false, true, true]),
            (date(2026, 12, 28), [true, true, false]),
            (date(2026, 4, 3), [false, false, false]),
            (date(2026, 11, 7), [false, false, false]),
        ] {
            assert_eq!(works(day), expected, "{day}");
        }
    }

    #[test]
    fn counts_working_days() {
        let friday = date(2026, 4, 24);
        assert_eq!(nl().after(friday, 0), friday);
        assert_eq!(nl().after(friday, 1), date(2026, 4, 28));
        assert_eq!(nl().after(date(2026, 4, 26), 1), date(2026, 4, 28), "from a Sunday");
        assert_eq!(nl().on_or_before(date(2026, 12, 26)), date(2026, 12, 24));
        assert_eq!(nl().on_or_after(date(2026, 12, 25)), date(2026, 12, 28));
        assert_eq!(nl().on_or_after(date(2026, 12, 28)), date(2026, 12, 28));
    }

    #[test]
    fn another_day_off_is_another_version_and_the_same_days_are_the_same() {
        let all = Calendars::default();
        let (bridge, king) = (date(2027, 4, 26), date(2026, 4, 27));
        let changed = all.overridden("nl", &[bridge], &[king]).expect("a calendar");
        let calendar = changed.get(CalendarName::Nl);
        assert!(!calendar.works(bridge) && calendar.works(king));
        assert_ne!(calendar.version(), "nl-1");
        assert!(calendar.version().starts_with("nl-1+"), "{}", calendar.version());
        assert_eq!(changed.get(CalendarName::Uk), all.get(CalendarName::Uk));
        let stepwise = all.overridden("nl", &[], &[king]).and_then(|all| all.overridden("nl", &[bridge, bridge], &[]));
        assert_eq!(stepwise.as_ref(), Ok(&changed));
        assert_eq!(changed.overridden("nl", &[king], &[bridge]).as_ref(), Ok(&all));
        assert_eq!(all.overridden("nl", &[king], &[date(2026, 11, 9)]).as_ref(), Ok(&all), "as they were");
    }

    #[test]
    fn an_unknown_calendar_is_named() {
        let unknown = Calendars::default().overridden("mars", &[], &[]).expect_err("no calendar");
        assert_eq!(unknown.to_string(), "there is no calendar called \"mars\"");
        for name in CalendarName::ALL {
            assert_eq!(CalendarName::of_code(name.code()), Ok(name));
            assert!(name.source().ends_with("een"), "says whether it was seen");
        }
    }

    #[test]
    fn a_calendar_without_working_days_ends_the_search() {
        let years = date(2026, 1, 1).series(1.day()).take(4_000).collect::<Vec<_>>();
        let closed = Calendars::default().overridden("nl", &years, &[]).expect("a calendar");
        let day = date(2026, 2, 3);
        assert_eq!(closed.get(CalendarName::Nl).on_or_after(day), day);
    }
}
