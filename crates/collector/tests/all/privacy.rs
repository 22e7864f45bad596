//! Nothing personal stands in a database file in clear: raw, in hexadecimal or in base 64.

use std::{fs, path::Path};

use tenure_proto::collector::v1::{self as pb, touchpoint::Detail};
use tenure_store::testing::TestPlace;

use crate::fixture::{World, order, subject};

/// Values of a person that are found nowhere else.
fn seeds() -> Vec<String> {
    let mut seeds = Vec::new();
    for number in 0..40 {
        seeds.push(format!("Quispelkanaal{number:03}"));
        seeds.push(format!("quispel{number:03}@zzyzx-voorbeeld.nl"));
        seeds.push(format!("Sleutel-QX-{number:03}"));
        seeds.push(format!("belde over zijn vertraagde quispel {number:03}"));
    }
    seeds
}

fn touchpoint(number: usize, seeds: &[String]) -> pb::Touchpoint {
    let [name, email, key, note] = [0, 1, 2, 3].map(|place| seeds[number * 4 + place].clone());
    let mut touchpoint = pb::Touchpoint { note, ..order(&number.to_string(), &key) };
    let person = &mut touchpoint.subjects[0];
    person.identifiers =
        vec![pb::Identifier { kind: pb::IdentifierKind::Email.into(), value: email, issuer: String::new() }];
    person.attributes = Some(pb::SubjectAttributes { family_name: name.clone(), ..Default::default() });
    touchpoint.subjects.push(pb::Subject { role: pb::SubjectRole::Broker.into(), ..subject(&format!("m-{key}")) });
    // A third is set aside, some with the person where no person belongs.
    match number % 6 {
        0 => touchpoint.amount = None,
        1 => touchpoint.source = name,
        2 => touchpoint.event_id = number.checked_sub(3).unwrap_or(number).to_string(),
        3 => {
            let json = format!(r#"{{"who": "{name}"}}"#);
            let custom = pb::CustomDetail { schema_name: "visit".to_owned(), schema_revision: 0, json };
            touchpoint.amount = None;
            touchpoint.set_type(pb::TouchpointType::Custom);
            touchpoint.detail = Some(Detail::Custom(custom));
        }
        _ => {}
    }
    touchpoint
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The base 64 of a text wherever in a longer one it begins, without what depends on its neighbours.
fn base64(text: &str) -> Vec<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = text.as_bytes();
    let from = |start: usize| -> String {
        let groups = bytes[start..].chunks_exact(3);
        let four = groups.flat_map(|group| {
            let value = u32::from_be_bytes([0, group[0], group[1], group[2]]);
            [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(value >> shift) as usize & 63]))
        });
        four.collect()
    };
    (0..3).map(from).collect()
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).map(|path| fs::read(path).unwrap()).collect()
}

#[tokio::test]
async fn the_files_hold_no_seeded_value() {
    let mut world = World::new(TestPlace::sqlite()).await;
    let schema = pb::CustomSchema { name: "visit".to_owned(), revision: 0, json_schema: "{}".to_owned() };
    let request = world.ask("acme", pb::RegisterSchemaRequest { schema: Some(schema) });
    world.client.clone().register_schema(request).await.unwrap();
    let seeds = seeds();
    let outcomes = world.record((0..40).map(|number| touchpoint(number, &seeds)).collect()).await;
    assert!(outcomes.iter().any(|outcome| outcome.status() == pb::outcome::Status::Accepted));
    assert_eq!(world.quarantine().await.len(), 20);
    world.stop().await;
    let folder = world.place.config.url.trim_start_matches("sqlite:").to_owned();
    let mut all = files(Path::new(&folder)).concat();
    all.make_ascii_lowercase();
    assert!(holds_lower(&all, "webshop"), "the files are read");
    for seed in &seeds {
        let mut forms = base64(seed);
        forms.extend([seed.clone(), hex(seed)]);
        for form in forms {
            assert!(!holds_lower(&all, &form.to_ascii_lowercase()), "{form}");
        }
    }
}

/// Whether bytes in lower case hold a text in lower case.
fn holds_lower(haystack: &[u8], needle: &str) -> bool {
    let (first, rest) = needle.as_bytes().split_first().unwrap();
    let mut from = 0;
    while let Some(at) = haystack[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if haystack[from..].starts_with(rest) {
            return true;
        }
    }
    false
}
