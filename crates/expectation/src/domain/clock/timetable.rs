//! What all clocks of a complaint run by, and all of them.

use tenure_kernel::Timestamp;

use super::{
    Clock,
    service::{ServiceClock, ServiceTarget},
};
use crate::domain::calendar::working::Calendars;

/// What a tenant's clocks run by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Timetable {
    pub(crate) calendars: Calendars,
    /// The targets of the firm's own in all their versions, by code and version.
    pub(crate) targets: Vec<ServiceTarget>,
}

/// The clocks of a complaint: the law's, and apart from them the firm's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clocks {
    pub(crate) statutory: Vec<Clock>,
    pub(crate) service: Vec<ServiceClock>,
}

impl Timetable {
    /// The targets that are in force for what ended then, of each the newest version there was; the newest of all for what goes on.
    pub(crate) fn in_force(&self, ended: Option<Timestamp>) -> impl Iterator<Item = &ServiceTarget> {
        let known = move |target: &&ServiceTarget| ended.is_none_or(|ended| target.defined_at <= ended);
        let newest = move |target: &&ServiceTarget| {
            let others = self.targets.iter().filter(|other| other.code == target.code).filter(known);
            others.map(|other| other.version).max() == Some(target.version)
        };
        self.targets.iter().filter(known).filter(newest).filter(|target| !target.retired)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::service::Goal, *};
    use crate::domain::calendar::{amsterdam, hours::BusinessHours};

    fn target(code: &str, version: i32, defined: &str) -> ServiceTarget {
        let hours = BusinessHours::new("Europe/Amsterdam", "nl", [&[(540, 1_020)]; 7]).expect("hours");
        ServiceTarget {
            code: code.to_owned(),
            version,
            goal: Goal::Respond,
            hours,
            within: Duration::from_secs(3_600),
            pauses: true,
            retired: false,
            defined_at: amsterdam(defined),
        }
    }

    #[test]
    fn what_ended_keeps_the_version_of_then() {
        let retired = ServiceTarget { retired: true, ..target("b", 2, "2026-11-05 10:00") };
        let targets = vec![
            target("a", 1, "2026-11-01 10:00"),
            target("a", 2, "2026-11-04 10:00"),
            target("b", 1, "2026-11-02 10:00"),
            retired,
        ];
        let timetable = Timetable { targets, ..Timetable::default() };
        let in_force = |ended: Option<&str>| -> Vec<(String, i32)> {
            timetable.in_force(ended.map(amsterdam)).map(|one| (one.code.clone(), one.version)).collect()
        };
        let named = |all: &[(&str, i32)]| all.iter().map(|(code, version)| ((*code).to_owned(), *version)).collect();
        let expected: Vec<(String, i32)> = named(&[("a", 2)]);
        assert_eq!(in_force(None), expected);
        for (ended, expected) in [
            ("2026-11-01 09:00", named(&[])),
            ("2026-11-03 10:00", named(&[("a", 1), ("b", 1)])),
            ("2026-11-04 10:00", named(&[("a", 2), ("b", 1)])),
            ("2026-11-06 10:00", named(&[("a", 2)])),
        ] {
            assert_eq!(in_force(Some(ended)), expected, "{ended}");
        }
    }
}
