//! What happens to one customer from the first day to the last.

use crate::{
    event::{Event, Happening},
    fate::Fate,
    fulfilment,
    household::Household,
    people::Person,
    purchases::{self, Buyer},
    records::Source,
    rng::{Rng, Stream},
    service,
    settings::{DAY, Settings, WEEK},
};

const HOUR: i64 = 3_600;

/// A customer's journey in the making.
pub(crate) struct Journey<'a> {
    customer: u32,
    person: &'a Person,
    end: i64,
    ordinal: u32,
    complaints: u32,
    events: &'a mut Vec<Event>,
    /// The randomness of this customer.
    pub(crate) rng: Rng,
}

/// Makes all events of a customer, in no order.
pub(crate) fn make(
    settings: &Settings,
    customer: u32,
    person: &Person,
    household: &Household,
    events: &mut Vec<Event>,
) -> Buyer {
    let mut rng = Rng::new(settings.seed, Stream::Journey, u64::from(customer), 0);
    // Everybody comes in the first four fifths of the time, and buys at once.
    let latest = settings.start() + (settings.end() - settings.start()) * 4 / 5;
    let came = rng.between(settings.start() + HOUR, latest);
    let weeks = (settings.end() - came) as f64 / WEEK as f64;
    let buyer = purchases::draw(&settings.model, weeks, &mut rng);
    let mut journey = Journey { customer, person, end: settings.end(), ordinal: 0, complaints: 0, events, rng };
    journey.begin(came);
    for (number, purchase) in (1..).zip(&buyer.purchases) {
        let at = came + (purchase.weeks * WEEK as f64) as i64;
        fulfilment::order(&mut journey, number, at, purchase.minor_units);
    }
    if journey.knows(Source::ContactCentre) {
        service::calls(&mut journey, came);
    }
    if let Some((at, _)) = household.moves
        && at > came + 3 * DAY
    {
        journey.push(at, journey.desk(), Happening::Moved);
    }
    buyer
}

impl Journey<'_> {
    /// Whether a source knows the customer.
    pub(crate) fn knows(&self, source: Source) -> bool {
        self.person.records.iter().any(|record| record.source == source)
    }

    /// The source that notes what the customer tells the company.
    pub(crate) fn desk(&self) -> Source {
        if self.knows(Source::Crm) { Source::Crm } else { Source::Webshop }
    }

    /// The source that a purchase comes through.
    pub(crate) fn till(&mut self) -> Source {
        let shop = self.knows(Source::Webshop) && (!self.knows(Source::Crm) || self.rng.chance(0.9));
        if shop { Source::Webshop } else { Source::Crm }
    }

    /// The number of a new complaint, from 1.
    pub(crate) fn new_complaint(&mut self) -> u32 {
        self.complaints += 1;
        self.complaints
    }

    /// The event that tells all that a source knows. It is never bad, so that every record is known in full.
    pub(crate) fn found(&mut self, at: i64, source: Source, happening: Happening) {
        self.add(at, source, happening, Fate::Sound, true);
        self.ordinal += 1;
    }

    /// Any other event; nothing at or after the end.
    pub(crate) fn push(&mut self, at: i64, source: Source, happening: Happening) {
        if at < self.end {
            let (fate, follows) = Fate::draw(happening, &mut self.rng);
            self.add(at, source, happening, fate, false);
            if let Some(fate) = follows {
                self.add(at, source, happening, fate, false);
            }
            self.ordinal += 1;
        }
    }

    /// A moment between two days after the given one and a day before the end.
    pub(crate) fn some_time_after(&mut self, at: i64) -> i64 {
        self.rng.between(at + 2 * DAY, self.end - DAY)
    }

    fn add(&mut self, at: i64, source: Source, happening: Happening, fate: Fate, first: bool) {
        let (customer, ordinal) = (self.customer, self.ordinal);
        self.events.push(Event { at, customer, ordinal, fate, source, first, happening });
    }

    /// The first records are made just before the first purchase, the administration's after a web shop's within two days.
    fn begin(&mut self, came: i64) {
        let shops = self.knows(Source::Webshop);
        if shops {
            self.found(came - 300, Source::Webshop, Happening::Opened);
        }
        if self.knows(Source::Crm) {
            let at = if shops { came + self.rng.between(HOUR, 2 * DAY) } else { came - 300 };
            self.found(at, Source::Crm, Happening::Welcomed);
        }
        let source = if shops { Source::Webshop } else { Source::Crm };
        if self.rng.chance(0.65) {
            self.push(came - 240, source, Happening::ConsentGiven);
            if self.rng.chance(0.1) {
                let at = self.some_time_after(came);
                self.push(at, source, Happening::ConsentWithdrawn);
            }
        }
    }
}
