//! The customers of the other benchmark of linkage, as touchpoints of the systems that know them.

use tenure_proto::collector::v1::{IdentifierKind, PostalAddress, SubjectAttributes, Touchpoint};
use tenure_tests::touchpoints::{purchase, with_attributes, with_identifier};

/// Records in no order.
pub(crate) struct Customers(String);

impl Customers {
    /// So many records. The same every time.
    pub(crate) fn draw(records: usize) -> Self {
        let mut file = Vec::new();
        crate::splink::customers::write(records, &mut file).expect("written");
        Self(String::from_utf8(file).expect("text"))
    }

    /// A touchpoint of each, made when it is its turn: a million take more memory than there is.
    pub(crate) fn touchpoints(&self) -> impl Iterator<Item = Touchpoint> {
        self.0.lines().skip(1).map(touchpoint)
    }

    /// Nobody's source knows the records of other `run`s.
    pub(crate) fn of_run(mut touchpoint: Touchpoint, run: &str) -> Touchpoint {
        touchpoint.event_id.push_str(run);
        touchpoint.subjects.iter_mut().for_each(|subject| subject.key.push_str(run));
        touchpoint
    }
}

fn touchpoint(row: &str) -> Touchpoint {
    let cells: Vec<&str> = row.split(',').collect();
    let of = |at: usize| cells.get(at).copied().unwrap_or_default();
    let own = |at: usize| of(at).to_owned();
    let house = of(9).trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let address = PostalAddress {
        street: own(8),
        house_number: house.to_owned(),
        house_number_addition: of(9)[house.len()..].to_owned(),
        postal_code: own(10),
        city: own(11),
        ..PostalAddress::default()
    };
    let attributes = SubjectAttributes {
        given_name: own(4),
        family_name_prefix: own(5),
        family_name: own(6),
        birth_date: own(7),
        postal_address: Some(address),
        ..SubjectAttributes::default()
    };
    let bought = purchase(of(2), &format!("event-{}", of(0)), &format!("key-{}", of(0)), 1, 1_999);
    let identifiers = [(IdentifierKind::Email, 12), (IdentifierKind::Phone, 13), (IdentifierKind::Iban, 14)];
    let said = identifiers.into_iter().filter(|(_, at)| !of(*at).is_empty());
    said.fold(with_attributes(bought, attributes), |touchpoint, (kind, at)| with_identifier(touchpoint, kind, of(at)))
}
