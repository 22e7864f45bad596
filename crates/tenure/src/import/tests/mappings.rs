//! What a mapping file may say.

use tenure_proto::collector::v1::{
    CaseDetail, Channel, Correlation, Identifier, IdentifierKind, Money, PostalAddress, Subject, SubjectAttributes,
    SubjectRole, Touchpoint, TouchpointType, touchpoint::Detail,
};

use super::{all, lines};
use crate::import::mapping::Mapping;

fn problems(mapping: &str) -> String {
    let header = ["id", "when", "sum"].map(str::to_owned);
    Mapping::read(&mapping.parse().unwrap(), &header).map(|_| ()).unwrap_err().join("\n")
}

#[test]
fn every_problem_is_named() {
    insta::assert_snapshot!(problems(""), @r#"
    source: missing
    type: missing
    occur_time: missing
    key: missing, as are identifiers
    "#);
    let mapping = r#"
        source = "Web Shop"
        type = "order_placed"
        key = "customer"
        event_id = 7
        delimiter = ";;"
        decimal_mark = ";"
        colour = "red"
        channel = { column = "id", values = { w = "web", x = "shop", y = 3 }, default = "web" }
        case_category = { values = { a = "not a code" } }
        occur_time = { constant = "2026-01-01", column = "when", format = "dutch" }
        amount = { column = "total", currency = "EURO" }
        correlation = { order = "id" }
        [attributes]
        given_name = "name"
        surname = "id"
        [[identifiers]]
        kind = "e-mail"
        column = "id"
        [[identifiers]]
        columns = "sum"
    "#;
    insta::assert_snapshot!(problems(mapping), @r#"
    delimiter: ";;" is not one ASCII character
    source: "Web Shop" is not a source: 1 to 64 of a-z, 0-9, '.', '-' and '_'
    type: "order_placed" is not a touchpoint type of the catalogue
    key: "customer" is no column of the file
    event_id: not a text
    occur_time.format: "dutch" is not one of date, rfc3339, epoch_seconds
    occur_time.constant: either this or column and format
    decimal_mark: ";" is neither "." nor ","
    amount.column: "total" is no column of the file
    amount.currency: "EURO" is not an ISO 4217 code
    channel.values.x: not a channel
    channel.values.y: not a channel
    channel.default: no such key
    case_category.column: missing
    case_category.values.a: not a code
    identifiers[0].kind: "e-mail" is not a kind of identifier
    identifiers[1].kind: missing
    identifiers[1].column: missing
    identifiers[1].columns: no such key
    attributes.given_name: "name" is no column of the file
    attributes.surname: no such key
    correlation.order: no such key
    colour: no such key
    "#);
}

/// The template holds every key, so a mapping made from it by leaving keys out is right.
#[test]
fn the_template_is_true() {
    let template = include_str!("../../../mappings/template.toml");
    let columns = template.split(['"', '\n']).collect::<std::collections::BTreeSet<_>>();
    let header: Vec<_> = columns.into_iter().map(str::to_owned).collect();
    assert!(Mapping::read(&template.parse().unwrap(), &header).is_ok());
    for key in keys() {
        let spelled = [format!("{key} = "), format!("[{key}]"), format!("[[{key}]]")];
        let found = template.lines().any(|line| spelled.iter().any(|spelled| line.starts_with(spelled)));
        assert!(found, "{key} is not in the template");
    }
}

/// The keys of tables within a line.
const INNER: &[&str] = &["constant", "format", "currency", ""];

/// The keys that mappings are asked for, from the source.
fn keys() -> Vec<&'static str> {
    let source = include_str!("../mapping.rs");
    let asked = source.split(['(', '[']).filter_map(|rest| rest.strip_prefix('"')?.split_once('"'));
    let is_key = |key: &&str| key.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_');
    let keys: Vec<_> = asked.map(|(key, _)| key).filter(is_key).filter(|key| !INNER.contains(key)).collect();
    assert!(keys.contains(&"decimal_mark") && keys.contains(&"country_code") && keys.contains(&"case_ref"), "{keys:?}");
    keys
}

#[test]
fn a_time_is_either_constant_or_in_a_column() {
    let rest = "source = \"a\"\ntype = \"order.placed\"\nkey = \"id\"\n";
    for (time, problem) in [
        ("{}", "occur_time.column: missing\noccur_time.format: missing"),
        ("{ column = \"when\" }", "occur_time.format: missing"),
        ("{ constant = \"1 May\" }", "occur_time.constant: \"1 May\" is neither a date nor a time as in RFC 3339"),
        ("{ constant = 2026-01-01, format = \"date\" }", "occur_time.constant: either this or column and format"),
        ("\"when\"", "occur_time: not a table"),
    ] {
        let found = problems(&format!("{rest}occur_time = {time}"));
        assert!(found.starts_with(problem), "{time}: {found}");
    }
}

#[test]
fn only_types_of_the_catalogue_are_known() {
    for name in ["order.placed", "contract.cancel_requested", "selfservice.failed"] {
        let mapping =
            format!("source = \"a\"\ntype = \"{name}\"\nkey = \"id\"\noccur_time = {{ constant = 2026-01-01 }}");
        all(lines(&mapping, "id\n"));
    }
    for name in
        ["contract_cancel.requested", "Order.placed", "order.flown", "custom", "unspecified", "type.unspecified", ""]
    {
        let found = problems(&format!(
            "source = \"a\"\ntype = \"{name}\"\nkey = \"id\"\noccur_time = {{ constant = 2026-01-01 }}"
        ));
        assert_eq!(found, format!("type: \"{name}\" is not a touchpoint type of the catalogue"));
    }
}

const FULL: &str = r#"
    source = { column = "system", values = { S = "shop", C = "crm" } }
    type = { column = "what" }
    key = "customer"
    event_id = "id"
    delimiter = ";"
    decimal_mark = ","
    occur_time = { column = "when", format = "rfc3339" }
    amount = { column = "sum", currency = { column = "currency" } }
    channel = { column = "how", values = { w = "web", "" = "system" } }
    line = { column = "line" }
    note = "note"
    case_category = { column = "category" }
    [correlation]
    case_ref = "case"
    [attributes]
    given_name = "name"
    city = "city"
    [[identifiers]]
    kind = "email"
    column = "mail"
    [[identifiers]]
    kind = "policy_number"
    column = "policy"
    issuer = "insurer"
"#;

const HEADER: &str = "system;what;customer;id;when;sum;currency;how;line;note;category;case;name;city;mail;policy\n";

fn full() -> Touchpoint {
    let identifier = |kind: IdentifierKind, value: &str, issuer: &str| Identifier {
        kind: kind.into(),
        value: value.into(),
        issuer: issuer.into(),
    };
    let subject = Subject {
        role: SubjectRole::Primary.into(),
        key: "42".into(),
        identifiers: vec![
            identifier(IdentifierKind::Email, "jan@example.nl", ""),
            identifier(IdentifierKind::PolicyNumber, "P-1", "insurer"),
        ],
        attributes: Some(SubjectAttributes {
            given_name: "Jan".into(),
            postal_address: Some(PostalAddress { city: "Delft".into(), ..Default::default() }),
            ..Default::default()
        }),
    };
    Touchpoint {
        source: "shop".into(),
        event_id: "e1".into(),
        r#type: TouchpointType::ComplaintDecided.into(),
        occur_time: Some(prost_types::Timestamp { seconds: 1_767_225_600, nanos: 0 }),
        channel: Channel::Web.into(),
        line_code: "motor".into(),
        subjects: vec![subject],
        amount: Some(Money { currency_code: "EUR".into(), minor_units: 123_450 }),
        correlation: Some(Correlation { case_ref: "K7".into(), ..Default::default() }),
        note: "traag".into(),
        detail: Some(Detail::Case(CaseDetail { category_code: "delay".into(), ..Default::default() })),
        ..Default::default()
    }
}

#[test]
fn every_key_does_what_it_says() {
    let row = "S;complaint.decided; 42 ;e1;2026-01-01T00:00:00Z;1.234,50;EUR;w;motor;traag;delay;K7;Jan;Delft;jan@example.nl;P-1\n";
    let found = all(lines(FULL, &format!("{HEADER}{row}"))).remove(0);
    assert_eq!((found.number, found.touchpoint), (2, Ok(full())));
}

#[test]
fn empty_cells_are_left_out() {
    let row = "C;complaint.decided;;;2026-01-01T00:00:00Z;;;;;;;;;;;\n";
    let found = all(lines(FULL, &format!("{HEADER}{row}"))).remove(0).touchpoint;
    let expected = Touchpoint {
        source: "crm".into(),
        channel: Channel::System.into(),
        r#type: TouchpointType::ComplaintDecided.into(),
        occur_time: full().occur_time,
        subjects: vec![Subject { role: SubjectRole::Primary.into(), ..Default::default() }],
        ..Default::default()
    };
    assert_eq!(found, Ok(expected));
}

#[test]
fn every_problem_of_a_line_is_named() {
    let rows = "X;order.flown;1;e1;yesterday;1,2,3;EUR;fax;a line;;a b;;;;;\nS;order.placed;1;e1;2026-01-01T00:00:00Z;1;EURO;;;;;;;;;\nS;order.placed;1;e1;2026-01-01T00:00:00Z;1;;;;;;;;;;\n";
    let found = all(lines(FULL, &format!("{HEADER}{rows}")));
    let text = found.iter().flat_map(|line| {
        line.touchpoint
            .as_ref()
            .unwrap_err()
            .iter()
            .map(move |one| format!("{} {} {}: {}", line.number, one.reason.as_str(), one.field, one.description))
    });
    insta::assert_snapshot!(text.collect::<Vec<_>>().join("\n"), @r#"
    2 FIELD_MALFORMED system: not among the mapping's values
    2 TYPE_UNKNOWN what: not a touchpoint type of the catalogue
    2 TIME_INVALID when: not a time as in RFC 3339
    2 FIELD_MALFORMED sum: not an amount
    2 FIELD_MALFORMED how: not among the mapping's values
    2 FIELD_MALFORMED line: not a code
    2 FIELD_MALFORMED category: not a code
    3 CURRENCY_INVALID currency: not an ISO 4217 code
    4 CURRENCY_INVALID sum: an amount without currency
    "#);
}
