//! What of a touchpoint traits may be about.

use std::collections::BTreeSet;

use tenure_proto::collector::v1::{Channel, Touchpoint, TouchpointType, touchpoint::Detail};

use crate::domain::measure::{Amount, Measures};

/// How many products of a touchpoint are kept.
const PRODUCTS: usize = 50;

/// Types that say something of a special kind: no trait is about them.
pub(crate) const SPECIAL: [TouchpointType; 1] = [TouchpointType::VulnerabilitySignalled];

/// The measures of a touchpoint; `None`: no trait may be about it.
pub(crate) fn measures(touchpoint: &Touchpoint) -> Option<Measures> {
    (!SPECIAL.contains(&touchpoint.r#type())).then(|| told(touchpoint))
}

fn told(touchpoint: &Touchpoint) -> Measures {
    let amount = touchpoint.amount.as_ref().filter(|amount| !amount.currency_code.is_empty());
    let (handled, waited) = match &touchpoint.detail {
        Some(Detail::Contact(contact)) => (contact.handle_seconds, contact.wait_seconds),
        Some(Detail::Onboarding(onboarding)) => (onboarding.elapsed_seconds, 0),
        _ => (0, 0),
    };
    let seconds = |seconds: i64| Some(seconds).filter(|seconds| *seconds > 0);
    Measures {
        channel: touchpoint.channel,
        products: products(touchpoint).into_iter().take(PRODUCTS).map(str::to_owned).collect(),
        line: touchpoint.line_code.clone(),
        amount: amount.map(|amount| Amount { currency: amount.currency_code.clone(), minor_units: amount.minor_units }),
        handled: seconds(handled),
        waited: seconds(waited),
    }
}

fn products(touchpoint: &Touchpoint) -> BTreeSet<&str> {
    let codes: Vec<&str> = match &touchpoint.detail {
        Some(Detail::Contract(detail)) => vec![&detail.product_code],
        Some(Detail::Account(detail)) => vec![&detail.product_code],
        Some(Detail::Usage(detail)) => vec![&detail.product_code],
        Some(Detail::Order(detail)) => detail.lines.iter().map(|line| line.product_code.as_str()).collect(),
        _ => Vec::new(),
    };
    codes.into_iter().filter(|code| !code.is_empty()).collect()
}

/// The name of a channel's number, such as "web"; of one that a newer program wrote, "unknown.N".
pub(crate) fn channel_name(number: i32) -> String {
    match Channel::try_from(number) {
        Ok(channel) => channel.as_str_name().trim_start_matches("CHANNEL_").to_lowercase(),
        Err(_) => format!("unknown.{number}"),
    }
}

#[cfg(test)]
mod tests {
    use tenure_proto::collector::v1::{ContactDetail, Money, OrderDetail, OrderLine};

    use super::*;

    #[test]
    fn an_order_has_its_amount_and_each_of_its_products_once() {
        let line = |code: &str| OrderLine { product_code: code.into(), ..OrderLine::default() };
        let lines = ["shoes", "", "hat", "shoes"].map(line).to_vec();
        let touchpoint = Touchpoint {
            channel: 1,
            amount: Some(Money { currency_code: "EUR".into(), minor_units: 0 }),
            line_code: "fashion".into(),
            detail: Some(Detail::Order(OrderDetail { lines, ..OrderDetail::default() })),
            ..Touchpoint::default()
        };
        let expected = Measures {
            channel: 1,
            products: vec!["hat".into(), "shoes".into()],
            line: "fashion".into(),
            amount: Some(Amount { currency: "EUR".into(), minor_units: 0 }),
            handled: None,
            waited: None,
        };
        assert_eq!(measures(&touchpoint), Some(expected));
        let lines = (0..60).map(|number| line(&format!("p{number:02}"))).collect();
        let detail = Some(Detail::Order(OrderDetail { lines, ..OrderDetail::default() }));
        let products = told(&Touchpoint { detail, ..Touchpoint::default() }).products;
        assert_eq!((products.len(), products[49].as_str()), (PRODUCTS, "p49"));
    }

    #[test]
    fn a_contact_tells_how_long_it_took_unless_it_does_not() {
        let detail = ContactDetail { handle_seconds: 300, ..ContactDetail::default() };
        let touchpoint = Touchpoint { detail: Some(Detail::Contact(detail)), ..Touchpoint::default() };
        let found = told(&touchpoint);
        assert_eq!((found.handled, found.waited), (Some(300), None));
        let special = Touchpoint { r#type: SPECIAL[0].into(), ..touchpoint };
        assert_eq!(measures(&special), None);
        assert_eq!((channel_name(3), channel_name(77)), ("phone".to_owned(), "unknown.77".to_owned()));
    }
}
