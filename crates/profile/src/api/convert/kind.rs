//! Touchpoint types.

use tenure_proto::collector::v1::TouchpointType;

/// The dot name of a type's number, such as "order.placed"; of one that a newer program wrote, "unknown.N".
pub(crate) fn name(number: i32) -> String {
    match TouchpointType::try_from(number) {
        Ok(kind) => kind.as_str_name().trim_start_matches("TOUCHPOINT_TYPE_").to_lowercase().replacen('_', ".", 1),
        Err(_) => format!("unknown.{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_dot_after_the_first_word() {
        let cases =
            [(140, "order.placed"), (104, "contract.cancel_requested"), (900, "custom"), (9_999, "unknown.9999")];
        for (number, expected) in cases {
            assert_eq!(name(number), expected);
        }
    }
}
