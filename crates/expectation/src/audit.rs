//! The audit of surveys that were sent, for whoever has them in a file: what `AuditSurveys` does, without a server; and what their
//! answers say of the weights.

use jiff::{
    ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use tenure_kernel::Timestamp;

pub use crate::domain::{
    audit::{
        Audit, Bounds, Case, Field, Layer, MOST_OF_CUSTOMER, Nps, Scale, Scores, Stratum, Weighted, Wrong, crowded,
    },
    calibration::{Doubt, Fit, LEAST_LATE, Proposal},
    survey::SurveyKind,
};
use crate::{
    ExpectationConfig,
    api::convert::{audit::stratum, survey},
    app::judge::Rules,
    domain::{
        audit::audit,
        calibration::{Answer, propose},
    },
};

/// What begins the names of reasons in the contract.
const PREFIX: &str = "SURVEY_REASON_";
/// What begins those of strata.
const STRATUM_PREFIX: &str = "SURVEY_STRATUM_";

/// Audits by the rules of a configuration.
#[derive(Debug, Clone)]
pub struct Auditor {
    rules: Rules,
    zone: TimeZone,
}

impl Auditor {
    /// The auditor of a configuration that was checked.
    #[must_use]
    pub fn new(config: &ExpectationConfig) -> Self {
        let zone = TimeZone::get(&config.time_zone).unwrap_or(TimeZone::UTC);
        Self { rules: Rules::of(config), zone }
    }

    /// When something is due that a text says: a moment, or the end of a day.
    #[must_use]
    pub fn due(&self, text: &str) -> Option<Timestamp> {
        self.moment(text, 0)
    }

    /// When something happened that a text says: a moment, or some time on a day. So on the day that it is due it is not late, and
    /// what happened on one day is known to what happened that day.
    #[must_use]
    pub fn happened(&self, text: &str) -> Option<Timestamp> {
        self.moment(text, 1)
    }

    /// A date, so many microseconds before its end; RFC 3339; or a date and time of the zone.
    fn moment(&self, text: &str, before_end: i64) -> Option<Timestamp> {
        let at = if text.len() == "2026-01-31".len() {
            let day: Date = text.parse().ok()?;
            let end = day.checked_add(1.day()).ok()?.to_zoned(self.zone.clone()).ok()?;
            end.timestamp().as_microsecond() - before_end
        } else if let Ok(at) = text.parse::<jiff::Timestamp>() {
            at.as_microsecond()
        } else if !text.contains(':') {
            return None;
        } else {
            text.parse::<DateTime>().ok()?.to_zoned(self.zone.clone()).ok()?.timestamp().as_microsecond()
        };
        (Timestamp::MIN.0..Timestamp::MAX.0).contains(&at).then_some(Timestamp(at))
    }

    /// What comes of surveys that all asked the same.
    #[must_use]
    pub fn audit(&self, cases: &[Case], kind: SurveyKind, scale: Scale) -> Audit {
        audit(cases, &self.rules.terms(kind, scale))
    }

    /// What answers say of how much more a loss weighs than a gain, where all of them are about one attribute. Only those of customers
    /// who had what they were promised when they were asked; the seed is that of the interval.
    #[must_use]
    pub fn calibrate(&self, cases: &[Case], attribute: &str, seed: u64) -> Proposal {
        let answers = cases.iter().filter_map(|case| {
            let experienced_at = case.experienced_at.filter(|experienced| *experienced <= case.sent_at)?;
            Some(Answer { promised_by: case.promised_by, experienced_at, score: f64::from(case.score?) })
        });
        propose(attribute, &answers.collect::<Vec<_>>(), &self.rules.weights, seed)
    }
}

impl Audit {
    /// Why each survey should have been held, by the names of the contract, in the order of the cases; nothing: it might go out.
    pub fn reasons(&self) -> impl Iterator<Item = Vec<&'static str>> {
        let name = |reason| survey::reason(reason).as_str_name().trim_start_matches(PREFIX);
        self.reasons.iter().map(move |reasons| reasons.iter().copied().map(name).collect())
    }
}

impl Stratum {
    /// Its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        stratum(self).as_str_name().trim_start_matches(STRATUM_PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::Auditor;
    use crate::{ExpectationConfig, domain::calendar::amsterdam};

    #[test]
    fn a_day_ends_with_its_end_in_the_zone() {
        let auditor = Auditor::new(&ExpectationConfig::default());
        assert_eq!(auditor.due("2026-11-02"), Some(amsterdam("2026-11-03 00:00")));
        assert_eq!(auditor.happened("2026-11-02").map(|at| at.0 + 1), Some(amsterdam("2026-11-03 00:00").0));
        // The day on which the clock goes back has 25 hours.
        let hours =
            (auditor.due("2026-10-25").expect("a day").0 - auditor.due("2026-10-24").expect("a day").0) / 3_600_000_000;
        assert_eq!(hours, 25);
        let tokyo =
            Auditor::new(&ExpectationConfig { time_zone: "Asia/Tokyo".to_owned(), ..ExpectationConfig::default() });
        assert_eq!(tokyo.due("2026-11-02"), Some(amsterdam("2026-11-02 16:00")));
    }

    #[test]
    fn a_moment_is_as_it_says_or_of_the_zone() {
        let auditor = Auditor::new(&ExpectationConfig::default());
        for text in [
            "2026-11-02T09:00:00Z",
            "2026-11-02T10:00:00+01:00",
            "2026-11-02T10:00:00",
            "2026-11-02 10:00:00",
            "2026-11-02 10:00",
        ] {
            assert_eq!(auditor.due(text), Some(amsterdam("2026-11-02 10:00")), "{text}");
            assert_eq!(auditor.happened(text), auditor.due(text), "{text}");
        }
        for text in
            ["", "2026-02-30", "02-11-2026", "20261102", "2026-11-02T25:00:00Z", "soon", "0000-01-01", "9999-12-31"]
        {
            assert_eq!(auditor.due(text), None, "{text}");
        }
    }
}
