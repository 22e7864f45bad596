//! Drivers of loyalty of groups: sums over their customers, in whole numbers, so that what is taken away again leaves nothing behind.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use tenure_kernel::Timestamp;

use super::{
    loyalty::{Basis, Driver, Drivers},
    promise::Facts,
};

/// Of so many customers at least something is said: of fewer, a mean would tell what single ones feel.
pub(crate) const LEAST: i64 = 10;
/// The most products that a customer counts in: those that a promise or purchase named last.
const MOST_PRODUCTS: usize = 50;
/// What a driver of 1 is in the sums.
const WHOLE: i64 = 10_000;
/// Standard errors on each side of a 95 % interval.
const Z95: f64 = 1.96;

/// A customer's driver as it is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// In ten-thousandths.
    pub(crate) value: i64,
    /// How many touchpoints or promises it rests on.
    pub(crate) facts: i64,
}

/// What a customer adds to the sums of groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) products: BTreeSet<String>,
    /// The drivers that are known, by what they rest on.
    pub(crate) parts: BTreeMap<Basis, Part>,
}

/// Which sum: of a product's customers, or with no product of everybody; of a driver that rests on something, or of all who are in the group.
pub(crate) type Key = (String, Option<Basis>);

/// Customers, and what is known of a driver of theirs, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) customers: i64,
    pub(crate) total: i64,
    pub(crate) squares: i64,
    /// How many are below a third.
    pub(crate) low: i64,
    /// How many are two thirds or more.
    pub(crate) high: i64,
    pub(crate) facts: i64,
}

/// A driver of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    /// Half the width of the 95 % interval of the mean.
    pub(crate) half_width: f64,
    pub(crate) low_share: f64,
    pub(crate) high_share: f64,
}

impl Member {
    /// What a customer adds, of whom something is known.
    pub(crate) fn of(drivers: &Drivers, facts: &Facts) -> Self {
        let Drivers { satisfaction, brand_gap, switching_cost, personal_bond } = drivers;
        let known = [satisfaction, brand_gap, switching_cost, personal_bond].into_iter().flatten();
        let parts: BTreeMap<Basis, Part> = known.map(|driver| (driver.basis, Part::of(driver))).collect();
        let products = if parts.is_empty() { BTreeSet::new() } else { products(facts) };
        Self { products, parts }
    }

    /// Whether nothing is known of the customer.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds the customer to sums, so many times; less than none takes away.
    pub(crate) fn count(&self, sums: &mut BTreeMap<Key, Sum>, times: i64) {
        if self.is_empty() {
            return;
        }
        let everybody = String::new();
        for product in self.products.iter().chain([&everybody]) {
            let mut add = |basis, one| sums.entry((product.clone(), basis)).or_default().add(one, times);
            add(None, Sum { customers: 1, ..Sum::default() });
            self.parts.iter().for_each(|(basis, part)| add(Some(*basis), part.sum()));
        }
    }
}

impl Part {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "from 0 to 10,000")]
    fn of(driver: &Driver) -> Self {
        let value = (driver.value.clamp(0.0, 1.0) * WHOLE as f64).round() as i64;
        Self { value, facts: i64::try_from(driver.evidence.len()).unwrap_or(i64::MAX) }
    }

    fn sum(self) -> Sum {
        let Self { value, facts } = self;
        let (low, high) = (i64::from(3 * value < WHOLE), i64::from(3 * value >= 2 * WHOLE));
        Sum { customers: 1, total: value, squares: value * value, low, high, facts }
    }
}

impl Sum {
    /// Adds another, so many times.
    pub(crate) fn add(&mut self, other: Self, times: i64) {
        self.customers += times * other.customers;
        self.total += times * other.total;
        self.squares += times * other.squares;
        self.low += times * other.low;
        self.high += times * other.high;
        self.facts += times * other.facts;
    }

    /// What there is to say of a driver; nothing of fewer customers than [`LEAST`].
    pub(crate) fn spread(&self) -> Option<Spread> {
        if self.customers < LEAST {
            return None;
        }
        let (customers, whole) = (float(self.customers.into()), float(WHOLE.into()));
        // Whole numbers, for of large sums that are nearly alike little would be left.
        let [count, total, squares] = [self.customers, self.total, self.squares].map(i128::from);
        let variance = float(count * squares - total * total) / (customers * (customers - 1.0));
        let deviation = variance.max(0.0).sqrt() / whole;
        Some(Spread {
            mean: float(total) / customers / whole,
            deviation,
            half_width: Z95 * deviation / customers.sqrt(),
            low_share: float(self.low.into()) / customers,
            high_share: float(self.high.into()) / customers,
        })
    }
}

/// The products that promises and purchases named last.
fn products(facts: &Facts) -> BTreeSet<String> {
    let promised = facts.promises.iter().map(|one| (one.product.as_str(), one.made_at));
    let bought = facts.purchases.iter().flat_map(|one| one.products.iter().map(|product| (product.as_str(), one.at)));
    let mut named: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for (product, at) in promised.chain(bought).filter(|(product, _)| !product.is_empty()) {
        let last = named.entry(product).or_insert(at);
        *last = (*last).max(at);
    }
    let mut latest: Vec<_> = named.into_iter().map(|(product, at)| (Reverse(at), product)).collect();
    latest.sort_unstable();
    latest.into_iter().take(MOST_PRODUCTS).map(|(_, product)| product.to_owned()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "what is left is off by far less than is told")]
