//! What a provider is, needs and gives.

use std::{collections::BTreeMap, time::Duration};

use tenure_kernel::Purpose;

use super::fact::ValueType;

/// The values that a provider is given, by path.
pub type Inputs = BTreeMap<String, String>;

/// The day of the first touchpoint of a record: an input that is no field.
pub const CUSTOMER_SINCE: &str = "customer_since";

/// What all paths of facts begin with.
pub const ROOT: &str = "enriched";

/// A value that a provider is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The field's path.
    pub path: String,
    /// Whether nothing is asked without it.
    pub required: bool,
}

/// A fact that a provider may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its path.
    pub path: String,
    /// Its type.
    pub kind: ValueType,
    /// How long it holds where the fact does not say so.
    pub ttl: Duration,
}

/// What a provider says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Its id.
    pub id: String,
    /// Its version; with another one all facts are asked for anew.
    pub version: String,
    /// What it is given.
    pub inputs: Vec<Input>,
    /// What it may give.
    pub outputs: Vec<Output>,
    /// What its facts are for: each must be allowed.
    pub purposes: Vec<Purpose>,
    /// The most items in a request.
    pub max_batch: usize,
}

const MINUTE: Duration = Duration::from_secs(60);
const TEN_YEARS: Duration = Duration::from_secs(3_653 * 86_400);

impl Descriptor {
    /// Everything that is wrong with it.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut expect = |fits: bool, what: &str| {
            if !fits {
                wrong.push(what.to_owned());
            }
        };
        expect(is_id(&self.id), "provider_id: is not 1 to 64 of a-z, 0-9, \"-\" and \"_\"");
        expect((1..=64).contains(&self.version.chars().count()), "version: is not 1 to 64 characters");
        expect((1..=16).contains(&self.inputs.len()), "inputs: are not 1 to 16");
        expect((1..=64).contains(&self.outputs.len()), "outputs: are not 1 to 64");
        expect(!self.purposes.is_empty(), "purpose_codes: there is none");
        expect((1..=1_000).contains(&self.max_batch), "max_batch: is not 1 to 1000");
        expect(self.inputs.iter().any(|input| input.required), "inputs: none is required");
        for (place, input) in self.inputs.iter().enumerate() {
            let twice = self.inputs.iter().take(place).any(|other| other.path == input.path);
            expect(
                !input.path.is_empty() && input.path.len() <= 128 && !twice,
                &format!("inputs[{place}].path: is not one"),
            );
        }
        for (place, output) in self.outputs.iter().enumerate() {
            let twice = self.outputs.iter().take(place).any(|other| other.path == output.path);
            expect(is_output(&output.path) && !twice, &format!("outputs[{place}].path: is not one of \"{ROOT}.\""));
            expect(
                (MINUTE..=TEN_YEARS).contains(&output.ttl),
                &format!("outputs[{place}].default_ttl: is out of range"),
            );
        }
        wrong
    }

    /// The output of a path.
    #[must_use]
    pub fn output(&self, path: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.path == path)
    }

    /// What of what there is the provider is given: what it declared, trimmed, and nothing else. `None` where something required is
    /// missing.
    #[must_use]
    pub fn minimal<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Option<Inputs> {
        let mut inputs = Inputs::new();
        for input in &self.inputs {
            match value(&input.path).map(str::trim).filter(|value| !value.is_empty()) {
                Some(value) => drop(inputs.insert(input.path.clone(), value.to_owned())),
                None if input.required => return None,
                None => {}
            }
        }
        Some(inputs)
    }
}

/// Whether a text can name a provider.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

fn is_output(path: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let parts = path.split('.').count();
    path.len() <= 128 && (2..=6).contains(&parts) && path.split('.').all(part) && path.starts_with("enriched.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Descriptor {
        let input = |path: &str, required| Input { path: path.to_owned(), required };
        Descriptor {
            id: "phone".to_owned(),
            version: "1".to_owned(),
            inputs: vec![input("contact.phone", true), input("language", false)],
            outputs: vec![Output {
                path: "enriched.phone.kind".to_owned(),
                kind: ValueType::Code,
                ttl: Duration::from_secs(3_600),
            }],
            purposes: vec![Purpose::Service],
            max_batch: 10,
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        assert_eq!(sample().wrong(), Vec::<String>::new());
        let mut bad = sample();
        bad.id = "Phone!".to_owned();
        bad.version.clear();
        bad.purposes.clear();
        bad.max_batch = 0;
        bad.inputs[1].path = "contact.phone".to_owned();
        bad.inputs[0].required = false;
        bad.outputs[0] = Output { path: "contact.email".to_owned(), kind: ValueType::Text, ttl: Duration::ZERO };
        let keys: Vec<_> = bad.wrong().iter().map(|one| one.split(':').next().unwrap_or_default().to_owned()).collect();
        let expected = [
            "provider_id",
            "version",
            "purpose_codes",
            "max_batch",
            "inputs",
            "inputs[1].path",
            "outputs[0].path",
            "outputs[0].default_ttl",
        ];
        assert_eq!(keys, expected);
        for path in ["enriched", "enriched.", "enriched.A", "enriched..a", "name.enriched.a", "enriched.a.b.c.d.e.f"] {
            assert!(!is_output(path), "{path}");
        }
    }

    #[test]
    fn a_provider_gets_what_it_declared_and_nothing_else() {
        let known = [("contact.phone", " +31612345678 "), ("name.family_name", "Jansen"), ("language", " ")];
        let value = |path: &str| known.iter().find(|(known, _)| *known == path).map(|(_, value)| *value);
        let expected = Inputs::from([("contact.phone".to_owned(), "+31612345678".to_owned())]);
        assert_eq!(sample().minimal(value), Some(expected));
        assert_eq!(sample().minimal(|path| (path == "language").then_some("nl")), None);
    }
}
