//! Makes customers with a known truth, for demos, tests and benchmarks.
//!
//! Pure and deterministic: no clock, no IO, no threads, and no arithmetic that differs between machines. See the README
//! for what is in the base and why.

mod comparison;
mod detail;
mod dirt;
mod elementary;
mod event;
mod fate;
mod fulfilment;
mod household;
mod identifiers;
mod journey;
mod line;
mod names;
mod people;
mod promises;
mod purchases;
mod records;
mod rng;
mod service;
mod settings;
mod touchpoint;
mod truth;

use event::Event;
use household::Population;
use tenure_proto::collector::v1::Touchpoint;

pub use comparison::Comparison;
pub use line::LINES;
pub use promises::PromiseTotals;
pub use purchases::PurchaseModel;
pub use records::Source;
pub use settings::{Settings, SettingsError};
pub use truth::{Customer, RecordKey, Tally, Totals, Truth};

/// A simulated base: everything that happens, and what is true.
pub struct Simulation {
    seed: u64,
    lines: bool,
    population: Population,
    events: Vec<Event>,
    truth: Truth,
}

impl Simulation {
    /// Simulates. Holds about 3 KiB a customer, so 300 MB for 100,000 with their 2.5 million touchpoints, which are written out
    /// one by one only when they are asked for.
    ///
    /// # Errors
    /// When the settings make no sense.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let population = household::populate(settings);
        let mut events = Vec::new();
        let buyers = (0..)
            .zip(&population.people)
            .map(|(number, person)| {
                let household = &population.households[person.household as usize];
                journey::make(settings, number, person, household, &mut events)
            })
            .collect();
        events.sort_unstable();
        let truth = Truth::new(&population, buyers, &events, settings.end());
        Ok(Self { seed: settings.seed, lines: settings.lines, population, events, truth })
    }

    /// All touchpoints, repeats and bad ones included, in the order of `occur_time`. A repeat comes right after its
    /// original. Can be asked for any number of times, and skipped into cheaply.
    pub fn touchpoints(&self) -> impl ExactSizeIterator<Item = Touchpoint> + Send + '_ {
        self.events.iter().map(|event| {
            let touchpoint = touchpoint::write(self.seed, &self.population, event);
            if self.lines { line::told(touchpoint, event) } else { touchpoint }
        })
    }

    /// What is true.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }
}
