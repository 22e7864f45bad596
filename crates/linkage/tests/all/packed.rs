//! Records as bytes of their own.

use proptest::prelude::*;
use tenure_linkage::{Generic, Judge, Model, Records, Role, Scorer, Table, blocking::default_keys};

const ROLES: [Role; 22] = [
    Role::Given,
    Role::Initials,
    Role::Particle,
    Role::Surname,
    Role::FullName,
    Role::Organisation,
    Role::BirthDate,
    Role::Gender,
    Role::Street,
    Role::House,
    Role::HouseAddition,
    Role::Postcode,
    Role::Place,
    Role::Region,
    Role::Email,
    Role::Phone,
    Role::Iban,
    Role::NationalId,
    Role::CompanyNumber,
    Role::Account,
    Role::Source,
    Role::Text,
];

fn value() -> impl Strategy<Value = (Role, String)> {
    let text = prop_oneof![
        any::<String>(),
        "(jan|johannes|els) ?(van |de )?(vries|jansen-smit)?",
        "19[67][0-9]-0[12]-[01][0-9]",
        "[12]?[0-9]{3} ?[ab]{0,2}",
        "(jan|piet)@(x|y)\\.nl",
        "06123456[0-9]{2}",
        "(customer|login|loyalty|national|other)/(acme)?/[ab]{0,2}",
    ];
    (proptest::sample::select(&ROLES), text)
}

fn pushed(values: &[(Role, String)]) -> Table {
    let mut table = Table::default();
    table.push_values("NL", values.iter().map(|(role, text)| (*role, text.as_str())));
    table
}

proptest! {
    #[test]
    fn what_is_packed_is_the_record(one in prop::collection::vec(value(), 0..24), other in prop::collection::vec(value(), 0..24)) {
        let scorer = Scorer::new(Model::shipped());
        let mut table = pushed(&one);
        table.push_values("NL", other.iter().map(|(role, text)| (*role, text.as_str())));
        let mut again = Table::default();
        // In another order, among other strings.
        for record in [1, 0] {
            again.push_packed(&table.pack(record), Generic::default()).unwrap();
        }
        let keys = default_keys();
        for (here, there) in [(0, 1), (1, 0)] {
            prop_assert_eq!(table.pack(here), again.pack(there));
            prop_assert_eq!(table.keys(here, &keys), again.keys(there, &keys));
            prop_assert_eq!(table.is_bare(here), again.is_bare(there));
        }
        let (judge, judge_again) = (Judge::new(&scorer, &table), Judge::new(&scorer, &again));
        prop_assert_eq!(judge.said(0, 1), judge_again.said(0, 1));
        prop_assert_eq!(judge.said(0, 1), judge.said(1, 0));
        prop_assert_eq!(judge.explain(0, 1), judge_again.explain(0, 1));
        prop_assert_eq!(judge.vetoes(0, 1), judge_again.vetoes(1, 0));
    }

    #[test]
    fn rubbish_is_refused_or_harmless(
        values in prop::collection::vec(value(), 0..12),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        generic in any::<u32>(),
        rubbish in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let scorer = Scorer::new(Model::shipped());
        let whole = pushed(&values).pack(0);
        let mut bent = whole.clone();
        bent[at.index(whole.len())] = byte;
        let mut versioned = vec![whole[0]];
        versioned.extend(&rubbish);
        let mut table = Table::default();
        table.push_packed(&whole, Generic(generic)).unwrap();
        for packed in [&bent, &whole[..cut.index(whole.len())].to_vec(), &versioned, &rubbish] {
            let before = table.len();
            match table.push_packed(packed, Generic(generic)) {
                Ok(record) => prop_assert_eq!(&table.pack(record), packed, "only what is written is read"),
                Err(_) => prop_assert_eq!(table.len(), before),
            }
        }
        let judge = Judge::new(&scorer, &table);
        for record in 0..table.len() {
            prop_assert_eq!(judge.said(0, record), judge.said(record, 0));
            prop_assert!(table.keys(record, &default_keys()).is_sorted());
        }
    }
}

#[test]
fn accounts_and_addresses_of_those_who_name_nobody() {
    let scorer = Scorer::new(Model::shipped());
    let named = [
        (Role::Given, "Jan"),
        (Role::Surname, "de Vries"),
        (Role::Email, "huis@x.nl"),
        (Role::Account, "customer/acme/1"),
    ];
    let says = |other: &[(Role, &str)], generic: Generic| {
        let mut table = Table::default();
        table.push_values("NL", named);
        table.push_values("NL", other.iter().copied());
        let packed = table.pack(1);
        let mut table = Table::default();
        table.push_values("NL", named);
        table.push_packed(&packed, generic).unwrap();
        Judge::new(&scorer, &table).said(0, 1)
    };
    use tenure_linkage::Said::{Attach, Nothing, Weight};
    let generic = |other: &[(Role, &str)]| {
        let mut table = Table::default();
        table.push_values("NL", other.iter().copied());
        table.keys(0, &default_keys()).iter().fold(Generic::default(), |all, key| all | key.generic)
    };
    let customer = [(Role::Account, "customer/acme/1")];
    let email = [(Role::Email, "Huis@x.nl")];
    let stranger = [(Role::Given, "Mohamed"), (Role::Surname, "Yilmaz"), (Role::Account, "customer/acme/1")];
    assert_eq!(says(&customer, Generic::default()), Weight(9.75));
    assert_eq!(says(&stranger, Generic::default()), Weight(9.75));
    assert_eq!(says(&email, Generic::default()), Attach(9.0));
    assert_eq!(says(&[(Role::Phone, "0612345678")], Generic::default()), Nothing);
    assert_eq!(says(&[(Role::Account, "customer/other/1")], Generic::default()), Nothing);
    assert_eq!(says(&[(Role::Account, "policy/acme/1")], Generic::default()), Nothing);
    assert_eq!(says(&customer, generic(&customer)), Nothing, "a number that too many have says nothing");
    assert_eq!(says(&email, generic(&email)), Nothing);
}

#[test]
fn packed_records_are_a_set_to_train_on() {
    let mut table = Table::default();
    table.push_values("NL", [(Role::Given, "Jan"), (Role::Surname, "Jansen")]);
    let mut records = Records::default();
    records.push_packed("b", &table.pack(0)).unwrap();
    records.push_packed("a", &table.pack(0)).unwrap();
    assert!(records.push_packed("c", b"rubbish").is_err());
    records.finish();
    assert_eq!((records.len(), records.id(0), records.came(0)), (2, "a", 1));
}
