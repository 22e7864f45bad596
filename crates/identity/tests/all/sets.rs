//! Records of the public data sets, as a source would report them, and what they are all at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
};

use prost::Message as _;
use tenure_journal::{Draft, Route};
use tenure_kernel::{
    EntryId, IdSource, RandomIds, RecordId, Tenant, Timestamp, identifier::IdentifierKind as Identified,
};
use tenure_linkage::{Linked, Model, Options, Records, Role, Table, cluster::Decisions, dedupe};
use tenure_proto::collector::v1::{
    Amendment, Identifier, PostalAddress, RecordedSubject, RecordsErased, SubjectAttributes, SubjectPrivate,
    Touchpoint, TouchpointRecorded, amendment::Kind,
};

use crate::stage::Stage;

/// What is said of a record: identifiers in canonical form, the rest as it is in the set.
pub(crate) type Says = BTreeMap<Role, String>;

/// The columns that say something, by set.
const COLUMNS: [(&str, &[(&str, Role)]); 2] = [
    (
        "febrl1.csv",
        &[
            ("given_name", Role::Given),
            ("surname", Role::Surname),
            ("street_number", Role::House),
            ("address_1", Role::Street),
            ("suburb", Role::Place),
            ("postcode", Role::Postcode),
            ("date_of_birth", Role::BirthDate),
            ("soc_sec_id", Role::NationalId),
        ],
    ),
    (
        "nl_synth_20000.csv",
        &[
            ("first_name", Role::Given),
            ("tussenvoegsel", Role::Particle),
            ("surname", Role::Surname),
            ("dob", Role::BirthDate),
            ("postcode", Role::Postcode),
            ("house_number", Role::House),
            ("street", Role::Street),
            ("city", Role::Place),
            ("email", Role::Email),
            ("phone", Role::Phone),
            ("iban", Role::Iban),
        ],
    ),
];

const IDENTIFIERS: [(Role, Identified); 4] = [
    (Role::NationalId, Identified::NationalId),
    (Role::Email, Identified::Email),
    (Role::Phone, Identified::Phone),
    (Role::Iban, Identified::Iban),
];

/// The records of some people of either set: those whose truth has a number below a bound. `None`, said loudly, when a set is
/// absent.
pub(crate) fn sample(people: [u32; 2]) -> Option<Vec<Says>> {
    let mut records = Vec::new();
    for ((name, columns), people) in COLUMNS.iter().zip(people) {
        let root = std::env::var_os("TENURE_DATA")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), Into::into);
        let Ok(mut reader) = csv::Reader::from_path(root.join("identity").join(name)) else {
            // Not captured, as what a test prints is: a skipped test must be seen.
            let _ = writeln!(std::io::stderr(), "SKIPPED: data set identity/{name} absent");
            return None;
        };
        let headers = reader.headers().expect("headers").clone();
        let column = |name: &str| headers.iter().position(|header| header == name).expect("a column");
        let truth = column("ent_id");
        let columns: Vec<(usize, Role)> = columns.iter().map(|(name, role)| (column(name), *role)).collect();
        for row in reader.records() {
            let row = row.expect("a row");
            if row[truth].parse::<u32>().expect("a number") < people {
                records.push(columns.iter().filter_map(|(at, role)| Some((*role, said(*role, &row[*at])?))).collect());
            }
        }
    }
    Some(records)
}

/// What a cell says, if it says anything that a source could report.
pub(crate) fn said(role: Role, cell: &str) -> Option<String> {
    let kind = IDENTIFIERS.iter().find(|(one, _)| *one == role).map(|(_, kind)| *kind);
    let value = match (kind, cell.len(), role) {
        (Some(kind), ..) => return kind.canonical(cell),
        (None, 8, Role::BirthDate) => format!("{}-{}-{}", &cell[..4], &cell[4..6], &cell[6..]),
        _ => cell.trim().to_owned(),
    };
    (!value.is_empty()).then_some(value)
}

/// A record of its own for each number.
pub(crate) fn record(number: u32) -> RecordId {
    let mixed = u128::from(number).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    RecordId((mixed ^ mixed >> 61).to_be_bytes())
}

/// What the collector says.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A touchpoint about a record.
    Told(Told),
    /// A record was erased.
    Erased(RecordId),
}

/// A touchpoint: its number, what it amends, its record, and what it says of that.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) event: u32,
    pub(crate) amends: Option<(u32, i32, Kind)>,
    pub(crate) record: RecordId,
    pub(crate) says: Says,
    /// What it says besides.
    pub(crate) identifiers: Vec<(Identified, String)>,
}

