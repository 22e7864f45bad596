//! The providers of this process.

use std::{sync::Arc, time::Duration};

use tenure_kernel::{Clock, Purpose, Timestamp};

use crate::{
    domain::{
        calendar, company,
        descriptor::{Descriptor, Input, Inputs, Output},
        email,
        fact::ValueType::{self, Code, Date, Integer, Text, Truth},
        iban,
        outcome::Answered,
        phone, postcode, salutation,
    },
    provider::{Answer, Failed, Provider, Question},
};

type Enrich = fn(&Inputs, Timestamp) -> Answered;

const DAY: u64 = 86_400;
const YEAR: u64 = 365 * DAY;

/// What a provider of this process is.
struct Shape {
    id: &'static str,
    version: &'static str,
    /// Path, and whether it is required.
    inputs: &'static [(&'static str, bool)],
    outputs: &'static [(&'static str, ValueType)],
    ttl_seconds: u64,
    enrich: Enrich,
}

const SHAPES: [Shape; 8] = [
    Shape {
        id: "email",
        version: "1",
        inputs: &[("contact.email", true)],
        outputs: &[
            ("enriched.email.class", Code),
            ("enriched.email.domain", Text),
            ("enriched.email.role_account", Truth),
        ],
        ttl_seconds: YEAR,
        enrich: |inputs, _| email::enrich(inputs),
    },
    Shape {
        id: "phone",
        version: "1",
        inputs: &[("contact.phone", true)],
        outputs: &[("enriched.phone.e164", Text), ("enriched.phone.kind", Code), ("enriched.phone.country", Text)],
        ttl_seconds: YEAR,
        enrich: |inputs, _| phone::enrich(inputs),
    },
    Shape {
        id: "iban",
        version: "1",
        inputs: &[("contact.iban", true)],
        outputs: &[
            ("enriched.iban.valid", Truth),
            ("enriched.iban.country", Text),
            ("enriched.iban.bank_code", Text),
            ("enriched.iban.bank", Text),
        ],
        ttl_seconds: YEAR,
        enrich: |inputs, _| iban::enrich(inputs),
    },
    Shape {
        id: "postcode",
        version: "1",
        inputs: &[("address.postal_code", true), ("address.country_code", false)],
        outputs: &[
            ("enriched.address.municipality", Text),
            ("enriched.address.province", Text),
            ("enriched.area.municipality_size", Code),
        ],
        ttl_seconds: YEAR,
        enrich: |inputs, _| postcode::enrich(inputs),
    },
    Shape {
        id: "company",
        version: "1",
        inputs: &[("organisation_name", true), ("identifier.customer_number.kvk", false)],
        outputs: &[
            ("enriched.company.number", Text),
            ("enriched.company.name", Text),
            ("enriched.company.status", Code),
            ("enriched.company.legal_form", Code),
            ("enriched.company.activity", Code),
            ("enriched.company.no_mail", Truth),
            ("enriched.company.people", Integer),
            ("enriched.company.rsin", Text),
        ],
        ttl_seconds: 30 * DAY,
        enrich: |inputs, _| company::enrich(inputs),
    },
    Shape {
        id: "age",
        version: "1",
        inputs: &[("birth_date", true)],
        outputs: &[
            ("enriched.calendar.age_band", Code),
            ("enriched.calendar.next_birthday", Date),
            ("enriched.calendar.next_birthday_is_holiday", Truth),
        ],
        ttl_seconds: YEAR,
        enrich: calendar::enrich,
    },
    Shape {
        id: "tenure",
        version: "1",
        inputs: &[(crate::domain::descriptor::CUSTOMER_SINCE, true)],
        outputs: &[("enriched.calendar.tenure_band", Code), ("enriched.calendar.next_anniversary", Date)],
        ttl_seconds: YEAR,
        enrich: calendar::enrich,
    },
    Shape {
        id: "salutation",
        version: "1",
        inputs: &[
            ("name.family_name", true),
            ("name.family_name_prefix", false),
            ("name.given_name", false),
            ("name.initials", false),
            ("gender", false),
        ],
        outputs: &[
            ("enriched.name.full", Text),
            ("enriched.salutation.dutch", Text),
            ("enriched.salutation.english", Text),
        ],
        ttl_seconds: YEAR,
        enrich: |inputs, _| salutation::enrich(inputs),
    },
];

