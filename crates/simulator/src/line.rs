//! Product lines: what an order is of.

use tenure_proto::collector::v1::Touchpoint;

use crate::{
    event::{Event, Happening},
    rng::mix,
};

/// The product lines of the shop.
pub const LINES: [&str; 3] = ["books", "games", "music"];

/// Says the line of the order that a touchpoint is about, if it is about one.
pub(crate) fn told(mut touchpoint: Touchpoint, event: &Event) -> Touchpoint {
    if let Some(order) = order(event.happening) {
        touchpoint.line_code = of(event.customer, order).to_owned();
    }
    touchpoint
}

fn order(happening: Happening) -> Option<u32> {
    match happening {
        Happening::Ordered { order, .. }
        | Happening::Delivery { order, .. }
        | Happening::Returned { order, .. }
        | Happening::Refunded { order, .. }
        | Happening::Survey { order, .. } => Some(order),
        Happening::Call { order, .. } => order,
        Happening::Opened
        | Happening::Welcomed
        | Happening::ConsentGiven
        | Happening::ConsentWithdrawn
        | Happening::Browsed { .. }
        | Happening::Complaint { .. }
        | Happening::Moved => None,
    }
}

/// Every customer has a usual line; one order in three is of any.
fn of(customer: u32, order: u32) -> &'static str {
    let (usual, any) = (mix(u64::from(customer)), mix((u64::from(customer) << 32) | u64::from(order + 1)));
    let place = if any.is_multiple_of(3) { any / 3 } else { usual };
    LINES[(place % LINES.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::{LINES, of};
    use crate::{Settings, Simulation};
    use std::collections::BTreeMap;

    #[test]
    fn every_line_has_its_customers_who_mostly_keep_to_it() {
        let mut customers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut usual = 0;
        for customer in 0..3_000 {
            let orders: Vec<&str> = (0..10).map(|order| of(customer, order)).collect();
            let count = |line: &str| orders.iter().filter(|order| **order == line).count();
            let most = LINES.into_iter().max_by_key(|line| count(line)).unwrap();
            *customers.entry(most).or_default() += 1;
            usual += count(most);
        }
        assert!(customers.values().all(|count| (800..1_200).contains(count)), "{customers:?}");
        assert!((21_000..26_000).contains(&usual), "{usual}");
    }

    #[test]
    fn only_what_is_about_an_order_names_a_line_and_nothing_else_changes() {
        let plain = Simulation::new(&Settings { customers: 50, ..Settings::default() }).unwrap();
        let lines = Simulation::new(&Settings { customers: 50, lines: true, ..Settings::default() }).unwrap();
        let mut told = 0;
        for (plain, mut with_line) in plain.touchpoints().zip(lines.touchpoints()) {
            let order = with_line.correlation.as_ref().is_some_and(|correlation| !correlation.order_ref.is_empty());
            assert_eq!((LINES.contains(&with_line.line_code.as_str()), plain.line_code.as_str()), (order, ""));
            told += u32::from(order);
            with_line.line_code.clear();
            assert_eq!(plain, with_line);
        }
        assert!(told > 100, "{told}");
    }
}
