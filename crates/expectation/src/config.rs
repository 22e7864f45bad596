//! How expectation is run.

use serde::Deserialize;

use crate::domain::calendar::Zone;

/// How expectation is run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpectationConfig {
    /// The IANA time zone that customers live in: it says when it is night, and which days of grace a promise has. Default
    /// "Europe/Amsterdam".
    pub time_zone: String,
}

impl Default for ExpectationConfig {
    fn default() -> Self {
        Self { time_zone: "Europe/Amsterdam".to_owned() }
    }
}

impl ExpectationConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let wrong = Zone::named(&self.time_zone).is_err();
        Vec::from_iter(wrong.then(|| "time_zone: must be an IANA time zone, such as \"Europe/Amsterdam\"".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_fine_and_a_zone_that_is_none_is_named() {
        assert_eq!(ExpectationConfig::default().validate(), Vec::<String>::new());
        let wrong = ExpectationConfig { time_zone: "Europe/Utopia".to_owned() };
        assert!(wrong.validate().iter().any(|problem| problem.starts_with("time_zone: ")));
    }
}