/// The ids of the providers of this process.
pub const BUILTIN: [&str; 8] = ["email", "phone", "iban", "postcode", "company", "age", "tenure", "salutation"];

/// A provider of this process.
pub struct Builtin {
    shape: &'static Shape,
    clock: Arc<dyn Clock>,
}

impl Builtin {
    /// The one of an id.
    #[must_use]
    pub fn named(id: &str, clock: Arc<dyn Clock>) -> Option<Self> {
        const ALL: &[Shape] = &SHAPES;
        ALL.iter().find(|shape| shape.id == id).map(|shape| Self { shape, clock })
    }

    fn descriptor(&self) -> Descriptor {
        let Shape { id, version, inputs, outputs, ttl_seconds, .. } = self.shape;
        let input = |(path, required): &(&str, bool)| Input { path: (*path).to_owned(), required: *required };
        let ttl = Duration::from_secs(*ttl_seconds);
        Descriptor {
            id: (*id).to_owned(),
            version: (*version).to_owned(),
            inputs: inputs.iter().map(input).collect(),
            outputs: outputs.iter().map(|(path, kind)| Output { path: (*path).to_owned(), kind: *kind, ttl }).collect(),
            purposes: vec![Purpose::Service],
            max_batch: 1_000,
        }
    }
}

#[tonic::async_trait]
impl Provider for Builtin {
    async fn describe(&self) -> Result<Descriptor, Failed> {
        Ok(self.descriptor())
    }

    async fn enrich(&self, questions: &[Question]) -> Result<Vec<Answer>, Failed> {
        let now = self.clock.now();
        let answer =
            |one: &Question| Answer { id: one.id.clone(), answered: Some((self.shape.enrich)(&one.inputs, now)) };
        Ok(questions.iter().map(answer).collect())
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::clock::SetClock;

    use super::*;
    use crate::domain::{check::believe, fingerprint::Fingerprint};

    #[test]
    fn every_provider_of_this_process_is_one() {
        let clock = Arc::new(SetClock::new(Timestamp(0)));
        for id in BUILTIN {
            let provider = Builtin::named(id, clock.clone()).expect("a provider").descriptor();
            assert_eq!(provider.id, id);
            assert_eq!(provider.wrong(), Vec::<String>::new(), "{id}");
        }
        assert_eq!(SHAPES.len(), BUILTIN.len());
        assert!(Builtin::named("other", clock).is_none());
    }

    /// What they say is believed, as of others: every output is said once at least, and none is refused.
    #[test]
    fn all_that_they_say_is_as_they_declared() {
        let now = Timestamp(1_795_000_000_000_000);
        let known = [
            ("contact.email", "jan@gmail.com"),
            ("contact.phone", "+31612345678"),
            ("contact.iban", "NL91ABNA0417164300"),
            ("address.postal_code", "1017AB"),
            ("organisation_name", "Test BV Donald"),
            ("birth_date", "1961-11-27"),
            ("customer_since", "2024-01-10"),
            ("name.family_name", "Jansen"),
        ];
        for id in BUILTIN {
            let provider = Builtin::named(id, Arc::new(SetClock::new(now))).expect("a provider");
            let descriptor = provider.descriptor();
            let value = |path: &str| known.iter().find(|(known, _)| *known == path).map(|(_, value)| *value);
            let inputs = descriptor.minimal(value).expect("inputs");
            let Answered::Found(said) = (provider.shape.enrich)(&inputs, now) else { panic!("{id} finds") };
            let (facts, refused) = believe(&descriptor, Fingerprint::of(&descriptor, &inputs), said, now);
            assert_eq!(refused, [], "{id}");
            let said: Vec<_> = facts.iter().map(|fact| fact.path.as_str()).collect();
            let declared: Vec<_> = descriptor.outputs.iter().map(|output| output.path.as_str()).collect();
            assert_eq!(said, declared, "{id}");
        }
    }
}
