//! How long after the purchase something was felt: what is doubted while one can still go back weighs otherwise than what wears off later.

use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    dissonance::{Assessment, combined, score},
    factor::Factor,
    promise::Matter,
    weights::Weights,
};

/// Days since the purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Window {
    /// To 14 days: what was bought at a distance can be given back.
    Days0To14,
    Days15To30,
    Days31To90,
    Later,
}

const DAY: i64 = 86_400_000_000;

impl Window {
    /// Of a moment, so long after the purchase, in microseconds.
    fn of(since: i64) -> Self {
        match since.div_euclid(DAY) {
            ..15 => Self::Days0To14,
            15..31 => Self::Days15To30,
            31..91 => Self::Days31To90,
            _ => Self::Later,
        }
    }
}

/// That a customer bought something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Purchase {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) at: Timestamp,
    /// The order, the contract.
    pub(crate) matters: Vec<Matter>,
    pub(crate) products: Vec<String>,
}

/// The purchase that something is about, by a moment: the last one of its matter, or else of its product.
pub(crate) fn purchase<'a>(
    purchases: &'a [Purchase],
    (matter, product): (Option<&Matter>, &str),
    at: Timestamp,
) -> Option<&'a Purchase> {
    let last = |own: &dyn Fn(&Purchase) -> bool| {
        let before = purchases.iter().filter(|one| one.at <= at && own(one));
        before.max_by_key(|one| (one.at, one.touchpoint))
    };
    let of_matter = |one: &Purchase| matter.is_some_and(|matter| one.matters.contains(matter));
    last(&of_matter).or_else(|| last(&|one| !product.is_empty() && one.products.iter().any(|name| name == product)))
}

/// The window of a moment; none if no purchase is known.
pub(crate) fn window(purchases: &[Purchase], about: (Option<&Matter>, &str), at: Timestamp) -> Option<Window> {
    purchase(purchases, about, at).map(|bought| Window::of(at.0.saturating_sub(bought.at.0)))
}

/// The window in which a gap was felt.
pub(crate) fn of_factor(purchases: &[Purchase], factor: &Factor) -> Option<Window> {
    window(purchases, (factor.matter.as_ref(), &factor.product), factor.at)
}

/// When what a product's score is about was bought, the last time.
pub(crate) fn bought_at(
    purchases: &[Purchase],
    product: &str,
    factors: &[Factor],
    now: Timestamp,
) -> Option<Timestamp> {
    let of_factors = factors.iter().map(|factor| (factor.matter.as_ref(), product));
    of_factors.filter_map(|about| purchase(purchases, about, now)).map(|bought| bought.at).max()
}

/// The window that a product is in now.
pub(crate) fn since(bought_at: Timestamp, now: Timestamp) -> Window {
    Window::of(now.0.saturating_sub(bought_at.0))
}

/// The score of what was felt in each window, as it weighs now; the windows in which something was felt, and first what was felt when
/// nobody knows.
pub(crate) fn scores(assessment: &Assessment, purchases: &[Purchase], weights: &Weights) -> Vec<(Option<Window>, f64)> {
    use Window::{Days0To14, Days15To30, Days31To90, Later};
    let all = [None, Some(Days0To14), Some(Days15To30), Some(Days31To90), Some(Later)];
    let felt = |wanted: Option<Window>, factor: &&Factor| of_factor(purchases, factor) == wanted;
    let some = all.into_iter().filter(|wanted| {
        assessment.products.iter().flat_map(|product| &product.factors).any(|factor| felt(*wanted, &factor))
    });
    let of = |wanted| {
        let products = assessment.products.iter();
        combined(products.map(|product| {
            score(product.factors.iter().filter(|factor| felt(wanted, factor)), assessment.at, weights).0
        }))
    };
    some.map(|wanted| (wanted, of(wanted))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        calendar::amsterdam,
        promise::Facts,
        scene::{assessed, delivered, delivery, facts, order, tenth, touchpoint},
    };

    fn bought(number: u8, at: &str, order_ref: &str, product: &str) -> Purchase {
        let (matters, products) = (vec![order(order_ref)], vec![product.to_owned()]);
        Purchase { touchpoint: touchpoint(number), at: amsterdam(at), matters, products }
    }

    #[test]
    fn windows_end_after_14_30_and_90_days() {
        use Window::{Days0To14, Days15To30, Days31To90, Later};
        for (days, window) in [
            (-1, Days0To14),
            (0, Days0To14),
            (14, Days0To14),
            (15, Days15To30),
            (30, Days15To30),
            (31, Days31To90),
            (90, Days31To90),
            (91, Later),
        ] {
            assert_eq!(Window::of(days * DAY), window, "{days}");
        }
        assert_eq!(Window::of(15 * DAY - 1), Days0To14, "the fourteenth day to its end");
    }

    #[test]
    fn a_purchase_is_found_by_its_matter_and_else_by_its_product() {
        let all = [bought(1, "2026-10-01 10:00", "1", "sofa"), bought(2, "2026-11-01 10:00", "2", "sofa")];
        let (first, third) = (order("1"), order("3"));
        let found = |about, at| purchase(&all, about, amsterdam(at)).map(|one| one.touchpoint);
        assert_eq!(found((Some(&first), "sofa"), "2026-12-01 10:00"), Some(touchpoint(1)));
        assert_eq!(found((Some(&third), "sofa"), "2026-12-01 10:00"), Some(touchpoint(2)), "the last one");
        assert_eq!(found((None, "sofa"), "2026-10-15 10:00"), Some(touchpoint(1)), "by then");
        assert_eq!(found((None, ""), "2026-12-01 10:00"), None);
        assert_eq!(found((Some(&first), "sofa"), "2026-09-01 10:00"), None, "before it was bought");
    }

    #[test]
    fn a_score_is_taken_apart_by_window() {
        let late = Facts {
            purchases: vec![bought(1, "2026-10-26 10:00", "42", "sofa")],
            ..facts(vec![delivery(2, "2026-11-02 10:00")], vec![delivered(3, "2026-11-04 10:00")])
        };
        let assessment = assessed(&late, amsterdam("2026-12-14 10:00"));
        let weights = Weights::default();
        let scores = scores(&assessment, &late.purchases, &weights);
        assert_eq!(scores.len(), 1);
        assert_eq!((scores[0].0, tenth(scores[0].1)), (Some(Window::Days0To14), tenth(assessment.score)));
        let factors = &assessment.products[0].factors;
        let at = bought_at(&late.purchases, "sofa", factors, assessment.at).expect("bought");
        assert_eq!(since(at, assessment.at), Window::Days31To90, "felt early, and it is long ago");
        assert_eq!(super::scores(&assessment, &[], &weights)[0].0, None, "nobody knows when it was bought");
    }
}
