//! How it is kept what a person adds to the sums of loyalty: to be taken away again, so it must be read as it was written.

use prost::Message;
use tenure_store::StoreError;

use super::loyalty_sum::basis;
use crate::domain::{
    group_loyalty::{Member, Part},
    loyalty::Basis,
};

#[derive(Clone, PartialEq, Message)]
struct Kept {
    #[prost(string, repeated, tag = "1")]
    products: Vec<String>,
    #[prost(message, repeated, tag = "2")]
    parts: Vec<KeptPart>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct KeptPart {
    #[prost(int64, tag = "1")]
    basis: i64,
    #[prost(int64, tag = "2")]
    value: i64,
    #[prost(int64, tag = "3")]
    facts: i64,
}

/// No bytes for who adds nothing.
pub(super) fn write(member: &Member) -> Vec<u8> {
    let part = |(basis, part): (&Basis, &Part)| KeptPart { basis: *basis as i64, value: part.value, facts: part.facts };
    let kept =
        Kept { products: member.products.iter().cloned().collect(), parts: member.parts.iter().map(part).collect() };
    kept.encode_to_vec()
}

pub(super) fn read(bytes: &[u8]) -> Result<Member, StoreError> {
    let kept = Kept::decode(bytes).map_err(|_| StoreError::Row("person_state.loyalty".to_owned()))?;
    let part = |one: &KeptPart| Ok((basis(one.basis)?, Part { value: one.value, facts: one.facts }));
    let parts = kept.parts.iter().map(part).collect::<Result<_, StoreError>>()?;
    Ok(Member { products: kept.products.into_iter().collect(), parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_adds_is_read_as_it_was_written() {
        let parts = [Basis::Answers, Basis::Experiences, Basis::Claims, Basis::Agreements, Basis::Contacts];
        let member = Member {
            products: ["lamp".to_owned(), "sofa".to_owned()].into(),
            parts: (0..).zip(parts).map(|(value, basis)| (basis, Part { value, facts: value + 7 })).collect(),
        };
        assert_eq!(read(&write(&member)).expect("readable"), member);
        assert_eq!((write(&Member::default()), read(&[]).expect("readable")), (vec![], Member::default()));
        assert!(read(&[1, 2, 3]).is_err());
    }
}
