//! How customers came and whether they stayed: purchases by channel and product, offers taken, contracts begun, renewed and ended.

use tenure_kernel::TouchpointId;

use super::{book::Line, currency::Currency, service::Channel};

/// What happened. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Something was bought.
    Bought = 1,
    /// An offer was taken.
    OfferTaken = 2,
    /// A contract began.
    Started = 3,
    /// It was renewed.
    Renewed = 4,
    /// It ended: cancelled, or not renewed.
    Ended = 5,
    /// It came back after it had ended.
    WonBack = 6,
}

impl Step {
    const ALL: [Self; 6] = [Self::Bought, Self::OfferTaken, Self::Started, Self::Renewed, Self::Ended, Self::WonBack];

    pub(crate) fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step as i64 == number)
    }
}

/// One such fact. Codes are the source's own; empty: it says none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deal {
    /// The day in UTC that it occurred on, days since 1970-01-01.
    pub(crate) day: i32,
    pub(crate) step: Step,
    pub(crate) channel: Channel,
    /// The product line that it says; if none, all.
    pub(crate) line: Line,
    /// The source's reference of the contract.
    pub(crate) contract: String,
    /// The products, ascending, each once.
    pub(crate) products: Vec<String>,
    pub(crate) offer: String,
    /// The price of a contract's term.
    pub(crate) price: Option<(Currency, i64)>,
    /// The term in months; 0: open-ended or unknown.
    pub(crate) term_months: i32,
}

impl Deal {
    /// Whether it says how customers of a line came or stayed. An offer that names no line may have brought them to any.
    pub(crate) fn concerns(&self, line: &Line) -> bool {
        line.has(&self.line) || (self.step == Step::OfferTaken && self.line.is_all())
    }
}

/// A fact with its id, which orders those of a day.
pub(crate) type Told = (TouchpointId, Deal);

/// How a customer came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Acquired {
    /// Where; `None`: nobody says.
    pub(crate) channel: Option<Channel>,
    /// The offer that brought them; empty: none is known.
    pub(crate) offer: String,
    /// What they first bought or contracted, ascending; empty: nobody says.
    pub(crate) products: Vec<String>,
}

/// In the order of days, of one day of the facts' ids: the same under however many records they stand.
pub(crate) fn in_order(told: &mut [Told]) {
    told.sort_by_key(|(fact, deal)| (deal.day, *fact));
}

/// How a customer came, by facts in order and the day of the first purchase: by what was first bought or contracted, and the offer
/// of that, or else the last that they had taken by that day.
pub(crate) fn acquired(told: &[Told], bought: Option<i32>) -> Acquired {
    let begins = |deal: &Deal| matches!(deal.step, Step::Bought | Step::Started);
    let deals = || told.iter().map(|(_, deal)| deal);
    let begun = deals().find(|deal| begins(deal)).map(|deal| deal.day);
    let Some(day) = begun.into_iter().chain(bought).min() else { return Acquired::default() };
    let first = || deals().filter(|deal| deal.day == day && begins(deal));
    let own = first().map(|deal| &deal.offer).find(|offer| !offer.is_empty());
    let taken = || deals().rev().find(|deal| deal.day <= day && deal.step == Step::OfferTaken).map(|deal| &deal.offer);
    Acquired {
        channel: first().map(|deal| deal.channel).find(|channel| channel.0 != 0),
        offer: own.or_else(taken).cloned().unwrap_or_default(),
        products: first().map(|deal| &deal.products).find(|products| !products.is_empty()).cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: u8, day: i32, step: Step, channel: i32, product: &str, offer: &str) -> Told {
        let deal = Deal {
            day,
            step,
            channel: Channel(channel),
            line: Line::ALL,
            contract: String::new(),
            products: Vec::from_iter((!product.is_empty()).then(|| product.to_owned())),
            offer: offer.to_owned(),
            price: None,
            term_months: 0,
        };
        (TouchpointId([id; 16]), deal)
    }

    #[test]
    fn a_customer_came_by_what_was_first() {
        let mut facts = vec![
            told(9, 12, Step::Bought, 1, "late", ""),
            told(4, 10, Step::Bought, 3, "", ""),
            told(3, 10, Step::Bought, 0, "shoes", ""),
            told(5, 9, Step::OfferTaken, 4, "", "autumn"),
            told(2, 8, Step::OfferTaken, 4, "", "summer"),
            told(6, 11, Step::OfferTaken, 4, "", "winter"),
        ];
        in_order(&mut facts);
        let found = acquired(&facts, Some(10));
        assert_eq!((found.channel, found.offer.as_str()), (Some(Channel(3)), "autumn"));
        assert_eq!(found.products, ["shoes"]);
        assert_eq!(acquired(&facts[..2], None), Acquired::default(), "offers alone bring nobody");
        let before = acquired(&facts, Some(8));
        assert_eq!((before.channel, before.offer.as_str()), (None, "summer"), "of the first purchase nothing is said");
    }

    #[test]
    fn a_contracts_own_offer_goes_before_others() {
        let facts = [told(1, 9, Step::OfferTaken, 4, "", "mail"), told(2, 10, Step::Started, 8, "motor", "broker-15")];
        let found = acquired(&facts, None);
        assert_eq!((found.channel, found.offer.as_str()), (Some(Channel(8)), "broker-15"));
    }

    #[test]
    fn steps_are_read_as_they_are_stored() {
        for step in Step::ALL {
            assert_eq!(Step::of(step as i64), Some(step));
        }
        assert_eq!(Step::of(0), None);
    }
}