fn private(Told { says, identifiers, .. }: &Told) -> SubjectPrivate {
    let of = |role: Role| says.get(&role).cloned().unwrap_or_default();
    let identifier = |kind: Identified, value: &String| Identifier {
        kind: kind.number(),
        value: value.clone(),
        issuer: String::new(),
    };
    let said = IDENTIFIERS.iter().filter_map(|(role, kind)| Some(identifier(*kind, says.get(role)?)));
    let besides = identifiers.iter().map(|(kind, value)| identifier(*kind, value));
    let address = PostalAddress {
        street: of(Role::Street),
        house_number: of(Role::House),
        postal_code: of(Role::Postcode),
        city: of(Role::Place),
        ..PostalAddress::default()
    };
    let attributes = SubjectAttributes {
        given_name: of(Role::Given),
        initials: of(Role::Initials),
        family_name_prefix: of(Role::Particle),
        family_name: of(Role::Surname),
        birth_date: of(Role::BirthDate),
        postal_address: Some(address),
        ..SubjectAttributes::default()
    };
    SubjectPrivate {
        identifiers: said.chain(besides).collect(),
        attributes: Some(attributes),
        ..SubjectPrivate::default()
    }
}

impl Stage {
    /// Appends events in one transaction; answers the token to read after.
    pub(crate) async fn relate(&self, tenant: &Tenant, events: &[Event]) -> String {
        let told = |event: &Event| if let Event::Told(told) = event { Some(told.record.0) } else { None };
        let ids: BTreeSet<[u8; 16]> = events.iter().filter_map(told).collect();
        let keys = self.keyring.data_keys(tenant, ids, true).await.expect("data keys");
        let mut drafts = Vec::with_capacity(events.len());
        for event in events {
            let id = EntryId(RandomIds::default().next());
            drafts.push(match event {
                Event::Erased(record) => {
                    let payload = RecordsErased { record_ids: vec![record.0.to_vec()] };
                    Draft::new(id, tenant.clone(), Route::Records(vec![*record]), &payload, Timestamp(0))
                }
                Event::Told(told) => {
                    let sealed = keys.seal(told.record.0, &private(told).encode_to_vec());
                    let payload = recorded(told, sealed);
                    Draft::new(id, tenant.clone(), Route::Records(vec![told.record]), &payload, Timestamp(0))
                }
            });
        }
        let tx = self.collector.store().begin().await.expect("a transaction");
        let sequence = self.collector.commit(tx, drafts).await.expect("appended");
        self.collector.token(sequence)
    }
}

fn recorded(told: &Told, sealed: Option<tenure_proto::keyring::v1::Sealed>) -> TouchpointRecorded {
    let id = |event: u32| [event.to_be_bytes(); 4].concat();
    let amendment = told.amends.map(|(target, revision, kind)| Amendment {
        kind: kind.into(),
        target_event_id: target.to_string(),
        revision,
    });
    let touchpoint = Touchpoint {
        source: "crm".to_owned(),
        event_id: told.event.to_string(),
        occur_time: Some(prost_types::Timestamp { seconds: i64::from(told.event), nanos: 0 }),
        amendment,
        ..Touchpoint::default()
    };
    TouchpointRecorded {
        touchpoint_id: id(told.event),
        fact_id: id(told.amends.map_or(told.event, |(target, ..)| target)),
        subjects: vec![RecordedSubject { record_id: told.record.0.to_vec(), role: 1, sealed, majority: None }],
        touchpoint: Some(touchpoint),
        ..TouchpointRecorded::default()
    }
}

/// Records and what is said of them in the end.
pub(crate) type Known = BTreeMap<RecordId, Says>;

/// Persons, and the pairs that are kept, with weights in 1/1024 bit.
pub(crate) type Found = (Vec<String>, BTreeSet<(RecordId, RecordId, i64)>);

/// What the records are all at once, as the tool finds it.
pub(crate) fn linked(known: &Known, decisions: &Decisions) -> Linked {
    let mut table = Table::default();
    let mut records = Records::default();
    for (record, says) in known {
        let account = says.get(&Role::NationalId).map(|number| format!("national//{number}"));
        let account = account.iter().map(|account| (Role::Account, account.as_str()));
        let place = table.push_values("NL", says.iter().map(|(role, value)| (*role, value.as_str())).chain(account));
        records.push_packed(&format!("{:032x}", u128::from_be_bytes(record.0)), &table.pack(place)).expect("packed");
    }
    records.finish();
    dedupe(&records, Some(&Model::shipped()), decisions, &Options { threads: 1, ..Options::default() })
}

/// The same as persons and pairs of records.
pub(crate) fn at_once(known: &Known, decisions: &Decisions) -> Found {
    let linked = linked(known, decisions);
    let ids: Vec<RecordId> = known.keys().copied().collect();
    let mut persons: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (record, home) in ids.iter().zip(&linked.clusters) {
        persons.entry(*home).or_default().push(record.to_string());
    }
    let mut lines: Vec<String> =
        persons.into_values().map(|names| format!("{}: {}", names[0], names.join(" "))).collect();
    lines.sort_unstable();
    let kept = linked.edges.iter().filter(|edge| f64::from(edge.2) >= Options::default().clustering.review);
    let parts = |bits: f32| (f64::from(bits) * 1024.0) as i64;
    (lines, kept.map(|edge| (ids[edge.0 as usize], ids[edge.1 as usize], parts(edge.2))).collect())
}
