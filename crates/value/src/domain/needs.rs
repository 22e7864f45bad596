//! How often the customers of a base need service.

use tenure_clv::credibility::Exposures;

use super::summary::{PersonSummary, Services};

/// Where a base says nothing of how customers differ, their own needs weigh as much as the base's after a year.
const DEFAULT_HALF_DAYS: f64 = 365.0;

/// What a base needed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Needs {
    /// Days that its customers had been customers for, added up.
    pub(crate) customer_days: i64,
    /// After so many a customer's own needs weigh as much as the base's.
    pub(crate) half_days: f64,
    /// What was needed.
    pub(crate) services: Services,
}

impl Default for Needs {
    fn default() -> Self {
        Self { customer_days: 0, half_days: DEFAULT_HALF_DAYS, services: Services::new() }
    }
}

/// Those of a base that is looked through, whatever its order.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    exposures: Exposures,
    services: Services,
}

impl Tally {
    /// Takes a person in.
    pub(crate) fn take(&mut self, person: &PersonSummary) {
        self.take_services(&person.services, person.history.age_days());
    }

    /// What somebody needed who has been a customer for so many days.
    pub(crate) fn take_services(&mut self, services: &Services, days: u32) {
        let mut events = 0_i64;
        for (what, served) in services {
            let sum = self.services.entry(*what).or_default();
            sum.count = sum.count.saturating_add(served.count);
            sum.seconds = sum.seconds.saturating_add(served.seconds);
            sum.minor_units = sum.minor_units.saturating_add(served.minor_units);
            events = events.saturating_add(served.count);
        }
        self.exposures.take(u32::try_from(events).unwrap_or(u32::MAX), days);
    }

    /// What the base needed.
    pub(crate) fn needs(self) -> Needs {
        Needs {
            customer_days: i64::try_from(self.exposures.days()).unwrap_or(i64::MAX),
            half_days: self.exposures.half_days().unwrap_or(DEFAULT_HALF_DAYS),
            services: self.services,
        }
    }
}
