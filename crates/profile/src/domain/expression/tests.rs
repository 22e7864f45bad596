use super::*;
use crate::domain::datum::Kind;

fn kinds(name: &str) -> Option<Kind> {
    Some(match name {
        "orders" | "visits" => Kind::Number,
        "spent" => Kind::Money("EUR".to_owned()),
        "paid" => Kind::Money("USD".to_owned()),
        "last_order" => Kind::Time,
        "waited" => Kind::Duration,
        "channel" => Kind::Text,
        "loyal" | "unknown" => Kind::Truth,
        _ => return None,
    })
}

fn read(text: &str) -> Expression {
    let expression = Expression::read(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
    expression.kind(&kinds).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    expression
}

const NOW: tenure_kernel::Timestamp = tenure_kernel::Timestamp(1_800_000_000_000_000);
const DAY: i64 = 86_400_000_000;

fn value(text: &str) -> Option<Datum> {
    let traits = [
        ("orders", Datum::Number(6.0)),
        ("visits", Datum::Number(4.0)),
        ("spent", Datum::Money(12_345, "EUR".to_owned())),
        ("last_order", Datum::Time(tenure_kernel::Timestamp(NOW.0 - 10 * DAY))),
        ("waited", Datum::Duration(90_000_000)),
        ("channel", Datum::Text("web".to_owned())),
        ("loyal", Datum::Truth(true)),
    ];
    let fields = [
        ("contract.P-7.end", "2027-02-01T00:00:00Z"),
        ("contract.P-7.status", "active"),
        ("contract.P-8.status", "cancelled"),
        ("contract.P-9.status", "active"),
        ("contracts", "not one of them"),
        ("life.retired", "true"),
    ];
    read(text).value(&Scope { now: NOW, traits: &traits.into(), fields: &fields.into() })
}

fn truth(text: &str) -> Option<bool> {
    match value(text) {
        Some(Datum::Truth(truth)) => Some(truth),
        None => None,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn operators_bind_as_they_do_elsewhere() {
    for (text, expected) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 4 - 3", 3.0),
        ("12 / 3 / 2", 2.0),
        ("-orders + 10", 4.0),
        ("- -3", 3.0),
        ("0.5 * orders", 3.0),
        ("spent / money(5, 'EUR')", 2_469.0),
        ("waited / 1m", 1.5),
        ("if(loyal, orders, visits)", 6.0),
        ("count('contract.*.status', 'active')", 2.0),
        ("count('contract.*.status')", 3.0),
        ("count('contract.P-7.end', 'never')", 0.0),
        ("number('2.5')", 2.5),
    ] {
        assert_eq!(value(text), Some(Datum::Number(expected)), "{text}");
    }
    for (text, expected) in [
        ("not loyal or orders > 5 and visits = 4", true),
        ("not orders = 6", false),
        ("orders != 6 or not not loyal", true),
        ("true and false or true", true),
        ("since(last_order) >= 10d and since(last_order) < 11d", true),
        ("since(now + 1w) = 0s", true),
        ("last_order + 240h = now and now - last_order = 10d", true),
        ("time(field('contract.P-7.end')) - now < 30d", true),
        ("field('life.retired') = 'true' and channel != 'app'", true),
        ("spent * 2 > money(24689, 'EUR') and spent / 2 = money(6173, 'EUR')", true),
        ("spent - spent = money(0, 'EUR') and -spent < spent", true),
        ("'it''s' = 'its'", false),
    ] {
        assert_eq!(truth(text), Some(expected), "{text}");
    }
}

#[test]
fn what_has_no_value_makes_none_unless_the_rest_decides() {
    for (text, expected) in [
        ("unknown", None),
        ("not unknown", None),
        ("unknown and loyal", None),
        ("unknown and false", Some(false)),
        ("false and unknown", Some(false)),
        ("unknown or loyal", Some(true)),
        ("unknown or false", None),
        ("exists(unknown)", Some(false)),
        ("exists(orders)", Some(true)),
        ("otherwise(unknown, false)", Some(false)),
        ("if(unknown, true, false)", None),
        ("exists(orders / 0)", Some(false)),
        ("exists(0 / 0)", Some(false)),
        ("exists(number('inf'))", Some(false)),
        ("exists(number(channel))", Some(false)),
        ("exists(time(channel))", Some(false)),
        ("exists(now + 9999999w)", Some(false)),
        ("exists(spent * 999999999999999999)", Some(false)),
        ("exists(paid)", Some(false)),
        ("exists(field('contract.P-1.end'))", Some(false)),
    ] {
        assert_eq!(truth(text), expected, "{text}");
    }
}

#[test]
fn everything_that_does_not_fit_is_named_by_its_place() {
    let told = |text: &str| -> Vec<String> {
        match Expression::read(text) {
            Err(problem) => vec![problem.to_string()],
            Ok(expression) => expression.kind(&kinds).expect_err(text).iter().map(ToString::to_string).collect(),
        }
    };
    for (text, expected) in [
        ("", "character 1: something is missing"),
        ("1 +", "character 4: something is missing"),
        ("1 2", "character 3: the expression should end here"),
        ("(1", "character 3: a \")\" is missing"),
        ("1 ; 2", "character 3: a letter that means nothing here"),
        ("'a", "character 1: a text without its end"),
        ("1.2.3", "character 1: not a number, such as 12 or 0.5, and no span of time, such as 90d"),
        ("3days", "character 1: not a number, such as 12 or 0.5, and no span of time, such as 90d"),
        ("99999999999999999w", "character 1: not a number, such as 12 or 0.5, and no span of time, such as 90d"),
        ("exec('rm')", "character 1: there is no such function"),
        ("1 + field", "character 5: a word that means something else"),
        ("field(channel)", "character 7: a text is missing, such as 'life.retired'"),
        ("money(0.5, 'EUR')", "character 7: a whole number of minor units is missing"),
        ("money(5, 'EURO')", "character 10: not an ISO 4217 code, such as 'EUR'"),
        ("* 2", "character 1: a value is missing"),
        ("1 < 2 < 3", "character 7: the expression should end here"),
        ("field('name.family_name')", "character 1: the field is personal: no trait may be worked out from it"),
        (
            "field('life.vulnerability')",
            "character 1: the field is of a special kind: no trait may be worked out from it",
        ),
        ("count('nmae.*')", "character 1: there are no fields of this name"),
        ("-channel", "character 2: is a text, which has no negative"),
        ("if(orders, 1, 2)", "character 4: is a number; a truth is needed"),
        ("if(loyal, 1, 'a')", "character 1: is a number or a text, which must be the same"),
        ("spent + paid", "character 1: money in EUR and money in USD do not go together so"),
        ("channel < 'x'", "character 1: a text and a text do not go together so"),
        ("since(orders)", "character 7: is a number; a time is needed"),
    ] {
        assert_eq!(told(text), [expected], "{text}");
    }
    let several = told("orders + channel > nobody and since(waited) = field('contact.email')");
    assert_eq!(several.len(), 4, "{several:?}");
}

#[test]
fn the_cost_is_bounded() {
    let deep = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Expression::read(&deep(MOST_DEPTH)).is_ok());
    for text in [
        deep(MOST_DEPTH + 1),
        format!("{}true", "not ".repeat(500)),
        format!("{}1", "- ".repeat(500)),
        format!("{}now{}", "since(".repeat(300), ")".repeat(300)),
    ] {
        let problem = Expression::read(&text).expect_err("too deep");
        assert_eq!(problem.what, format!("nested more than {MOST_DEPTH} deep"));
    }
    let long = |terms: usize| vec!["1"; terms].join("+");
    assert!(Expression::read(&long(100)).is_ok());
    let problem = Expression::read(&long(101)).expect_err("too large");
    assert_eq!(problem.what, format!("more than {MOST_NODES} parts"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9'()+*/<>=!., -]{0,40}|\\PC{0,20}") {
        if let Ok(expression) = Expression::read(&text)
            && expression.kind(&kinds).is_ok()
        {
            let scope = Scope { now: NOW, traits: &Default::default(), fields: &Default::default() };
            let _ = expression.value(&scope);
        }
    }
}
