//! Times as texts.

use prost_types::Timestamp;
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// How a column writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeFormat {
    /// "2026-01-31": midnight in UTC.
    Date,
    /// "2026-01-31T23:59:59+01:00".
    Rfc3339,
    /// Whole seconds since 1970 in UTC, "1769900399".
    EpochSeconds,
}

impl TimeFormat {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "rfc3339" => Self::Rfc3339,
            "epoch_seconds" => Self::EpochSeconds,
            _ => return None,
        })
    }

    /// What a text should look like.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Date => "not a date, YYYY-MM-DD",
            Self::Rfc3339 => "not a time as in RFC 3339",
            Self::EpochSeconds => "not whole seconds since 1970",
        }
    }

    /// The time that a text means; whether Tenure takes such a time is for the collector to say.
    pub(super) fn read(self, text: &str) -> Option<Timestamp> {
        let at = match self {
            Self::EpochSeconds => return Some(Timestamp { seconds: text.parse().ok()?, nanos: 0 }),
            Self::Date => Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?.midnight().assume_utc(),
            Self::Rfc3339 => OffsetDateTime::parse(text, &Rfc3339).ok()?,
        };
        Some(Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).ok()? })
    }
}

/// A time in a mapping file: a date or RFC 3339.
pub(super) fn constant(text: &str) -> Option<Timestamp> {
    TimeFormat::Date.read(text).or_else(|| TimeFormat::Rfc3339.read(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: TimeFormat, text: &str) -> Option<(i64, i32)> {
        format.read(text).map(|at| (at.seconds, at.nanos))
    }

    #[test]
    fn reads_every_format() {
        assert_eq!(read(TimeFormat::Date, "1997-01-01"), Some((852_076_800, 0)));
        assert_eq!(read(TimeFormat::Date, "1969-12-31"), Some((-86_400, 0)));
        assert_eq!(read(TimeFormat::Rfc3339, "1970-01-01T01:00:00.25+01:00"), Some((0, 250_000_000)));
        assert_eq!(read(TimeFormat::Rfc3339, "1969-12-31T23:59:59.5Z"), Some((-1, 500_000_000)));
        assert_eq!(read(TimeFormat::EpochSeconds, "-5"), Some((-5, 0)));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "1997-1-1", "1997-02-29", "19970101", "01-01-1997", "1997-01-01T00:00:00Z", " 1997-01-01"] {
            assert_eq!(read(TimeFormat::Date, text), None, "{text}");
        }
        for text in ["1997-01-01", "1997-01-01T00:00:00", "1997-13-01T00:00:00Z"] {
            assert_eq!(read(TimeFormat::Rfc3339, text), None, "{text}");
        }
        for text in ["", "1.5", "now", "99999999999999999999"] {
            assert_eq!(read(TimeFormat::EpochSeconds, text), None, "{text}");
        }
    }
}
