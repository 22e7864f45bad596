//! How expectation is run.

use serde::Deserialize;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{calendar::Zone, clock::Regime, complaint};

/// How expectation is run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpectationConfig {
    /// The IANA time zone that customers live in: it says when it is night, and which days of grace a promise has. Default
    /// "Europe/Amsterdam".
    pub time_zone: String,
    /// The rules that a complaint runs under if it names none, such as "nl_financial" or "psd2". Default: `["nl_financial"]`.
    pub complaint_regimes: Vec<String>,
    /// From above how much redress two must approve, in minor units of whatever currency, from 0. Default: 250000.
    pub second_approval_above: i64,
    /// How many permits for surveys over a channel are given in a day of the time zone, by `channel_code`. Default: none has a cap.
    pub survey_channel_caps: BTreeMap<String, u32>,
}

impl Default for ExpectationConfig {
    fn default() -> Self {
        Self {
            time_zone: "Europe/Amsterdam".to_owned(),
            complaint_regimes: vec!["nl_financial".to_owned()],
            second_approval_above: 250_000,
            survey_channel_caps: BTreeMap::new(),
        }
    }
}

impl ExpectationConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let zone = Zone::named(&self.time_zone).is_err();
        let zone = zone.then(|| "time_zone: must be an IANA time zone, such as \"Europe/Amsterdam\"".to_owned());
        let unknown = self.complaint_regimes.iter().filter(|code| Regime::of_code(code).is_err());
        let regimes = unknown.map(|code| format!("complaint_regimes: there are no rules \"{code}\""));
        let limit = self.second_approval_above < 0;
        let limit = limit.then(|| "second_approval_above: must not be below 0".to_owned());
        let unnamed = self.survey_channel_caps.contains_key("");
        let unnamed = unnamed.then(|| "survey_channel_caps: a channel needs a name".to_owned());
        zone.into_iter().chain(regimes).chain(limit).chain(unnamed).collect()
    }

    pub(crate) fn complaint_policy(&self) -> complaint::Policy {
        let regimes: BTreeSet<_> =
            self.complaint_regimes.iter().filter_map(|code| Regime::of_code(code).ok()).collect();
        complaint::Policy { regimes, second_approval_above: self.second_approval_above }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_fine_and_a_zone_that_is_none_is_named() {
        assert_eq!(ExpectationConfig::default().validate(), Vec::<String>::new());
        let wrong = ExpectationConfig {
            time_zone: "Europe/Utopia".to_owned(),
            complaint_regimes: vec!["utopian".to_owned()],
            second_approval_above: -1,
            survey_channel_caps: BTreeMap::from([(String::new(), 5)]),
        };
        let keys: Vec<_> =
            wrong.validate().iter().map(|problem| problem.split(':').next().map(str::to_owned)).collect();
        assert_eq!(
            keys,
            ["time_zone", "complaint_regimes", "second_approval_above", "survey_channel_caps",]
                .map(|key| Some(key.to_owned()))
        );
    }
}