fn float(number: i128) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        calendar::amsterdam,
        loyalty::Evidence,
        scene::{delivery, facts, touchpoint},
        window::Purchase,
    };

    fn driver(basis: Basis, value: f64, facts: u8) -> Driver {
        let evidence = (1..=facts).map(|number| Evidence::Touchpoint(touchpoint(number))).collect();
        Driver { value, confidence: 0.5, basis, evidence }
    }

    fn satisfied(value: f64) -> Drivers {
        Drivers { satisfaction: Some(driver(Basis::Answers, value, 2)), ..Drivers::default() }
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-5, "{found}, not {expected}");
    }

    fn of_everybody(sums: &BTreeMap<Key, Sum>, basis: Option<Basis>) -> Sum {
        sums.get(&(String::new(), basis)).copied().unwrap_or_default()
    }

    #[test]
    fn a_group_is_told_of_by_its_mean_spread_and_shares_from_ten_customers_on() {
        let mut sums = BTreeMap::new();
        // Three of 0.2, one of a third, five of two thirds, one of 1.
        let values = [0.2, 0.2, 0.2, 1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0];
        for value in values {
            Member::of(&satisfied(value), &Facts::default()).count(&mut sums, 1);
        }
        assert_eq!(of_everybody(&sums, Some(Basis::Answers)).spread(), None, "of nine nothing is said");
        Member::of(&satisfied(1.0), &Facts::default()).count(&mut sums, 1);
        let sum = of_everybody(&sums, Some(Basis::Answers));
        assert_eq!((sum.customers, sum.low, sum.high, sum.facts), (10, 4, 6, 20));
        let Spread { mean, deviation, half_width, low_share, high_share } = sum.spread().expect("ten");
        near(mean, 0.526_68);
        near(deviation, 0.274_80);
        near(half_width, 0.170_32);
        assert_eq!((low_share, high_share), (0.4, 0.6));
        assert_eq!(of_everybody(&sums, None).customers, 10);
    }

    #[test]
    fn a_customer_counts_for_everybody_and_in_each_product_that_was_named() {
        let bought = |number, at, products: &[String]| Purchase {
            touchpoint: touchpoint(number),
            at: amsterdam(at),
            matters: vec![],
            products: products.to_vec(),
        };
        let mut known = facts(vec![delivery(1, "2026-11-02 10:00")], vec![]);
        known.purchases = vec![bought(2, "2026-11-01 10:00", &["lamp".to_owned(), "sofa".to_owned()])];
        let drivers = Drivers {
            satisfaction: Some(driver(Basis::Experiences, 0.75, 3)),
            personal_bond: Some(driver(Basis::Contacts, 0.5, 2)),
            ..Drivers::default()
        };
        let member = Member::of(&drivers, &known);
        let mut sums = BTreeMap::new();
        member.count(&mut sums, 1);
        let expected = |product: &str, basis, value: i64, high, facts| {
            let sum = Sum { customers: 1, total: value, squares: value * value, low: 0, high, facts };
            ((product.to_owned(), basis), sum)
        };
        let of_product = |product| {
            [
                expected(product, None, 0, 0, 0),
                expected(product, Some(Basis::Experiences), 7_500, 1, 3),
                expected(product, Some(Basis::Contacts), 5_000, 0, 2),
            ]
        };
        let expected: BTreeMap<Key, Sum> = ["", "lamp", "sofa"].into_iter().flat_map(of_product).collect();
        assert_eq!(sums, expected);
        assert_eq!(Member::of(&Drivers::default(), &known), Member::default(), "nothing is known of the customer");
        // Of very many products the last ones.
        let many: Vec<String> = (0..60).map(|number| format!("p{number:02}")).collect();
        known.purchases.push(bought(3, "2026-10-01 10:00", &many));
        let products = Member::of(&drivers, &known).products;
        assert_eq!(products.len(), MOST_PRODUCTS);
        assert!(products.contains("lamp") && products.contains("p47") && !products.contains("p48"), "{products:?}");
    }

    fn member() -> impl Strategy<Value = Member> {
        let parts = prop::collection::btree_map(
            prop::sample::select(vec![Basis::Answers, Basis::Experiences, Basis::Claims, Basis::Agreements]),
            (0..=WHOLE, 0..20_i64).prop_map(|(value, facts)| Part { value, facts }),
            0..4,
        );
        (prop::collection::btree_set("[ab]", 0..3), parts).prop_map(|(products, parts)| Member { products, parts })
    }

    proptest! {
        #[test]
        fn what_is_taken_away_leaves_nothing_behind(
            members in prop::collection::vec(member(), 1..30), gone in prop::collection::vec(member(), 0..30),
        ) {
            let (mut sums, mut only) = (BTreeMap::new(), BTreeMap::new());
            gone.iter().for_each(|member| member.count(&mut sums, 1));
            members.iter().rev().for_each(|member| member.count(&mut sums, 1));
            gone.iter().for_each(|member| member.count(&mut sums, -1));
            members.iter().for_each(|member| member.count(&mut only, 1));
            sums.retain(|_, sum| *sum != Sum::default());
            prop_assert_eq!(sums, only);
        }

        #[test]
        fn a_spread_is_that_of_its_values(values in prop::collection::vec(0..=WHOLE, 10..40)) {
            let mut sum = Sum::default();
            values.iter().for_each(|value| sum.add(Part { value: *value, facts: 1 }.sum(), 1));
            let found = sum.spread().expect("enough");
            let count = float(sum.customers.into());
            let values: Vec<f64> = values.into_iter().map(|value| float(value.into()) / float(WHOLE.into())).collect();
            let mean = values.iter().sum::<f64>() / count;
            let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
            prop_assert!((found.mean - mean).abs() < 1e-9 && (found.deviation - deviation).abs() < 1e-6);
            prop_assert!((0.0..=1.0).contains(&found.low_share) && found.low_share + found.high_share <= 1.0);
        }
    }
}
